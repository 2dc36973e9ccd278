import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

@Suite("What is removed")
struct RemovalTests {
    private static let map = """
        map: m
        triggers:
          open:
            - run: probe.act
              with: { set: { f: 1 }, note: hi, todo: call, email: l@example.com, store: { k: 1 } }
            - { run: probe.act, with: { fail: no } }
        tracks:
          - track: a
            steps: [ { step: x }, { step: y } ]
        """

    private static let lead = LeadID("L")!

    @Test(
        "R61: `erase` removes a lead's fields, notes, to-dos, history, deliveries and incidents, and fires nothing"
    )
    func erased() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(at: folder("signalbox.db"), mode: .readWrite)
        let scenario = try Scenario(maps: [Self.map], store: store)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m","fields":{"name":"Ada"}}"#)
        #expect(try store.notes(of: Self.lead).count == 1)
        #expect(try store.stepCounts(of: MapID("m")).map(\.leads) == [1])
        #expect(try store.incidents(of: Self.lead, before: nil, limit: 9).count == 1)
        try scenario.run(#"{"do":"erase","lead":"L"}"#)
        #expect(scenario.lines.isEmpty)
        #expect(try store.lead(Self.lead) == nil)
        #expect(try store.leads(matching: .all, after: nil, limit: 9).isEmpty)
        #expect(try store.moments(of: Self.lead, from: 1, limit: 9).isEmpty)
        #expect(try store.notes(of: Self.lead).isEmpty)
        #expect(try store.todos(of: Self.lead).isEmpty)
        #expect(try store.incidents(of: nil, before: nil, limit: 9).isEmpty)
        #expect(try store.outbox(after: 0, limit: 9).isEmpty)
        #expect(try store.stepCounts(of: MapID("m")).allSatisfy { $0.leads == 0 && $0.steps.isEmpty })
        #expect(try store.activeLeads(on: [MapID("m")])[MapID("m")] ?? 0 == 0)
        #expect(try store.erased(Self.lead)?.lastMoment == 2)
    }

    @Test(
        "R61: an erased lead keeps its id's hash and its numbers, so that R22 and R40 still hold",
        arguments: [false, true])
    func numbers(restarts: Bool) throws {
        let folder = try TemporaryFolder()
        let scenario = try Scenario(maps: [Self.map], file: folder("signalbox.db"))
        let assign = #"{"do":"assign","lead":"L","map":"m","id":"1"}"#
        try scenario.run(assign)
        let last = scenario.lines.compactMap { $0["seq"]?.integer }.max() ?? 0
        try scenario.run(#"{"do":"erase","lead":"L","id":"2"}"#)
        if restarts { try scenario.restart(maps: [Self.map]) }
        try scenario.run(assign, gives: "repeated moment 1")
        try scenario.run(#"{"do":"erase","lead":"L","id":"2"}"#, gives: "repeated moment 2")
        try scenario.run(#"{"do":"advance","lead":"L","id":"2"}"#, gives: "refused id_reused")
        for order in [
            #""complete","step":"a/x""#, #""advance""#, #""status","to":"won""#, #""retry""#, #""erase""#,
        ] {
            try scenario.run(#"{"do":\#(order),"lead":"L"}"#, gives: "refused unknown_lead")
        }
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        let again = scenario.lines
        #expect(again.allSatisfy { $0["moment"] == 3 })
        #expect(again.compactMap { $0["seq"]?.integer }.min() == last + 1)
        let store = try SQLiteStore(at: folder("signalbox.db"), mode: .readOnly)
        #expect(try store.lead(Self.lead)?.fields == ["f": 1])
        #expect(try store.lead(Self.lead)?.journey?.number == 1)
        #expect(try store.moments(of: Self.lead, from: 1, limit: 9).map(\.number) == [3])
    }
}
