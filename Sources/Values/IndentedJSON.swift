extension Value {
    /// The value as JSON for people who read files: a level of two blanks for what does not fit into a line.
    package var indentedJSON: String { indented(at: "") }

    private static let width = 100

    private func indented(at margin: String) -> String {
        let compact = json
        if margin.utf8.count + compact.utf8.count <= Self.width { return compact }
        let inner = margin + "  "
        switch self {
        case .table(let table) where !table.isEmpty:
            let members = table.map {
                "\(inner)\(Value.string($0.key).json): \($0.value.indented(at: inner))"
            }
            return "{\n\(members.joined(separator: ",\n"))\n\(margin)}"
        case .list(let items) where !items.isEmpty:
            return "[\n\(items.map { inner + $0.indented(at: inner) }.joined(separator: ",\n"))\n\(margin)]"
        case .null, .bool, .integer, .double, .string, .list, .table: return compact
        }
    }
}
