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

/// The engine with its lanes on a store that fails or takes its time.
@Suite("The engine on a bad store")
struct StoreFaultTests {
    @Test(
        "a store that fails at about every n-th operation loses no answer and does nothing twice",
        .timeLimit(.minutes(20)), arguments: [3, 4, 5, 7, 10, 23, 100])
    func failing(every period: Int) async throws {
        let memory: any Store = MemoryStore()
        // The start reads once.
        let store = FailingStore(memory) { (_, number) throws(StoreError) in
            if number > 1, Self.isChosen(number, oneIn: period) { throw FailingStore.failure }
        }
        try await giveUntilDone(to: store, over: memory)
    }

    @Test(
        "a store whose every n-th commit fails loses no answer and does nothing twice",
        .timeLimit(.minutes(20)), arguments: [2, 3, 5])
    func failingCommits(every period: Int) async throws {
        let memory: any Store = MemoryStore()
        let store = FailingStore(memory, of: .commits) { (_, number) throws(StoreError) in
            // Time for the lanes to compute ahead.
            usleep(1000)
            if number % period == 0 { throw FailingStore.failure }
        }
        try await giveUntilDone(to: store, over: memory)
    }

    @Test(
        "a store that stalls at every n-th operation loses no answer and does nothing twice",
        .timeLimit(.minutes(20)), arguments: [3, 10, 40])
    func stalling(every period: Int) async throws {
        let memory: any Store = MemoryStore()
        let store = FailingStore(memory) { (_, number) throws(StoreError) in
            if number % period == 0 { usleep(3000) }
            if number > 1, Self.isChosen(number, oneIn: period * 7) { throw FailingStore.failure }
        }
        try await giveUntilDone(to: store, over: memory)
    }

    @Test(
        "a store that says of a moment now and then that it cannot be loses no answer and does nothing twice",
        .timeLimit(.minutes(20)), arguments: [1, 3], [2, 3, 5])
    func conflicts(lanes: Int, every period: Int) async throws {
        let memory = MemoryStore()
        let store = ConflictingStore(memory, every: period)
        try await giveUntilDone(to: store, over: memory, lanes: lanes)
        #expect(store.conflictCount > 0)
    }

    @Test("a commit that stalls holds up the answers and fills the queues, and then everything is answered")
    func stalledCommit() throws {
        let memory: any Store = MemoryStore()
        let gate = Gate()
        let store = FailingStore(memory, of: .commits) { (_, _) throws(StoreError) in gate.pass() }
        let engine = try engine(store, lanes: 2, queueLimit: 50)
        let results = Results()
        var given = 0
        // The batches between lanes and committer have to be full, and then the queues.
        while results.refused(.busy) < 100 {
            given += 1
            engine.submit(
                Command(lead: LeadID("L\(given % 20)")!, order: .set(LeadChanges(fields: ["n": 1]))),
                completion: results.take("\(given)"))
            if given % 100 == 0 { usleep(1000) }
        }
        #expect(results.accepted == 0)
        gate.open()
        engine.stop()
        #expect(results.count == given)
        #expect(results.accepted + results.refused(.busy) == given)
        #expect(try memory.counts().moments == results.accepted)
        #expect(results.calledTwice == 0)
    }

    @Test("stopping waits for a store that stalls, and answers everything that was given")
    func stopping() throws {
        let memory: any Store = MemoryStore()
        let store = FailingStore(memory) { (_, number) throws(StoreError) in
            if number % 5 == 0 { usleep(5000) }
            if number > 1, number % 12 == 0 { throw FailingStore.failure }
        }
        let engine = try engine(store, lanes: 3)
        let results = Results()
        for number in 1...300 {
            engine.submit(
                Command(lead: LeadID("L\(number % 30)")!, order: .set(LeadChanges(fields: ["n": 1]))),
                completion: results.take("\(number)"))
        }
        engine.stop()
        #expect(results.count == 300 && results.calledTwice == 0)
        #expect(try memory.counts().moments == results.accepted)
    }

    // MARK: Parts

    /// Not every n-th exactly: a command that asks the store n times would never be done.
    private static func isChosen(_ number: Int, oneIn period: Int) -> Bool {
        var random = SeededRandom(seed: UInt64(number))
        return random.once(in: period)
    }

    /// Gives commands with ids, each twice at once, again and again until all are done; then looks.
    private func giveUntilDone(
        to store: any MomentStore, over memory: any Store, lanes: Int = 3
    ) async throws {
        let engine = try engine(store, lanes: lanes)
        defer { engine.stop() }
        let leads = (1...12).map { LeadID("L\($0)")! }
        var pending: [Command] = []
        for number in 1...25 {
            for lead in leads {
                let order: Order =
                    number == 1
                    ? .assign(MapID("m"), LeadChanges())
                    : .set(LeadChanges(fields: ["n": .integer(Int64(number))]))
                pending.append(Command(lead: lead, order: order, id: CommandID("\(lead) \(number)")))
            }
        }
        // Each asks a plugin to count.
        pending += leads.flatMap { lead in
            (1...20).map {
                Command(lead: lead, order: .complete("t/s\($0)"), id: CommandID("\(lead) s\($0)"))
            }
        }
        let given = pending
        var rounds = 0
        while !pending.isEmpty {
            rounds += 1
            try #require(rounds < 500)
            let results = Results(checking: memory)
            for command in pending {
                for turn in 1...2 {
                    engine.submit(command, completion: results.take("\(command.id!) \(turn)"))
                }
            }
            while results.count < pending.count * 2 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(results.count == pending.count * 2 && results.calledTwice == 0)
            #expect(results.wrongRepeats == [])
            let done = results.doneNames
            // Of the two, one may have failed and the other not.
            pending.removeAll { done.contains("\($0.id!) 1") || done.contains("\($0.id!) 2") }
        }
        engine.stop()
        #expect(Set(try given.compactMap { try memory.accepted($0.id!, of: $0.lead) }).count == given.count)
        #expect(try memory.counts().moments == given.count)
        for lead in leads {
            let moments = try memory.moments(of: lead, from: 1, limit: .max)
            #expect(moments.map(\.number) == Array(1...45))
            #expect(Set(moments.map { $0.command.table?["id"]?.string }).count == 45)
            // What a plugin read while others' commits failed was what is stored.
            #expect(try memory.value(lead.text, of: "probe") == 20)
            let counted = try moments.flatMap(\.journal).compactMap { line -> Int64? in
                let table = try JSONReader.read(line).table
                guard table?["type"] == "call" else { return nil }
                return table?["effects"]?.list?.compactMap { $0.table?["fields"]?.table?["count"]?.integer }
                    .first
            }
            #expect(counted == Array(1...20))
        }
    }

    private func engine(_ store: any MomentStore, lanes: Int, queueLimit: Int = 10_000) throws -> Engine {
        let steps = (1...20).map { "{ step: s\($0), triggers: { close: [ { run: probe.count } ] } }" }
        let generation = try Generation(
            reading: MemoryTree([
                // What is counted are the calls that were not cut off.
                "signalbox.yaml": "plugins: { limits: { deadline: 10s } }\n",
                "maps/m.yaml":
                    "map: m\ntracks: [ { track: t, steps: [ \(steps.joined(separator: ", ")) ] } ]\n",
                "plugins/probe.lua": """
                return { name = "probe", api = 1, actions = { count = { run = function(event)
                  host.store.set(event.lead.id, (host.store.get(event.lead.id) or 0) + 1)
                  host.lead.set { count = host.store.get(event.lead.id) }
                end } } }
                """,
            ]))
        return try Engine(
            store: store, generation: generation, lanes: lanes, queueLimit: queueLimit,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
    }
}

/// A store in memory that says of some moment of every n-th commit that it cannot be.
private final class ConflictingStore: MomentStore {
    private let memory: MemoryStore
    private let period: Int
    private let state = Mutex((commits: 0, conflicts: 0))

    init(_ memory: MemoryStore, every period: Int) {
        self.memory = memory
        self.period = period
    }

    var conflictCount: Int { state.withLock { $0.conflicts } }

    func commit(_ moments: [MomentRecord]) throws(StoreError) {
        // Time for the lanes to compute ahead.
        usleep(500)
        let conflict: Int? = state.withLock { state in
            state.commits += 1
            guard !moments.isEmpty, state.commits % period == 1 else { return nil }
            state.conflicts += 1
            return state.commits * 7 % moments.count
        }
        if let conflict { throw .conflict(moments[conflict], at: conflict, .outOfOrder(last: 0)) }
        try memory.commit(moments)
    }

    func dismiss(_ incidents: [Int]) throws(StoreError) -> Int { memory.dismiss(incidents) }

    func put(_ value: Value?, _ key: String, of plugin: String) throws(StoreError) {
        try memory.put(value, key, of: plugin)
    }
    func lead(_ id: LeadID) -> LeadRecord? { memory.lead(id) }
    func erased(_ id: LeadID) -> ErasedLead? { memory.erased(id) }
    func accepted(_ id: CommandID, of lead: LeadID) -> AcceptedCommand? { memory.accepted(id, of: lead) }
    func value(_ key: String, of plugin: String) -> Value? { memory.value(key, of: plugin) }
    func map(_ version: MapVersion) -> StoredMap? { memory.map(version) }
    func incident(_ number: Int) -> IncidentRecord? { memory.incident(number) }
    func todos(of lead: LeadID) -> [StoredTodo] { memory.todos(of: lead) }
    func nextIncident() -> Int { memory.nextIncident() }
    func heldLeads(after: LeadID?, limit: Int) -> [HeldLead] { memory.heldLeads(after: after, limit: limit) }
}

/// Holds threads up until it is opened.
private final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func pass() {
        semaphore.wait()
        semaphore.signal()
    }

    func open() { semaphore.signal() }
}

/// What each command came to, by a name that its test gives it.
private final class Results: Sendable {
    private let state = Mutex(State())
    private let memory: (any Store)?

    private struct State {
        var results: [String: Result<Answer, StoreError>] = [:]
        var calledTwice = 0
        var wrongRepeats: [String] = []
    }

    /// With a store, every `repeated` is looked up there when it is answered.
    init(checking memory: (any Store)? = nil) { self.memory = memory }

    func take(_ name: String) -> @Sendable (Result<Answer, StoreError>) -> Void {
        { result in
            var isWrong = false
            if case .success(.repeated(let lead, let id, let moment)) = result, let memory = self.memory {
                isWrong = (try? memory.accepted(id, of: lead))??.moment != moment
            }
            self.state.withLock { state in
                if state.results.updateValue(result, forKey: name) != nil { state.calledTwice += 1 }
                if isWrong { state.wrongRepeats.append(name) }
            }
        }
    }

    var count: Int { state.withLock { $0.results.count } }
    var calledTwice: Int { state.withLock { $0.calledTwice } }
    /// Answers that a command was done before, of commands that were not.
    var wrongRepeats: [String] { state.withLock { $0.wrongRepeats } }

    private func names(_ fits: (Answer) -> Bool) -> Set<String> {
        state.withLock { state in
            Set(
                state.results.filter {
                    if case .success(let answer) = $0.value { fits(answer) } else { false }
                }.keys)
        }
    }

    var acceptedNames: Set<String> { names { if case .accepted = $0 { true } else { false } } }
    var accepted: Int { acceptedNames.count }
    var doneNames: Set<String> { names { if case .refused = $0 { false } else { true } } }

    func refused(_ reason: Refusal.Reason) -> Int {
        names { if case .refused(let refusal) = $0 { refusal.reason == reason } else { false } }.count
    }
}
