import Hummingbird
import Logging
import Store
import Values

/// Answers every error as a problem. What is our own fault is in the log under the request's id, and says nothing more
/// to the caller.
struct ProblemMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response
        } catch let error as HTTPError {
            return Problem(error).response
        } catch let error as CancellationError {
            throw error
        } catch {
            context.logger.error(
                "a request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
            return Problem(
                .internalError,
                "the request failed by a fault of the service; its log says more under this id",
                members: ["request": .string(context.id)]
            ).response
        }
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
