public import Logging
import Plugins
public import ServiceLifecycle
import UnixSignals
import Workspace

/// Lets the process read its workspace again when it gets SIGHUP: for an operator whose files change
/// where nothing tells of it, or who wants to know what is live now.
///
/// SIGHUP ends the process until this runs, and not after that.
public final class ReloadOnSignal: Service, Sendable {
    private let reload: HotReload
    private let logger: Logger
    private let whenReading: @Sendable (Bool) -> Void

    /// - Parameters:
    ///   - reload: runs as a service of its own.
    ///   - logger: gets a line for each signal, with everything that is wrong in what was read.
    ///   - whenReading: gets true before the workspace is read, and false when the engine has what was read.
    public init(
        _ reload: HotReload, logger: Logger, whenReading: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        self.reload = reload
        self.logger = logger
        self.whenReading = whenReading
    }

    /// Listens until a graceful shutdown or the task's cancellation.
    public func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        logger.info("listening for SIGHUP")
        for await _ in signals.cancelOnGracefulShutdown() {
            whenReading(true)
            let outcome = await reload.reload()
            whenReading(false)
            guard let outcome else {
                logger.warning("SIGHUP: the workspace is not watched, so nothing was read")
                continue
            }
            logger.log(
                level: outcome.mistakes.isEmpty ? .info : .warning, "SIGHUP: read again: \(outcome.changes)",
                metadata: outcome.mistakes.isEmpty
                    ? [:] : ["mistakes": .array(outcome.mistakes.map { "\($0)" })])
        }
    }
}
