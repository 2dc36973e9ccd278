import TestKit
import Testing
import Values

/// A letter may be written in two ways, which look alike and are other bytes.
@Suite("Two spellings of a letter, on the command line")
struct SpellingTests {
    private static let (composed, decomposed) = ("\u{e9}", "e\u{301}")

    @Test("ids, fields and leads are told apart, in simulate as in do")
    func commands() async throws {
        let workspace = try TemporaryWorkspace()
        let lines = [
            #"{"do":"set","lead":"L","fields":{"n":1},"id":"\#(Self.composed)"}"#,
            #"{"do":"set","lead":"L","fields":{"n":2},"id":"\#(Self.decomposed)"}"#,
            #"{"do":"set","lead":"L","fields":{"n":1},"id":"\#(Self.composed)"}"#,
            #"{"do":"set","lead":"L","fields":{"\#(Self.composed)":1}}"#,
            #"{"do":"set","lead":"L","fields":{"\#(Self.decomposed)":2}}"#,
            #"{"do":"assign","lead":"\#(Self.composed)","map":"buyer"}"#,
            #"{"do":"assign","lead":"\#(Self.decomposed)","map":"buyer"}"#,
        ].map { String($0.dropLast()) + #","at":"2026-11-30T09:00:00Z"}"# }
        let input = Array(lines.joined(separator: "\n").utf8)
        let simulated = try await workspace.run(
            "simulate", "--commands", "-", "--format", "jsonl", input: input)
        let done = try await workspace.run("do", "--commands", "-", "--format", "jsonl", input: input)
        #expect(simulated.status == 0 && done.status == 0)
        // Only `simulate` takes the time from a line.
        func withoutTimes(_ ran: Ran) -> [Table] {
            ran.objects.map { object in
                var object = object
                object["at"] = nil
                return object
            }
        }
        #expect(withoutTimes(simulated) == withoutTimes(done))
        #expect(done.objects.count { $0["type"] == "repeated" } == 1)
        let lead = try await workspace.run("leads", "--match", "L", "--format", "jsonl").objects.first
        #expect(lead?["fields"] == ["n": 2, "\u{e9}": 1, "e\u{301}": 2])
    }

    @Test("a sheet with both has two leads")
    func sheet() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("leads.csv", "Id,Name\n\(Self.composed),One\n\(Self.decomposed),Two\n")
        let arguments = ["import", workspace.path("leads.csv"), "--map", "buyer", "--id", "Id"]
        let ran = try await RunningProgram(arguments + ["-w", workspace.folder]).end()
        #expect(ran.status == 0 && ran.errors.contains("2 assigned"))
        let leads = try await workspace.run("leads", "--format", "jsonl").objects
        #expect(leads.map { $0["lead"] } == [.string(Self.decomposed), .string(Self.composed)])
        #expect(leads.map { $0["fields"]?.table?["name"] } == ["Two", "One"])
        // Both were imported before, and nothing else.
        let again = try await RunningProgram(arguments + ["-w", workspace.folder]).end()
        #expect(again.errors.contains("2 imported before"))
    }

    @Test("`leads --match` ignores case and spelling, and its help says where it looks")
    func match() async throws {
        let workspace = try TemporaryWorkspace()
        _ = try await workspace.give(
            #"{"do":"set","lead":"a","fields":{"city":"Zürich"}}"#,
            #"{"do":"set","lead":"b","fields":{"city":"ΑΘΉΝΑ"}}"#,
            #"{"do":"set","lead":"c","fields":{"city":"Oslo"}}"#)
        for (text, found) in [("ZÜRICH", "a"), ("zu\u{308}rich", "a"), ("αθήνα", "b"), ("osLO", "c")] {
            let leads = try await workspace.run("leads", "--match", text, "--format", "jsonl").objects
            #expect(leads.map { $0["lead"] } == [.string(found)], "\(text)")
        }
        let help = try await RunningProgram(["leads", "--help"]).end().output
        let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(
            words.contains("with this text in their id, agent, channel or the text of a field, in any case"))
    }
}
