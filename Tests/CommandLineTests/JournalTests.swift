import Foundation
import TestKit
import Testing
import Values

/// `journal`: what happened, for programs that go on where they were.
@Suite("The journal of all leads")
struct JournalTests {
    private func positions(_ ran: Ran) -> [String] { ran.objects.compactMap { $0["position"]?.string } }

    @Test("it has every line in the order of the commits, each with a position behind which it goes on")
    func order() async throws {
        let workspace = try TemporaryWorkspace()
        _ = try await workspace.give(
            #"{"do":"assign","lead":"L1","map":"buyer"}"#, #"{"do":"assign","lead":"L2","map":"buyer"}"#,
            #"{"do":"complete","lead":"L1","step":"qualify/call"}"#)
        let all = try await workspace.run("journal")
        #expect(all.status == 0 && all.errors == "")
        let ofFirst = try await workspace.journal(of: "L1")
        let ofSecond = try await workspace.journal(of: "L2")
        var lines = all.objects
        for index in lines.indices { lines[index]["position"] = nil }
        #expect(lines == Array(ofFirst.prefix(4)) + ofSecond + Array(ofFirst.dropFirst(4)))
        let places = positions(all)
        #expect(Set(places).count == lines.count)
        #expect(all.output.split(separator: "\n").allSatisfy { $0.hasPrefix(#"{"position":""#) })
        for (index, place) in places.enumerated() {
            let rest = try await workspace.run("journal", "--after", place)
            #expect(positions(rest) == Array(places.dropFirst(index + 1)))
        }
        #expect(try await workspace.run("journal", "--after", "end").output == "")
    }

    @Test("options choose lines, and a line without a map belongs to that of the event before it")
    func filters() async throws {
        let workspace = try TemporaryWorkspace(maps: [
            "buyer": TemporaryWorkspace.buyer,
            "other": TemporaryWorkspace.buyer.replacing("map: buyer", with: "map: other"),
        ])
        _ = try await workspace.give(
            #"{"do":"assign","lead":"L1","map":"buyer"}"#, #"{"do":"assign","lead":"L2","map":"other"}"#,
            #"{"do":"complete","lead":"L2","step":"qualify/call"}"#)
        func lines(_ options: String...) async throws -> [Table] {
            try await RunningProgram(["journal"] + options + ["-w", workspace.folder]).end().objects
        }
        #expect(try await lines("--lead", "L2", "--event", "step.open").count == 2)
        #expect(try await lines("--map", "other").allSatisfy { $0["lead"] == "L2" })
        #expect(try await lines("--map", "other", "--type", "call").map { $0["run"] } == ["probe.set"])
        #expect(try await lines("--map", "buyer", "--type", "call").isEmpty)
        for options in [["--after", "17"], ["--lead", ""], ["--after", "x-1-1-1"]] {
            let ran = try await RunningProgram(["journal"] + options + ["-w", workspace.folder]).end()
            #expect(ran.status == 64, "\(options)")
        }
    }

    @Test("with --follow it tells what is committed, and ends when nobody reads or a signal asks for it")
    func follow() async throws {
        let workspace = try TemporaryWorkspace()
        _ = try await workspace.run("do", "assign", "L1", "buyer")
        let following = try RunningProgram(["journal", "--follow", "-w", workspace.folder])
        #expect(
            try await following.shows(#""event":"step.open","map":"buyer","track":"qualify","step":"mail""#))
        _ = try await workspace.run("do", "complete", "L1", "qualify/mail")
        #expect(try await following.shows(#""event":"step.close""#))
        following.signal(SIGTERM)
        let ended = try await following.end()
        #expect(ended.wasKilled && ended.status == SIGTERM)
        #expect(ended.objects.count == 5 && Set(positions(ended)).count == 5)
        // The reader takes one line and goes.
        let read = try await RunningProgram(
            ["journal", "--follow", "-w", workspace.folder], shell: #""$0" "$@" | head -1"#
        ).end()
        #expect(read.status == 0 && read.objects.count == 1)
    }

    @Test("a position of another store is refused, and a store that a restore put in the place ends it")
    func restored() async throws {
        let workspace = try TemporaryWorkspace()
        _ = try await workspace.run("do", "assign", "L1", "buyer")
        let place = try #require(positions(try await workspace.run("journal")).last)
        let backup = workspace.path("backup.db")
        #expect(try await workspace.run("backup", backup).status == 0)
        let following = try RunningProgram(["journal", "--follow", "-w", workspace.folder])
        #expect(try await following.shows(#""event":"map.open""#))
        #expect(try await workspace.run("restore", backup).status == 0)
        let ended = try await following.end()
        #expect(ended.status == 1 && ended.errors.contains("another store is in its place"))
        let ran = try await workspace.run("journal", "--after", place)
        #expect(ran.status == 1 && ran.output == "")
        #expect(ran.errors.contains("a position in another store, or from before a restore"))
    }
}
