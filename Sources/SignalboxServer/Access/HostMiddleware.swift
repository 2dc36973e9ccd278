import Hummingbird
import Values
import Workspace

/// Lets only requests through that name a host which the service was told of, or a loopback name: so that a page of
/// another site whose name leads here can ask nothing.
struct HostMiddleware: RouterMiddleware {
    let parts: APIParts

    static let loopbackNames = ["localhost", "127.0.0.1", "[::1]"]

    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let authority = request.head.authority ?? ""
        let host = Self.host(of: authority).lowercased()
        guard
            (Self.loopbackNames + parts.settings.serve.hosts).contains(where: {
                sameBytes($0.lowercased(), host)
            })
        else {
            throw Problem(
                .forbidden,
                "the host \(authority.quotedForMessage) is not one of this service's; `serve.hosts` names them"
            )
        }
        return try await next(request, context)
    }

    /// Without the port.
    private static func host(of authority: String) -> Substring {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return authority[...end] }
        return authority.prefix { $0 != ":" }
    }
}
