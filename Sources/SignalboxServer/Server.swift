import Hummingbird
import HummingbirdCore
package import Logging
public import ServiceLifecycle
package import Signalbox
package import Store
package import Values

/// The HTTP API of a running engine.
public struct Server: Service {
    private let parts: APIParts
    private let listening: Listening
    private let hosts: [String]
    private let rate: RateLimiter
    private let readiness: Readiness
    private let logger: Logger
    private let whenListening: @Sendable (Int) async -> Void

    /// Where requests are taken.
    public enum Listening: Sendable, Hashable {
        /// Port 0 is any that is free.
        case host(String, port: Int)
    }

    /// How long a connection may be idle.
    private static let idleSeconds: Int64 = 60
    /// How many bytes the headers of a request have at most.
    private static let headerLimitBytes = 32 << 10
    /// How many connections there are at once.
    private static let connectionLimit = 10_000

    /// - Parameters:
    ///   - tokens: who may ask.
    ///   - rateLimit: how many requests a token may make in a second.
    ///   - hosts: the names by which requests may call it, beside loopback's.
    ///   - whenListening: gets the port when requests are taken.
    package init(
        _ engine: Engine, _ store: any Store, tokens: TokenDirectory, at listening: Listening,
        hosts: [String] = [], rateLimit: Int,
        readiness: Readiness, commandLimitBytes: Int, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp,
        whenListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        parts = APIParts(
            engine: engine, store: store, tokens: tokens, clock: clock, commandLimitBytes: commandLimitBytes)
        self.listening = listening
        self.hosts = hosts
        rate = RateLimiter(limit: rateLimit, clock: clock)
        self.readiness = readiness
        self.logger = logger
        self.whenListening = whenListening
    }

    /// Takes requests until a graceful shutdown, and answers those that were taken.
    public func run() async throws {
        let (host, port) =
            switch listening {
            case .host(let host, let port): (host, port)
            }
        let readiness = readiness
        let whenListening = whenListening
        var http = HTTP1Channel.Configuration(idleTimeout: .seconds(Self.idleSeconds))
        http.httpDecoder = .init(
            maxHeaderFieldSize: Self.headerLimitBytes, maxHeaderListSize: Self.headerLimitBytes,
            maxHeaderFieldCount: 100)
        let application = Application(
            router: router, server: .http1(configuration: http),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "signalbox",
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)),
            onServerRunning: { channel in
                readiness.start()
                await whenListening(channel.localAddress?.port ?? port)
            },
            logger: logger)
        try await withGracefulShutdownHandler {
            try await application.run()
        } onGracefulShutdown: {
            readiness.stop()
        }
    }

    private var router: Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.addMiddleware {
            ProblemMiddleware()
            HostMiddleware(hosts: hosts)
        }
        OpenRoutes(readiness: readiness).add(to: router)
        let tokens = parts.tokens
        let reading = router.group("v1").add(
            middleware: AccessMiddleware(tokens: tokens, rate: rate, role: .viewer))
        LeadRoutes(parts: parts).add(to: reading)
        IncidentRoutes(parts: parts).add(to: reading)
        PluginRoutes(parts: parts).addReading(to: reading)
        let working = router.group("v1").add(
            middleware: AccessMiddleware(tokens: tokens, rate: rate, role: .agent))
        CommandRoutes(parts: parts).add(to: working)
        let administration = router.group("v1").add(
            middleware: AccessMiddleware(tokens: tokens, rate: rate, role: .admin))
        PluginRoutes(parts: parts).addAdministration(to: administration)
        return router
    }
}
