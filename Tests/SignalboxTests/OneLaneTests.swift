import Foundation
import Journeys
import Logging
import Plugins
import Signalbox
import Store
import Synchronization
import TestKit
import Testing
import Values
import Workspace

/// An engine with one lane, for commands whose order matters.
@Suite("The engine with one lane")
struct OneLaneTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private let time = Timestamp("2026-11-22T09:00:00Z")!

    /// A plugin that counts all leads, and one that is cut off where the field `loops` says so.
    private func generation() throws -> Generation {
        try Generation(
            reading: MemoryTree([
                // What is cut off is so by its instructions alone, also where a sanitizer makes everything slow.
                "signalbox.yaml": "plugins: { limits: { instructions: 5000, deadline: 2s } }\n",
                "maps/m.yaml":
                    "map: m\ntriggers: { open: [ { run: probe.count }, { run: loop.maybe } ] }\ntracks: [ { track: t, steps: [ { step: a } ] } ]\n",
                "plugins/probe.lua": """
                return { name = "probe", api = 1, actions = { count = { run = function(event)
                  host.lead.set { before = host.store.get("n") or 0, last = host.store.get("last") or "nobody" }
                  host.store.add("n", 1)
                  host.store.set("last", event.lead.id)
                end } } }
                """,
                "plugins/loop.lua": """
                return { name = "loop", api = 1, actions = { maybe = { run = function(event)
                  if event.lead.fields.loops then while true do end end
                end } } }
                """,
            ]))
    }

    private var commands: [Command] {
        (1...400).map { number in
            // Now and then not five times in a row, at last five times.
            let loops = number % 7 > 2 || number > 390
            // Each third has the id of the command before it: given again, or another one.
            let named = number % 3 == 0 ? number - 1 : number
            return Command(
                lead: LeadID("L\(named)")!,
                order: .assign(
                    MapID(number % 9 == 0 ? "none" : "m"), LeadChanges(fields: ["loops": .bool(loops)])),
                id: CommandID("c\(named)"))
        }
    }

    @Test("the same commands come to the same, however long the commits take")
    func sameAnswers() throws {
        let serial = try SerialEngine(
            store: MemoryStore(), generation: generation(), logger: logger, clock: { [time] in time })
        let expected = try commands.map { Self.text(.success(try serial.handle([$0])[0])) }
        #expect(
            expected.contains { $0.contains("quarantined") } && expected.contains { $0.contains("budget") })
        #expect(
            expected.contains { $0.hasPrefix("id_reused") } && expected.contains { $0.hasPrefix("repeated") })
        for pause in [0, 500, 3000] as [UInt32] {
            let store = FailingStore(MemoryStore(), of: .commits) { (_, _) throws(StoreError) in usleep(pause)
            }
            let engine = try Engine(
                store: store, generation: generation(), lanes: 1, queueLimit: 7, logger: logger,
                leadsKeptLimit: 60, clock: { [time] in time })
            #expect(give(to: engine) == expected)
        }
    }

    @Test("one that stops at a failure does nothing after it", arguments: [1, 2, 4, 9])
    func stops(failing: Int) throws {
        let memory: any Store = MemoryStore()
        let store = FailingStore(memory, of: .commits) { (_, number) throws(StoreError) in
            usleep(500)
            if number == failing { throw FailingStore.failure }
        }
        try expectPrefix(store, memory)
    }

    @Test("one that stops at a failure does nothing after a reading that failed", arguments: [2, 30, 301])
    func stopsAtReading(failing: Int) throws {
        let memory: any Store = MemoryStore()
        try expectPrefix(FailingStore(memory, failing: failing), memory)
    }

    private func expectPrefix(_ store: any Store, _ memory: any Store) throws {
        let engine = try Engine(
            store: store, generation: generation(), lanes: 1, queueLimit: 7, logger: logger,
            stopsAtFailure: true, clock: { [time] in time })
        let results = give(to: engine)
        let done = results.prefix { $0 != Self.failed }
        #expect(done.count < results.count)
        #expect(results.dropFirst(done.count).allSatisfy { $0 == Self.failed })
        #expect(try memory.counts().moments == done.count { $0.hasPrefix("accepted") })
    }

    /// What each command came to.
    private func give(to engine: Engine) -> [String] {
        let results = Mutex([String](repeating: "", count: commands.count))
        for (index, command) in commands.enumerated() {
            engine.submit(command, waits: true) { result in
                results.withLock { $0[index] = Self.text(result) }
            }
        }
        engine.stop()
        return results.withLock { $0 }
    }

    private static let failed = "failed"

    private static func text(_ result: Result<Answer, StoreError>) -> String {
        switch result {
        case .success(.accepted(let accepted)): "accepted\n" + accepted.journal.joined(separator: "\n")
        case .success(.refused(let refusal)): "\(refusal.reason.rawValue): \(refusal.message)"
        case .success(.repeated(let lead, let id, let moment)): "repeated \(lead) \(id) \(moment)"
        case .failure: failed
        }
    }
}
