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

/// The engine on a store that another one writes to, which must not be, and where then one moment cannot be.
@Suite("Moments that cannot be")
struct ConflictTests {
    private let time = Timestamp("2026-11-22T09:00:00Z")!

    private func generation() throws -> Generation {
        try Generation(
            reading: MemoryTree([
                "maps/m.yaml": """
                map: m
                triggers: { open: [ { run: probe.count } ] }
                tracks: [ { track: t, steps: [ { step: a, triggers: { close: [ { run: probe.count } ] } } ] } ]

                """,
                "plugins/probe.lua": """
                return { name = "probe", api = 1, actions = { count = { run = function(event)
                  host.store.set(event.lead.id, (host.store.get(event.lead.id) or 0) + 1)
                  host.store.add("all", 1)
                end } } }
                """,
            ]))
    }

    private func engine(
        _ store: any MomentStore, lanes: Int, stopsAtFailure: Bool = false, _ computed: Computed
    ) throws -> Engine {
        try Engine(
            store: store, generation: generation(), lanes: lanes,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            stopsAtFailure: stopsAtFailure,
            clock: { [time] in
                computed.add()
                return time
            })
    }

    private func id(_ text: String) -> LeadID { LeadID(text)! }

    private func set(_ lead: String, _ number: Int, id: String? = nil) -> Command {
        Command(
            lead: self.id(lead), order: .set(LeadChanges(fields: ["n": .integer(Int64(number))])),
            id: id.map { CommandID($0) })
    }

    /// Has moments committed behind the engine's back.
    private func interfere(_ memory: MemoryStore, _ command: Command) throws {
        let engine = try SerialEngine(
            store: memory, generation: generation(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { [time] in time })
        _ = try engine.handle([command])
    }

    @Test("a moment that cannot be fails alone, and its lead goes on from what is stored")
    func alone() async throws {
        let memory = MemoryStore()
        let gate = CommitGate(memory)
        let computed = Computed()
        let engine = try engine(gate, lanes: 2, computed)
        defer { engine.stop() }
        let leads = (1...8).map { "L\($0)" }
        for lead in leads { _ = try await engine.handle(set(lead, 1)) }
        try interfere(memory, set("L3", 10))
        // One batch is at the disk while the others gather behind it.
        gate.close()
        let results = Answers()
        engine.submit(set("L1", 2), completion: results.take("L1 2"))
        gate.waitUntilReached()
        for lead in leads.dropFirst() {
            for number in 2...4 {
                engine.submit(set(lead, number), completion: results.take("\(lead) \(number)"))
            }
        }
        await computed.wait(30)
        gate.open()
        await results.wait(22)
        let expected = Set(
            leads.flatMap { lead in (2...4).map { "\(lead) \($0)" } }.filter {
                !$0.hasPrefix("L3") && ($0 == "L1 2" || !$0.hasPrefix("L1"))
            })
        #expect(results.accepted == expected)
        #expect(results.failed == ["L3 2", "L3 3", "L3 4"])
        #expect(Set(results.conflicts) == [.outOfOrder(last: 2)])
        guard case .accepted(let next) = try await engine.handle(set("L3", 11)) else {
            Issue.record("the lead does not go on")
            return
        }
        #expect(next.moment == 3)
        try StoreContents(of: memory).requireWhole()
    }

    @Test("with one lane what came before is committed, and what came after is not")
    func oneLane() async throws {
        for stops in [false, true] {
            let memory = MemoryStore()
            let gate = CommitGate(memory)
            let computed = Computed()
            let engine = try engine(gate, lanes: 1, stopsAtFailure: stops, computed)
            defer { engine.stop() }
            for lead in ["A", "B", "C"] { _ = try await engine.handle(set(lead, 1)) }
            try interfere(memory, set("B", 10))
            gate.close()
            let results = Answers()
            engine.submit(set("A", 2), completion: results.take("A 2"))
            gate.waitUntilReached()
            for lead in ["A", "B", "C"] { engine.submit(set(lead, 3), completion: results.take("\(lead) 3")) }
            await computed.wait(7)
            gate.open()
            await results.wait(4)
            #expect(results.accepted == ["A 2", "A 3"])
            #expect(results.failed == ["B 3", "C 3"])
            #expect(Set(results.conflicts) == [.outOfOrder(last: 2)])
            if !stops {
                guard case .accepted(let next) = try await engine.handle(set("B", 4)) else {
                    Issue.record("the lead does not go on")
                    return
                }
                #expect(next.moment == 3)
            }
            try StoreContents(of: memory).requireWhole()
        }
    }

    @Test("answers about a moment that cannot be fail with it, and its id is free")
    func repeats() async throws {
        let memory = MemoryStore()
        let gate = CommitGate(memory)
        let computed = Computed()
        let engine = try engine(gate, lanes: 2, computed)
        defer { engine.stop() }
        _ = try await engine.handle(set("A", 1))
        try interfere(memory, set("A", 10))
        gate.close()
        let results = Answers()
        engine.submit(set("B", 1), completion: results.take("B 1"))
        gate.waitUntilReached()
        engine.submit(set("A", 2, id: "x"), completion: results.take("A 2"))
        engine.submit(set("A", 2, id: "x"), completion: results.take("A again"))
        engine.submit(set("A", 3, id: "x"), completion: results.take("A other"))
        engine.submit(set("A", 4), completion: results.take("A 4"))
        await computed.wait(4)
        gate.open()
        await results.wait(5)
        #expect(results.failed == ["A 2", "A again", "A other", "A 4"])
        guard case .accepted(let accepted) = try await engine.handle(set("A", 3, id: "x")) else {
            Issue.record("the id is not free")
            return
        }
        #expect(accepted.moment == 3)
    }

    @Test("what the moment handed over to be kept, and changed, is kept of the others and not of it")
    func sourcesAndValues() async throws {
        let memory = MemoryStore()
        let gate = CommitGate(memory)
        let computed = Computed()
        let engine = try engine(gate, lanes: 2, computed)
        defer { engine.stop() }
        _ = try await engine.handle(set("A", 1))
        try interfere(memory, set("A", 10))
        // A lead of the same lane, whose moment relies on the sources that A's handed over.
        let neighbour = try #require(
            (1...99).map { "N\($0)" }.first { Partition(id($0)).number % 2 == Partition(id("A")).number % 2 })
        gate.close()
        let results = Answers()
        engine.submit(set("B", 1), completion: results.take("B 1"))
        engine.submit(set(neighbour, 1), completion: results.take("N 1"))
        gate.waitUntilReached()
        engine.submit(
            Command(lead: id("A"), order: .assign(MapID("m"), LeadChanges())), completion: results.take("A 2")
        )
        engine.submit(
            Command(lead: id(neighbour), order: .assign(MapID("m"), LeadChanges())),
            completion: results.take("N 2"))
        await computed.wait(5)
        gate.open()
        await results.wait(4)
        #expect(results.failed == ["A 2"])
        #expect(results.accepted == ["B 1", "N 1", "N 2"])
        #expect(memory.versions(of: .plugin, named: "probe").count == 1)
        #expect(memory.value("A", of: "probe") == nil && memory.value(neighbour, of: "probe") == 1)
        #expect(memory.value("all", of: "probe") == 1)
        _ = try await engine.handle(Command(lead: id("A"), order: .assign(MapID("m"), LeadChanges())))
        #expect(memory.value("A", of: "probe") == 1 && memory.value("all", of: "probe") == 2)
        try StoreContents(of: memory).requireWhole()
    }
}

/// A store in memory whose commits wait while a gate is closed.
private final class CommitGate: MomentStore {
    private let memory: MemoryStore
    private let state = Mutex(false)
    private let reached = DispatchSemaphore(value: 0)
    private let opened = DispatchSemaphore(value: 0)

    init(_ memory: MemoryStore) { self.memory = memory }

    /// The next commit waits.
    func close() { state.withLock { $0 = true } }
    func waitUntilReached() { reached.wait() }
    func open() { opened.signal() }

    func commit(_ moments: [MomentRecord]) throws(StoreError) {
        let waits = state.withLock { isClosed in
            defer { isClosed = false }
            return isClosed
        }
        if waits {
            reached.signal()
            opened.wait()
        }
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

/// How many moments the engine has begun, to know that its lanes have computed what was given.
private final class Computed: Sendable {
    private let count = Mutex(0)

    func add() { count.withLock { $0 += 1 } }

    func wait(_ expected: Int) async {
        while count.withLock({ $0 }) < expected { await Task.yield() }
    }
}

/// What each command came to, by a name that its test gives it.
private final class Answers: Sendable {
    private let results = Mutex<[String: Result<Answer, StoreError>]>([:])

    func take(_ name: String) -> @Sendable (Result<Answer, StoreError>) -> Void {
        { result in self.results.withLock { $0[name] = result } }
    }

    func wait(_ count: Int) async {
        while results.withLock({ $0.count }) < count { await Task.yield() }
    }

    var accepted: Set<String> {
        results.withLock { results in
            Set(results.filter { if case .success(.accepted) = $0.value { true } else { false } }.keys)
        }
    }

    var failed: Set<String> {
        results.withLock { results in
            Set(results.filter { if case .failure = $0.value { true } else { false } }.keys)
        }
    }

    /// Why moments could not be.
    var conflicts: [StoreError.Conflict.Cause] {
        results.withLock { results in
            results.values.compactMap { result in
                guard case .failure(let error) = result, case .conflict(let conflict) = error.code else {
                    return nil
                }
                return conflict.cause
            }
        }
    }
}
