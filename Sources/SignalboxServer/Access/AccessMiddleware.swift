import HTTPTypes
import Hummingbird
import Store
import Values
import Workspace

/// Finds out who makes a request, and lets nobody through whose role does not allow the route.
struct AccessMiddleware: RouterMiddleware {
    let parts: APIParts
    /// The least role that the routes behind it need.
    let role: AccessRole

    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let principal = try principal(of: request)
        guard principal.role.includes(role) else {
            throw Problem(
                .forbidden,
                "the token \(principal.name.quotedForMessage) has the role \(principal.role.rawValue); this needs \(role.rawValue)"
            )
        }
        let limit = parts.settings.serve.rate
        guard parts.rate.allows(principal.name, limit: limit) else {
            throw Problem(
                .tooManyRequests, "a token may make \(counted(limit, "request")) a second",
                retryAfterSeconds: 1)
        }
        context.principal = principal
        return try await next(request, context)
    }

    private func principal(of request: Request) throws(Problem) -> Principal {
        guard let header = request.headers[.authorization] else {
            throw Problem(.unauthorized, "there is no token; give one as `Authorization: Bearer ...`")
        }
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer",
            let token = parts.tokens.token(words[1].trimmingPrefix(" ").description)
        else { throw Problem(.unauthorized, "the token is not known, or was revoked") }
        return Principal(name: token.name, role: token.role)
    }
}
