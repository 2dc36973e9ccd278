import Hummingbird
import HummingbirdCore
import Journeys
import Logging
import NIOCore
import ServiceLifecycle
import Signalbox
import Store
import Values
import Workspace

/// One stream of commands: lines come in, and their answers go out in the order of the lines.
///
/// The body is read in a task of its own, because the caller may send everything before it reads anything.
struct CommandStream: Sendable {
    private let parts: APIParts
    private let caller: Principal
    private let trail: AuditTrail
    private let request: String
    private let logger: Logger
    private let form: AnswerLines.Form
    private let answers = StreamAnswers()
    private let leads = StreamLeads()

    init(_ context: APIContext, _ parts: APIParts, form: AnswerLines.Form) throws(Problem) {
        self.parts = parts
        self.form = form
        caller = try context.caller
        trail = try AuditTrail(context, parts)
        request = context.id
        logger = context.logger
    }

    /// Answers until the stream or the service ends, or an error ends it. Throws where the caller does not take the
    /// answer any more; what was given until then is done.
    func run(_ body: RequestBody, answeringTo writer: inout any ResponseBodyWriter) async throws {
        let hearing = parts.own.hear { [answers, leads] command, moment in
            if leads.has(moment.lead) { answers.add(own: moment, of: command) }
        }
        defer { hearing.end() }
        let reading = Task { await read(body) }
        do {
            try await withTaskCancellationHandler {
                try await withGracefulShutdownHandler {
                    try await write(to: &writer)
                } onGracefulShutdown: {
                    reading.cancel()
                }
            } onCancel: {
                reading.cancel()
            }
        } catch {
            answers.abandon()
            reading.cancel()
            await reading.value
            throw error
        }
        // What the caller still sends is passed over.
        await reading.value
    }

    // MARK: Reading

    /// Gives every line that comes, and passes over what comes when no more are wanted.
    private func read(_ body: RequestBody) async {
        var lines = CommandLines(limitBytes: parts.settings.lineLimitBytes)
        var pieces = body.makeAsyncIterator()
        do throws(StreamAnswers.EndingError) {
            while try await give(&lines), !Task.isCancelled, let piece = try await next(&pieces, after: lines)
            {
                lines.add(Array(buffer: piece))
            }
            if Task.isCancelled { throw stopping(after: lines) }
            lines.end()
            _ = try await give(&lines)
            answers.close()
        } catch {
            answers.close(error)
        }
        while !Task.isCancelled, (try? await pieces.next()) != nil {}
    }

    private func next(
        _ pieces: inout RequestBody.AsyncIterator, after lines: CommandLines
    ) async throws(StreamAnswers.EndingError) -> NIOCore.ByteBuffer? {
        do {
            return try await pieces.next()
        } catch {
            if Task.isCancelled { throw stopping(after: lines) }
            throw StreamAnswers.EndingError(
                line: lines.number + 1, reason: .badRequest, message: "the body broke off")
        }
    }

    private func stopping(after lines: CommandLines) -> StreamAnswers.EndingError {
        StreamAnswers.EndingError(
            line: lines.number + 1, reason: .stopping, message: "the service is stopping")
    }

    /// Gives the lines that are there. False where no more are wanted.
    private func give(_ lines: inout CommandLines) async throws(StreamAnswers.EndingError) -> Bool {
        while !Task.isCancelled, let line = try next(&lines) {
            let content = try content(of: line)
            await trail.waitForRoom()
            switch await answers.add(bytes: line.bytes.count) {
            case .number(let number): await give(content, as: number)
            case .full:
                logger.warning(
                    "a stream of commands ended, because its answers were not read",
                    metadata: ["token": "\(caller.name)"])
                throw StreamAnswers.EndingError(
                    line: line.number, reason: .tooLarge,
                    message:
                        "\(StreamAnswers.heldLimitBytes >> 20) MiB of answers wait; read them while you send commands"
                )
            case .unwanted: return false
            }
        }
        return true
    }

    private func next(
        _ lines: inout CommandLines
    ) throws(StreamAnswers.EndingError) -> CommandLines.Line? {
        do throws(MalformedCommand) {
            return try lines.next()
        } catch {
            throw malformed(error, line: lines.number)
        }
    }

    /// Throws for what is not a command.
    private func content(
        of line: CommandLines.Line
    ) throws(StreamAnswers.EndingError) -> StreamAnswers.Line {
        guard !line.isTooLong else {
            throw StreamAnswers.EndingError(
                line: line.number, reason: .tooLarge,
                message: "a line has at most \(parts.settings.lineLimitBytes) bytes")
        }
        do throws(MalformedCommand) {
            let given = try CommandLineEntry.value(line.bytes)
            return StreamAnswers.Line(
                number: line.number, request: try caller.entry(given).request, given: given,
                bytes: line.bytes.count)
        } catch {
            throw malformed(error, line: line.number)
        }
    }

    private func malformed(_ mistake: MalformedCommand, line: Int) -> StreamAnswers.EndingError {
        StreamAnswers.EndingError(line: line, reason: .badRequest, message: mistake.message)
    }

    private func give(_ line: StreamAnswers.Line, as number: Int) async {
        let request = line.request
        if let objection = caller.objection(to: request) {
            let place = trail.note(request.action, of: request.lead, ProblemReason.forbidden.text)
            answers.answer(number, .init(line: line, outcome: .forbidden(objection), audit: place))
            return
        }
        if let lead = request.lead { leads.add(lead) }
        await parts.engine.give(request, audited: trail.request) { [answers, trail] result in
            let outcome: StreamAnswers.Outcome =
                switch result {
                case .success(let answer): .answered(answer)
                case .failure(let error): .failed(error)
                }
            answers.answer(
                number, .init(line: line, outcome: outcome, audit: trail.note(request, result)))
        }
    }

    // MARK: Answering

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        var ending: StreamAnswers.EndingError?
        while ending == nil, let taken = await answers.take() {
            var lines = AnswerLines(form)
            do throws(StreamAnswers.EndingError) {
                for one in taken { try add(one, to: &lines) }
                try await requireAudit(of: taken)
            } catch {
                ending = error
                answers.abandon()
            }
            try await send(lines, to: &writer)
        }
        if let error = ending ?? answers.error {
            var lines = AnswerLines(form)
            lines.add(error)
            try await send(lines, to: &writer)
        }
        try await writer.finish(nil)
    }

    private func send(_ lines: AnswerLines, to writer: inout any ResponseBodyWriter) async throws {
        // Moments in which nothing fired have no lines, and an empty chunk would be the end.
        if lines.bytes.isEmpty { return }
        try await writer.write(NIOCore.ByteBuffer(bytes: lines.bytes))
    }

    private func add(
        _ one: StreamAnswers.Taken, to lines: inout AnswerLines
    ) throws(StreamAnswers.EndingError) {
        switch one {
        case .own(let command, let moment): lines.add(own: command, moment)
        case .answered(let answered):
            switch answered.outcome {
            case .answered(let answer): lines.add(answer, to: answered.line)
            case .forbidden(let objection): lines.add(forbidden: objection, answered.line)
            case .failed(let error): throw fault(error, line: answered.line.number)
            }
        }
    }

    /// What a caller is told is in the audit log.
    private func requireAudit(
        of taken: [StreamAnswers.Taken]
    ) async throws(StreamAnswers.EndingError) {
        let noted = taken.compactMap { one in
            one.answered.flatMap { answered in answered.audit.map { (place: $0, line: answered.line) } }
        }
        guard let last = noted.max(by: { $0.place < $1.place }) else { return }
        do throws(StoreError) {
            try await trail.written(last.place)
        } catch {
            throw fault(error, line: last.line.number)
        }
    }

    private func fault(_ error: StoreError, line: Int) -> StreamAnswers.EndingError {
        logger.error("a line of a stream failed", metadata: ["error": "\(error)", "line": "\(line)"])
        return StreamAnswers.EndingError(
            line: line, reason: .internalError,
            message:
                "the line failed by a fault of the service, whose log says more under the id \(request); lines behind it may be done"
        )
    }
}
