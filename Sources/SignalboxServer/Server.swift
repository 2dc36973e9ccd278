import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import ServiceLifecycle
import Signalbox
import Store
import Workspace

/// The HTTP API of a running engine.
package struct Server: Service {
    private let parts: APIParts
    private let host: String
    private let port: Int
    private let certificate: ServerCertificate?
    private let metrics: ServiceMetrics
    private let queueLimit: Int
    private let readiness = Readiness()
    private let logger: Logger
    private let whenListening: @Sendable (Int) async -> Void

    /// How long a connection may be idle, and how long a client may make no room for more of an answer.
    static let idleSeconds: Int64 = 60
    /// How many bytes the headers of a request have at most.
    private static let headerLimitBytes = 32 << 10
    /// How many connections there are at once.
    private static let connectionLimit = 10_000

    /// - Parameters:
    ///   - host: where requests are taken: a name, an IPv4 address or an IPv6 address without brackets.
    ///   - port: 0 for any that is free.
    ///   - certificate: nil where what is said is not encrypted.
    ///   - metrics: what the engine tells of itself too.
    ///   - whenListening: gets the port when requests are taken.
    package init(
        _ parts: APIParts, host: String, port: Int, certificate: ServerCertificate?, metrics: ServiceMetrics,
        logger: Logger,
        whenListening: @escaping @Sendable (Int) async -> Void
    ) {
        self.parts = parts
        self.certificate = certificate
        self.metrics = metrics
        queueLimit = parts.engine.generation.settings.queueLimit
        self.host = host
        self.port = port
        self.logger = logger
        self.whenListening = whenListening
    }

    /// Takes requests until a graceful shutdown, and answers those that were taken.
    package func run() async throws {
        let readiness = readiness
        let events = parts.events
        let port = port
        let whenListening = whenListening
        let plain = HTTPServerBuilder.http1(
            configuration: Self.connections(idleSeconds: Self.idleSeconds, logger))
        let application = Application(
            router: router,
            server: try certificate.map { try .tls(plain, tlsConfiguration: $0.configuration) } ?? plain,
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
            Task { await events.end() }
        }
    }

    /// How each connection is held to its limits.
    ///
    /// - Parameter idleSeconds: how long one may be idle; nil for any time.
    static func connections(idleSeconds: Int64?, _ logger: Logger) -> HTTP1Channel.Configuration {
        var http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [StalledReader(limit: .seconds(Self.idleSeconds), logger: logger)],
            idleTimeout: idleSeconds.map { .seconds($0) })
        http.httpDecoder = .init(
            maxHeaderFieldSize: headerLimitBytes, maxHeaderListSize: headerLimitBytes,
            maxHeaderFieldCount: 100)
        return http
    }

    /// Every route, as `GET /v1/leads/{lead}`.
    var routes: [String] { offered.router.routes.map { "\($0.method.rawValue) \($0.path)" } }

    private var router: Router<APIContext> {
        let (router, open) = offered
        OtherMethods(parts: parts).refuse(in: router, open: open)
        return router
    }

    /// What is offered, and the paths of what anybody may ask.
    private var offered: (router: Router<APIContext>, open: Set<String>) {
        let router = Router(context: APIContext.self)
        router.addMiddleware {
            ProblemMiddleware()
            HostMiddleware(parts: parts)
        }
        OpenRoutes(readiness: readiness).add(to: router)
        let open = Set(router.routes.map(\.path.description))
        let reading = router.group("v1")
            .add(middleware: AccessMiddleware(parts: parts, role: .viewer))
            .add(middleware: MaskMiddleware(mask: parts.mask))
        LeadRoutes(parts: parts).add(to: reading)
        MapRoutes(parts: parts).add(to: reading)
        IncidentRoutes(parts: parts).addReading(to: reading)
        BulkRoutes(parts: parts).addReading(to: reading)
        EventRoutes(parts: parts).add(to: reading)
        DeliveryRoutes(parts: parts).addReading(to: reading)
        PluginRoutes(parts: parts).addReading(to: reading)
        // Nothing of leads.
        let telling = router.group().add(middleware: AccessMiddleware(parts: parts, role: .viewer))
        MetricsRoute(parts: parts, metrics: metrics, queueLimit: queueLimit).add(to: telling)
        DescriptionRoute().add(to: telling)
        let working = router.group("v1").add(
            middleware: AccessMiddleware(parts: parts, role: .agent))
        CommandRoutes(parts: parts).add(to: working)
        StreamRoute(parts: parts, form: .lines).add(to: working)
        let administration = router.group("v1").add(
            middleware: AccessMiddleware(parts: parts, role: .admin))
        DeliveryRoutes(parts: parts).addAdministration(to: administration)
        IncidentRoutes(parts: parts).addAdministration(to: administration)
        BulkRoutes(parts: parts).addAdministration(to: administration)
        PluginRoutes(parts: parts).addAdministration(to: administration)
        return (router, open)
    }
}
