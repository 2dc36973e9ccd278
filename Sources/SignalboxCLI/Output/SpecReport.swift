import Authoring
import Values

/// Writes what specs came to, in one of the formats.
struct SpecReport {
    private let format: SpecFormat
    private let output: Output

    init(_ format: SpecFormat, to output: Output) {
        self.format = format
        self.output = output
    }

    func show(_ results: SpecResults) {
        switch format {
        case .text: text(results)
        case .json: listing(results, .json)
        case .jsonl: listing(results, .jsonl)
        case .junit: for line in JUnitDocument.lines(of: results) { output.json(line) }
        case .tap: for line in TAPDocument.lines(of: results) { output.json(line) }
        }
        output.flush()
    }

    // MARK: For people

    private func text(_ results: SpecResults) {
        let style = output.style
        let width = results.files.map(\.path.columns).max() ?? 0
        for file in results.files where !file.tests.isEmpty || file.failure != nil {
            var line = StyledLine(style)
            line.add(file.path, width: width + 2)
            if file.failure != nil {
                line.add("does not load", .bad)
            } else {
                let failed = file.failedCount
                line.add("\(file.tests.count - failed) passed", failed == 0 ? .good : nil)
                if failed > 0 {
                    line.add(", ")
                    line.add("\(failed) failed", .bad)
                }
            }
            output.line(line.text)
        }
        for file in results.files {
            if let failure = file.failure {
                output.line()
                output.line(style(file.path.printable, .strong))
                show(failure)
            }
            for test in file.tests {
                guard let failure = test.failure else { continue }
                output.line()
                output.line(
                    style("\(file.path):\(test.test.line)".printable, .strong)
                        + "  \(test.test.title.printable)")
                show(failure)
                for line in test.log { output.line(style("    log: \(line.printable)", .faint)) }
            }
        }
        if results.testCount + results.failedCount > 0 { output.line() }
        output.line(summary(of: results))
        if let coverage = results.coverage { text(coverage) }
    }

    private func text(_ coverage: [CoveredFile]) {
        output.line()
        var table = TextTable(
            ["file", "lines", "ran", "", "did not run"], whole: ["file", "lines", "ran", ""], output.style)
        for file in coverage + [CoveredFile(total: coverage)] {
            table.add([file.path, "\(file.lines)", "\(file.ran)", file.percent, file.missingText])
        }
        for line in table.lines(within: output.columns) { output.line(line) }
    }

    private func show(_ failure: SpecFailure) {
        let style = output.style
        let reason = ["expectation", "error", "load"].contains(failure.reason) ? "" : "\(failure.reason): "
        output.line("    " + style((reason + failure.message).printable, .bad))
        for difference in failure.differences { output.line("      \(difference.text)") }
        if failure.traceback.count > 1 {
            for line in failure.traceback { output.line(style("      \(line.printable)", .faint)) }
        }
        for call in failure.calls {
            output.line("    the call \(call.run) failed: \(call.reason): \(call.message)")
            for line in call.traceback { output.line(style("      \(line.printable)", .faint)) }
        }
    }

    private func summary(of results: SpecResults) -> String {
        let files = results.files.count { !$0.tests.isEmpty || $0.failure != nil }
        guard files > 0 else { return "There are no specs to run." }
        let failed = results.failedCount
        let tests = results.testCount
        let passed =
            tests - results.files.reduce(0) { sum, file in sum + file.tests.count { $0.failure != nil } }
        let result = failed == 0 ? "all passed" : "\(passed) passed, \(failed) failed"
        return
            "\(counted(tests, "test")) in \(counted(files, "file")): \(result), in \(results.duration.seconds(digits: 2)) s"
    }

    // MARK: JSON

    private func listing(_ results: SpecResults, _ format: Format) {
        var listing = Listing(format, to: output)
        for file in results.files {
            if let failure = file.failure {
                listing.element(json: Self.json(of: file, nil, failure), text: [])
            }
            for test in file.tests {
                listing.element(json: Self.json(of: file, test, test.failure), text: [])
            }
        }
        for file in results.coverage ?? [] { listing.element(json: file.json, text: []) }
        listing.end()
    }

    private static func json(of file: SpecFileResult, _ test: SpecTestResult?, _ failure: SpecFailure?)
        -> String
    {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "test")
        writer.field("file", file.path)
        if let test {
            writer.field("line", test.test.line)
            writer.field("groups", .list(test.test.groups.map(Value.string)))
            writer.field("name", test.test.name)
        }
        writer.field("outcome", failure == nil ? "passed" : "failed")
        if let failure { failure.write(to: &writer) }
        if let test {
            if !test.log.isEmpty { writer.field("log", .list(test.log.map(Value.string))) }
            writer.field("microseconds", Int(test.duration / .microseconds(1)))
        }
        writer.endObject()
        return writer.text
    }
}

extension SpecFailure.Difference {
    /// `[1].fields.score: expected 80, got 81`.
    var text: String { "\(path.isEmpty ? "" : path + ": ")expected \(expected), got \(actual)" }
}

extension SpecFailure {
    /// All of it, line by line.
    var lines: [String] {
        ["\(reason): \(message)"] + differences.map { "  \($0.text)" } + traceback.map { "  \($0)" }
            + calls.flatMap { call in
                ["the call \(call.run) failed: \(call.reason): \(call.message)"]
                    + call.traceback.map { "  \($0)" }
            }
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.field("reason", reason)
        writer.field("message", message)
        if !differences.isEmpty {
            writer.field(
                "differences",
                .list(
                    differences.map {
                        [
                            "path": .string($0.path), "expected": .string($0.expected),
                            "actual": .string($0.actual),
                        ]
                    }))
        }
        if !traceback.isEmpty { writer.field("traceback", .list(traceback.map(Value.string))) }
        if !calls.isEmpty {
            writer.field(
                "calls",
                .list(
                    calls.map {
                        [
                            "run": .string($0.run), "reason": .string($0.reason),
                            "message": .string($0.message),
                            "traceback": .list($0.traceback.map(Value.string)),
                        ]
                    }))
        }
    }
}
