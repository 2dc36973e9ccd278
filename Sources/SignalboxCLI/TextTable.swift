import Values

/// `1 map`, `2 maps`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// Columns of text, each as wide as its widest cell.
struct TextTable {
    private let style: Style
    private let header: [String]
    private var rows: [[String]] = []

    init(_ header: [String], _ style: Style) {
        self.header = header
        self.style = style
    }

    mutating func add(_ cells: [String]) { rows.append(cells.map(\.printable)) }

    var lines: [String] {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return padded.joined(separator: "  ").trimmingSuffix(" ")
        }
        return [style(line(header), .faint)] + rows.map(line)
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
