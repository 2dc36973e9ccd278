import Foundation
import TestKit
import Testing
import Values

@testable import SignalboxCLI

/// What people are shown fits their terminal.
@Suite("Terminals")
struct TerminalTests {
    private static let words = (1...40).map { "word\($0)" }.joined(separator: " ")

    private func plain(_ text: String) -> String {
        text.replacing("\u{1B}[2m", with: "").replacing("\u{1B}[31m", with: "")
            .replacing("\u{1B}[0m", with: "")
    }

    @Test(
        "a long line goes on under its beginning and its bracket",
        arguments: [
            ("", "  "), ("    ", "      "), ("  │     ", "  │       "), ("  ┌ ", "  │   "),
            ("  └ ", "      "),
            ("  ╶ ", "      "), ("│ ┌ ", "│ │   "),
        ])
    func margins(margin: String, hang: String) {
        for columns in [40, 80, 160] {
            let lines = LineWrapping(columns: columns).lines(margin + Self.words)
            #expect(lines.count > 1 && lines.allSatisfy { $0.columns <= columns })
            #expect(lines[0].hasPrefix(margin + "word1 "))
            #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(hang + "word") })
            let words =
                [lines[0].dropFirst(margin.count)] + lines.dropFirst().map { $0.dropFirst(hang.count) }
            #expect(words.joined(separator: " ") == Self.words)
        }
    }

    @Test("a style goes on with its line, and neither the margin nor what follows has it")
    func styles() {
        let text = "  \u{1B}[2m┌\u{1B}[0m a \u{1B}[31m\(Self.words)\u{1B}[0m end"
        let lines = LineWrapping(columns: 40).lines(text)
        #expect(lines.map(plain) == LineWrapping(columns: 40).lines("  ┌ a \(Self.words) end"))
        for line in lines.dropFirst() where line.contains("word") {
            #expect(line.hasPrefix("  \u{1B}[2m│\u{1B}[0m   \u{1B}[31mword"), "\(line.debugDescription)")
            #expect(line.hasSuffix("\u{1B}[0m") || line.hasSuffix("\u{1B}[0m end"))
        }
        #expect(lines.last?.hasSuffix(" end") ?? false)
    }

    @Test("what fits is left as it is, and a word that does not fit is broken")
    func words() {
        let fitting = String(repeating: "x", count: 80)
        #expect(LineWrapping(columns: 80).lines(fitting) == [fitting])
        let long = "  " + String(repeating: "x", count: 100)
        #expect(LineWrapping(columns: 80).lines(long) == [String(long.prefix(80)), "    " + long.suffix(22)])
        let wide = String(repeating: "你", count: 50)
        #expect(LineWrapping(columns: 80).lines(wide).map(\.columns) == [80, 22])
        // Whatever the margin is, the words have half of the terminal.
        let deep = String(repeating: " ", count: 100) + Self.words
        let lines = LineWrapping(columns: 80).lines(deep)
        #expect(lines[0].hasPrefix(String(repeating: " ", count: 38) + "word1 "))
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(String(repeating: " ", count: 40) + "word") })
        #expect(lines.allSatisfy { $0.columns <= 80 })
    }

    private func table() -> TextTable {
        var table = TextTable(["id", "reason", "message"], whole: ["id"], Style(isColored: false))
        table.add(["0123456789abcdef", "step_not_open", Self.words])
        table.add(["x", "error", "short"])
        return table
    }

    @Test("a table is as wide as its cells, or as the terminal: what is cut says so, and ids are whole")
    func tables() {
        let natural = table().lines(within: nil)
        #expect(natural[1] == "0123456789abcdef  step_not_open  \(Self.words)")
        for columns in [80, 160] {
            let lines = table().lines(within: columns)
            #expect(lines.allSatisfy { $0.columns <= columns } && lines[1].columns == columns)
            #expect(lines[1].hasPrefix("0123456789abcdef  step_not_open  word1 ") && lines[1].hasSuffix("…"))
            #expect(lines[2].split(separator: " ") == ["x", "error", "short"])
        }
        #expect(table().lines(within: 1000) == natural)
    }

    @Test("cells are shortened only where the table is too wide")
    func shortened() {
        var wide = table()
        wide.shorten("id", within: 1000) { _ in "no" }
        #expect(wide.lines(within: 1000) == table().lines(within: 1000))
        wide.shorten("id", within: 80) { String($0.prefix(3)) }
        #expect(wide.lines(within: 80)[1].hasPrefix("012  step_not_open  word1 "))
    }

    @Test("lists and timelines fit a terminal of 80 and of 160 columns, with and without colour")
    func lists() async throws {
        let workspace = try TemporaryWorkspace(
            maps: ["failing": TemporaryWorkspace.map("failing", running: "{ run: probe.fail }")])
        let leads = ["5e1d0c4a-7b1f-4f0e-9a57-0c2f6f1d9b11", "5e1d0c4a-8c22-4f0e-9a57-0c2f6f1d9b12"]
        for lead in leads {
            let given = try await workspace.give(
                #"{"do":"assign","lead":"\#(lead)","map":"failing","agent":"somebody with a long name","channel":"a fair"}"#,
                #"{"do":"complete","lead":"\#(lead)","step":"qualify/call"}"#)
            #expect(given.status == 1)
        }
        // `script` runs a command on a terminal of its own; not every machine has it.
        func shown(_ command: String, _ columns: Int, colour: Bool) async throws -> [String]? {
            let ran = try await RunningProgram(
                ["x"],
                environment: [
                    "TERM": "xterm", "WORKSPACE": workspace.folder, "NO_COLOR": colour ? "" : "1",
                ],
                shell:
                    "command -v script >/dev/null || exit 3; exec script -qec \"stty cols \(columns); '$0' \(command) -w '$WORKSPACE'\" /dev/null"
            ).end()
            return ran.status == 3
                ? nil : ran.output.split(whereSeparator: \.isNewline).map(String.init)
        }
        for (columns, colour) in [(80, false), (80, true), (160, false), (160, true)] {
            for command in ["leads", "incidents", "lead \(leads[0])"] {
                guard let lines = try await shown(command, columns, colour: colour) else { return }
                let isPlain = lines.allSatisfy { !$0.contains("\u{1B}") }
                #expect(isPlain != colour)
                let widths = lines.map { Self.withoutStyles($0).columns }
                #expect(widths.allSatisfy { $0 <= columns }, "\(lines.joined(separator: "\n"))")
            }
        }
        // Both ids begin with the same eight characters: what is shown tells them apart and can be given back.
        let incidents = try await shown("incidents", 80, colour: false) ?? []
        #expect(
            incidents.contains { $0.contains(" 5e1d0c4a-7 ") }
                && incidents.contains { $0.contains(" 5e1d0c4a-8 ") })
        #expect(try await workspace.run("lead", "5e1d0c4a-7").output.hasPrefix(leads[0]))
    }

    private static func withoutStyles(_ text: String) -> String {
        var plain = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "\u{1B}"), let end = rest[start...].firstIndex(of: "m") {
            plain += rest[..<start]
            rest = rest[rest.index(after: end)...]
        }
        return plain + rest
    }
}
