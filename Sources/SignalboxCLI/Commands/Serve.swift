import ArgumentParser
import Foundation
import Journeys
import Logging
import NIOCore
import PrometheusMetrics
import SQLiteStore
import ServiceLifecycle
import Signalbox
import SignalboxServer
import Store
import Synchronization
import UnixSignals
import Values
import Workspace

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Keeps the engine up, sends deliveries, and offers the HTTP API.",
        usage: "signalbox serve [OPTIONS]",
        discussion: """
            The workspace is watched: a saved file is live at once. SIGHUP reads everything again. SIGTERM and \
            SIGINT end it: what was taken is answered first, and a second one ends it at once.

            Each request needs a token (`signalbox token add`). While the store has none, one for this run alone is \
            shown at the start, or where there is no terminal written to a file beside the store.
            """)

    @OptionGroup var workspace: WorkspaceOption

    @Option(
        help: ArgumentHelp(
            "Where requests are taken, in place of serve.listen: an address and a port, 0 for one that is free.",
            valueName: "host:port"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "How the service's log is written to standard error: text for people, or a JSON object a line.",
            valueName: "format"))
    var logFormat: LogFormat = .text

    private static let firstTokenName = "start"

    func validate() throws {
        var settings = ServeSettings()
        if let listen, !settings.listen(at: listen) {
            throw ValidationError(
                "--listen: \(listen.quotedForMessage) is not an address; expected \(ServeSettings.listenRule)"
            )
        }
    }

    /// Ends the command where the service would show requests to other machines unasked.
    private func requireFit(_ settings: ServeSettings) throws {
        if settings.isLoopback || settings.isPlain || settings.tls != nil { return }
        printToStandardError(
            "\(settings.listen) can be reached from other machines, without encryption: give `serve.tls` a certificate, listen on 127.0.0.1, or set `serve.plain: true` where a proxy in front of it encrypts"
        )
        throw ExitStatus.cannotLoad
    }

    /// What `serve.tls` names. Ends the command where it cannot be used.
    private func certificate(_ settings: ServeSettings) throws -> ServerCertificate? {
        guard let tls = settings.tls else { return nil }
        func place(_ path: String) -> String { path.hasPrefix("/") ? path : "\(workspace.folder)/\(path)" }
        do throws(ServerCertificate.Unusable) {
            return try ServerCertificate(certificate: place(tls.certificate), key: place(tls.key))
        } catch {
            printToStandardError("serve.tls: \(error)")
            throw ExitStatus.cannotLoad
        }
    }

    func run() throws {
        let generation = try workspace.loadToServe()
        var wanted = generation.settings.serve
        if let listen { _ = wanted.listen(at: listen) }
        let settings = wanted
        try requireFit(settings)
        let certificate = try certificate(settings)
        let store = try workspace.openStoreToServe(generation)
        // Until it is heard, there is nothing to read again.
        signal(SIGHUP, SIG_IGN)
        let log = Logger.standardError(logFormat)
        let logFormat = logFormat
        let manager = ServiceManager(ProcessInfo.processInfo.environment, processID: getpid())
        let firstToken = FirstToken(beside: workspace.storePath(generation.settings))
        defer { firstToken.remove() }
        let tokens = try TokenDirectory(of: store)
        let recorder = PrometheusRecorder(ServiceMetrics.descriptions)
        let engine = try Engine(
            store: store, generation: generation, lanes: generation.settings.lanes,
            queueLimit: generation.settings.queueLimit, logger: log, metrics: recorder, clock: WallClock.now)
        let own = OwnMoments()
        let sending = try Sending(engine, store, folder: workspace.folder, own: own, logger: log)
        let retaining = Retaining(engine, store, logger: log)
        let types = TypesOnReload(workspace.folder, generation, store, logger: log)
        let reload = HotReload(workspace.folder, engine: engine, logger: log, retried: own.tell) {
            former, now in
            sending.installed(former, now)
            retaining.installed(former, now)
            types.installed(now)
        }
        let onSignal = ReloadOnSignal(reload, logger: log) { isReading in
            manager?.tell(isReading ? .reloading : .ready(status: nil))
        }
        let parts = APIParts(
            engine, store, tokens: tokens, own: own, logger: log.quieter, clock: WallClock.now,
            deliveriesChanged: sending.notify)
        let door = try OperatorDoor(parts, at: store.socketPath, logger: log.quieter) { path in
            store.name(socket: path)
        }
        let bulks = BulkWork(parts, logger: log)
        let server = Server(
            parts, host: settings.host, port: settings.port, certificate: certificate,
            metrics: ServiceMetrics(recorder), logger: log.quieter
        ) { port in
            var reached = settings
            reached.port = port
            let url = "\(certificate == nil ? "http" : "https")://\(reached.listen)"
            if tokens.isEmpty {
                let token = tokens.addForThisRun(Self.firstTokenName, .admin, at: WallClock.now())
                firstToken.show(token, url: url, to: log, as: logFormat)
            }
            log.info("Signalbox serves \(url)")
            if let manager { Self.tellReady(manager, "Signalbox serves \(url)", log) }
        }
        var services: [any Service] = [
            engine, reload, onSignal, sending, retaining, types, bulks, door, server,
        ]
        if let manager { services.append(Supervision(manager: manager) { await engine.settle() }) }
        try run(services, stoppingWithin: settings.stopWithin, reachedAt: settings.listen, log)
        workspace.keepLoads(engine.generation)
        store.settle()
    }

    /// Runs the services until a signal. They are shut down from the last to the first, each when the one behind it has
    /// ended.
    private func run(
        _ services: [any Service], stoppingWithin limit: Duration, reachedAt place: String, _ log: Logger
    ) throws {
        let asking = Interruption.signals
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: asking, logger: log.quieter)
        configuration.maximumGracefulShutdownDuration = limit
        let signals = try Self.endingAtSecond(of: asking, log)
        defer { signals.cancel() }
        let group = ServiceGroup(configuration: configuration)
        do {
            try Self.wait { try await group.run() }
        } catch let error as IOError {
            log.error(
                "Requests cannot be taken at \(place): \(String(cString: strerror(error.errnoCode))). Name another place with --listen."
            )
            throw ExitStatus.cannotLoad
        }
    }

    private static func tellReady(_ manager: ServiceManager, _ status: String, _ log: Logger) {
        let failure = manager.tell(.ready(status: status))
        guard failure != 0 else { return }
        log.warning(
            "the service manager at \(manager.place.quotedForMessage) cannot be told: \(String(cString: strerror(failure)))"
        )
    }

    /// Lets a second signal end the process at once; the first is the services' to hear.
    private static func endingAtSecond(
        of asking: [UnixSignal], _ log: Logger
    ) throws -> Task<Void, Never> {
        let interruption = try Interruption()
        return Task.detached {
            for await signal in await UnixSignalsSequence(trapping: asking) {
                if !interruption.isAsked {
                    log.info(
                        "Stopping: what was taken is answered first; a second signal ends it at once.")
                }
                interruption.ask(by: signal)
            }
        }
    }

    /// Waits on this thread for what is done on others.
    private static func wait(for body: @escaping @Sendable () async throws -> Void) throws {
        let isOver = DispatchSemaphore(value: 0)
        let failure = Failure()
        Task.detached {
            do { try await body() } catch { failure.note(error) }
            isOver.signal()
        }
        isOver.wait()
        try failure.raise()
    }
}

/// The first error of a task.
private final class Failure: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    func note(_ new: any Error) { error.withLock { $0 = $0 ?? new } }
    func raise() throws { if let error = error.withLock({ $0 }) { throw error } }
}
