import HTTPTypes
import Hummingbird
import Logging
import Store
import Values

/// Answers every error as a problem, and has one line in the log for each that is the service's and not the request's (5xx). What is
/// our own fault is in the log under the request's id, and says nothing more to the caller.
struct ProblemMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            if problem.reason.status.kind == .serverError {
                log(problem, of: request, context)
            }
            return problem.response
        } catch let error as HTTPError {
            return Problem(error).response
        } catch let error as CancellationError {
            throw error
        } catch {
            let problem = Problem(
                .internalError,
                "the request failed by a fault of the service; its log says more under this id",
                members: ["request": .string(context.id)])
            log(problem, of: request, context, because: error)
            return problem.response
        }
    }

    /// Without the query and the body: they have what callers look for, and fields.
    private func log(
        _ problem: Problem, of request: Request, _ context: APIContext, because error: (any Error)? = nil
    ) {
        var metadata: Logger.Metadata = [
            "method": "\(request.method)", "path": "\(request.uri.path)", "reason": "\(problem.reason.text)",
            "status": "\(problem.reason.status.code)",
        ]
        if let error { metadata["error"] = "\(error)" }
        context.logger.log(
            level: error == nil ? .warning : .error, "a request failed", metadata: metadata)
    }
}

extension Problem {
    /// What the HTTP library refuses by itself.
    fileprivate init(_ error: HTTPError) {
        switch error.status {
        case .notFound: self.init(.notFound, "there is no such route")
        case .contentTooLarge: self.init(.tooLarge, "the body is larger than the route takes")
        default: self.init(.badRequest, error.body ?? "the request cannot be understood")
        }
    }
}
