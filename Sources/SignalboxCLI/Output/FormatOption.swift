import ArgumentParser

/// How results are written.
enum Format: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// One JSON list.
    case json
    /// A JSON object a line.
    case jsonl
}

struct FormatOption: ParsableArguments {
    @Option(help: ArgumentHelp("How results are written.", valueName: "format"))
    var format: Format = .text
}
