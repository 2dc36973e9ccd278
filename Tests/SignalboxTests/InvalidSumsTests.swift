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

/// Sums of `host.store` that fail only as they are committed.
@Suite("Sums that have no place, with several lanes")
struct InvalidSumsTests {
    private static let files = [
        "plugins/p.lua": """
        return { name = "p", version = "3", api = 1, actions = { add = { run = function()
          host.store.add("n", 1.7e308) host.note.add("added") end } } }
        """,
        "maps/m.yaml":
            "map: m\ntriggers: { open: [ { run: p.add } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n",
    ]

    @Test(
        "one command's sum is kept, every other's is an incident in its answer and its moment, and nothing fails",
        arguments: [1, 4])
    func lanes(count: Int) throws {
        let store = MemoryStore()
        let engine = try Engine(
            store: store, generation: try Generation(reading: MemoryTree(Self.files)), lanes: count,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
        let answers = Mutex<[Answer.Accepted]>([])
        let failures = Mutex(0)
        for number in 1...60 {
            engine.submit(
                Command(lead: LeadID("L\(number)")!, order: .assign(MapID("m"), LeadChanges())), waits: true
            ) { result in
                if case .success(.accepted(let accepted)) = result {
                    answers.withLock { $0.append(accepted) }
                } else {
                    failures.withLock { $0 += 1 }
                }
            }
        }
        engine.stop()
        #expect(failures.withLock { $0 } == 0)
        let accepted = answers.withLock { $0 }
        #expect(accepted.count == 60)
        #expect(accepted.count { $0.hasIncidents } == 59)
        #expect(store.value("n", of: "p") == 1.7e308)
        let incidents = store.incidents(of: nil, before: nil, limit: .max)
        #expect(Set(incidents.map(\.lead)).count == 59)
        #expect(
            incidents.allSatisfy {
                $0.reason == "invalid_value" && $0.pluginVersion == "3" && $0.run == "p.add"
            })
        for answer in accepted {
            #expect(store.moments(of: answer.lead, from: 1, limit: 9).map(\.journal) == [answer.journal])
            #expect(store.notes(of: answer.lead).count == 1)
        }
        try StoreContents(of: store).requireWhole()
    }

    @Test("a commit that fails for another reason fails as ever")
    func failing() throws {
        let memory = MemoryStore()
        // The commit without the sums that have no place is the third.
        let store = FailingStore(memory, failing: 3, of: .commits)
        let engine = try SerialEngine(
            store: store, generation: try Generation(reading: MemoryTree(Self.files)),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
        func assign(_ lead: String) throws {
            _ = try engine.handle([Command(lead: LeadID(lead)!, order: .assign(MapID("m"), LeadChanges()))])
        }
        try assign("A")
        let error = #expect(throws: StoreError.self) { try assign("B") }
        #expect(error == FailingStore.failure)
        #expect(memory.counts().moments == 1)
        try assign("B")
        #expect(memory.counts().moments == 2 && memory.counts().incidents == 1)
    }
}
