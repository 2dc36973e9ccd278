import Foundation
import Hummingbird
import HummingbirdCore
package import Logging
import ServiceLifecycle
package import Store
import Synchronization

/// The way in for the command line of this machine: the commands and changes that it would make to the store itself,
/// over a socket that only the service's own user can open.
package struct OperatorDoor: Service {
    private let parts: APIParts
    private let socket: OperatorSocket
    private let logger: Logger
    private let whenOpen: @Sendable (_ path: String) -> Void

    /// How many callers there are at once.
    private static let connectionLimit = 100

    /// - Parameters:
    ///   - path: where the socket is, if that is short enough for one.
    ///   - whenOpen: gets the path of the socket when requests are taken.
    package init(
        _ parts: APIParts, at path: String, logger: Logger,
        whenOpen: @escaping @Sendable (_ path: String) -> Void
    ) throws(StoreError) {
        self.parts = parts
        socket = try OperatorSocket(at: path)
        self.logger = logger
        self.whenOpen = whenOpen
    }

    /// Takes requests until a graceful shutdown, and answers those that were taken.
    package func run() async throws {
        defer { socket.remove() }
        let application = Application(
            // Commands may come from somebody who types them.
            router: router, server: .http1(configuration: Server.connections(idleSeconds: nil, logger)),
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: socket.bound), serverName: "signalbox",
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)),
            onServerRunning: { [socket, logger, whenOpen] _ in
                if let failure = socket.open() {
                    logger.warning(
                        "the command line cannot reach the service: its socket cannot be opened",
                        metadata: [
                            "path": "\(socket.path)", "error": "\(String(cString: strerror(failure)))",
                        ])
                    return
                }
                whenOpen(socket.path)
            },
            logger: logger)
        try await application.run()
    }

    private var router: Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.addMiddleware {
            ProblemMiddleware()
            OperatorMiddleware()
        }
        let group = router.group("operator")
        StreamRoute(parts: parts, form: .whole).add(to: group)
        OperatorRoutes(parts: parts).add(to: group)
        return router
    }
}

/// Every caller is the operator: the system lets nobody else in.
struct OperatorMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.principal = .operator
        return try await next(request, context)
    }
}
