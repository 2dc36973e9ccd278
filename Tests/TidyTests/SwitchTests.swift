import Foundation
import Testing

/// A switch over an enum of ours names every case, so that a new case is a mistake of the compiler's.
@Suite("Switches")
struct SwitchTests {
    @Test("no switch over an enum of ours has a default")
    func defaults() throws {
        let sources = Repository.files.filter { $0.ends(in: "swift") && $0.lies(in: ["Sources/"]) }
        let enums = try sources.flatMap(Self.enums)
        #expect(enums.contains(["open", "closed", "won", "lost"]))
        let findings = try sources.flatMap { file in
            try Self.switchesWithDefault(in: file).filter { found in
                !found.cases.isEmpty && enums.contains { found.cases.isSubset(of: $0) }
            }.map { Finding(file: file, line: $0.line, what: "default beside \($0.cases.sorted())") }
        }
        #expect(findings.isEmpty, "\(lines(findings))")
    }

    /// The names of the cases of each enum.
    private static func enums(in file: Repository.File) throws -> [Set<String>] {
        var found: [Set<String>] = []
        var open: [(indentation: Int, cases: Set<String>)] = []
        for line in file.lines {
            let text = line.drop { $0 == " " }
            let indentation = line.count - text.count
            if text.hasPrefix("}"), let last = open.last, last.indentation == indentation {
                found.append(open.removeLast().cases)
            }
            if text.split(separator: " ").contains("enum"), text.hasSuffix("{"), !text.hasPrefix("//") {
                open.append((indentation, []))
            } else if let last = open.last, indentation == last.indentation + 4, text.hasPrefix("case ") {
                open[open.count - 1].cases.formUnion(
                    try names("[A-Za-z]+(?=[,(=]|$| =)", in: String(text.dropFirst(5))))
            }
        }
        return found
    }

    private struct Switch {
        var line = 0
        var cases: Set<String> = []
        var isOther = false
    }

    /// Those that have a `default` and whose patterns are all cases by name.
    private static func switchesWithDefault(in file: Repository.File) throws -> [Switch] {
        var found: [Switch] = []
        var open: [Int: Switch] = [:]
        for (index, line) in file.lines.enumerated() {
            let text = line.drop { $0 == " " }
            let indentation = line.count - text.count
            if text.contains("switch "), text.hasSuffix("{") { open[indentation] = Switch() }
            if text.hasPrefix("case "), var one = open[indentation] {
                let patterns = String(text.dropFirst(5))
                one.isOther = one.isOther || !(patterns.hasPrefix(".") || patterns.hasPrefix("let ."))
                one.cases.formUnion(try names(#"(?<=^\.|^let \.|, \.)[A-Za-z]+"#, in: patterns))
                open[indentation] = one
            }
            if text.hasPrefix("default"), var one = open.removeValue(forKey: indentation), !one.isOther {
                one.line = index + 1
                found.append(one)
            }
        }
        return found
    }

    private static func names(_ pattern: String, in text: String) throws -> [String] {
        let all = NSRange(text.startIndex..., in: text)
        return try NSRegularExpression(pattern: pattern).matches(in: text, range: all).compactMap {
            Range($0.range, in: text).map { String(text[$0]) }
        }
    }
}
