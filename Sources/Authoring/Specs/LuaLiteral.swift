import Values

/// A value as Lua writes it.
enum LuaLiteral {
    /// How wide a line may be before the members of a table get lines of their own.
    private static let width = 100

    private static let keywords: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
        "local",
        "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]

    /// A value between a beginning and an end, on one line, or with its members on lines of their own.
    static func lines(_ start: String, _ value: Value, _ end: String = "") -> [String] {
        let line = start + text(value) + end
        if line.utf8.count <= width { return [line] }
        let outer = String(start.prefix { $0 == " " })
        let indent = outer + "  "
        switch value {
        case .list(let items) where !items.isEmpty:
            return ["\(start){"] + items.flatMap { lines(indent, $0, ",") } + ["\(outer)}\(end)"]
        case .table(let table) where !table.isEmpty:
            let members = table.flatMap { lines("\(indent)\(key($0.key)) = ", $0.value, ",") }
            return ["\(start){"] + members + ["\(outer)}\(end)"]
        case .null, .bool, .integer, .double, .string, .list, .table: return [line]
        }
    }

    /// On one line.
    static func text(_ value: Value) -> String {
        switch value {
        case .null: "host.null"
        case .bool(let flag): "\(flag)"
        case .integer(.min): "math.mininteger"
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .string(let text): quoted(text)
        case .list(let items) where items.isEmpty: "host.list {}"
        case .list(let items): "{ \(items.map(text).joined(separator: ", ")) }"
        case .table(let table) where table.isEmpty: "{}"
        case .table(let table):
            "{ \(table.map { "\(key($0.key)) = \(text($0.value))" }.joined(separator: ", ")) }"
        }
    }

    static func key(_ name: String) -> String {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let isName =
            !keywords.contains(name) && name.utf8.first.map { !digits.contains($0) } ?? false
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || digits.contains($0)
                    || $0 == UInt8(ascii: "_")
            }
        return isName ? name : "[\(quoted(name))]"
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}":
                quoted += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
