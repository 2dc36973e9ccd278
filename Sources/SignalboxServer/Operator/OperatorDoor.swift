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
            router: router, server: .http1(configuration: Server.connections(idleSeconds: nil)),
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

/// Where the socket of a service is.
///
/// It is bound in a folder that only this user can enter, gets its own rights there, and only then its place: so there is
/// no time at which anybody else could open it, and what a killed process left in its place is replaced in one step.
struct OperatorSocket: Sendable {
    /// Where it is bound.
    let bound: String
    /// Where it is from ``open()`` on.
    let path: String
    private let folder: String

    /// How long the path of a socket can be.
    private static let pathLimitBytes = 107

    /// Throws ``StoreError/Code/cannotOpen`` where no folder can be made.
    init(at path: String) throws(StoreError) {
        let beside = path + ".XXXXXX/s"
        let isShort = beside.utf8.count <= Self.pathLimitBytes
        let pattern =
            isShort ? path + ".XXXXXX" : FileManager.default.temporaryDirectory.path + "/signalbox.XXXXXX"
        var bytes = pattern.utf8CString
        let made = bytes.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else {
            throw StoreError(
                .cannotOpen,
                "no folder can be made for the service's socket: \(String(cString: strerror(errno)))",
                file: pattern, advice: "let the service write there")
        }
        folder = made
        bound = made + "/s"
        self.path = isShort ? path : bound
    }

    /// Puts it in its place. The number of the system's error; nil where that worked.
    func open() -> CInt? {
        guard chmod(bound, 0o600) == 0 else { return errno }
        if bound == path { return nil }
        guard rename(bound, path) == 0 else { return errno }
        rmdir(folder)
        return nil
    }

    /// Takes it away.
    func remove() {
        unlink(path)
        unlink(bound)
        rmdir(folder)
    }
}
