import Hummingbird
import Journeys
import Signalbox
import Store
import Values

/// Notes what one request changes, or tries to.
struct AuditTrail: Sendable {
    private let log: AuditLog
    private let clock: @Sendable () -> Timestamp
    private let token: String
    private let address: String
    private let request: String

    init(_ context: APIContext, _ parts: APIParts) throws(Problem) {
        log = parts.audit
        clock = parts.clock
        token = try context.caller.name
        address = context.address
        request = context.id
    }

    /// - Parameters:
    ///   - action: without values that it brings.
    ///   - result: a word, or a reason.
    @discardableResult
    func note(_ action: String, of lead: LeadID?, _ result: String) -> AuditLog.Place {
        log.note(entry(action, of: lead, result))
    }

    private func entry(_ action: String, of lead: LeadID?, _ result: String) -> AuditEntry {
        AuditEntry(
            at: clock(), token: token, address: address, request: request, action: action,
            lead: lead?.text, result: result)
    }

    /// Gives a command, and notes it with its answer, which is in the log when this returns.
    func handle(_ command: Command, by engine: Engine) async throws(StoreError) -> Answer {
        let action = CommandLineEntry.Request.command(command).action
        let (result, written) = await withCheckedContinuation { continuation in
            engine.submit(command) { result in
                // On the thread that commits, so that the entries of one commit are written together.
                let word =
                    switch result {
                    case .success(let answer): StreamedAnswer.command(answer).result
                    case .failure: ProblemReason.internalError.text
                    }
                log.note(entry(action, of: command.lead, word)) { written in
                    continuation.resume(returning: (result, written))
                }
            }
        }
        let answer = try result.get()
        try written.get()
        return answer
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
        case .command(let command): command.order.summary.shortened
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
