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

/// The engine with its lanes, on real Lua and a store in memory.
@Suite("The engine")
struct EngineTests {
    @Test("a lead's commands happen in the order in which they are given, whatever the lanes do")
    func order() async throws {
        let store: any Store = MemoryStore()
        let engine = try engine(store, lanes: 4)
        defer { engine.stop() }
        let leads = (1...40).map { LeadID("L\($0)")! }
        let answers = Answers()
        for lead in leads {
            engine.submit(
                Command(lead: lead, order: .assign(MapID("m"), LeadChanges())), completion: answers.take)
        }
        for step in ["one/a", "one/b", "two/a", "two/b"] {
            for lead in leads {
                engine.submit(Command(lead: lead, order: .complete(step)), completion: answers.take)
            }
        }
        engine.stop()
        #expect(answers.accepted == leads.count * 5)
        for lead in leads {
            let record = try #require(try store.lead(lead))
            #expect(record.lastMoment == 5)
            #expect(record.fields["done"] == "two/b")
            let moments = try store.moments(of: lead, from: 1, limit: 100)
            #expect(moments.map(\.number) == Array(1...5))
        }
    }

    @Test("ids that are two spellings of one letter are two, while the first is on its way too")
    func spellings() throws {
        let store: any Store = MemoryStore()
        let clock = Mutex(Timestamp("2026-11-22T09:00:00Z")!)
        let engine = try engine(store, lanes: 3, clock: { clock.withLock { $0 } })
        let leads = (1...20).map { LeadID("L\($0)")! }
        let answers = Answers()
        // The lanes wait until all commands wait, so that none is in the store when the next comes.
        clock.withLock { _ in
            for lead in leads {
                for (id, number) in [("\u{e9}", 1), ("e\u{301}", 2), ("\u{e9}", 1)] {
                    engine.submit(
                        Command(
                            lead: lead, order: .set(LeadChanges(fields: ["n": .integer(Int64(number))])),
                            id: CommandID(id)), completion: answers.take)
                }
            }
        }
        engine.stop()
        #expect(answers.accepted == 2 * leads.count)
        for lead in leads { #expect(try store.lead(lead)?.fields["n"] == 2) }
    }

    @Test(
        "a lead whose state has left the memory is never read from before its commits", arguments: [1, 3])
    func forgottenLeads(leadsKept: Int) throws {
        let store: any Store = MemoryStore()
        let clock = Mutex(Timestamp("2026-11-22T09:00:00Z")!)
        let engine = try engine(store, lanes: 1, leadsKeptLimit: leadsKept, clock: { clock.withLock { $0 } })
        let leads = (1...20).map { LeadID("L\($0)")! }
        let answers = Answers()
        // The lane waits until all commands wait, so that each of its batches is full.
        clock.withLock { _ in
            for number in 1...100 {
                for lead in leads {
                    engine.submit(
                        Command(lead: lead, order: .set(LeadChanges(fields: ["n": .integer(Int64(number))]))),
                        completion: answers.take)
                }
            }
        }
        engine.stop()
        #expect(answers.accepted == 2_000)
        for lead in leads {
            #expect(try store.lead(lead)?.lastMoment == 100)
            #expect(try store.lead(lead)?.fields["n"] == 100)
        }
    }

    @Test("the states of more leads than the limit are not kept: who comes again later is read again")
    func leadsKeptLimit() async throws {
        #expect(Engine.leadsKeptLimit == 20_000)
        let reads = Mutex<[LeadID: Int]>([:])
        let store = FailingStore(
            MemoryStore(),
            before: { operation, _ in
                if case .lead(let lead) = operation { reads.withLock { $0[lead, default: 0] += 1 } }
            })
        let engine = try engine(store, lanes: 1, leadsKeptLimit: 50)
        let leads = (1...200).map { LeadID("L\($0)")! }
        func give(_ lead: LeadID) async throws {
            _ = try await engine.handle(Command(lead: lead, order: .set(LeadChanges(fields: ["n": 1]))))
        }
        for _ in 1...3 { for lead in leads { try await give(lead) } }
        // By the time that a lead comes again, 199 others have come.
        #expect(leads.allSatisfy { lead in reads.withLock { $0[lead] } == 3 })
        // Among fewer than the limit, one is read once.
        let few = Array(leads.prefix(20))
        reads.withLock { $0 = [:] }
        for _ in 1...2 { for lead in few { try await give(lead) } }
        #expect(reads.withLock { $0.values.reduce(0, +) } <= 2 * few.count)
        #expect(reads.withLock { $0.values.reduce(0, +) } >= few.count)
        engine.stop()
    }

    @Test("more leads in one batch than are kept in memory keep their states until its commit")
    func forgottenLeadsOfABatch() throws {
        let store: any Store = MemoryStore()
        let engine = try SerialEngine(
            store: store, generation: generation(stamp: "old"),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), leadsKeptLimit: 2,
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
        let leads = (1...5).map { LeadID("L\($0)")! }
        for round in 1...3 {
            let orders: [Order] = [.set(LeadChanges(fields: ["n": 1])), .status(.won)]
            let answers = try engine.handle(
                orders.flatMap { order in leads.map { Command(lead: $0, order: order) } })
            for case .refused(let refusal) in answers { Issue.record("\(refusal)") }
            for lead in leads { #expect(try store.lead(lead)?.lastMoment == 2 * round) }
        }
    }

    @Test("more than the queue holds is refused as busy, and nothing of it happens")
    func busy() async throws {
        let store: any Store = MemoryStore()
        // The lane waits as long as the test holds the clock.
        let clock = Mutex(Timestamp("2026-11-22T09:00:00Z")!)
        let engine = try engine(store, lanes: 1, queueLimit: 3, clock: { clock.withLock { $0 } })
        let answers = Answers()
        clock.withLock { _ in
            for number in 1...600 {
                engine.submit(
                    Command(lead: LeadID("L\(number)")!, order: .set(LeadChanges(fields: ["n": 1]))),
                    completion: answers.take)
            }
        }
        engine.stop()
        #expect(answers.refused(.busy) > 0)
        #expect(answers.accepted + answers.refused(.busy) == 600)
        #expect(try store.counts().moments == answers.accepted)
    }

    @Test("a failed commit takes with it what was computed on top, and the engine goes on", arguments: 1...6)
    func failedCommit(failing: Int) async throws {
        let memory: any Store = MemoryStore()
        let store = FailingStore(memory, failing: failing, of: .commits)
        let engine = try engine(store, lanes: 2)
        let lead = LeadID("L1")!
        var accepted = 0
        var failed = 0
        for number in 1...10 {
            do {
                let answer = try await engine.handle(
                    Command(
                        lead: lead, order: .set(LeadChanges(fields: ["n": .integer(Int64(number))])),
                        id: CommandID("c\(number)")))
                if case .accepted = answer { accepted += 1 }
            } catch {
                failed += 1
                #expect(error == FailingStore.failure)
                let again = try await engine.handle(
                    Command(
                        lead: lead, order: .set(LeadChanges(fields: ["n": .integer(Int64(number))])),
                        id: CommandID("c\(number)")))
                guard case .accepted(let moment) = again else {
                    Issue.record("the id of a command that failed is free: \(again)")
                    return
                }
                accepted += 1
                #expect(moment.moment == accepted)
            }
        }
        engine.stop()
        #expect(failed == 1 && accepted == 10)
        #expect(try memory.lead(lead)?.fields["n"] == 10)
        #expect(try memory.lead(lead)?.lastMoment == 10)
    }

    @Test("R40: an id happens once for its lead, also when it comes many times at once")
    func ids() async throws {
        let store: any Store = MemoryStore()
        let engine = try engine(store, lanes: 4)
        let answers = Answers()
        for _ in 1...50 {
            engine.submit(
                Command(lead: LeadID("L1")!, order: .assign(MapID("m"), LeadChanges()), id: "once"),
                completion: answers.take)
        }
        for number in 2...20 {
            engine.submit(
                Command(lead: LeadID("L\(number)")!, order: .assign(MapID("m"), LeadChanges()), id: "once"),
                completion: answers.take)
        }
        engine.stop()
        #expect(answers.accepted == 20)
        #expect(answers.repeated == 49)
        #expect(try store.counts().moments == 20)
    }

    @Test("what plugins add to a stored value from all lanes adds up")
    func storedValues() async throws {
        let store: any Store = MemoryStore()
        let engine = try engine(store, lanes: 4)
        let answers = Answers()
        for number in 1...200 {
            engine.submit(
                Command(lead: LeadID("L\(number)")!, order: .assign(MapID("counting"), LeadChanges())),
                completion: answers.take)
        }
        engine.stop()
        #expect(answers.accepted == 200)
        #expect(try store.value("n", of: "probe") == 200)
    }

    @Test("a new generation serves the moments that begin after it")
    func generations() async throws {
        let engine = try engine(MemoryStore(), lanes: 2)
        defer { engine.stop() }
        let lead = LeadID("L1")!
        _ = try await engine.handle(Command(lead: lead, order: .assign(MapID("m"), LeadChanges())))
        engine.install(try generation(stamp: "new"))
        let answer = try await engine.handle(Command(lead: lead, order: .complete("one/a")))
        guard case .accepted(let moment) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(moment.journal.contains { $0.contains(#""stamp":"new""#) })
    }

    @Test("tells of every moment that was committed")
    func observers() async throws {
        let engine = try engine(MemoryStore(), lanes: 2)
        let moments = engine.moments(bufferLimit: 100)
        for number in 1...10 {
            _ = try await engine.handle(
                Command(lead: LeadID("L\(number)")!, order: .assign(MapID("m"), LeadChanges())))
        }
        engine.stop()
        var seen: Set<String> = []
        for await moment in moments { seen.insert(moment.lead.text) }
        #expect(seen.count == 10)
    }

    // MARK: Parts

    private func engine(
        _ store: any Store, lanes: Int, queueLimit: Int = 10_000,
        leadsKeptLimit: Int = Engine.leadsKeptLimit,
        clock: @escaping @Sendable () -> Timestamp = { Timestamp("2026-11-22T09:00:00Z")! }
    ) throws -> Engine {
        try Engine(
            store: store, generation: generation(stamp: "old"), lanes: lanes, queueLimit: queueLimit,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            leadsKeptLimit: leadsKeptLimit, clock: clock)
    }

    private func generation(stamp: String) throws -> Generation {
        let steps =
            "steps: [ { step: a, triggers: { close: [ { run: probe.mark } ] } }, { step: b, triggers: { close: [ { run: probe.mark } ] } } ]"
        return try Generation(
            reading: MemoryTree([
                "maps/m.yaml":
                    "map: m\ntracks:\n  - track: one\n    \(steps)\n  - track: two\n    \(steps)\n",
                "maps/counting.yaml":
                    "map: counting\ntriggers: { open: [ { run: probe.count } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n",
                "plugins/probe.lua": """
                return { name = "probe", api = 1, actions = {
                  mark = { run = function(event)
                    host.lead.set { done = event.track .. "/" .. event.step, stamp = "\(stamp)" }
                  end },
                  count = { run = function() host.store.add("n", 1) end },
                } }
                """,
            ]))
    }
}

/// Counts what commands came to.
private final class Answers: Sendable {
    private let results = Mutex<[Result<Answer, StoreError>]>([])

    @Sendable func take(_ result: Result<Answer, StoreError>) { results.withLock { $0.append(result) } }

    private func count(_ fits: (Answer) -> Bool) -> Int {
        results.withLock { results in
            results.count { if case .success(let answer) = $0 { fits(answer) } else { false } }
        }
    }

    var accepted: Int { count { if case .accepted = $0 { true } else { false } } }
    var repeated: Int { count { if case .repeated = $0 { true } else { false } } }

    func refused(_ reason: Refusal.Reason) -> Int {
        count { if case .refused(let refusal) = $0 { refusal.reason == reason } else { false } }
    }
}
