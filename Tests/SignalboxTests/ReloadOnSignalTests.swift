import Foundation
import Journeys
import Logging
import Plugins
import ServiceLifecycle
import Signalbox
import Store
import Synchronization
import TestKit
import Testing
import Values
import Workspace

/// The signal is raised on threads of its own: whoever handles signals on Linux blocks more than that one on
/// the thread that got it, and calls of other suites need theirs.
@Suite("SIGHUP", .serialized, .timeLimit(.minutes(20)))
struct ReloadOnSignalTests {
    private static func plugin(_ version: String) -> String {
        "return { name = \"p\", version = \"\(version)\", api = 1, on = { { event = \"map.open\", run = function() end } } }"
    }

    private static func hangUp() {
        Thread.detachNewThread {
            // Threads begin with what their maker blocks, and those that run tests block all that they can.
            var hangUp = sigset_t()
            sigemptyset(&hangUp)
            sigaddset(&hangUp, SIGHUP)
            pthread_sigmask(SIG_UNBLOCK, &hangUp, nil)
            raise(SIGHUP)
        }
    }

    @Test("it reads everything again, each time that it comes, and says the result")
    func hangUps() async throws {
        let workspace = try TemporaryWorkspace(["plugins/p.lua": Self.plugin("1")])
        let lines = Lines()
        let logger = Logger(label: "test", factory: { _ in lines })
        let engine = try Engine(
            store: MemoryStore(), generation: try Generation(reading: DiskTree(root: workspace.root)),
            lanes: 1, logger: logger, clock: { Timestamp("2026-11-22T09:00:00Z")! })
        // Nothing would be looked at by itself while the test runs.
        let reload = HotReload(
            workspace.root, engine: engine, by: .polling(.seconds(3600)), logger: logger)
        let onSignal = ReloadOnSignal(reload, logger: logger)
        let group = ServiceGroup(services: [engine, reload, onSignal], logger: logger)
        let running = Task { try await group.run() }
        while await reload.reload() == nil { try await Task.sleep(for: .milliseconds(1)) }
        while !lines.has("listening") { try await Task.sleep(for: .milliseconds(1)) }

        for version in 2...6 {
            try workspace.write("plugins/p.lua", Self.plugin("\(version)"))
            Self.hangUp()
            try await lines.wait(for: "SIGHUP: read again: plugins loaded: p", count: version - 1)
            #expect(engine.generation.version(of: "p") == "\(version)")
        }
        try workspace.write("plugins/p.lua", Self.plugin("7") + "}")
        Self.hangUp()
        try await lines.wait(for: "SIGHUP: read again: 1 new mistake", count: 1)
        Self.hangUp()
        try await lines.wait(for: "SIGHUP: read again: nothing", count: 1)
        #expect(engine.generation.version(of: "p") == "6")
        #expect(lines.mistakes == 2)

        await group.triggerGracefulShutdown()
        try await running.value
        #expect(await reload.reload() == nil)
        // It does not end the process afterwards either.
        Self.hangUp()
        try await Task.sleep(for: .milliseconds(50))
    }

    /// What was logged.
    private final class Lines: LogHandler, Sendable {
        private let state = Mutex<[(text: String, hasMistakes: Bool)]>([])

        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { .info }
            set {}
        }
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) {
            let line = (event.message.description, event.metadata?["mistakes"] != nil)
            state.withLock { $0.append(line) }
        }

        func has(_ text: String) -> Bool { count(text) > 0 }

        var mistakes: Int {
            state.withLock { $0.filter { $0.hasMistakes && $0.text.hasPrefix("SIGHUP") }.count }
        }

        private func count(_ text: String) -> Int {
            state.withLock { $0.filter { $0.text.hasPrefix(text) }.count }
        }

        func wait(for text: String, count: Int) async throws {
            while self.count(text) < count { try await Task.sleep(for: .milliseconds(1)) }
        }
    }
}
