import ArgumentParser
import Foundation
import Values

/// How figures are written.
enum Format: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// One JSON list.
    case json
    /// One JSON object on a line.
    case jsonl
}

struct FormatOption: ParsableArguments {
    @Option(help: ArgumentHelp("How figures are written: text, json or jsonl.", valueName: "format"))
    var format: Format = .text
}

/// Standard output, in the format that was asked for.
struct Output {
    private let format: Format

    init(_ format: Format) { self.format = format }

    func write(_ value: Value, _ lines: [String]) {
        switch format {
        case .text: for line in lines { print(line) }
        case .json: print("[\n  \(value.json)\n]")
        case .jsonl: print(value.json)
        }
    }
}

/// What is being measured, on one line of a terminal.
enum Progress {
    private static let isShown = isatty(STDERR_FILENO) == 1

    static func show(_ text: String) {
        if isShown { write("\r\u{1B}[K" + text) }
    }

    static func clear() {
        if isShown { write("\r\u{1B}[K") }
    }

    private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Rows of cells as lines, each column as wide as its widest cell.
func columns(_ rows: [[String]]) -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        var line = zip(row, widths).map { cell, width in
            cell.padding(toLength: width, withPad: " ", startingAt: 0)
        }.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }
}

extension Figure {
    var text: String { value.map(text) ?? "-" }

    func text(_ number: Double) -> String { String(format: "%.\(digits)f", number) }
}

extension [Bar] {
    /// A row for each bar, under a header.
    var lines: [String] {
        columns(
            [["", "figure", "bar", ""]]
                + map { bar in
                    [
                        bar.figure.title, bar.figure.text,
                        (bar.isLeast ? ">= " : "<= ") + bar.figure.text(bar.limit),
                        bar.isHeld.map { $0 ? "held" : "missed" }
                            ?? (bar.isJudged ? "left out" : "not judged"),
                    ]
                })
    }
}
