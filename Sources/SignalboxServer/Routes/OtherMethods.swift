import HTTPTypes
import Hummingbird
import Store

/// Refuses the methods that a known path does not have. Who may not read is told nothing of them.
struct OtherMethods {
    let parts: APIParts

    private static let known =
        [.get, .head, .post, .put, .patch, .delete, .options, .trace]
        + [HTTPRequest.Method("QUERY")].compactMap { $0 }

    /// - Parameter open: the paths that anybody may ask.
    func refuse(in router: Router<APIContext>, open: Set<String>) {
        let reading = router.group().add(middleware: AccessMiddleware(parts: parts, role: .viewer))
        for (path, routes) in Dictionary(grouping: router.routes, by: \.path.description) {
            let allowed = routes.map(\.method)
            let refuse: @Sendable (Request, APIContext) async throws -> Response = { request, _ in
                throw Problem(
                    .methodNotAllowed, "this path does not have the method \(request.method.rawValue)",
                    allowed: allowed)
            }
            for method in Self.known where !allowed.contains(method) {
                if open.contains(path) {
                    router.on(RouterPath(path), method: method, use: refuse)
                } else {
                    reading.on(RouterPath(path), method: method, use: refuse)
                }
            }
        }
    }
}
