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

@Suite("To-dos of leads at work side by side")
struct LeadTodosTests {
    private static let files = [
        "maps/m.yaml":
            "map: m\ntriggers: { open: [ { run: asker.ask } ] }\ntracks: [ { track: t, steps: [ { step: s, triggers: { close: [ { run: asker.ask } ] } } ] } ]\n",
        "plugins/asker.lua":
            #"return { name = "asker", api = 1, actions = { ask = { run = function(event) host.todo.add { title = event.name } end } } }"#,
    ]

    @Test("commands see the to-dos of those before them, wherever these are on their way", arguments: [1, 3])
    func inFlight(lanes: Int) async throws {
        let store = MemoryStore()
        let engine = try Engine(
            store: store, generation: try Generation(reading: MemoryTree(Self.files)), lanes: lanes,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
        let orders: [Order] = [
            .assign(MapID("m"), LeadChanges()), .todoDone(2), .todoDone(1), .todoDone(1), .complete("t/s"),
            .todoDone(2), .todoDone(2),
        ]
        let leads = (1...20).compactMap { LeadID("L\($0)") }
        let answers = Mutex<[LeadID: [String]]>([:])
        await withTaskGroup { group in
            for order in orders {
                for lead in leads {
                    let (done, continuation) = AsyncStream<Void>.makeStream()
                    engine.submit(Command(lead: lead, order: order), waits: true) { result in
                        let text =
                            switch result {
                            case .success(.accepted): "accepted"
                            case .success(.refused(let refusal)): refusal.reason.rawValue
                            case .success(.repeated): "repeated"
                            case .failure(let error): "\(error)"
                            }
                        answers.withLock { $0[lead, default: []].append(text) }
                        continuation.finish()
                    }
                    group.addTask { for await _ in done {} }
                }
            }
        }
        engine.stop()
        for lead in leads {
            #expect(
                answers.withLock { $0[lead] } == [
                    "accepted", "unknown_todo", "accepted", "todo_not_open", "accepted", "accepted",
                    "todo_not_open",
                ])
            #expect(store.todos(of: lead).map { $0.done?.moment } == [2, 4])
        }
    }
}
