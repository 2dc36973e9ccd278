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

/// What the couriers of a test share: a store, a clock in the test's hand, and settings that it can change.
final class CourierBench: Sendable {
    let store = MemoryStore()
    let clock = ManualClock()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let state = Mutex((settings: DeliverySettings(), told: [Undelivered](), looks: 0))

    var settings: DeliverySettings {
        get { state.withLock { $0.settings } }
        set { state.withLock { $0.settings = newValue } }
    }

    /// What leads were told.
    var told: [Undelivered] { state.withLock { $0.told } }

    /// - Parameter tell: in place of ``tell(_:_:)``.
    func courier(_ carrier: any Carrier, tell: Telling? = nil) -> Courier {
        Courier(
            store: store, carrier: carrier, settings: { [self] in settings }, clock: clock, logger: logger,
            random: { 0.5 }, tell: tell ?? { [self] in self.tell($0, $1) })
    }

    /// Notes what a lead is told, and settles the delivery.
    func tell(_ undelivered: Undelivered, _ settlement: DeliverySettlement) -> Told {
        state.withLock { $0.told.append(undelivered) }
        do {
            try store.settle([settlement], at: clock.now)
            return .settled
        } catch {
            return .never("\(error)")
        }
    }

    /// Runs a courier for as long as `body` takes, then shuts it down; without a word more where `body` throws.
    func run(_ courier: Courier, _ body: () async throws -> Void) async throws {
        let group = ServiceGroup(services: [courier], logger: logger)
        let running = Task { try await group.run() }
        do {
            try await body()
        } catch {
            running.cancel()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running.value
    }

    /// Runs a courier for as long as `body` takes, then stops it. Throws where it goes on beyond the limit.
    func run(
        _ courier: Courier, stoppingWithin limit: Duration, _ body: () async throws -> Void
    ) async throws {
        var configuration = ServiceGroupConfiguration(services: [courier], logger: logger)
        configuration.maximumGracefulShutdownDuration = limit
        let group = ServiceGroup(configuration: configuration)
        let isOver = Mutex(false)
        Task {
            // How a group tells that its limit has passed is its own affair.
            try? await group.run()
            isOver.withLock { $0 = true }
        }
        try await body()
        await group.triggerGracefulShutdown()
        try await wait { isOver.withLock { $0 } }
    }

    // MARK: Deliveries

    /// Commits a moment of a lead that is new, with a call of each of the endpoints.
    func call(_ endpoints: [String], as lead: String) throws {
        var samples = SampleMoments()
        try store.commit([
            samples.next(lead) { moment in
                for endpoint in endpoints {
                    moment.send(["endpoint": .string(endpoint)], .webhook, to: endpoint, by: "plugin:p")
                }
            }
        ])
    }

    /// In the order of their commits.
    func deliveries(to destination: String) -> [StoredDelivery] {
        store.deliveries(matching: DeliveryFilter(to: destination), before: nil, limit: .max).reversed()
    }

    func count(to destination: String, _ state: DeliveryState) -> Int {
        store.countDeliveries(matching: DeliveryFilter(to: destination, state: state))
    }

    // MARK: Waiting

    /// Returns when the courier has begun all that it can begin now. The endpoint `good` takes a delivery for that.
    func look(_ courier: Courier) async throws {
        let lead = state.withLock { state in
            state.looks += 1
            return "look\(state.looks)"
        }
        try call(["good"], as: lead)
        courier.notify()
        // What is found in one look begins together.
        try await wait { [self] in deliveries(to: "good").allSatisfy { $0.state == .delivered } }
    }

    /// Moves the clock, first by so much and then bit by bit, until it holds.
    func advance(
        _ duration: Duration, thenBy step: Duration = .milliseconds(1), until holds: () throws -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        clock.advance(duration)
        try await wait(sourceLocation: sourceLocation) {
            if try holds() { return true }
            if step > .zero { clock.advance(step) }
            return false
        }
    }
}

/// Returns when it holds, and throws where that does not come.
func wait(
    looks: Int = 200_000, sourceLocation: SourceLocation = #_sourceLocation, until holds: () throws -> Bool
) async throws {
    for _ in 0..<looks {
        if try holds() { return }
        try await Task.sleep(for: .milliseconds(1))
    }
    try #require(try holds(), sourceLocation: sourceLocation)
}

/// A carrier whose attempts end when a test says how. Those to the endpoint `good` arrive at once.
final class HeldCarrier: Carrier {
    private struct State {
        var begun: [DeliveryID] = []
        var held: [CheckedContinuation<AttemptEnd, Never>] = []
        var answer: AttemptEnd?
    }

    private let state = Mutex(State())

    /// In the order in which they began.
    var begun: [DeliveryID] { state.withLock { $0.begun } }
    /// How many are under way.
    var held: Int { state.withLock { $0.held.count } }

    func isOpen(_ channel: String) -> Bool { true }

    func attempt(_ delivery: StoredDelivery) async -> AttemptEnd {
        if delivery.to == "good" { return AttemptEnd(.delivered, "ok") }
        return await withCheckedContinuation { continuation in
            let answer = state.withLock { state in
                state.begun.append(delivery.id)
                if state.answer == nil { state.held.append(continuation) }
                return state.answer
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Ends the oldest of those that are under way, or all of them.
    func end(_ end: AttemptEnd, first count: Int = .max) {
        let ended = state.withLock { state in
            let ended = Array(state.held.prefix(count))
            state.held.removeFirst(ended.count)
            return ended
        }
        for continuation in ended { continuation.resume(returning: end) }
    }

    /// Ends those that are under way, and each that follows at once.
    func endAll(_ end: AttemptEnd) {
        state.withLock { $0.answer = end }
        self.end(end)
    }
}
