public import Journeys
import LuaSandbox
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads a workspace again whenever its files change, on a thread of its own.
///
/// The system tells of changes on Linux; elsewhere, where a file system tells nothing, and where it is asked
/// for, the files' times, sizes and names are compared. A burst of changes is read once, 20 ms after its
/// end and 100 ms after its beginning at the latest; what changes while it is read is read again
/// (``ReloadSchedule``).
///
/// Does not cover files that are written through a mapping into memory, and links to more than 8,192 folders.
public final class WorkspaceWatcher: Sendable {
    /// How often files are compared where the system does not tell.
    public static let pollingInterval = Duration.milliseconds(100)

    private let signal: Signal
    private let waiters = Waiters()
    private let thread: Mutex<ThreadBox>

    /// Called on the watcher's thread with what was read and how it differs; not when nothing does, unless every save is told.
    public typealias Handler = @Sendable (Generation, GenerationChanges) -> Void

    /// What a reading that was asked for came to.
    public struct Reading: Sendable {
        /// What is new in it, compared with what was used before.
        public let changes: GenerationChanges
        /// Everything that is wrong in it, also what was wrong before; sorted.
        public let mistakes: [Mistake]
    }

    public enum Method: Sendable {
        /// As the system tells, or by comparing where it does not.
        case notices
        /// By comparing, this often.
        case polling(Duration)
    }

    /// What is told.
    public enum Telling: Sendable, Equatable {
        /// What gives another generation.
        case changes
        /// Also each save of a file in the workspace's folders that gives the same one, as of a spec, and of these files beyond
        /// them.
        case saves(of: [String] = [])
    }

    /// Begins to watch. Whatever changed since `generation` was read is noticed too.
    ///
    /// - Parameters:
    ///   - root: the workspace's folder.
    ///   - handler: must not wait for the watcher to stop.
    /// - Returns: nil if the system has no room for a thread or a pipe.
    public init?(
        _ root: String, after generation: Generation, by method: Method = .notices,
        telling: Telling = .changes, handler: @escaping Handler
    ) {
        guard let signal = Signal() else { return nil }
        self.signal = signal
        // What is saved from now on is told, also before the thread has begun.
        let saves = Saves(root, generation, telling)
        let thread = SandboxThread(name: "watcher") { [waiters] in
            WatchLoop(root, generation, method, saves, signal, waiters, handler).run()
            waiters.end()
        }
        guard let thread else { return nil }
        self.thread = Mutex(ThreadBox(thread))
    }

    /// Reads everything again, also what the system told no change of, and answers when the handler has had
    /// it. Answers nil when the watcher is stopped first.
    public func reload() async -> Reading? {
        await withCheckedContinuation { continuation in
            waiters.add { continuation.resume(returning: $0) }
            signal.send(.reload)
        }
    }

    /// Ends the thread and waits for it. May be called again; not from the handler.
    public func stop() {
        signal.send(.stop)
        thread.withLock { box in
            box.thread?.join()
            box.thread = nil
        }
    }

    deinit { stop() }
}

/// The thread, until it has ended.
private struct ThreadBox: ~Copyable, @unchecked Sendable {
    // Owner: whoever holds the mutex that it is in, because it is moved there when it is made.
    var thread: SandboxThread?

    init(_ thread: sending SandboxThread) { self.thread = thread }
}

/// Wakes the watcher's thread: a pipe, so that it can wait for this and for the system together.
private final class Signal: Sendable {
    enum Word: UInt8 {
        case stop, reload
    }

    let reading: Int32
    private let writing: Int32
    /// Beside the pipe, which may be full.
    private let stopped = Atomic(false)

    /// Whether the thread is to end, whatever it is at.
    var isStopped: Bool { stopped.load(ordering: .acquiring) }

    init?() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// Where nobody has read for long, the pipe is full, and a word is in it already many times.
    func send(_ word: Word) {
        if word == .stop { stopped.store(true, ordering: .releasing) }
        var byte = word.rawValue
        while write(writing, &byte, 1) < 0, errno == EINTR {}
    }

    /// What was sent since it was last asked.
    func take() -> Set<UInt8> {
        var buffer = [UInt8](repeating: 0, count: 256)
        var words: Set<UInt8> = []
        while true {
            let count = read(reading, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if isStopped { words.insert(Word.stop.rawValue) }
                return words
            }
            words.formUnion(buffer[..<count])
        }
    }
}

/// Those who asked for a reading, until one that began later is done.
private final class Waiters: Sendable {
    typealias Completion = @Sendable (WorkspaceWatcher.Reading?) -> Void

    private let state = Mutex(State())

    private struct State {
        var waiting: [Completion] = []
        var isOver = false
    }

    func add(_ completion: @escaping Completion) {
        let isOver = state.withLock { state in
            if !state.isOver { state.waiting.append(completion) }
            return state.isOver
        }
        if isOver { completion(nil) }
    }

    /// The callers that a reading that begins now is for.
    func take() -> [Completion] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    /// No more readings will be.
    func end() {
        let left = state.withLock { state in
            state.isOver = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for completion in left { completion(nil) }
    }
}

/// The stamps of what is watched, where every save of it is told.
private struct Saves {
    /// The absolute paths of files beyond the workspace's folders.
    let others: [String]
    /// Nil where saves are not told.
    private var told: Set<FileStamp>?

    init(_ root: String, _ generation: Generation, _ telling: WorkspaceWatcher.Telling) {
        guard case .saves(let others) = telling else {
            self.others = []
            return
        }
        self.others = others.map(WatchLoop.absolute)
        let plan = WatchPlan(
            root: WatchLoop.absolute(root), pluginFolder: generation.settings.plugins.folder,
            others: self.others, looking: DiskLooker())
        told = DiskLooker().stamps(of: plan).stamps
    }

    /// Whether something was saved since it was asked last.
    mutating func take(_ plan: WatchPlan) -> Bool {
        guard let told else { return false }
        let now = DiskLooker().stamps(of: plan).stamps
        self.told = now
        return now != told
    }
}

/// What the thread does.
///
/// Owner: the watcher's thread.
private final class WatchLoop {
    /// How often the plan is drawn anew because a folder has come to be watched meanwhile.
    private static let planLimit = 16

    private let root: String
    private let tree: DiskTree
    private var generation: Generation
    private let method: WorkspaceWatcher.Method
    private var saves: Saves
    private let signal: Signal
    private let waiters: Waiters
    /// The callers that the reading under way is for; also when it has to be read once more.
    private var asking: [Waiters.Completion] = []
    private let handler: WorkspaceWatcher.Handler
    private let looker = DiskLooker()
    private let beginning = ContinuousClock.now

    private var schedule = ReloadSchedule()
    private var plan: WatchPlan
    #if os(Linux)
        private let notices: FolderNotices?
    #endif
    /// How often files are compared, and when next; nil where the system tells.
    private var polling: (interval: Duration, next: Duration)?
    private var stamps: Set<FileStamp> = []
    /// Whether something changed so shortly before the stamps were taken that they do not show what comes.
    private var areStampsFresh = false

    init(
        _ root: String, _ generation: Generation, _ method: WorkspaceWatcher.Method, _ saves: Saves,
        _ signal: Signal, _ waiters: Waiters, _ handler: @escaping WorkspaceWatcher.Handler
    ) {
        self.root = Self.absolute(root)
        tree = DiskTree(root: self.root) { signal.isStopped }
        self.generation = generation
        self.method = method
        self.saves = saves
        self.signal = signal
        self.waiters = waiters
        self.handler = handler
        plan = WatchPlan(
            root: self.root, pluginFolder: generation.settings.plugins.folder, others: saves.others,
            looking: looker)
        #if os(Linux)
            switch method {
            case .notices: notices = FolderNotices()
            case .polling: notices = nil
            }
        #endif
    }

    fileprivate static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = getcwd(nil, 0) else { return "/\(path)" }
        defer { free(folder) }
        return "\(String(cString: folder))/\(path)"
    }

    private var now: Duration { ContinuousClock.now - beginning }

    func run() {
        watch()
        schedule.changed(at: now)
        while true {
            switch schedule.next(at: now) {
            case .rest: wait(until: nil)
            case .wait(let time): wait(until: time)
            case .load: load()
            }
            look()
            let words = signal.take()
            if words.contains(Signal.Word.stop.rawValue) {
                for completion in asking { completion(nil) }
                return
            }
            if words.contains(Signal.Word.reload.rawValue) { schedule.changed(at: now) }
        }
    }

    private func wait(until time: Duration?) {
        var descriptors = [pollfd(fd: signal.reading, events: Int16(POLLIN), revents: 0)]
        #if os(Linux)
            if let notices {
                descriptors.append(pollfd(fd: notices.descriptor, events: Int16(POLLIN), revents: 0))
            }
        #endif
        let times = [time, polling?.next].compactMap(\.self)
        let milliseconds = times.min().map { ($0 - now) / Duration.milliseconds(1) }
        // Rounded up, so that it is not woken a little before.
        let timeout = milliseconds.map { Int32(max(0, min($0.rounded(.up), 60_000))) } ?? -1
        _ = poll(&descriptors, nfds_t(descriptors.count), timeout)
    }

    /// Looks whether something changed.
    private func look() {
        #if os(Linux)
            if let notices, notices.read() { schedule.changed(at: now) }
        #endif
        if let next = polling?.next, now >= next { compare() }
    }

    private func compare() {
        let (current, isFresh) = looker.stamps(of: plan)
        if current != stamps || areStampsFresh { schedule.changed(at: now) }
        stamps = current
        areStampsFresh = isFresh
        if let interval = polling?.interval { polling = (interval, now + interval) }
    }

    /// Watches what is there now.
    private func watch() {
        var interval: Duration? = WorkspaceWatcher.pollingInterval
        if case .polling(let asked) = method { interval = asked }
        for _ in 0..<Self.planLimit {
            plan = WatchPlan(
                root: root, pluginFolder: generation.settings.plugins.folder, others: saves.others,
                looking: looker)
            #if os(Linux)
                guard let notices else { break }
                let adoption = notices.adopt(plan)
                interval = adoption.isComplete ? nil : WorkspaceWatcher.pollingInterval
                // In a new folder something may have come before it was watched.
                if !adoption.hasNew { break }
            #else
                break
            #endif
        }
        guard let interval else {
            polling = nil
            return
        }
        (stamps, areStampsFresh) = looker.stamps(of: plan)
        polling = (interval, now + interval)
    }

    private func load() {
        asking += waiters.take()
        watch()
        let read = Generation(reading: tree, after: generation)
        // What is read no more has gaps in it.
        if signal.isStopped { return }
        look()
        if polling != nil { compare() }
        guard schedule.loaded(at: now) else { return }
        let changes = GenerationChanges(from: generation, to: read)
        let isSaved = saves.take(plan)
        if changes.isEmpty, isSaved {
            handler(generation, changes)
        } else if !changes.isEmpty {
            // Another plugins folder was not watched while it was read.
            if read.settings.plugins.folder != generation.settings.plugins.folder {
                schedule.changed(at: now)
            }
            generation = read
            handler(read, changes)
        }
        if !read.waitingPlugins.isEmpty { schedule.changed(at: now) }
        for completion in asking {
            completion(WorkspaceWatcher.Reading(changes: changes, mistakes: read.mistakes))
        }
        asking = []
    }
}
