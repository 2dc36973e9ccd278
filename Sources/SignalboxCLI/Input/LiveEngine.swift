import Foundation
import Journeys
import Logging
import Plugins
import Signalbox
import Store
import UnixSignals
import Values
import Workspace

/// An engine on a workspace for as long as commands come: what changes in the workspace it uses at once
/// (R41), SIGHUP lets it read everything again, and SIGINT and SIGTERM ask for its end.
///
/// It has one lane, so that the same commands come to the same answers however long a commit takes.
final class LiveEngine: CommandTaker {
    let engine: Engine
    /// What is given to it, and what it does by itself.
    let inFlight = InFlightCommands()
    private let workspace: WorkspaceOption
    private let store: any MomentStore
    private let isDryRun: Bool
    private let reload: HotReload
    private let signals: HeardSignals
    private let running = DispatchGroup()

    init(
        _ workspace: WorkspaceOption, _ generation: Generation, _ store: any MomentStore, isDryRun: Bool,
        until interruption: Interruption
    ) throws(StoreError) {
        engine = try Engine(
            store: store, generation: generation, lanes: 1, queueLimit: generation.settings.queueLimit,
            logger: .quiet, stopsAtFailure: true, clock: WallClock.now)
        self.workspace = workspace
        self.store = store
        self.isDryRun = isDryRun
        let reload = HotReload(workspace.folder, engine: engine, logger: .standardError) {
            [inFlight] command, moment in inFlight.add(moment, of: command)
        }
        self.reload = reload
        // Commands wait until held tracks were retried, so that chance does not decide which comes first; but not
        // when the end is requested meanwhile.
        let hasCaughtUp = DispatchSemaphore(value: 0)
        signals = HeardSignals(until: interruption, [.sighup]) { signal in
            if signal == .sighup {
                // A signal that asks for the end does not wait for it.
                Task { await Self.readAgain(reload) }
            } else {
                hasCaughtUp.signal()
            }
        }
        Task.detached {
            await reload.caughtUp()
            hasCaughtUp.signal()
        }
        running.enter()
        Task.detached { [running] in
            do {
                try await reload.run()
            } catch {
                printToStandardError("Changes of maps and plugins are not noticed: \(error)")
            }
            running.leave()
        }
        hasCaughtUp.wait()
    }

    var hasMistakes: Bool { !engine.generation.mistakes.isEmpty }

    func submit(
        _ request: CommandLineEntry.Request, given: Value,
        completion: @escaping @Sendable (Result<StreamedAnswer, StoreError>) -> Void
    ) {
        switch request {
        case .command(let command):
            engine.submit(command, waits: true) { completion($0.map(StreamedAnswer.command)) }
        case .release(let plugin):
            engine.submit(releaseIfQuarantined: plugin, waits: true) {
                completion($0.map(StreamedAnswer.release))
            }
        }
    }

    private static func readAgain(_ reload: HotReload) async {
        // Before it watches, everything will be read; after it, nothing is wanted.
        guard let outcome = await reload.reload() else { return }
        let lines = outcome.mistakes.map { "\($0)" } + ["SIGHUP: read again: \(outcome.changes)"]
        printToStandardError(lines.joined(separator: "\n"))
    }

    /// Ends it when every command is answered. `own` gets what the engine did by itself after that.
    func end(showing own: (Command, Answer.Accepted) -> Void) {
        // Signals are heard as long as something may take its time; a second one ends the process.
        reload.stop()
        engine.stop()
        running.wait()
        signals.end()
        while let rest = inFlight.take() {
            for case .own(let command, let moment) in rest { own(command, moment) }
        }
        // Plugins may have been loaded since it began.
        if !isDryRun { workspace.keepLoads(engine.generation) }
        // A task may hold the store a little longer than it runs.
        store.settle()
        signals.restore()
    }
}
