import Journeys
import Logging
import Plugins
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

@Suite("Releasing a quarantine")
struct ReleaseTests {
    private let time = Timestamp("2026-11-22T09:00:00Z")!
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func generation() throws -> Generation {
        try Generation(
            reading: MemoryTree([
                "signalbox.yaml": "plugins: { limits: { instructions: 5000, deadline: 2s } }\n",
                "maps/m.yaml":
                    "map: m\ntriggers: { open: [ { run: loop.maybe } ] }\ntracks: [ { track: t, steps: [ { step: a } ] } ]\n",
                "plugins/loop.lua": """
                return { name = "loop", api = 1, actions = { maybe = { run = function(event)
                  if event.lead.fields.loops then while true do end end
                end } } }
                """,
            ]))
    }

    private func command(_ number: Int, loops: Bool) -> Command {
        Command(
            lead: LeadID("L\(number)")!,
            order: .assign(MapID("m"), LeadChanges(fields: ["loops": .bool(loops)])))
    }

    private func reasons(_ store: MemoryStore) -> [String] {
        store.incidents(of: nil, before: nil, limit: .max).reversed().map(\.reason)
    }

    private let fiveTimes = Array(repeating: "budget", count: 5)

    @Test("a running engine calls the plugin again, and counts from the beginning", arguments: [1, 3])
    func running(lanes: Int) async throws {
        let store = MemoryStore()
        let engine = try Engine(
            store: store, generation: generation(), lanes: lanes, logger: logger,
            clock: { [time] in time })
        defer { engine.stop() }
        for number in 1...6 { _ = try await engine.handle(command(number, loops: true)) }
        #expect(reasons(store).sorted() == fiveTimes + ["quarantined"])
        try await engine.release(plugin: "loop")
        let hash = try #require(engine.generation.loaded("loop")?.source.hash)
        #expect(try !Quarantine.holds("loop", hash: hash, in: store))
        _ = try await engine.handle(command(7, loops: false))
        #expect(store.incidents(of: nil, before: nil, limit: .max).count == 6)
        for number in 8...13 { _ = try await engine.handle(command(number, loops: true)) }
        #expect(reasons(store).sorted() == fiveTimes + fiveTimes + ["quarantined", "quarantined"])
        #expect(try Quarantine.holds("loop", hash: hash, in: store))
    }

    @Test("an engine that has stopped releases in its store")
    func stopped() async throws {
        let store = MemoryStore()
        let engine = try Engine(
            store: store, generation: generation(), lanes: 2, logger: logger, clock: { [time] in time })
        for number in 1...5 { _ = try await engine.handle(command(number, loops: true)) }
        engine.stop()
        let hash = try #require(engine.generation.loaded("loop")?.source.hash)
        #expect(try Quarantine.holds("loop", hash: hash, in: store))
        try await engine.release(plugin: "loop")
        #expect(try !Quarantine.holds("loop", hash: hash, in: store))
    }

    @Test("the serial engine calls the plugin again")
    func serial() throws {
        let store = MemoryStore()
        let engine = try SerialEngine(
            store: store, generation: generation(), logger: logger, clock: { [time] in time })
        _ = try engine.handle((1...6).map { command($0, loops: true) })
        #expect(reasons(store) == fiveTimes + ["quarantined"])
        try engine.release(plugin: "loop")
        _ = try engine.handle([command(7, loops: true)])
        #expect(reasons(store) == fiveTimes + ["quarantined", "budget"])
    }

    @Test("a release that the store refuses changes nothing")
    func failing() async throws {
        let memory = MemoryStore()
        let store = FailingStore(memory) { (operation, _) throws(StoreError) in
            if operation == .put { throw FailingStore.failure }
        }
        let engine = try Engine(
            store: store, generation: generation(), lanes: 1, logger: logger, clock: { [time] in time })
        defer { engine.stop() }
        for number in 1...5 { _ = try await engine.handle(command(number, loops: true)) }
        await #expect(throws: StoreError.self) { try await engine.release(plugin: "loop") }
        _ = try await engine.handle(command(6, loops: false))
        #expect(reasons(memory) == fiveTimes + ["quarantined"])
    }
}
