public import Journeys
public import Logging
import Plugins
public import ServiceLifecycle
import Synchronization
public import Workspace

/// Keeps an engine's maps, plugins and settings those of a folder, while it runs (R41).
///
/// Every change becomes one generation, which the engine uses from its next moments on. What does not load
/// is said in the log, and what there was before stays (``Plugins/Generation/init(reading:after:)``). Where
/// a plugin is loaded, the engine retries the tracks that its deciders hold (R34): when it begins, those
/// that another version of their plugin held than is loaded now, then those of each plugin that is loaded in another
/// version or with other settings.
///
/// What only a new start can change, such as the number of lanes and the place of the store, stays as it was.
public final class HotReload: Service, Sendable {
    private let root: String
    private let engine: Engine
    private let method: WorkspaceWatcher.Method
    private let logger: Logger
    private let retried: Retried
    private let installed: Installed
    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    private struct State {
        var watcher: WorkspaceWatcher?
        var hasBegun = false
        var isStopped = false
        /// Plugins that were loaded and whose held tracks are not retried yet.
        var loaded = HeldTracks.Loaded()
        /// Whether what was held when it began was asked for, or will never be.
        var hasCaughtUp = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// The system has no room for what watching needs.
    public struct CannotWatch: Error, CustomStringConvertible {
        public var description: String { "the system has no thread or no pipe left to watch files with" }
    }

    /// ``HotReload/run()`` was called again.
    public struct RunsOnce: Error, CustomStringConvertible {
        public var description: String { "a hot reload runs once; make another for another run" }
    }

    /// Gets each moment by which held tracks were retried, with its command.
    public typealias Retried = @Sendable (Command, Answer.Accepted) -> Void

    /// Gets the generation that the engine used, and the one that it uses now.
    public typealias Installed = @Sendable (_ former: Generation, _ now: Generation) -> Void

    /// - Parameters:
    ///   - root: the workspace's folder, that the engine's generation was read from.
    ///   - logger: gets a line for each reload.
    ///   - retried: called on the thread that commits, in the order of commits and between the completions of other
    ///     commands; must be quick.
    ///   - installed: called after each reload; must be quick.
    public init(
        _ root: String, engine: Engine, by method: WorkspaceWatcher.Method = .notices, logger: Logger,
        retried: @escaping Retried = { _, _ in }, installed: @escaping Installed = { _, _ in }
    ) {
        self.root = root
        self.engine = engine
        self.method = method
        self.logger = logger
        self.retried = retried
        self.installed = installed
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Watches until ``stop()``, a graceful shutdown or the task's cancellation. Runs once; after ``stop()`` it
    /// returns at once.
    public func run() async throws {
        let (isFirst, isOver) = state.withLock { state in
            defer { state.hasBegun = true }
            return (!state.hasBegun, state.isStopped)
        }
        guard isFirst else { throw RunsOnce() }
        defer { catchUp() }
        if isOver { return }
        let watcher = WorkspaceWatcher(root, after: engine.generation, by: method) { [weak self] in
            self?.take($0, $1)
        }
        guard let watcher else { throw CannotWatch() }
        let isStopped = state.withLock { state in
            if !state.isStopped { state.watcher = watcher }
            return state.isStopped
        }
        if isStopped { return watcher.stop() }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                let held = HeldTracks(engine: engine, logger: logger, retried: retried) {
                    self.state.withLock { $0.isStopped }
                }
                await held.askOtherVersions()
                catchUp()
                for await _ in wakes {
                    let loaded = state.withLock { state in
                        defer { state.loaded = HeldTracks.Loaded() }
                        return state.loaded
                    }
                    await held.ask(loaded)
                }
            } onGracefulShutdown: {
                self.stop()
            }
        } onCancel: {
            self.stop()
        }
        stop()
    }

    /// Waits until the tracks that another version of their plugin held were retried, which ``run()`` begins
    /// with; not longer than until it ends, or until ``stop()`` where it never began. Commands that are given after it find these tracks as they are then.
    public func caughtUp() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.hasCaughtUp { state.waiting.append(continuation) }
                return state.hasCaughtUp
            }
            if isOver { continuation.resume() }
        }
    }

    private func catchUp() {
        let waiting = state.withLock { state in
            state.hasCaughtUp = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Reads everything again, also what nobody was told to have changed, and waits until the engine has it.
    /// Answers nil when ``run()`` has not begun or has ended.
    @discardableResult
    public func reload() async -> WorkspaceWatcher.Reading? {
        await state.withLock { $0.watcher }?.reload()
    }

    /// Ends watching; the engine keeps what it has. May be called again.
    public func stop() {
        let (watcher, hasBegun) = state.withLock { state in
            state.isStopped = true
            defer { state.watcher = nil }
            return (state.watcher, state.hasBegun)
        }
        waker.finish()
        watcher?.stop()
        if !hasBegun { catchUp() }
    }

    // MARK: Installing

    private func take(_ generation: Generation, _ changes: GenerationChanges) {
        let former = engine.generation
        engine.install(generation)
        installed(former, generation)
        engine.context.meters.noteReload(hasMistakes: !changes.mistakes.isEmpty)
        var metadata: Logger.Metadata = [:]
        if !changes.mistakes.isEmpty {
            metadata["mistakes"] = .array(changes.mistakes.map { "\($0)" })
        }
        if !changes.mended.isEmpty { metadata["mended"] = .array(changes.mended.map { "\($0)" }) }
        let later = generation.settings.differencesThatWait(from: former.settings)
        if !later.isEmpty { metadata["at_next_start"] = .array(later.map { "\($0)" }) }
        logger.log(
            level: changes.mistakes.isEmpty ? .info : .warning, "reloaded: \(changes)", metadata: metadata)
        if changes.loaded.isEmpty { return }
        let withOtherSettings = changes.loaded.filter {
            former.loaded($0)?.source.hash == generation.loaded($0)?.source.hash
        }
        state.withLock { state in
            state.loaded.plugins.formUnion(changes.loaded)
            state.loaded.withOtherSettings.formUnion(withOtherSettings)
        }
        waker.yield()
    }
}

extension Settings {
    /// The names of what only a new start changes.
    func differencesThatWait(from former: Settings) -> [String] {
        var names: [String] = []
        if store != former.store { names.append("store") }
        if lanes != former.lanes { names.append("lanes") }
        if queueLimit != former.queueLimit { names.append("limits.queue") }
        if serve.listen != former.serve.listen { names.append("serve.listen") }
        if serve.tls != former.serve.tls { names.append("serve.tls") }
        if serve.isPlain != former.serve.isPlain { names.append("serve.plain") }
        if serve.stopWithin != former.serve.stopWithin { names.append("serve.stop_within") }
        if serve.maskedFields != former.serve.maskedFields { names.append("serve.mask") }
        return names
    }
}
