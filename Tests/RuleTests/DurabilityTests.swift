import Journeys
import Plugins
import SQLiteStore
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

@Suite("Durability")
struct DurabilityTests {
    /// A moment of each kind of trace: fields, a note, a to-do, mail, stored values, an incident.
    private static let map = """
        map: m
        finish: won
        triggers:
          open:
            - run: probe.act
              with: { set: { f: 1 }, note: hi, todo: call, email: l@example.com, store: { k: 1 }, count: n }
            - { run: probe.act, with: { email: k@example.com } }
        tracks:
          - track: a
            steps: [ { step: x, triggers: { close: [ { run: probe.act, with: { fail: no, count: n } } ] } } ]
          - track: b
            steps: [ { step: y, mirror: done } ]
        """

    @Test("R39: a moment is durable, whole, before it is acknowledged")
    func durable() throws {
        let folder = try TemporaryFolder()
        let scenario = try Scenario(maps: [Self.map], file: folder("signalbox.db"))
        let lead = try #require(LeadID("L"))
        let commands = [
            #"{"do":"assign","lead":"L","map":"m","id":"1"}"#,
            #"{"do":"complete","lead":"L","step":"a/x","id":"2"}"#,
            #"{"do":"set","lead":"L","fields":{"done":true},"id":"3"}"#,
        ]
        for (index, command) in commands.enumerated() {
            try scenario.run(command)
            // The engine still runs and has closed nothing: what it answered is there for another process.
            let reader = try SQLiteStore(at: folder("signalbox.db"), mode: .readOnly)
            let moments = try reader.moments(of: lead, from: 1, limit: 10)
            #expect(moments.count == index + 1)
            let journal = try moments.last?.journal.map { try JSONReader.read($0).table }
            #expect(journal == scenario.lines)
            #expect(try reader.accepted(CommandID("\(index + 1)"), of: lead)?.moment == index + 1)
            #expect(try reader.lead(lead)?.lastMoment == index + 1)
        }
        let reader = try SQLiteStore(at: folder("signalbox.db"), mode: .readOnly)
        #expect(try reader.lead(lead)?.status == .won)
        #expect(try reader.lead(lead)?.fields == ["f": 1, "done": true])
        #expect(try reader.notes(of: lead).map(\.text) == ["hi"])
        #expect(try reader.todos(of: lead).map(\.todo) == [["title": "call"]])
        #expect(try reader.value("k", of: "probe") == 1)
        #expect(try reader.value("n", of: "probe") == 1)
        #expect(try reader.incident(1)?.trigger == "m/a/x/close/1")
        #expect(try reader.incident(2) == nil)
    }

    @Test(
        "R39: each mail waits to be delivered with the lead, the moment and its number in it, which no other has"
    )
    func outbox() throws {
        let folder = try TemporaryFolder()
        let scenario = try Scenario(maps: [Self.map], file: folder("signalbox.db"))
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"status","lead":"L","to":"lost"}
            {"do":"assign","lead":"L","map":"m"}
            """)
        let reader = try SQLiteStore(at: folder("signalbox.db"), mode: .readOnly)
        let waiting = try reader.outbox(after: 0, limit: 10)
        #expect(
            waiting.map { $0.id.description } == ["L/1/1", "L/1/2", "L/3/1", "L/3/2"])
        #expect(
            waiting.map { $0.payload["to"] } == [
                "l@example.com", "k@example.com", "l@example.com", "k@example.com",
            ])
    }

    private static let commands = [
        #"{"do":"set","lead":"K","fields":{"a":1},"id":"0"}"#,
        #"{"do":"assign","lead":"L","map":"m","id":"1"}"#,
        #"{"do":"complete","lead":"L","step":"a/x","id":"2"}"#,
        #"{"do":"set","lead":"L","fields":{"done":true},"id":"3"}"#,
        #"{"do":"assign","lead":"L","map":"m","id":"4"}"#,
    ]

    @Test(
        "R39: whichever operation of the store fails, a moment is there whole or not at all, and the same commands again complete it",
        arguments: [false, true])
    func failure(restarts: Bool) throws {
        let whole = MemoryStore()
        let counting = FailingStore(whole, failing: 0)
        let generation = try Scenario.generation(maps: [Self.map])
        let undisturbed = try Player(generation, store: counting, clock: VirtualClock())
        for command in Self.commands { _ = try undisturbed.play(command) }
        let lead = try #require(LeadID("L"))

        for failing in 1...counting.operationCount {
            let kept = MemoryStore()
            let store = FailingStore(kept, failing: failing)
            var failed = 0
            var player: Player?
            for (index, command) in Self.commands.enumerated() {
                do {
                    if player == nil { player = try Player(generation, store: store, clock: VirtualClock()) }
                    _ = try player?.play(command)
                } catch is StoreError {
                    failed += 1
                    #expect(kept.counts().moments == index)
                    if restarts || player == nil {
                        player = try Player(generation, store: store, clock: VirtualClock())
                    }
                    // Given again: once done and once not is once.
                    _ = try player?.play(command)
                    let again = try player?.play(command).flatMap(\.lines)
                    #expect(again?.map { $0["type"] } == ["repeated"])
                }
                #expect(kept.counts().moments == index + 1)
            }
            #expect(failed <= 1, "operation \(failing)")
            #expect(kept.moments(of: lead, from: 1, limit: 10).count == 4)
            #expect(try Self.journals(of: lead, in: kept) == Self.journals(of: lead, in: whole))
            #expect(kept.lead(lead) == whole.lead(lead))
            #expect(kept.value("n", of: "probe") == whole.value("n", of: "probe"))
            #expect(kept.outbox(after: 0, limit: 100).count == whole.outbox(after: 0, limit: 100).count)
        }
    }

    /// A lead's lines without the numbers of incidents, which a failed commit may have used up.
    private static func journals(of lead: LeadID, in store: MemoryStore) throws -> [Table] {
        try store.moments(of: lead, from: 1, limit: 10).flatMap(\.journal).map { text in
            var line = try required(try JSONReader.read(text).table, "a line is an object: \(text)")
            line["incident"] = nil
            return line
        }
    }

    private static let plain = """
        map: m
        tracks: [ { track: a, steps: [ { step: x }, { step: y } ] } ]
        """

    @Test("R40: an id that was accepted returns the recorded answer and does nothing, also over a restart")
    func repeated() throws {
        let folder = try TemporaryFolder()
        let scenario = try Scenario(maps: [Self.plain], file: folder("signalbox.db"))
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","id":"one"}
            {"do":"assign","lead":"L","map":"m","id":"one"}
            {"do":"complete","lead":"L","step":"a/x","id":"two","by":"lead"}
            {"do":"status","lead":"L","to":"won"}
            {"do":"complete","lead":"L","step":"a/x","id":"two","by":"lead","at":"2026-03-02T09:00:00Z"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                1 4 step.open a/y

                repeated moment 1

                1 5 step.close a/x

                1 6 map.close m won cancelled a/y

                repeated moment 2
                """)
        try scenario.restart(maps: [Self.plain])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","id":"one"}
            {"do":"assign","lead":"L","map":"m","id":"three"}
            """,
            gives: """
                repeated moment 1

                1 7 map.open m
                1 8 track.open a
                1 9 step.open a/x
                1 10 step.open a/y
                """)
    }

    @Test("R40: the same id with another command is refused, whatever differs, its author included")
    func reused() throws {
        let scenario = try Scenario(maps: [Self.plain])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"a":1},"id":"one"}
            """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"a":1},"id":"one","by":"agent:kim"}
            {"do":"assign","lead":"L","map":"n","fields":{"a":1},"id":"one"}
            {"do":"assign","lead":"L","map":"m","fields":{"a":2},"id":"one"}
            {"do":"assign","lead":"L","map":"m","fields":{"a":1},"agent":"kim","id":"one"}
            {"do":"complete","lead":"L","step":"a/x","id":"one"}
            {"do":"complete","lead":"K","step":"a/x"}
            """,
            gives: """
                refused id_reused

                refused id_reused

                refused id_reused

                refused id_reused

                refused id_reused

                refused unknown_lead
                """)
    }

    @Test(
        "R40: a refused command leaves no trace, so its id may be used again, for the same or another command"
    )
    func refusedLeavesTheIDFree() throws {
        let scenario = try Scenario(maps: [Self.plain])
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x","id":"one"}
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/z","id":"one"}
            {"do":"complete","lead":"L","step":"a/y","id":"one"}
            {"do":"complete","lead":"L","step":"a/z","id":"one"}
            """,
            gives: """
                refused unknown_lead

                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                1 4 step.open a/y

                refused unknown_step

                1 5 step.close a/y

                refused id_reused
                """)
    }

    @Test("R40: ids are a lead's own: the same id for another lead is another command")
    func idsOfALead() throws {
        let scenario = try Scenario(maps: [Self.plain])
        try scenario.run(
            """
            {"do":"set","lead":"L","fields":{"a":1},"id":"one"}
            {"do":"set","lead":"K","fields":{"b":2},"id":"one"}
            {"do":"set","lead":"K","fields":{"b":2},"id":"one"}
            {"do":"set","lead":"L","fields":{"b":2},"id":"one"}
            """,
            gives: """
                nothing

                nothing

                repeated moment 1

                refused id_reused
                """)
    }

    @Test("R40: ids, leads and what is asked are the same when their bytes are", arguments: [false, true])
    func spellings(together: Bool) throws {
        let scenario = try Scenario(maps: [Self.plain])
        let commands = """
            {"do":"set","lead":"L","fields":{"a":1},"id":"\u{e9}"}
            {"do":"set","lead":"L","fields":{"a":2},"id":"e\u{301}"}
            {"do":"set","lead":"L","fields":{"\u{e9}":1},"id":"three"}
            {"do":"set","lead":"L","fields":{"e\u{301}":1},"id":"three"}
            {"do":"set","lead":"L","fields":{"a":"\u{e9}"},"id":"four"}
            {"do":"set","lead":"L","fields":{"a":"e\u{301}"},"id":"four"}
            {"do":"set","lead":"\u{e9}","fields":{"a":1},"id":"five"}
            {"do":"set","lead":"e\u{301}","fields":{"a":2},"id":"five"}
            """
        let answers: [[Table]]
        if together {
            answers = try scenario.runTogether(commands)
        } else {
            answers = try commands.split(separator: "\n").map { line in
                try scenario.run(String(line))
                return scenario.lines
            }
        }
        let reasons = answers.map { $0.first?["reason"]?.string }
        #expect(reasons == [nil, nil, nil, "id_reused", nil, "id_reused", nil, nil])
    }

    @Test("R40: ids count within one batch as they do between batches")
    func inOneBatch() throws {
        let scenario = try Scenario(maps: [Self.plain])
        let answers = try scenario.runTogether(
            """
            {"do":"assign","lead":"L","map":"nowhere","id":"one"}
            {"do":"assign","lead":"L","map":"m","id":"one"}
            {"do":"assign","lead":"L","map":"m","id":"one"}
            {"do":"advance","lead":"L","id":"one"}
            """)
        #expect(
            answers.map { $0.map { ($0["reason"] ?? $0["event"] ?? $0["type"])?.string } } == [
                ["unknown_map"], ["map.open", "track.open", "step.open", "step.open"], ["repeated"],
                ["id_reused"],
            ])
    }

    @Test("R40: only assign and set make a lead; other commands for one that is not known are refused")
    func unknownLead() throws {
        let store = MemoryStore()
        let scenario = try Scenario(maps: [Self.plain], store: store)
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"advance","lead":"L"}
            {"do":"remove","lead":"L","step":"a/x"}
            {"do":"status","lead":"L","to":"won"}
            {"do":"retry","lead":"L"}
            {"do":"set","lead":"K","fields":{"a":1}}
            {"do":"complete","lead":"K","step":"a/x"}
            {"do":"advance","lead":"K"}
            """,
            gives: """
                refused unknown_lead

                refused unknown_lead

                refused unknown_lead

                refused unknown_lead

                refused unknown_lead

                nothing

                refused no_journey

                refused no_journey
                """)
        #expect(store.leads(matching: .all, after: nil, limit: 10).map(\.id.text) == ["K"])
    }

    @Test("R40: a lead whose first command is refused is not made")
    func notMade() throws {
        let store = MemoryStore()
        let scenario = try Scenario(maps: [Self.plain], store: store)
        let tooLarge = String(repeating: "x", count: 70_000)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"nowhere","fields":{"a":1}}
            {"do":"set","lead":"L","fields":{"a":"\(tooLarge)"}}
            {"do":"set","lead":"L","fields":{"":1}}
            {"do":"status","lead":"L","to":"won"}
            """,
            gives: """
                refused unknown_map

                refused field_too_large

                refused invalid_field

                refused unknown_lead
                """)
        #expect(store.counts().moments == 0)
        #expect(store.leads(matching: .all, after: nil, limit: 10).isEmpty)
    }
}
