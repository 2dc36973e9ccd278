import Foundation
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

/// An engine on a workspace on the disk, which it reads again whenever it changes.
final class RunningEngine: Sendable {
    let workspace: TemporaryWorkspace
    let store: any Store
    let engine: Engine
    private let reload: HotReload
    private let watching: Task<Void, any Error>

    /// How long anything may take before a test fails for it.
    static let deadline = Duration.seconds(120 * Sanitizers.slowdown)

    convenience init(
        _ files: [String: String], links: [String: String] = [:], lanes: Int = 2,
        store: any Store = MemoryStore()
    ) throws {
        let workspace = try TemporaryWorkspace(files)
        for (path, target) in links { try workspace.link(path, to: target) }
        try self.init(in: workspace, lanes: lanes, store: store)
    }

    init(in workspace: TemporaryWorkspace, lanes: Int = 2, store: any Store) throws {
        self.workspace = workspace
        self.store = store
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let engine = try Engine(
            store: store, generation: try Generation(reading: DiskTree(root: workspace.root)), lanes: lanes,
            logger: logger, clock: { Timestamp("2026-11-22T09:00:00Z")! })
        let reload = HotReload(workspace.root, engine: engine, logger: logger)
        self.engine = engine
        self.reload = reload
        watching = Task { try await reload.run() }
    }

    func stop() async throws {
        reload.stop()
        try await watching.value
        engine.stop()
    }

    /// Gives a command that must be accepted.
    @discardableResult
    func accept(
        _ lead: String, _ order: Order, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer.Accepted {
        let answer = try await engine.handle(Command(lead: LeadID(lead)!, order: order))
        guard case .accepted(let accepted) = answer else {
            throw Unexpected(what: "\(order) of \(lead): \(answer)", place: sourceLocation)
        }
        return accepted
    }

    /// Tries again and again until it holds.
    func until(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ holds: () async throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + Self.deadline
        while try await !holds() {
            guard ContinuousClock.now < end else {
                throw Unexpected(what: "never: \(what); \(engine.generation.mistakes)", place: sourceLocation)
            }
            await Task.yield()
        }
    }

    struct Unexpected: Error, CustomStringConvertible {
        let what: String
        let place: SourceLocation
        var description: String { "\(place): \(what)" }
    }

    /// Whether a newer version of the plugin is in the folder and does not load.
    func isFailing(_ plugin: String) -> Bool {
        if case .loaded(_, let failing)? = engine.generation.plugins[plugin] {
            !failing.isEmpty
        } else {
            false
        }
    }
}
