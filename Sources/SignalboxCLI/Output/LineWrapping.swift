import Values

/// Breaks lines that are longer than a terminal is wide, between words where that can be. What follows is under the
/// beginning of the line, and under the bracket of a timeline that the line is in.
struct LineWrapping {
    /// How wide the terminal is.
    let columns: Int

    /// What a line may begin with before its words, and what is in its place where the line goes on.
    private static let margins: [Character: Character] = [
        " ": " ", "│": "│", "┌": "│", "└": " ", "╶": " ",
    ]
    private static let hangColumns = 2

    /// The lines of one that is ready to be printed; it may have the sequences by which a style sets text off.
    func lines(_ text: String) -> [String] {
        guard text.utf8.count > columns else { return [text] }
        let cells = Cell.cells(of: text)
        guard cells.columns > columns else { return [text] }
        // Words need some room, however deep the line begins.
        let widest = columns / 2 - Self.hangColumns
        let whole = cells.prefix { Self.margins[$0.character] != nil }
        let margin = whole.prefix(widest)
        var hang = margin.map { Cell(Self.margins[$0.character] ?? " ", $0.style) }
        hang += Array(repeating: Cell(" ", ""), count: Self.hangColumns)
        var lines: [[Cell]] = []
        var rest = (Array(margin) + cells[whole.endIndex...])[...]
        while rest.columns > columns {
            let end = breakIndex(of: rest, after: lines.isEmpty ? margin.count : hang.count)
            lines.append(Array(rest[..<end]))
            let next = rest[end...].drop { $0.character == " " }
            if next.isEmpty { return lines.map(Cell.text) }
            rest = (hang + next)[...]
        }
        lines.append(Array(rest))
        return lines.map(Cell.text)
    }

    /// Where the line ends that begins here: before a space if one is behind the margin, else where it is full.
    private func breakIndex(of cells: ArraySlice<Cell>, after margin: Int) -> Int {
        var full = cells.startIndex
        var used = 0
        while full < cells.endIndex, used + cells[full].character.columns <= columns {
            used += cells[full].character.columns
            full += 1
        }
        let first = min(cells.startIndex + margin + 1, full)
        let space = cells[first...].prefix(full + 1 - first).lastIndex { $0.character == " " }
        // A line takes one character in any case.
        return max(space ?? full, cells.startIndex + margin + 1)
    }
}

/// A character with the sequence that sets it off; an empty one sets nothing off.
private struct Cell {
    let character: Character
    let style: String

    init(_ character: Character, _ style: String) {
        self.character = character
        self.style = style
    }

    private static let reset = "\u{1B}[0m"

    static func cells(of text: String) -> [Cell] {
        var cells: [Cell] = []
        var style = ""
        var rest = text[...]
        while let first = rest.first {
            if first == "\u{1B}", let end = rest.firstIndex(of: "m") {
                let sequence = String(rest[...end])
                style = sequence == reset ? "" : sequence
                rest = rest[rest.index(after: end)...]
            } else {
                cells.append(Cell(first, style))
                rest = rest.dropFirst()
            }
        }
        return cells
    }

    /// The characters with each style that is among them, ended where the line ends.
    static func text(_ cells: [Cell]) -> String {
        var text = ""
        var style = ""
        for cell in cells {
            if cell.style != style {
                if !style.isEmpty { text += reset }
                text += cell.style
                style = cell.style
            }
            text.append(cell.character)
        }
        return style.isEmpty ? text : text + reset
    }
}

extension Collection where Element == Cell {
    fileprivate var columns: Int { reduce(0) { $0 + $1.character.columns } }
}
