import Journeys
import Logging
import ServiceLifecycle
import Store
import Synchronization
import TestKit
import Testing
import Values
import Workspace

@testable import Delivery

/// A carrier that does what a test says, and notes what it was given.
private final class ScriptedCarrier: Carrier {
    typealias Script = @Sendable (StoredDelivery, Int) async -> AttemptEnd

    private let script: Script
    private let state = Mutex((log: [String](), counts: [DeliveryID: Int](), closed: Set<String>()))

    init(_ script: @escaping Script) { self.script = script }

    var log: [String] { state.withLock { $0.log } }

    func close(_ channel: String, _ isClosed: Bool) {
        state.withLock { state in
            if isClosed { state.closed.insert(channel) } else { state.closed.remove(channel) }
        }
    }

    func isOpen(_ channel: String) -> Bool { state.withLock { !$0.closed.contains(channel) } }

    func attempt(_ delivery: StoredDelivery) async -> AttemptEnd {
        let count = state.withLock { state in
            state.log.append("\(delivery.id)")
            state.counts[delivery.id, default: 0] += 1
            return state.counts[delivery.id] ?? 0
        }
        return await script(delivery, count)
    }
}

@Suite("sending what waits (R54 to R57)")
struct CourierTests {
    private let bench = CourierBench()
    private var store: MemoryStore { bench.store }
    private var clock: ManualClock { bench.clock }

    /// Runs it until the condition holds, then shuts it down.
    private func run(
        _ courier: Courier, advancing step: Duration = .zero, until holds: () throws -> Bool
    ) async throws {
        try await bench.run(courier) { try await bench.advance(.zero, thenBy: step, until: holds) }
    }

    private func counts() -> [DeliveryState: Int] { store.outboxFigures().counts.filter { $0.value > 0 } }

    @Test(
        "those of a lead to one destination leave in their order, each when the one before is settled (R56)")
    func order() async throws {
        let isOpen = Mutex(false)
        _ = try SampleOutbox(store, ["L1": ["a", "b", "a", "a"], "L2": ["a", "a"], "L3": ["c"]])
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let carrier = ScriptedCarrier { delivery, count in
            if "\(delivery.id)" != "L1/1/1" { return AttemptEnd(.delivered, "ok") }
            for await _ in gate {}
            return count == 1 ? AttemptEnd(.failed(canPass: true), "no") : AttemptEnd(.delivered, "ok")
        }
        try await run(bench.courier(carrier), advancing: .seconds(1)) {
            if !isOpen.withLock({ $0 }), counts()[.sending] == 1, counts()[.delivered, default: 0] >= 4 {
                // All others have left, and none of those behind it.
                #expect(carrier.log.filter { $0.hasPrefix("L1") }.sorted() == ["L1/1/1", "L1/1/2"])
                isOpen.withLock { $0 = true }
                open.finish()
            }
            return counts() == [.delivered: 7]
        }
        // Not when it comes back either.
        #expect(
            carrier.log.filter { $0 != "L1/1/2" && $0.hasPrefix("L1") } == [
                "L1/1/1", "L1/1/1", "L1/1/3", "L1/1/4",
            ])
        #expect(carrier.log.filter { $0.hasPrefix("L2") } == ["L2/1/1", "L2/1/2"])
        #expect(carrier.log.count == 8 && bench.told.isEmpty)
    }

    @Test("a failure that can pass is tried again after pauses, under the same id, and then no more (R55)")
    func again() async throws {
        _ = try SampleOutbox(store, ["L1": ["a"]])
        let carrier = ScriptedCarrier { _, count in
            count < 4 ? AttemptEnd(.failed(canPass: true), "no \(count)") : AttemptEnd(.delivered, "ok")
        }
        try await run(bench.courier(carrier), advancing: .seconds(10)) { counts() == [.delivered: 1] }
        let attempts = store.attempts(of: DeliveryID(LeadID("L1")!, moment: 1, number: 1))
        #expect(attempts.map(\.outcome) == [.failed, .failed, .failed, .delivered])
        #expect(attempts.map(\.message) == ["no 1", "no 2", "no 3", "ok"])
        for (before, after) in zip(attempts, attempts.dropFirst()) {
            #expect(after.began >= before.began.adding(.seconds(30)))
        }
    }

    @Test("the end of the schedule makes it dead, and its lead is told (R57)")
    func deadline() async throws {
        _ = try SampleOutbox(store, ["L1": ["a"]])
        let carrier = ScriptedCarrier { _, _ in AttemptEnd(.failed(canPass: true), "no") }
        try await run(bench.courier(carrier), advancing: .seconds(3600)) { counts() == [.dead: 1] }
        #expect(bench.told.map(\.state) == [.dead])
        #expect(bench.told.map(\.reason) == ["no"])
        #expect(carrier.log.count > 5)
    }

    @Test(
        "a mail of which nobody knows whether it arrived is not sent again unless the settings say so",
        arguments: [false, true])
    func unknown(repeats: Bool) async throws {
        _ = try SampleOutbox(store, ["L1": ["a"]])
        bench.settings.email.repeatsUnknown = repeats
        let carrier = ScriptedCarrier { _, count in
            count == 1 ? AttemptEnd(.unknown, "cut") : AttemptEnd(.delivered, "ok")
        }
        let expected: [DeliveryState: Int] = repeats ? [.delivered: 1] : [.unknown: 1]
        try await run(bench.courier(carrier), advancing: .seconds(10)) { counts() == expected }
        #expect(carrier.log.count == (repeats ? 2 : 1))
        #expect(bench.told.map(\.state) == (repeats ? [] : [.unknown]))
    }

    @Test("what an earlier process left under way is unknown")
    func interrupted() async throws {
        let outbox = try SampleOutbox(store, ["L1": ["a", "b"]])
        try store.beginAttempts([1], at: outbox.time(0))
        let carrier = ScriptedCarrier { _, _ in AttemptEnd(.delivered, "ok") }
        try await run(bench.courier(carrier)) { counts() == [.unknown: 1, .delivered: 1] }
        #expect(carrier.log == ["L1/1/2"])
        #expect(bench.told.map(\.reason) == ["the process ended before an answer came"])
    }

    @Test("a channel that does not work is left alone, then tried with one; the others go on")
    func breaker() async throws {
        let isUp = Mutex(false)
        let leads = (1...40).map { "L\($0)" }
        for lead in leads { _ = try SampleOutbox(store, [lead: ["a"]]) }
        let carrier = ScriptedCarrier { _, _ in
            isUp.withLock { $0 }
                ? AttemptEnd(.delivered, "ok") : AttemptEnd(.failed(canPass: true), "down", isOfChannel: true)
        }
        let courier = bench.courier(carrier)
        try await run(courier) { carrier.log.count >= CircuitBreaker.failureLimit }
        // Those that were under way when it opened, and no more.
        #expect(carrier.log.count <= CircuitBreaker.failureLimit + Courier.width)
        isUp.withLock { $0 = true }
        let next = bench.courier(carrier)
        try await run(next, advancing: .seconds(5)) { counts() == [.delivered: 40] }
    }

    @Test("a closed channel waits, and goes on when it opens")
    func closed() async throws {
        _ = try SampleOutbox(store, ["L1": ["a"]])
        let carrier = ScriptedCarrier { _, _ in AttemptEnd(.delivered, "ok") }
        carrier.close("email", true)
        let courier = bench.courier(carrier)
        try await run(courier) {
            // It has looked, and found that it may not.
            carrier.close("email", false)
            courier.notify()
            return counts() == [.delivered: 1]
        }
        #expect(carrier.log == ["L1/1/1"])
    }

    @Test("an engine that is busy is asked again, and nothing is settled before it has taken it")
    func busy() async throws {
        _ = try SampleOutbox(store, ["L1": ["a"]])
        let asked = Mutex(0)
        let carrier = ScriptedCarrier { _, _ in AttemptEnd(.failed(canPass: false), "no") }
        let store = store
        let clock = clock
        let courier = bench.courier(carrier) { _, settlement in
            let count = asked.withLock { count in
                count += 1
                return count
            }
            if count < 4 { return .later("busy") }
            try? store.settle([settlement], at: clock.now)
            return .settled
        }
        try await run(courier, advancing: .seconds(1)) { counts() == [.dead: 1] }
        #expect(asked.withLock { $0 } == 4)
        #expect(carrier.log.count == 1)
    }

    @Test("a lead that cannot be told keeps no other delivery waiting")
    func never() async throws {
        _ = try SampleOutbox(store, ["L1": ["a"]])
        let carrier = ScriptedCarrier { _, _ in AttemptEnd(.failed(canPass: false), "no") }
        try await run(bench.courier(carrier) { _, _ in .never("the lead is damaged") }) {
            counts() == [.dead: 1]
        }
    }

    @Test("a shutdown waits for the attempts that are under way, and begins none")
    func shutdown() async throws {
        _ = try SampleOutbox(store, ["L1": ["a", "a2"], "L2": ["a"]])
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let carrier = ScriptedCarrier { _, _ in
            for await _ in gate { break }
            return AttemptEnd(.delivered, "ok")
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(services: [bench.courier(carrier)], logger: logger)
        let running = Task { try await group.run() }
        try await wait { carrier.log.count == 3 }
        await group.triggerGracefulShutdown()
        _ = try SampleOutbox(store, ["L9": ["z"]])
        open.finish()
        try await running.value
        #expect(counts() == [.delivered: 3, .waiting: 1])
    }
}
