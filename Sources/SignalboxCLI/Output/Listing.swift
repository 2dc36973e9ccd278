/// Writes JSON objects as lines or as one list, as the format says; in text it prints the lines that it is given.
struct Listing {
    private let output: Output
    private let format: Format
    private var isFirst = true

    /// Whether people read it.
    var isText: Bool { format == .text }

    init(_ format: Format, to output: Output) {
        self.format = format
        self.output = output
        if format == .json { output.json("[") }
    }

    /// One element, in JSON; `text` gives its lines for people.
    mutating func element(json: @autoclosure () -> String, text: @autoclosure () -> [String]) {
        switch format {
        case .text: for line in text() { output.line(line) }
        case .jsonl: output.json(json())
        case .json:
            output.json((isFirst ? "  " : ", ") + json())
            isFirst = false
        }
    }

    /// Lines for people alone.
    func text(_ lines: [String]) {
        if isText { for line in lines { output.line(line) } }
    }

    func end() {
        if format == .json { output.json("]") }
        output.flush()
    }
}
