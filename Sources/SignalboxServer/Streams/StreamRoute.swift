import HTTPTypes
import Hummingbird
import Synchronization

/// `POST /v1/commands`, and the same for the command line.
struct StreamRoute {
    private let parts: APIParts
    private let form: AnswerLines.Form
    private let permits = StreamPermits()

    init(parts: APIParts, form: AnswerLines.Form) {
        self.parts = parts
        self.form = form
    }

    func add(to group: RouterGroup<APIContext>) {
        group.post("commands") { request, context in try begin(request, context) }
    }

    /// The answer begins at once, and the body is read while it is written.
    private func begin(_ request: Request, _ context: APIContext) throws(Problem) -> Response {
        try Query(request).requireNothingElse()
        guard let permit = permits.take() else {
            throw Problem(
                .tooManyRequests, "there are \(StreamPermits.limit) streams of commands already",
                retryAfterSeconds: 1)
        }
        let stream = try CommandStream(context, parts, form: form)
        return Response(
            status: .ok, headers: [.contentType: "application/jsonl"],
            body: ResponseBody { writer in
                try await permit.hold { try await stream.run(request.body, answeringTo: &writer) }
            })
    }
}

/// The right to be one of so many streams at once.
final class StreamPermits: Sendable {
    /// Each may hold ``StreamAnswers/heldLimitBytes`` of answers.
    static let limit = 32
    private let taken = Mutex(0)

    /// It is given back when nobody has it any more, also where a stream never began. Nil where all are taken.
    func take() -> Permit? {
        let isFree = taken.withLock { taken in
            if taken == Self.limit { return false }
            taken += 1
            return true
        }
        return isFree ? Permit(self) : nil
    }

    final class Permit: Sendable {
        private let permits: StreamPermits

        fileprivate init(_ permits: StreamPermits) { self.permits = permits }

        deinit { permits.taken.withLock { $0 -= 1 } }

        func hold(_ body: () async throws -> Void) async throws { try await body() }
    }
}
