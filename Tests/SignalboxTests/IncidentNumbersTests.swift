import Journeys
import Logging
import Plugins
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

@Suite("Numbers of incidents")
struct IncidentNumbersTests {
    private let time = Timestamp("2026-11-22T09:00:00Z")!

    private func engine(_ store: any MomentStore, lanes: Int) throws -> Engine {
        func file(_ map: String) -> String {
            "map: \(map)\ntriggers: { open: [ { run: probe.fail } ] }\ntracks: [ { track: t, steps: [ { step: a } ] } ]\n"
        }
        let generation = try Generation(
            reading: MemoryTree([
                "maps/m.yaml": file("m"), "maps/n.yaml": file("n"),
                "plugins/probe.lua": """
                return { name = "probe", api = 1, actions = { fail = { run = function() error("no") end } } }
                """,
            ]))
        return try Engine(
            store: store, generation: generation, lanes: lanes,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { [time] in time })
    }

    private func numbers(_ store: MemoryStore) -> [Int] {
        store.incidents(of: nil, before: nil, limit: .max).reversed().map(\.number)
    }

    private func fail(_ engine: Engine, _ leads: ClosedRange<Int>, on map: MapID = MapID("m")) async throws {
        for number in leads {
            _ = try await engine.handle(
                Command(lead: LeadID("L\(number)")!, order: .assign(map, LeadChanges())))
        }
        engine.stop()
    }

    @Test("with one lane they have no gaps, and go on without one when another engine starts")
    func oneLane() async throws {
        let store = MemoryStore()
        try await fail(engine(store, lanes: 1), 1...100)
        try await fail(engine(store, lanes: 1), 101...120)
        #expect(numbers(store) == Array(1...120))
        #expect((1...120).allSatisfy { store.incident($0)?.lead.text == "L\($0)" })
    }

    @Test("with several lanes each lane has its own, and a lead's rise with its moments")
    func severalLanes() async throws {
        let store = MemoryStore()
        try await fail(engine(store, lanes: 3), 1...200)
        try await fail(engine(store, lanes: 3), 1...200, on: MapID("n"))
        #expect(Set(numbers(store)).count == 400)
        for number in 1...200 {
            let moments = store.incidents(of: LeadID("L\(number)")!, before: nil, limit: 9).map(\.moment)
            #expect(moments == [2, 1])
        }
    }
}
