import Hummingbird
import Journeys
import Signalbox
import Store
import Values

/// Notes what one request changes, or tries to.
struct AuditTrail: Sendable {
    private let log: AuditLog
    private let clock: @Sendable () -> Timestamp
    /// For what is noted with its moment.
    let request: AuditedRequest

    init(_ context: APIContext, _ parts: APIParts) throws(Problem) {
        self.init(
            AuditedRequest(token: try context.caller.name, address: context.address, id: context.id), parts)
    }

    init(_ request: AuditedRequest, _ parts: APIParts) {
        self.request = request
        log = parts.audit
        clock = parts.clock
    }

    /// - Parameters:
    ///   - action: without values that it brings.
    ///   - result: a word, or a reason.
    @discardableResult
    func note(_ action: String, of lead: LeadID?, _ result: String) -> AuditLog.Place {
        log.note(request.entry(action, of: lead?.text, result, at: clock()))
    }

    /// Notes what the engine made of a request, unless its moment was kept with its entry; then nil.
    @discardableResult
    func note(
        _ given: CommandLineEntry.Request, _ result: Result<StreamedAnswer, StoreError>
    ) -> AuditLog.Place? {
        switch result {
        case .success(.command(.accepted)): nil
        case .success(let answer): note(given.action, of: given.lead, answer.result)
        case .failure: note(given.action, of: given.lead, ProblemReason.internalError.text)
        }
    }

    /// Gives a command, and notes it with its answer, which is in the log when this returns.
    func handle(_ command: Command, by engine: Engine) async throws(StoreError) -> Answer {
        let result = await withCheckedContinuation { continuation in
            engine.submit(command, audited: request) { continuation.resume(returning: $0) }
        }
        if let place = note(.command(command), result.map(StreamedAnswer.command)) {
            try await log.written(place)
        }
        return try result.get()
    }

    /// Does what changes something, and notes it with its result, which is in the log when this returns.
    func following<Result>(
        _ action: String, of lead: LeadID?, _ body: () async throws -> (result: Result, word: String)
    ) async throws -> Result {
        do {
            let (result, word) = try await body()
            try await log.written(note(action, of: lead, word))
            return result
        } catch let problem as Problem {
            try await log.written(note(action, of: lead, problem.reason.text))
            throw problem
        } catch let error as StoreError {
            note(action, of: lead, ProblemReason.internalError.text)
            throw error
        }
    }

    func written(_ place: AuditLog.Place) async throws(StoreError) { try await log.written(place) }

    /// Waits while too many entries wait.
    func waitForRoom() async { if log.isFull { await log.settle() } }
}

extension CommandLineEntry.Request {
    /// What the audit log calls it.
    var action: String {
        switch self {
        case .command(let command): command.order.auditAction
        case .release(let plugin): "\(GrammarVerb.release.rawValue) \(plugin)".shortened
        }
    }

    /// Nil for what has no lead.
    var lead: LeadID? {
        switch self {
        case .command(let command): command.lead
        case .release: nil
        }
    }
}

extension StreamedAnswer {
    /// What the audit log calls it.
    var result: String {
        switch self {
        case .command(.accepted(let accepted)): "accepted \(accepted.moment)"
        case .command(.repeated(_, _, let moment)): "repeated \(moment)"
        case .command(.refused(let refusal)), .release(let refusal?): refusal.reason.rawValue
        case .release(nil): "released"
        }
    }
}
