import Journeys
package import Logging
import ServiceLifecycle
package import Store
import Values
package import Workspace

/// Sends what waits in an outbox, for as long as it runs (R53 to R57).
///
/// Each channel, such as mail or one webhook, has a pace of its own: one that is slow or does not work holds up no other.
/// Deliveries of one lead to one destination leave one after the other; the store sees to that.
package actor Courier: Service {
    private let store: any OutboxStore
    private let carrier: any Carrier
    private let settings: @Sendable () -> DeliverySettings
    private let clock: any DeliveryClock
    private let logger: Logger
    private let tell: Telling
    private let random: @Sendable () -> Double
    private let queue = StoreQueue()
    private let settling: Settling
    private let wakes: AsyncStream<Void>
    private nonisolated let waker: AsyncStream<Void>.Continuation

    private var channels: [String: Channel] = [:]
    private var underWay = 0
    private var isStopping = false
    private var isAbandoned = false
    private var whenIdle: [CheckedContinuation<Void, Never>] = []

    private struct Channel {
        var underWay = 0
        var breaker = CircuitBreaker()
        /// Whether its receiver wants nothing any more.
        var isEnded = false
    }

    /// How many attempts of a channel are under way at once.
    package static let width = 8
    /// How long it waits before it looks again although nothing woke it.
    static let longestRest = Duration.seconds(60)
    /// How long it waits before it tries again what the store or the engine could not do.
    static let troublePause = Duration.seconds(1)

    /// - Parameters:
    ///   - settings: as they are now.
    ///   - random: a number from 0 to 1, for the length of pauses.
    package init(
        store: any OutboxStore, carrier: any Carrier, settings: @escaping @Sendable () -> DeliverySettings,
        clock: any DeliveryClock, logger: Logger,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }, tell: @escaping Telling
    ) {
        self.store = store
        self.carrier = carrier
        self.settings = settings
        self.clock = clock
        self.logger = logger
        self.random = random
        self.tell = tell
        settling = Settling(store: store, clock: clock, queue: queue)
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: From outside

    /// To be called when deliveries were committed, or wait again.
    package nonisolated func notify() { waker.yield() }

    /// To be called when the settings are others: what does not work may work now.
    package func settingsChanged() {
        for name in channels.keys {
            channels[name]?.breaker = CircuitBreaker()
            channels[name]?.isEnded = false
        }
        waker.yield()
    }

    /// Sends until a graceful shutdown, and settles the attempts that are under way then.
    package func run() async throws {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await settleInterrupted()
                await work()
                await idle()
            } onGracefulShutdown: {
                Task { await self.stop() }
            }
        } onCancel: {
            Task { await self.abandon() }
        }
    }

    /// Leaves what is under way: the next run finds it interrupted.
    private func abandon() {
        stop()
        isAbandoned = true
        endIdling()
    }

    private func stop() {
        isStopping = true
        waker.finish()
    }

    private func idle() async {
        await withCheckedContinuation { continuation in
            if underWay == 0 || isAbandoned { return continuation.resume() }
            whenIdle.append(continuation)
        }
    }

    private func endIdling() {
        for continuation in whenIdle { continuation.resume() }
        whenIdle = []
    }

    // MARK: Working

    private func work() async {
        var iterator = wakes.makeAsyncIterator()
        while !isStopping {
            let rest = await beginAttempts()
            if isStopping { return }
            let alarm = Task { [clock, waker] in
                await clock.sleep(for: rest)
                if !Task.isCancelled { waker.yield() }
            }
            _ = await iterator.next()
            alarm.cancel()
        }
    }

    /// Begins what can begin now, and answers after what time there is more to do.
    private func beginAttempts() async -> Duration {
        let now = clock.now
        var rest = Self.longestRest
        var beginning: [StoredDelivery] = []
        do throws(StoreError) {
            let store = store
            let waiting = try await queue.run { () throws(StoreError) in try store.waitingChannels() }
            for name in waiting where carrier.isOpen(name) {
                let channel = channels[name] ?? Channel()
                if channel.isEnded { continue }
                let room = channel.breaker.width(Self.width, at: now) - channel.underWay
                if let opens = channel.breaker.closedUntil, opens > now { rest = min(rest, opens - now) }
                // An end of an attempt wakes.
                if room <= 0 { continue }
                do throws(StoreError) {
                    let (due, next) = try await due(through: name, by: now, limit: room)
                    beginning += due
                    if due.count < room, let next, next > now { rest = min(rest, next - now) }
                } catch {
                    note(error, "what leaves through \(name) cannot be read")
                    rest = min(rest, Self.troublePause)
                }
            }
        } catch {
            note(error, "the outbox cannot be read")
            return Self.troublePause
        }
        if isStopping { return rest }
        return await begin(beginning) ? rest : min(rest, Self.troublePause)
    }

    private func due(
        through channel: String, by now: Timestamp, limit: Int
    ) async throws(StoreError) -> ([StoredDelivery], Timestamp?) {
        let store = store
        return try await queue.run { () throws(StoreError) in
            let due = try store.due(through: channel, by: now, limit: limit)
            return (due, due.count < limit ? try store.nextDue(through: channel) : nil)
        }
    }

    /// Answers whether all began.
    private func begin(_ deliveries: [StoredDelivery]) async -> Bool {
        if deliveries.isEmpty { return true }
        let store = store
        let now = clock.now
        // One that somebody changed meanwhile keeps none of the others.
        var begun: [StoredDelivery] = []
        do throws(StoreError) {
            let rows = deliveries.map(\.row)
            try await queue.run { () throws(StoreError) in try store.beginAttempts(rows, at: now) }
            begun = deliveries
        } catch {
            for delivery in deliveries where deliveries.count > 1 {
                do throws(StoreError) {
                    try await queue.run { () throws(StoreError) in
                        try store.beginAttempts([delivery.row], at: now)
                    }
                    begun.append(delivery)
                } catch {
                    note(error, "an attempt cannot begin", of: delivery.id)
                }
            }
            if deliveries.count == 1 { note(error, "an attempt cannot begin", of: deliveries[0].id) }
        }
        for delivery in begun {
            channels[delivery.channel, default: Channel()].underWay += 1
            underWay += 1
            Task { await carry(delivery, began: now) }
        }
        return begun.count == deliveries.count
    }

    private func carry(_ delivery: StoredDelivery, began: Timestamp) async {
        let end = await carrier.attempt(delivery)
        let now = clock.now
        note(end, of: delivery, at: now)
        let next = schedule(delivery).next(
            after: end, firstAttempt: delivery.firstAttempt ?? began, now: now, random: random())
        await settle(
            delivery,
            DeliverySettlement(
                row: delivery.row, outcome: end.outcome.stored, message: end.message, next: next))
        channels[delivery.channel]?.underWay -= 1
        underWay -= 1
        if underWay == 0 { endIdling() }
        waker.yield()
    }

    private func schedule(_ delivery: StoredDelivery) -> RetrySchedule {
        let settings = settings()
        let repeatsUnknown =
            switch delivery.kind {
            case .email: settings.email.repeatsUnknown
            case .webhook: true
            }
        return RetrySchedule(settings: settings.retry, repeatsUnknown: repeatsUnknown)
    }

    private func note(_ end: AttemptEnd, of delivery: StoredDelivery, at now: Timestamp) {
        let wasOpen = channels[delivery.channel]?.breaker.closedUntil
        channels[delivery.channel]?.breaker.note(end, at: now)
        let opens = channels[delivery.channel]?.breaker.closedUntil
        let metadata: Logger.Metadata = [
            "channel": "\(delivery.channel)", "reason": "\(end.message)",
        ].merging(delivery.id.logged) { $1 }
        if end.endsChannel {
            channels[delivery.channel]?.isEnded = true
            logger.warning(
                "the endpoint wants nothing any more; what waits for it waits until the settings change",
                metadata: metadata)
        } else if let opens, opens != wasOpen {
            logger.warning("a channel does not work; it is tried again at \(opens)", metadata: metadata)
        } else if wasOpen != nil, opens == nil {
            logger.notice("a channel works again", metadata: metadata)
        }
    }

    // MARK: Settling

    /// Returns when the end of the attempt is durable, or when it ends before that: then the next run finds the attempt
    /// interrupted.
    private func settle(_ delivery: StoredDelivery, _ settlement: DeliverySettlement) async {
        var isTold = false
        while true {
            let trouble: String
            if !isTold, let undelivered = Undelivered(delivery, settlement) {
                switch await tell(undelivered, settlement) {
                case .settled: return
                case .later(let why): trouble = why
                case .never(let why):
                    logger.error(
                        "a lead cannot be told of its delivery: \(why)",
                        metadata: delivery.id.logged)
                    isTold = true
                    continue
                }
            } else {
                do throws(StoreError) {
                    return try await settling.settle(settlement)
                } catch {
                    trouble = error.message
                    if case .deliveryChanged = error.code {
                        note(error, "the end of an attempt cannot be noted", of: delivery.id)
                        return
                    }
                }
            }
            logger.warning(
                "the end of an attempt cannot be noted yet: \(trouble)",
                metadata: delivery.id.logged)
            if isStopping { return }
            await clock.sleep(for: Self.troublePause)
        }
    }

    /// Settles the attempts of a process that ended meanwhile: nobody knows whether they arrived.
    private func settleInterrupted() async {
        let store = store
        var last = 0
        while !isStopping {
            let after = last
            do throws(StoreError) {
                let found = try await queue.run { () throws(StoreError) in
                    try store.interrupted(after: after, limit: 100)
                }
                guard let end = found.last else { return }
                for delivery in found {
                    let now = clock.now
                    let end = AttemptEnd(.unknown, "the process ended before an answer came")
                    let next = schedule(delivery).next(
                        after: end, firstAttempt: delivery.firstAttempt ?? now, now: now, random: random())
                    await settle(
                        delivery,
                        DeliverySettlement(
                            row: delivery.row, outcome: .unknown, message: end.message, next: next))
                }
                last = end.row
            } catch {
                note(error, "what an earlier run left under way cannot be read")
                await clock.sleep(for: Self.troublePause)
            }
        }
    }

    private func note(_ error: StoreError, _ what: String, of id: DeliveryID? = nil) {
        let metadata: Logger.Metadata = ["advice": "\(error.advice)"]
        logger.warning("\(what): \(error.message)", metadata: metadata.merging(id?.logged ?? [:]) { $1 })
    }
}

extension DeliveryID {
    /// For what is logged of it.
    fileprivate var logged: Logger.Metadata {
        ["delivery": "\(self)", "lead": "\(lead)", "moment": "\(moment)"]
    }
}

extension Undelivered {
    /// Nil for a settlement that a lead is not told of.
    fileprivate init?(_ delivery: StoredDelivery, _ settlement: DeliverySettlement) {
        let state: State
        switch settlement.next {
        case .dead: state = .dead
        case .unknown: state = .unknown
        case .delivered, .again: return nil
        }
        self.init(
            delivery: delivery.id, kind: delivery.kind, to: delivery.to, state: state,
            reason: settlement.message ?? "", isQuiet: delivery.isQuiet)
    }
}

extension AttemptEnd.Outcome {
    fileprivate var stored: DeliveryAttempt.Outcome {
        switch self {
        case .delivered: .delivered
        case .failed: .failed
        case .unknown: .unknown
        }
    }
}

extension Timestamp {
    fileprivate static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .milliseconds(later.milliseconds - earlier.milliseconds)
    }
}
