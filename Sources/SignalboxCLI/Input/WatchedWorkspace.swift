import ArgumentParser
import Dispatch
import Synchronization
import Workspace

/// A workspace that is looked at again after each save, for commands that do the same once more.
final class WatchedWorkspace: Sendable {
    private let watcher: WorkspaceWatcher
    private let saved: Saved

    private final class Saved: Sendable {
        let generation = Mutex<Generation?>(nil)
        let signal = DispatchSemaphore(value: 0)
    }

    /// Begins to watch.
    ///
    /// - Parameter others: files beyond the workspace's folders that matter.
    init(_ workspace: WorkspaceOption, after generation: Generation, others: [String] = []) throws {
        let saved = Saved()
        let watcher = WorkspaceWatcher(
            workspace.folder, after: generation, telling: .saves(of: others)
        ) { generation, _ in
            saved.generation.withLock { $0 = generation }
            saved.signal.signal()
        }
        guard let watcher else {
            printToStandardError("--watch: the system has no room for a thread or a pipe")
            throw ExitStatus.cannotLoad
        }
        self.watcher = watcher
        self.saved = saved
    }

    /// Does `body` after each save, until the process ends. A workspace that does not load is told, and `body` waits for its next
    /// save.
    func afterEachSave(in workspace: WorkspaceOption, _ body: (Generation) throws -> Void) throws -> Never {
        while true {
            printToStandardError("Watching for changes; stop with Ctrl-C.")
            let generation = next()
            do {
                // What does not load is the last good one there, and a mistake here.
                try body(generation.mistakes.isEmpty ? generation : workspace.load())
            } catch is ExitCode {
                // Why is told.
            }
        }
    }

    /// The workspace once it was saved since it was asked last.
    private func next() -> Generation {
        while true {
            saved.signal.wait()
            let generation = saved.generation.withLock { latest in
                defer { latest = nil }
                return latest
            }
            if let generation { return generation }
        }
    }
}
