import Values

/// How text is set off on a terminal.
struct Style {
    let isColored: Bool

    enum Tone: String {
        case strong = "1"
        case faint = "2"
        case good = "32"
        case bad = "31"
        case notice = "33"
        case calm = "36"
    }

    func callAsFunction(_ text: String, _ tone: Tone) -> String {
        isColored ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
    }
}

/// A line for people, built piece by piece. Each piece is made fit for a terminal: nothing that a lead or a
/// plugin brought moves its cursor.
struct StyledLine {
    private let style: Style
    private(set) var text: String

    init(_ style: Style, indent: Int = 0) {
        self.style = style
        text = String(repeating: " ", count: indent)
    }

    /// With a width, at least one space follows, and more up to it.
    mutating func add(_ piece: String, _ tone: Style.Tone? = nil, width: Int = 0) {
        let clean = piece.printable
        text += tone.map { style(clean, $0) } ?? clean
        if width > 0 { text += String(repeating: " ", count: max(1, width - clean.columns)) }
    }
}
