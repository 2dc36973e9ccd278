import Journeys
public import Logging
public import Plugins
public import ServiceLifecycle
import Store
import Synchronization

/// Keeps an engine's maps, plugins and settings those of a folder, while it runs (R41).
///
/// Every change becomes one generation, which the engine uses from its next moments on. What does not load
/// is said in the log, and what there was before stays (``Plugins/Generation/init(reading:after:)``). Where
/// a plugin is loaded, the engine retries the tracks that its deciders hold (R34).
///
/// What only a new start can change, the number of lanes and the place of the store, stays as it was.
public final class HotReload: Service, Sendable {
    /// How many held leads are retried together.
    private static let pageLimit = 100
    private static let busyPause = Duration.milliseconds(50)

    private let root: String
    private let engine: Engine
    private let method: WorkspaceWatcher.Method
    private let logger: Logger
    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    private struct State {
        var watcher: WorkspaceWatcher?
        var isStopped = false
        /// Plugins that were loaded and whose held tracks are not retried yet.
        var loaded: Set<String> = []
    }

    /// The system has no room for what watching needs.
    public struct CannotWatch: Error, CustomStringConvertible {
        public var description: String { "the system has no thread or no pipe left to watch files with" }
    }

    /// - Parameters:
    ///   - root: the workspace's folder, that the engine's generation was read from.
    ///   - logger: gets a line for each reload.
    public init(
        _ root: String, engine: Engine, by method: WorkspaceWatcher.Method = .notices, logger: Logger
    ) {
        self.root = root
        self.engine = engine
        self.method = method
        self.logger = logger
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Watches until ``stop()``, a graceful shutdown or the task's cancellation. May run once.
    public func run() async throws {
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
                for await _ in wakes { await retryHeld() }
            } onGracefulShutdown: {
                self.stop()
            }
        } onCancel: {
            self.stop()
        }
        stop()
    }

    /// Reads everything again, also what nobody was told to have changed, and waits until the engine has it.
    /// Answers nil when ``run()`` has not begun or has ended.
    @discardableResult
    public func reload() async -> WorkspaceWatcher.Outcome? {
        await state.withLock { $0.watcher }?.reload()
    }

    /// Ends watching; the engine keeps what it has. May be called again.
    public func stop() {
        let watcher = state.withLock { state in
            state.isStopped = true
            defer { state.watcher = nil }
            return state.watcher
        }
        waker.finish()
        watcher?.stop()
    }

    // MARK: Installing

    private func take(_ generation: Generation, _ changes: GenerationChanges) {
        let former = engine.generation.settings
        engine.install(generation)
        var metadata: Logger.Metadata = [:]
        if !changes.mistakes.isEmpty {
            metadata["mistakes"] = .array(changes.mistakes.map { "\($0)" })
        }
        if !changes.mended.isEmpty { metadata["mended"] = .array(changes.mended.map { "\($0)" }) }
        let later = generation.settings.differencesThatWait(from: former)
        if !later.isEmpty { metadata["at_next_start"] = .array(later.map { "\($0)" }) }
        logger.log(
            level: changes.mistakes.isEmpty ? .info : .warning, "reloaded: \(changes)", metadata: metadata)
        if changes.loaded.isEmpty { return }
        state.withLock { $0.loaded.formUnion(changes.loaded) }
        waker.yield()
    }

    // MARK: Held tracks

    private func retryHeld() async {
        let plugins = state.withLock { state in
            defer { state.loaded = [] }
            return state.loaded
        }
        // A decider of the former version may still be failing in a moment that is under way.
        await engine.settle()
        var deciders = HeldDeciders(engine)
        var last: LeadID?
        var count = 0
        do throws(StoreError) {
            while !state.withLock({ $0.isStopped }) {
                let page = try engine.shared.store.heldLeads(after: last, limit: Self.pageLimit)
                var meant: [LeadID] = []
                for lead in page where plugins.contains(try deciders.plugin(of: lead) ?? "") {
                    meant.append(lead.id)
                }
                count += await retry(meant)
                guard page.count == Self.pageLimit, let end = page.last else { break }
                last = end.id
            }
        } catch {
            logger.error("held tracks were not retried", metadata: ["error": "\(error)"])
        }
        guard count > 0 else { return }
        logger.info(
            "retried held tracks", metadata: ["leads": "\(count)", "plugins": "\(plugins.sorted())"])
    }

    /// Answers for how many leads there was still something to retry.
    private func retry(_ leads: [LeadID]) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for lead in leads { group.addTask { await self.retry(lead) } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    private func retry(_ lead: LeadID) async -> Bool {
        while true {
            do throws(StoreError) {
                switch try await engine.handle(Command(lead: lead, order: .retry, by: "engine")) {
                case .accepted: return true
                case .repeated: return false
                case .refused(let refusal):
                    // Anything else was done by somebody meanwhile.
                    guard refusal.reason == .busy, !state.withLock({ $0.isStopped }) else { return false }
                    try? await Task.sleep(for: Self.busyPause)
                }
            } catch {
                logger.error(
                    "a held track was not retried", metadata: ["lead": "\(lead)", "error": "\(error)"])
                return false
            }
        }
    }
}

/// Which plugin's decider a held track waits for, by the map that the journey began with.
private struct HeldDeciders {
    private let engine: Engine
    /// By version and track; nil for a track without a decider.
    private var plugins: [MapVersion: [String?]] = [:]

    init(_ engine: Engine) { self.engine = engine }

    mutating func plugin(of lead: LeadRecord) throws(StoreError) -> String? {
        guard let journey = lead.journey, let track = journey.tracks.firstIndex(of: .held) else { return nil }
        if plugins[journey.version] == nil { plugins[journey.version] = try deciders(of: journey.version) }
        return plugins[journey.version]?[safely: track] ?? nil
    }

    private func deciders(of version: MapVersion) throws(StoreError) -> [String?] {
        // A map that does not read any more is told of where its lead is worked on.
        guard let stored = try engine.shared.store.map(version),
            let definition = try? engine.generation.definition(
                of: Generation.MapSource(file: stored.file, bytes: stored.source))
        else { return [] }
        return definition.tracks.map { track in
            if case .flex(let trigger?) = track.kind { trigger.decide.plugin } else { nil }
        }
    }
}

extension Array {
    fileprivate subscript(safely index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension Settings {
    /// The names of what only a new start changes.
    fileprivate func differencesThatWait(from former: Settings) -> [String] {
        var names: [String] = []
        if store != former.store { names.append("store") }
        if lanes != former.lanes { names.append("lanes") }
        if queueLimit != former.queueLimit { names.append("limits.queue") }
        return names
    }
}
