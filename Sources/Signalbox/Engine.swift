public import CoreMetrics
import DequeModule
public import Journeys
public import Logging
package import LuaSandbox
public import ServiceLifecycle
public import Store
import Synchronization
public import Values
public import Workspace

/// The engine for many leads at once: leads are spread over lanes, one thread each, and a committer makes
/// what they compute durable together.
///
/// A lead's commands happen in the order in which they are given. Threads run from the beginning until
/// ``stop()``, or until ``run()`` is told to shut down. An engine that is let go without either takes no more
/// commands; its threads answer those that were given and end by themselves.
public final class Engine: Service, Sendable {
    /// How many commands a lane takes at once.
    static let takenTogetherLimit = 256
    /// How many leads' states a lane keeps in memory; more are read again when they are needed.
    public static let leadsKeptLimit = 20_000

    let context: EngineContext
    private let observers: Observers
    private let queues: [Mailbox<Job>]
    private let threads: Threads

    private enum Job: Sendable {
        /// With the request that gave it, for the audit log.
        case command(Command, AuditedRequest?, LaneBatch.Completion)
        /// One that is settled with its moment.
        case undelivered(Undelivered, DeliverySettlement, LaneBatch.Completion)
        /// To be told when everything that was given before is committed or has failed.
        case mark(@Sendable () -> Void)
        /// To be run on the thread that commits, when everything that the lane computed is settled and before it
        /// computes on.
        case exclusive(@Sendable () -> Void)
    }

    /// Throws what the store throws, and ``StoreError/Code/inputOutput`` where the system has no room for the threads.
    ///
    /// - Parameters:
    ///   - lanes: how many threads compute, at most ``Partition/count``; nil for one a core.
    ///   - queueLimit: how many commands may wait for one lane, at least 1; more are refused as `busy`.
    ///   - leadsKeptLimit: how many leads' states a lane keeps in memory, and one batch more; with 0 each batch
    ///     reads its leads.
    ///   - stopsAtFailure: whether every command after one that the store failed fails too, for commands
    ///     that build on each other. Else those that are given later may be done.
    ///   - metrics: gets what the engine does and how long that takes, once a batch.
    ///   - clock: each moment's time.
    public init(
        store: any MomentStore, generation: Generation, lanes: Int? = nil, queueLimit: Int = 10_000,
        logger: Logger, leadsKeptLimit: Int = Engine.leadsKeptLimit, stopsAtFailure: Bool = false,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance, clock: @escaping @Sendable () -> Timestamp
    ) throws(StoreError) {
        let count = min(max(1, lanes ?? processorCount()), Partition.count)
        let context = try EngineContext(
            store: store, generation: generation, lanes: count, logger: logger, metrics: metrics,
            clock: clock)
        let observers = Observers()
        let committer = Committer(context, observers: observers, stopsAtFailure: stopsAtFailure)
        self.context = context
        self.observers = observers
        queues = (0..<count).map { _ in Mailbox(capacity: max(1, queueLimit)) }
        // No thread holds the engine: each one's end ends the next.
        let lanes = RunningLanes(count) { committer.close() }
        var started: [SandboxThread] = []
        do throws(StoreError) {
            for (index, queue) in queues.enumerated() {
                started.append(
                    try SandboxThread.start("lane \(index + 1)") {
                        Self.work(queue, Lane(context, leadsKeptLimit: leadsKeptLimit), index, committer)
                        lanes.end()
                    })
            }
            started.append(
                try SandboxThread.start("committer") {
                    committer.run()
                    observers.finish()
                })
        } catch {
            for queue in queues { queue.close() }
            for thread in started { thread.join() }
            throw error
        }
        threads = Threads(started)
    }

    deinit {
        for queue in queues { queue.close() }
    }

    /// Gives a command. `completion` is called once, on a thread of the engine, when the command is
    /// refused, durable or failed; it must be quick.
    ///
    /// Where too many commands are waiting it is refused as `busy`, or, if it `waits`, blocks the caller's
    /// thread until there is room.
    ///
    /// - Parameter audited: the request that gives it. A moment of it is kept with its entry in the audit log.
    public func submit(
        _ command: Command, audited: AuditedRequest? = nil, waits: Bool = false,
        completion: @escaping @Sendable (Result<Answer, StoreError>) -> Void
    ) {
        let queue = queues[context.strategy.lane(of: command.lead)]
        if queue.offer(.command(command, audited, completion), waits: waits) { return }
        completion(.success(.refused(.busy)))
    }

    /// Gives what a line of a stream asks for as soon as there is room, without keeping a thread meanwhile. `completion` is
    /// called as those of ``submit(_:audited:waits:completion:)`` are.
    ///
    /// - Parameter audited: the request that gives it. A moment of it is kept with its entry in the audit log.
    package func give(
        _ request: CommandLineEntry.Request, audited: AuditedRequest? = nil,
        completion: @escaping @Sendable (Result<StreamedAnswer, StoreError>) -> Void
    ) async {
        let (queue, job) =
            switch request {
            case .command(let command):
                (
                    queues[context.strategy.lane(of: command.lead)],
                    Job.command(command, audited) { completion($0.map(StreamedAnswer.command)) }
                )
            case .release(let plugin):
                (queues[0], releaseIfQuarantined(plugin) { completion($0.map(StreamedAnswer.release)) })
            }
        while !queue.offer(job) {
            if queue.isOver { return completion(.success(.refused(.busy, by: request))) }
            // Full: the lane is at work on it. A task that is cancelled waits too.
            await Task { try? await Task.sleep(for: .milliseconds(5)) }.value
        }
    }

    /// Tells a lead of its delivery that did not arrive for certain, and settles that with the lead's moment (R57).
    ///
    /// `completion` is called as that of a command. Unless it gets ``Answer/accepted(_:)``, nothing is settled.
    ///
    /// - Parameter settlement: the end of the attempt that is under way.
    public func submit(
        _ undelivered: Undelivered, settling settlement: DeliverySettlement,
        completion: @escaping @Sendable (Result<Answer, StoreError>) -> Void
    ) {
        let queue = queues[context.strategy.lane(of: undelivered.delivery.lead)]
        if queue.offer(.undelivered(undelivered, settlement, completion)) { return }
        completion(.success(.refused(.busy)))
    }

    /// Gives a command and waits for its answer.
    public func handle(_ command: Command) async throws(StoreError) -> Answer {
        let result = await withCheckedContinuation { continuation in
            submit(command) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Moments that are committed from now on, in the order of their commits, until the engine has stopped. One
    /// that is not read in time pushes out the oldest of `bufferLimit`.
    public func moments(bufferLimit: Int = 1_000) -> AsyncStream<Answer.Accepted> {
        observers.moments(bufferLimit: bufferLimit)
    }

    /// Yields when deliveries were committed since it yielded last, until the engine has stopped.
    public func committedDeliveries() -> AsyncStream<Void> { observers.committedDeliveries() }

    /// Lets moments that begin from now on use these maps and plugins (R41).
    public func install(_ generation: Generation) {
        context.generation.install(generation)
        context.meters.use(generation)
    }

    /// How many commands wait for each lane.
    package var waitingCounts: [Int] { queues.map(\.count) }

    /// Lets a plugin that was cut off too often be called again, by moments that begin from now on (R35). Tracks
    /// that its deciders hold stay held until `retry` (R34), or until another version of it is loaded while
    /// ``HotReload`` runs. After ``stop()`` it is noted in the store alone.
    public func release(plugin: String) async throws(StoreError) {
        let quarantine = context.quarantine
        try await exclusively { () throws(StoreError) in try quarantine.release(plugin) }
    }

    /// Changes what a plugin keeps for all leads, outside of any moment: nil takes a value away. Calls of moments that begin after
    /// this has returned see it. After ``stop()`` it is changed in the store alone.
    ///
    /// - Parameter values: by their keys.
    package func put(_ values: [(key: String, value: Value?)], of plugin: String) async throws(StoreError) {
        let store = context.store
        try await exclusively { () throws(StoreError) in
            for one in values { try store.put(one.value, one.key, of: plugin) }
        }
    }

    /// Does something between two commits, after the commands that were given to the first lane before; after ``stop()`` at once.
    private func exclusively(
        _ body: @escaping @Sendable () throws(StoreError) -> Void
    ) async throws(StoreError) {
        while true {
            let result: Result<Void, StoreError>? = await withCheckedContinuation { continuation in
                let isTaken = queues[0].offer(
                    .exclusive {
                        continuation.resume(returning: Result { () throws(StoreError) in try body() })
                    })
                if !isTaken { continuation.resume(returning: nil) }
            }
            if let result { return try result.get() }
            if queues[0].isOver {
                stop()
                return try body()
            }
            // Full: the lane is at work on it.
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Releases a plugin if it is quarantined, after the commands that were given to the first lane before, and before
    /// those that are given to it later. `completion` gets why it was not released; it is called once, on a thread of the
    /// engine or on the caller's, and must be quick.
    ///
    /// Where too many commands are waiting it is refused as `busy`, or, if it `waits`, blocks the caller's thread until
    /// there is room.
    public func submit(
        releaseIfQuarantined plugin: String, waits: Bool = false,
        completion: @escaping @Sendable (Result<Refusal?, StoreError>) -> Void
    ) {
        let job = releaseIfQuarantined(plugin, completion)
        if !queues[0].offer(job, waits: waits) { completion(.success(.busy)) }
    }

    private func releaseIfQuarantined(
        _ plugin: String, _ completion: @escaping @Sendable (Result<Refusal?, StoreError>) -> Void
    ) -> Job {
        let context = context
        return .exclusive {
            completion(
                Result { () throws(StoreError) in
                    let refusal = try Quarantine.refusal(
                        toRelease: plugin, of: context.generation.current, in: context.store)
                    if refusal == nil { try context.quarantine.release(plugin) }
                    return refusal
                })
        }
    }

    /// Waits until every moment that began with an earlier generation is committed or has failed. So each lane and the
    /// committer have done something that was given to them after the call.
    package func settle() async {
        for queue in queues {
            while !Task.isCancelled {
                let isSettled = await withCheckedContinuation { continuation in
                    if queue.offer(.mark { continuation.resume(returning: true) }) { return }
                    continuation.resume(returning: queue.isOver)
                }
                if isSettled { break }
                // Full: the lane is at work on it.
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    public var generation: Generation { context.generation.current }

    /// Runs until a graceful shutdown, then answers what was given and stops.
    public func run() async throws {
        try? await gracefulShutdown()
        stop()
    }

    /// Takes no more commands, answers those that were given, and waits for the end of the threads. May be called
    /// again, and not from a completion.
    public func stop() {
        for queue in queues { queue.close() }
        threads.join()
    }

    // MARK: Lanes

    private static func work(_ queue: Mailbox<Job>, _ lane: Lane, _ index: Int, _ committer: Committer) {
        while var jobs = queue.take(limit: takenTogetherLimit) {
            while lane.isFull || lane.epoch != committer.epoch {
                // Before the lane reads anything again, all that it handed over has to be in the store or
                // to have failed: states of leads, values that plugins changed, ids of commands. What
                // fails in the meantime raises the epoch once more.
                let epoch = committer.epoch
                committer.drain()
                lane.forget(epoch: epoch)
            }
            if committer.hasLostLeads(of: index) {
                committer.drain()
                lane.forget(committer.takeLostLeads(of: index))
            }
            var batch = LaneBatch(lane: index, epoch: lane.epoch)
            while let job = jobs.popFirst() {
                switch consume job {
                case .mark(let completion):
                    batch.marks.append(completion)
                case .exclusive(let body):
                    committer.submit(batch)
                    committer.drain()
                    committer.drain(body)
                    batch = LaneBatch(lane: index, epoch: lane.epoch)
                case .command(let command, let audited, let completion):
                    add(to: &batch, committer, completion) { batch throws(StoreError) in
                        try batch.add(command, audited: audited, of: lane, completion)
                    }
                case .undelivered(let undelivered, let settlement, let completion):
                    add(to: &batch, committer, completion) { batch throws(StoreError) in
                        try batch.add(undelivered.command, settling: settlement, of: lane, completion)
                    }
                }
            }
            lane.handOnCounts()
            committer.submit(batch)
        }
    }

    private static func add(
        to batch: inout LaneBatch, _ committer: Committer, _ completion: LaneBatch.Completion,
        _ add: (inout LaneBatch) throws(StoreError) -> Void
    ) {
        do throws(StoreError) {
            try add(&batch)
        } catch {
            committer.noteFailure(error)
            completion(.failure(error))
        }
    }
}

/// The engine's threads, until they have ended.
///
/// Owner: the holder of the mutex; hence `@unchecked Sendable`.
private final class Threads: @unchecked Sendable {
    private let mutex = Mutex(())
    private var threads: [SandboxThread]

    init(_ threads: [SandboxThread]) { self.threads = threads }

    /// Waits for all of them.
    func join() {
        mutex.withLock { _ in
            for thread in threads { thread.join() }
            threads = []
        }
    }
}

/// Does something when the last lane has ended.
private final class RunningLanes: Sendable {
    private let count: Atomic<Int>
    private let afterLast: @Sendable () -> Void

    init(_ count: Int, afterLast: @escaping @Sendable () -> Void) {
        self.count = Atomic(count)
        self.afterLast = afterLast
    }

    func end() {
        if count.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { afterLast() }
    }
}

extension SandboxThread {
    /// A new thread with a stack that Lua may fill. Throws ``StoreError/Code/inputOutput`` where the system has no room
    /// for one.
    package static func start(
        _ name: String, _ body: @escaping @Sendable () -> Void
    ) throws(StoreError) -> SandboxThread {
        guard let thread = SandboxThread(name: name, body) else {
            throw StoreError(
                .inputOutput, "the system has no room for the thread \(name.quotedForMessage)",
                advice: "give the process more memory and more threads (`ulimit -v`, `ulimit -u`)")
        }
        return thread
    }
}

extension Refusal {
    fileprivate static let busy = Refusal(
        .busy, "too many commands are waiting, or the engine is stopping; give it again later")
}
