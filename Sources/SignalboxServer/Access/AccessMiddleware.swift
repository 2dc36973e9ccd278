import HTTPTypes
import Hummingbird
import Store
import Values
import Workspace

extension HTTPField.Name {
    fileprivate static let traceParent = Self("traceparent")!
}

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
        context.principal = principal
        let limit = parts.settings.serve.rate
        guard parts.rate.allows(principal.name, limit: limit) else {
            throw Problem(
                .tooManyRequests, "a token may make \(counted(limit, "request")) a second",
                retryAfterSeconds: 1)
        }
        guard principal.role.includes(role) else {
            try await noteForbidden(request, context)
            throw Problem(
                .forbidden,
                "the token \(principal.name.quotedForMessage) has the role \(principal.role.rawValue); this needs \(role.rawValue)"
            )
        }
        return try await next(request, context)
    }

    /// A change that a role does not allow is in the audit log by the name of its route: its body is not read.
    private func noteForbidden(_ request: Request, _ context: APIContext) async throws {
        guard request.method != .get else { return }
        let trail = try AuditTrail(context, parts)
        let action = "\(request.method.rawValue) \(request.uri.path)".shortened
        try await trail.written(trail.note(action, of: nil, ProblemReason.forbidden.text))
    }

    private func principal(of request: Request) throws(Problem) -> Principal {
        guard let header = request.headers.value(of: .authorization) else {
            throw Problem(.unauthorized, "there is no token; give one as `Authorization: Bearer ...`")
        }
        let space = UInt8(ascii: " ")
        let scheme = header.utf8.prefix { $0 != space }
        let text = header.utf8[scheme.endIndex...].drop { $0 == space }
        guard sameBytes(String(Substring(scheme)).lowercased(), "bearer"),
            let token = parts.tokens.token(String(Substring(text)))
        else { throw Problem(.unauthorized, "the token is not known, or was revoked") }
        return Principal(
            name: token.name, role: token.role,
            trace: request.headers.value(of: .traceParent).flatMap(TraceParent.init))
    }
}
