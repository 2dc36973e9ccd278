import Journeys
import Logging
import Plugins
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

@Suite("Calls that fail, over time")
struct FailureTests {
    @Test("R35: a plugin that is cut off 5 times in a row is quarantined, also over a restart")
    func quarantine() throws {
        let store: any Store = MemoryStore()
        let looping = try generation("while true do end")
        let engine = try serialEngine(store, looping)
        for number in 1...5 {
            #expect(try reasons(engine, assigning: "L\(number)") == ["budget"])
        }
        #expect(try reasons(engine, assigning: "L6") == ["quarantined"])
        let restarted = try serialEngine(store, looping)
        #expect(try reasons(restarted, assigning: "L7") == ["quarantined"])
    }

    @Test("R35: a store that cannot be read for once does not lift a quarantine", arguments: 1...8)
    func unreadableStanding(failing: Int) throws {
        let store: any Store = MemoryStore()
        let looping = try generation("while true do end")
        let engine = try serialEngine(store, looping)
        for number in 1...5 { _ = try reasons(engine, assigning: "L\(number)") }
        let disturbed = FailingStore(store, failing: failing)
        var restarted: SerialEngine?
        for number in 6...8 {
            if restarted == nil { restarted = try? serialEngine(disturbed, looping) }
            if let restarted { _ = try? reasons(restarted, assigning: "L\(number)") }
        }
        let next = try serialEngine(store, looping)
        #expect(try reasons(next, assigning: "L9") == ["quarantined"])
    }

    @Test("R35: a new version of the plugin is called again, and a release does it too")
    func release() throws {
        let store: any Store = MemoryStore()
        let looping = try generation("while true do end")
        let engine = try serialEngine(store, looping)
        for number in 1...5 { _ = try reasons(engine, assigning: "L\(number)") }
        engine.install(try generation("host.lead.set { mended = true }"))
        #expect(try reasons(engine, assigning: "L6") == [])

        let again = try serialEngine(store, looping)
        for number in 7...11 { _ = try reasons(again, assigning: "L\(number)") }
        #expect(try reasons(again, assigning: "L12") == ["quarantined"])
        try Quarantine.release("probe", in: store)
        let released = try serialEngine(store, looping)
        #expect(try reasons(released, assigning: "L13") == ["budget"])
    }

    @Test("R35: a version that was quarantined stays so when it comes back, with and without a restart")
    func comingBack() throws {
        let store: any Store = MemoryStore()
        let looping = try generation("while true do end")
        let engine = try serialEngine(store, looping)
        for number in 1...5 { _ = try reasons(engine, assigning: "L\(number)") }
        engine.install(try generation("host.lead.set { mended = true }"))
        #expect(try reasons(engine, assigning: "L6") == [])
        engine.install(looping)
        #expect(try reasons(engine, assigning: "L7") == ["quarantined"])
        #expect(try reasons(serialEngine(store, looping), assigning: "L8") == ["quarantined"])
    }

    @Test("R35: a plain Lua error does not count, and ends the row")
    func plainErrors() throws {
        let store: any Store = MemoryStore()
        let body = "if event.lead.fields.kind == 'error' then error('boom') end while true do end"
        let engine = try serialEngine(store, try generation(body))
        var found: [String] = []
        for number in 1...12 {
            found += try reasons(engine, assigning: "L\(number)", kind: number == 5 ? "error" : "loop")
        }
        let cutOffs = Array(repeating: "budget", count: 4)
        #expect(found == cutOffs + ["error"] + cutOffs + ["budget", "quarantined", "quarantined"])
    }

    @Test("R36: an incident's call runs again against its snapshot with the code of today, as its own moment")
    func retry() throws {
        let store: any Store = MemoryStore()
        let engine = try serialEngine(store, try generation("error('boom')"))
        _ = try reasons(engine, assigning: "L1", kind: "then")
        _ = try engine.handle([
            Command(lead: LeadID("L1")!, order: .set(LeadChanges(fields: ["kind": "now"])))
        ])
        engine.install(
            try generation("host.lead.set { saw = event.lead.fields.kind } host.lead.complete('t/s')"))
        let answer = try engine.handle([
            Command(lead: LeadID("L1")!, order: .rerun(1, now: false, again: false), by: "kim")
        ]
        )[0]
        guard case .accepted(let moment) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(moment.moment == 3)
        let lines = try moment.journal.map { try JSONReader.read($0).table! }
        #expect(lines.map { $0["type"]?.string } == ["call", "event", "event"])
        #expect(lines[0]["seq"] == 1 && lines[0]["instant"] == nil && lines[0]["trigger"] == "m/open/1")
        #expect(lines[1]["event"] == "step.close" && lines[1]["by"] == "plugin:probe")
        let lead = try #require(try store.lead(LeadID("L1")!))
        #expect(lead.fields["saw"] == "then" && lead.fields["kind"] == "now")
    }

    @Test("R36: an incident that is not there, or of another lead, is refused")
    func noSuchIncident() throws {
        let store: any Store = MemoryStore()
        let engine = try serialEngine(store, try generation("error('boom')"))
        _ = try reasons(engine, assigning: "L1")
        _ = try reasons(engine, assigning: "L2")
        for (lead, number) in [("L1", 9), ("L1", 2)] {
            let answer = try engine.handle([
                Command(lead: LeadID(lead)!, order: .rerun(number, now: false, again: false))
            ])[
                0]
            guard case .refused(let refusal) = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(refusal.reason == .unknownIncident)
        }
    }

    // MARK: Parts

    private func serialEngine(_ store: any Store, _ generation: Generation) throws -> SerialEngine {
        try SerialEngine(
            store: store, generation: generation,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
    }

    private func generation(_ body: String) throws -> Generation {
        try Generation(
            reading: MemoryTree([
                "signalbox.yaml": "plugins: { limits: { instructions: 100000, deadline: 2s } }\n",
                "maps/m.yaml":
                    "map: m\ntriggers: { open: [ { run: probe.act } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n",
                "plugins/probe.lua":
                    "return { name = 'probe', api = 1, actions = { act = { run = function(event) \(body) end } } }",
            ]))
    }

    /// The reasons of the incidents of the moment in which the lead is assigned.
    private func reasons(
        _ engine: SerialEngine, assigning lead: String, kind: String = "loop"
    ) throws -> [String] {
        let order = Order.assign(MapID("m"), LeadChanges(fields: ["kind": .string(kind)]))
        let answer = try engine.handle([Command(lead: LeadID(lead)!, order: order)])[0]
        guard case .accepted(let moment) = answer else {
            Issue.record("\(answer)")
            return []
        }
        return try moment.journal.compactMap { line in
            let table = try JSONReader.read(line).table
            return table?["type"] == "incident" ? table?["reason"]?.string : nil
        }
    }
}
