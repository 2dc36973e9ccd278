import ArgumentParser
import Foundation
import Journeys
import Logging
import NIOCore
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
        abstract: "Keeps the engine up, and offers its HTTP API.",
        usage: "signalbox serve [OPTIONS]",
        discussion: """
            The workspace is watched: a saved file is live at once. SIGHUP reads everything again. SIGTERM and \
            SIGINT end it: what was taken is answered first, and a second one ends it at once.

            Each request needs a token (`signalbox token add`). While the store has none, a token for this run alone is \
            shown at the start.
            """)

    @OptionGroup var workspace: WorkspaceOption

    @Option(
        help: ArgumentHelp(
            "Where requests are taken, in place of serve.listen: an address and a port, 0 for one that is free.",
            valueName: "host:port"))
    var listen: ListenAddress?

    private static let firstTokenName = "start"

    /// Where requests are taken. Ends the command where that would show them to other machines unasked, and where the
    /// settings want something of the service that it does not do.
    private func address(_ settings: ServeSettings) throws -> ListenAddress {
        let address = listen ?? ListenAddress(host: settings.host, port: settings.port)
        let unfit: String? =
            if settings.tls != nil {
                "serve.tls: this version does not encrypt by itself; let a proxy before it do that, and set serve.plain"
            } else if !settings.maskedFields.isEmpty {
                "serve.mask: this version does not mask fields; take the setting out"
            } else if !address.isLoopback, !settings.isPlain {
                "\(address.text) can be reached from other machines, without encryption: listen on 127.0.0.1, or set `serve.plain: true` where a proxy before it encrypts"
            } else {
                nil
            }
        if let unfit {
            printToStandardError(unfit)
            throw ExitStatus.cannotLoad
        }
        return address
    }

    func run() throws {
        let generation = try workspace.load()
        let settings = generation.settings.serve
        let listen = try address(settings)
        let store = try workspace.openStore(generation)
        let tokens = try TokenDirectory(of: store)
        let engine = try Engine(
            store: store, generation: generation, lanes: generation.settings.lanes,
            queueLimit: generation.settings.queueLimit, logger: .standardError, clock: WallClock.now)
        let reload = HotReload(workspace.folder, engine: engine, logger: .standardError)
        let server = Server(
            engine, store, tokens: tokens, at: .host(listen.host, port: listen.port), hosts: settings.hosts,
            rateLimit: settings.rate, readiness: Readiness(),
            commandLimitBytes: generation.settings.lineLimitBytes, logger: .serving, clock: WallClock.now
        ) { port in
            let url = ListenAddress(host: listen.host, port: port).url
            printToStandardError("Signalbox serves \(url)")
            if tokens.isEmpty {
                let token = tokens.addForThisRun(Self.firstTokenName, .admin, at: WallClock.now())
                printToStandardError(
                    "The store has no tokens. For this run alone: \(token)\nTry: curl -H 'Authorization: Bearer \(token)' \(url)/v1/leads"
                )
            }
        }
        var configuration = ServiceGroupConfiguration(
            services: [
                engine, reload, ReloadOnSignal(reload, logger: .standardError), LastSignal(), server,
            ], gracefulShutdownSignals: Interruption.signals, logger: .serving)
        configuration.maximumGracefulShutdownDuration = settings.stopWithin
        let group = ServiceGroup(configuration: configuration)
        do {
            try Self.wait { try await group.run() }
        } catch let error as IOError {
            printToStandardError(
                "Requests cannot be taken at \(listen.text): \(String(cString: strerror(error.errnoCode))). Name another place with --listen."
            )
            throw ExitStatus.cannotLoad
        }
        store.settle()
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

/// Gives signals their own meaning back once the end was asked for, so that a second one ends the process at once.
private struct LastSignal: Service {
    func run() async throws {
        try? await gracefulShutdown()
        for asked in [UnixSignal.sigint, .sigterm] { signal(asked.rawValue, SIG_DFL) }
    }
}
