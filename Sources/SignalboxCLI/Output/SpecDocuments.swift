import Authoring
import Values

/// The results of specs as JUnit's XML, in the form that servers read: a suite for each file.
enum JUnitDocument {
    static func lines(of results: SpecResults) -> [String] {
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            "<testsuites name=\"signalbox\" tests=\"\(count(results.files))\" failures=\"\(results.failedCount)\" "
                + "time=\"\(results.duration.seconds(digits: 3))\">",
        ]
        for file in results.files where count([file]) > 0 {
            let time = file.tests.reduce(Duration.zero) { $0 + $1.duration }
            lines.append(
                "  <testsuite name=\"\(escaped(file.path))\" tests=\"\(count([file]))\" "
                    + "failures=\"\(file.failedCount)\" errors=\"0\" time=\"\(time.seconds(digits: 3))\">")
            if let failure = file.failure {
                lines += testcase("loading", in: file.path, group: file.path, line: nil, .zero, failure)
            }
            for test in file.tests {
                let group = test.test.groups.joined(separator: " ")
                lines += testcase(
                    test.test.name, in: file.path, group: group.isEmpty ? file.path : group,
                    line: test.test.line,
                    test.duration, test.failure)
            }
            lines.append("  </testsuite>")
        }
        return lines + ["</testsuites>"]
    }

    /// With a file that did not load as one.
    private static func count(_ files: [SpecFileResult]) -> Int {
        files.reduce(0) { $0 + $1.tests.count + ($1.failure == nil ? 0 : 1) }
    }

    private static func testcase(
        _ name: String, in file: String, group: String, line: Int?, _ time: Duration, _ failure: SpecFailure?
    ) -> [String] {
        var start =
            "    <testcase name=\"\(escaped(name))\" classname=\"\(escaped(group))\" file=\"\(escaped(file))\""
        if let line { start += " line=\"\(line)\"" }
        start += " time=\"\(time.seconds(digits: 6))\""
        guard let failure else { return [start + "/>"] }
        return [
            start + ">",
            "      <failure message=\"\(escaped(failure.message))\" type=\"\(escaped(failure.reason))\">"
                + escaped(failure.lines.joined(separator: "\n")) + "</failure>",
            "    </testcase>",
        ]
    }

    /// What XML cannot have at all becomes a question mark.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// The results of specs in the Test Anything Protocol, version 14: a line a test, and what is known of a failure as YAML under it.
enum TAPDocument {
    static func lines(of results: SpecResults) -> [String] {
        var body: [String] = []
        var number = 0
        for file in results.files {
            if let failure = file.failure {
                number += 1
                body += point(number, "\(file.path): loading", file.path, nil, failure)
            }
            for test in file.tests {
                number += 1
                body += point(number, test.test.title, file.path, test.test.line, test.failure)
            }
        }
        let coverage = (results.coverage ?? []).map {
            "# \($0.path): \($0.ran) of \($0.lines) lines ran, \($0.percent)"
        }
        return ["TAP version 14", "1..\(number)"] + body + coverage
    }

    private static func point(
        _ number: Int, _ title: String, _ file: String, _ line: Int?, _ failure: SpecFailure?
    ) -> [String] {
        let start = "ok \(number) - \(escaped(title))"
        guard let failure else { return [start] }
        var lines = ["not \(start)", "  ---"]
        lines.append("  message: \(Value.string(failure.message).json)")
        lines.append("  severity: fail")
        lines.append("  at: { file: \(Value.string(file).json)\(line.map { ", line: \($0)" } ?? "") }")
        lines.append("  details:")
        lines += failure.lines.map { "    - \(Value.string($0).json)" }
        return lines + ["  ..."]
    }

    /// A `#` would begin a directive.
    private static func escaped(_ title: String) -> String {
        title.replacing("\\", with: "\\\\").replacing("#", with: "\\#").printable
    }
}
