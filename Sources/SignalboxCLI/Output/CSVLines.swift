import Values

/// Rows of comma-separated values, as spreadsheets read them (RFC 4180, with `\n` at the ends of lines).
///
/// A text that a spreadsheet would run as a formula gets an apostrophe before it, which it takes for the beginning of a
/// text. Control characters other than line breaks and tabs are written as `?`.
struct CSVLines {
    /// A cell's content; nil is an empty cell.
    static func line(_ cells: [Value?]) -> String { cells.map(cell).joined(separator: ",") }

    /// A row of texts, such as the names of columns.
    static func line(of texts: [String]) -> String { line(texts.map(Value.string)) }

    private static func cell(_ value: Value?) -> String {
        switch value {
        case nil, .null?: ""
        // A number is never a formula.
        case .integer?, .double?, .bool?: value?.json ?? ""
        case .string(let text)?: quoted(harmless(text))
        case .list?, .table?: quoted(harmless(value?.json ?? ""))
        }
    }

    /// What begins a formula or, for some programs, leads to one: the ASCII signs, their wide forms, and what is skipped
    /// before them.
    private static let formulaSigns: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]

    private static func harmless(_ text: String) -> String {
        guard let first = text.unicodeScalars.first, formulaSigns.contains(first) else { return text }
        return "'" + text
    }

    private static func quoted(_ text: String) -> String {
        let clean = String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    scalar.isDeceptive && !["\n", "\r", "\t"].contains(scalar) ? "?" : scalar
                }))
        let needsQuotes = clean.unicodeScalars.contains { ",;\"\n\r\t".unicodeScalars.contains($0) }
        guard needsQuotes || clean.hasPrefix(" ") || clean.hasSuffix(" ") else { return clean }
        return "\"\(clean.replacing("\"", with: "\"\""))\""
    }
}
