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

/// Engines and services that are stopped early, twice, or never.
@Suite("Ends", .timeLimit(.minutes(20)))
struct LifetimeTests {
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func engine(
        _ store: any Store = MemoryStore(), lanes: Int = 2, queueLimit: Int = 10_000,
        leadsKeptLimit: Int = Engine.leadsKeptLimit
    ) throws -> Engine {
        try Engine(
            store: store, generation: Generation(reading: MemoryTree([:])), lanes: lanes,
            queueLimit: queueLimit,
            logger: Self.logger, leadsKeptLimit: leadsKeptLimit,
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
    }

    private func set(_ lead: Int, _ value: Int64 = 1) -> Command {
        Command(lead: LeadID("L\(lead)")!, order: .set(LeadChanges(fields: ["n": .integer(value)])))
    }

    @Test("moments asked for after the end end at once")
    func momentsAfterStop() async throws {
        let engine = try engine()
        let before = engine.moments()
        _ = try await engine.handle(set(1))
        engine.stop()
        let after = engine.moments()
        var counts = [0, 0]
        for await _ in before { counts[0] += 1 }
        for await _ in after { counts[1] += 1 }
        #expect(counts == [1, 0])
    }

    @Test(
        "an engine that keeps no lead's state in memory, or has no room to wait, still answers",
        arguments: [1, 3])
    func nothingKept(lanes: Int) async throws {
        let store = MemoryStore()
        let engine = try engine(store, lanes: lanes, queueLimit: 0, leadsKeptLimit: 0)
        for value in 1...3 {
            for lead in 1...5 {
                guard case .accepted = try await engine.handle(set(lead, Int64(value))) else {
                    Issue.record("refused")
                    continue
                }
            }
        }
        engine.stop()
        #expect(store.lead(LeadID("L5")!)?.fields["n"] == 3)
        #expect(store.lead(LeadID("L5")!)?.lastMoment == 3)
    }

    @Test(
        "an engine that is let go answers what was given, and its threads end by themselves",
        arguments: [1, 4])
    func letGo(lanes: Int) async throws {
        let store = MemoryStore()
        let answered = Mutex(0)
        var engine: Engine? = try engine(store, lanes: lanes)
        let moments = try #require(engine).moments(bufferLimit: 1_000)
        for lead in 1...200 {
            engine?.submit(set(lead)) { result in
                if case .success(.accepted) = result { answered.withLock { $0 += 1 } }
            }
        }
        engine = nil
        // The stream ends with the last thread.
        var seen = 0
        for await _ in moments { seen += 1 }
        #expect(seen == 200)
        #expect(answered.withLock { $0 } == 200)
        #expect(store.counts().moments == 200)
    }

    @Test("an engine may be let go by the completion that it calls")
    func letGoByCompletion() async throws {
        let holder = Mutex<Engine?>(try engine())
        let moments = try #require(holder.withLock { $0 }).moments()
        let isAnswered = AsyncStream<Void>.makeStream()
        holder.withLock { $0 }?.submit(set(1)) { _ in
            let last = holder.withLock { engine in
                defer { engine = nil }
                return engine
            }
            withExtendedLifetime(last) { isAnswered.continuation.finish() }
        }
        for await _ in isAnswered.stream {}
        for await _ in moments {}
        #expect(holder.withLock { $0 == nil })
    }

    @Test("an engine may be stopped twice, and at once from two places")
    func stoppedTwice() async throws {
        let engine = try engine()
        _ = try await engine.handle(set(1))
        await withTaskGroup { group in
            for _ in 1...4 { group.addTask { engine.stop() } }
        }
        engine.stop()
        guard case .refused(let refusal) = try await engine.handle(set(1)) else {
            Issue.record("accepted")
            return
        }
        #expect(refusal.reason == .busy)
    }

    @Test("an engine that runs as a service ends when its task is cancelled")
    func cancelled() async throws {
        let engine = try engine()
        let running = Task { try await engine.run() }
        running.cancel()
        try await running.value
        for await _ in engine.moments() {}
    }

    // MARK: Hot reload

    @Test("a hot reload may be let go, or stopped twice, without ever running; nobody waits for it then")
    func reloadWithoutRun() async throws {
        let engine = try engine()
        defer { engine.stop() }
        let workspace = try TemporaryWorkspace([:])
        _ = HotReload(workspace.root, engine: engine, logger: Self.logger)
        let reload = HotReload(workspace.root, engine: engine, logger: Self.logger)
        let waiting = Task { await reload.caughtUp() }
        reload.stop()
        reload.stop()
        await waiting.value
        await reload.caughtUp()
        #expect(await reload.reload() == nil)
        try await reload.run()
    }

    @Test("a hot reload that is cancelled before or while it runs ends; it runs once")
    func reloadCancelled() async throws {
        let engine = try engine()
        defer { engine.stop() }
        let workspace = try TemporaryWorkspace([:])
        for waits in [false, true] {
            let reload = HotReload(workspace.root, engine: engine, logger: Self.logger)
            let running = Task { try await reload.run() }
            if waits { await reload.caughtUp() }
            running.cancel()
            try await running.value
            await reload.caughtUp()
            reload.stop()
            await #expect(throws: HotReload.RunsOnce.self) { try await reload.run() }
        }
    }

    @Test("a watcher may be let go by its own handler")
    func watcherLetGo() async throws {
        let workspace = try TemporaryWorkspace([:])
        let generation = try Generation(reading: DiskTree(root: workspace.root))
        let holder = Mutex<WorkspaceWatcher?>(nil)
        let isGone = AsyncStream<Void>.makeStream()
        let watcher = WorkspaceWatcher(workspace.root, after: generation) { _, _ in
            let last = holder.withLock { watcher in
                defer { watcher = nil }
                return watcher
            }
            withExtendedLifetime(last) { isGone.continuation.finish() }
        }
        holder.withLock { $0 = watcher }
        try workspace.write("templates/a.txt", "Hello")
        for await _ in isGone.stream {}
        #expect(holder.withLock { $0 == nil })
    }
}
