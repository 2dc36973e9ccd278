import Foundation
import Journeys
import Logging
import SQLiteStore
import ServiceLifecycle
import Store
import Synchronization
import TestKit
import Testing
import Values
import Workspace

@testable import Delivery

/// Many leads, each with a delivery to a destination that takes nothing and one to a good one.
@Suite("a dead destination beside a good one (R56)")
struct DeadDestinationTests {
    private static let count =
        ProcessInfo.processInfo.environment["SIGNALBOX_LONG_TESTS"] == nil ? 1_000 : 10_000

    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private let clock = ManualClock()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(at: folder("signalbox.db"), mode: .readWrite)
        var samples = SampleMoments()
        try store.commit(
            (1...Self.count).map { number in
                samples.next("L\(number)") { moment in
                    for endpoint in ["dead", "good"] {
                        moment.send(["endpoint": .string(endpoint)], .webhook, to: endpoint, by: "plugin:p")
                    }
                }
            })
    }

    /// Runs a courier, whose clock does not move by itself, for as long as `body` takes.
    private func run(_ carrier: EndpointCarrier, _ body: (Courier) async throws -> Void) async throws {
        let courier = Courier(
            store: store, carrier: carrier, settings: { DeliverySettings() }, clock: clock, logger: logger,
            tell: { _, _ in .never("nothing dies here") })
        let group = ServiceGroup(services: [courier], logger: logger)
        let running = Task { try await group.run() }
        try await body(courier)
        await group.triggerGracefulShutdown()
        try await running.value
    }

    private func count(of endpoint: String, _ state: DeliveryState) throws -> Int {
        try store.countDeliveries(matching: DeliveryFilter(to: endpoint, state: state))
    }

    /// Returns when so many attempts of the endpoint have begun and it has taken what there is for it.
    private func wait(
        for attempts: Int, of endpoint: String, _ carrier: EndpointCarrier, advancing step: Duration = .zero
    ) async throws {
        // Not by asking the store, which has something else to do.
        while carrier.attempts(endpoint) < attempts {
            if step > .zero { clock.advance(step) }
            try await Task.sleep(for: .milliseconds(1))
        }
        while try count(of: endpoint, .delivered) < Self.count { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test("while each attempt of one that never answers is under way, all others are delivered")
    func neverAnswers() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let carrier = EndpointCarrier { delivery in
            if delivery.to == "dead" { for await _ in gate {} }
            return AttemptEnd(.delivered, "ok")
        }
        try await run(carrier) { _ in
            try await wait(for: Self.count, of: "good", carrier)
            // Those that it is tried with, and no more: nothing of it has ended yet.
            #expect(try count(of: "dead", .sending) == Courier.width)
            #expect(try count(of: "dead", .waiting) == Self.count - Courier.width)
            #expect(carrier.attempts("dead") == Courier.width)
            open.finish()
            try await wait(for: Self.count, of: "dead", carrier)
        }
        #expect(carrier.attempts("good") == Self.count && carrier.attempts("dead") == Self.count)
    }

    @Test("one that is not there is left alone, and all others are delivered before it is tried again")
    func isNotThere() async throws {
        let isUp = Mutex(false)
        let carrier = EndpointCarrier { delivery in
            delivery.to == "good" || isUp.withLock { $0 }
                ? AttemptEnd(.delivered, "ok")
                : AttemptEnd(.failed(canPass: true), "no connection", isOfChannel: true)
        }
        try await run(carrier) { courier in
            try await wait(for: Self.count, of: "good", carrier)
            let tried = carrier.attempts("dead")
            #expect(tried <= CircuitBreaker.failureLimit + Courier.width)
            #expect(try count(of: "dead", .delivered) == 0)
            isUp.withLock { $0 = true }
            await courier.settingsChanged()
            try await wait(for: tried + Self.count, of: "dead", carrier, advancing: .seconds(1))
            #expect(carrier.attempts("dead") == tried + Self.count)
        }
        #expect(carrier.attempts("good") == Self.count)
    }
}

/// Counts the attempts of each endpoint.
private final class EndpointCarrier: Carrier {
    private let answer: @Sendable (StoredDelivery) async -> AttemptEnd
    private let counts = Mutex<[String: Int]>([:])

    init(_ answer: @escaping @Sendable (StoredDelivery) async -> AttemptEnd) { self.answer = answer }

    func attempts(_ endpoint: String) -> Int { counts.withLock { $0[endpoint] ?? 0 } }

    func isOpen(_ channel: String) -> Bool { true }

    func attempt(_ delivery: StoredDelivery) async -> AttemptEnd {
        counts.withLock { $0[delivery.to, default: 0] += 1 }
        return await answer(delivery)
    }
}
