import Foundation
import Testing

/// Messages, comments, pages and names are in the English of a good API reference.
@Suite("Language")
struct LanguageTests {
    struct Phrase: Sendable, CustomTestStringConvertible {
        /// A regular expression.
        let pattern: String
        /// What to write instead.
        let instead: String

        init(_ pattern: String, _ instead: String) {
            self.pattern = pattern
            self.instead = instead
        }

        var testDescription: String { pattern }
    }

    static let phrases = [
        // "Has not been" is a verb with its participle.
        Phrase(
            #"\b(has|have|had) not\b(?! (yet )?(\w+(ed|en|un)|had|made|read|sent|come|run|done|built|told|put|left|got|found|lost)\b)"#,
            "does not have"),
        Phrase(#"(?<![Tt]here )\b(is|are) no (?!more\b|less\b|longer\b|better\b|worse\b)"#, "is not a"),
        Phrase(#"\bif (?!there\b)\w+( \w+)? is none\b"#, "is not a"),
        Phrase(#"\bstands?\b(?! (for|still)\b)"#, "is, appears"),
        Phrase(#"\b(is|are) due\b"#, "expected, is required"),
        Phrase(#"\b(is|are) asked for\b"#, "is required, is called for"),
        Phrase(#"\b(became|becomes|came|comes) of\b"#, "the result of"),
        Phrase(#"\b[Ww]hom\b"#, "the caller, the code that"),
        Phrase(#"\bof (an older day|before|its day|old)\b"#, "earlier, of an earlier version"),
        Phrase(#"\bno longer\b"#, "say what is, not what was"),
        Phrase(#"\bshall\b"#, "must, so that it does"),
        Phrase(#"\bat hand\b"#, "available"),
        Phrase(#"\bwhat it takes\b"#, "what it needs"),
    ]

    /// Lines that say what they mean, each by a part of it.
    static let allowed = [
        // R29: a move is due when its time in the order has come.
        "The first move that is due", "It makes the first that is due", "at rest nothing is due",
        // A to-do is due at a time.
        "is due so long after the event",
    ]

    @Test("phrases of our own dialect do not come back", arguments: phrases)
    func phrase(_ phrase: Phrase) throws {
        let expression = try NSRegularExpression(pattern: phrase.pattern)
        var findings: [Finding] = []
        for file in Repository.files where !file.lies(in: ["Tests/TidyTests/"]) {
            for (index, line) in file.lines.enumerated() {
                let all = NSRange(line.startIndex..., in: line)
                guard let match = expression.firstMatch(in: line, range: all),
                    !Self.allowed.contains(where: line.contains), let range = Range(match.range, in: line)
                else { continue }
                findings.append(Finding(file: file, line: index + 1, what: "\"\(line[range])\""))
            }
        }
        #expect(findings.isEmpty, "write \"\(phrase.instead)\":\n\(lines(findings))")
    }
}

func lines(_ findings: [Finding]) -> String { findings.map(\.description).joined(separator: "\n") }
