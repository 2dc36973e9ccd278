import Values

/// Columns of text, each as wide as its widest cell, or narrower where a terminal is.
struct TextTable {
    private let style: Style
    private let header: [String]
    /// Columns whose cells are whole or not of use.
    private let whole: Set<Int>
    private var rows: [[String]] = []

    private static let gap = "  "
    /// No column is made narrower than this.
    private static let leastColumns = 8

    /// - Parameter whole: the headers of columns whose cells are never cut.
    init(_ header: [String], whole: [String] = [], _ style: Style) {
        self.header = header
        self.style = style
        self.whole = Set(header.indices.filter { whole.contains(header[$0]) })
    }

    mutating func add(_ cells: [String]) { rows.append(cells.map(\.printable)) }

    /// Shortens the cells of a column, where the table is wider than it may be.
    mutating func shorten(
        _ name: String, within columns: Int?, _ shorten: (String) throws -> String
    ) rethrows {
        guard let columns, width(of: natural) > columns, let column = header.firstIndex(of: name) else {
            return
        }
        for index in rows.indices { rows[index][column] = try shorten(rows[index][column]).printable }
    }

    /// The lines, none of them wider than this if it can be; a cell that is cut ends in `…`.
    func lines(within columns: Int?) -> [String] {
        let widths = columns.map(widths) ?? natural
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { cell, width in
                let cut = cell.cut(to: width)
                return cut + String(repeating: " ", count: width - cut.columns)
            }
            return padded.joined(separator: Self.gap).trimmingSuffix(" ")
        }
        return [style(line(header), .faint)] + rows.map(line)
    }

    private var natural: [Int] {
        header.indices.map { column in ([header] + rows).map { $0[column].columns }.max() ?? 0 }
    }

    private func width(of widths: [Int]) -> Int {
        widths.reduce(0, +) + Self.gap.count * max(0, widths.count - 1)
    }

    /// The widest columns give way first.
    private func widths(within columns: Int) -> [Int] {
        var widths = natural
        let flexible = header.indices.filter { !whole.contains($0) }
        while width(of: widths) > columns {
            guard let widest = flexible.max(by: { widths[$0] < widths[$1] }),
                widths[widest] > Self.leastColumns
            else { break }
            widths[widest] -= 1
        }
        return widths
    }
}

extension String {
    /// The text, or its beginning with `…` where it is wider.
    fileprivate func cut(to width: Int) -> String {
        guard columns > width else { return self }
        var text = ""
        var left = width - 1
        for character in self {
            guard character.columns <= left else { break }
            left -= character.columns
            text.append(character)
        }
        return text + "…"
    }

    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
