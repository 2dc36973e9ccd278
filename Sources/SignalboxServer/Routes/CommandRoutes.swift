import HTTPTypes
import Hummingbird
import Journeys
import Logging
import Signalbox
import Store
import Values
import Workspace

extension HTTPField.Name {
    fileprivate static let idempotencyKey = Self("Idempotency-Key")!
}

/// `POST /v1/leads/{lead}/commands`.
struct CommandRoutes {
    let parts: APIParts

    func add(to group: RouterGroup<APIContext>) {
        group.post("leads/:lead/commands") { request, context in try await give(request, context) }
    }

    private func give(_ request: Request, _ context: APIContext) async throws -> Response {
        var query = try Query(request)
        let isDryRun = try query.flag("dry_run")
        try query.requireNothingElse()
        let command = try await command(of: request, context)
        let objection = try objection(to: command, context)
        if isDryRun {
            if let objection { throw objection }
            return try await response(to: tried(command))
        }
        let trail = try AuditTrail(context, parts)
        if let objection {
            let action = CommandLineEntry.Request.command(command).action
            try await trail.written(trail.note(action, of: command.lead, objection.reason.text))
            throw objection
        }
        return try await response(to: trail.handle(command, by: parts.engine))
    }

    /// Why the caller may not give the command.
    private func objection(to command: Command, _ context: APIContext) throws(Problem) -> Problem? {
        try context.caller.objection(to: .command(command)).map { Problem(.forbidden, $0) }
    }

    // MARK: Reading

    private func command(of request: Request, _ context: APIContext) async throws -> Command {
        let caller = try context.caller
        let lead = try context.segment("lead")
        guard LeadID(lead) != nil else {
            throw Problem(.badRequest, "\(lead.quotedForMessage) is not a lead's id: \(LeadID.rule)")
        }
        var table = try await Self.table(of: request, limitBytes: parts.settings.lineLimitBytes)
        guard table["lead"] == nil else {
            throw Problem(.badRequest, "the lead is in the path; leave out `lead`")
        }
        if let key = request.headers.value(of: .idempotencyKey) {
            guard table["id"] == nil else {
                throw Problem(.badRequest, "the id is in the header Idempotency-Key; leave out `id`")
            }
            table["id"] = .string(key)
        }
        table["lead"] = .string(lead)
        let entry: CommandLineEntry
        do throws(MalformedCommand) {
            entry = try caller.entry(.table(table))
        } catch {
            throw Problem(.badRequest, error.message)
        }
        guard let command = entry.command else {
            throw Problem(.badRequest, "`release` is not a lead's; use POST /v1/plugins/{name}/release")
        }
        return command
    }

    private static func table(of request: Request, limitBytes: Int) async throws -> Table {
        let value = try await Body.value(of: request, limitBytes: limitBytes)
        guard let table = value.table else {
            throw Problem(.badRequest, "a command is a JSON object, not a \(value.typeName)")
        }
        return table
    }

    // MARK: Answering

    /// What the command would set off; nothing is stored.
    private func tried(_ command: Command) async throws -> Answer {
        let parts = parts
        return try await blocking {
            let engine = try SerialEngine(
                store: DryRunStore(over: parts.store), generation: parts.engine.generation,
                logger: Logger(label: "signalbox.dry-run", factory: { _ in SwiftLogNoOpLogHandler() }),
                clock: parts.clock)
            return try engine.handle([command])[0]
        }
    }

    func response(to answer: Answer) async throws -> Response {
        switch answer {
        case .accepted(let accepted):
            return Self.response("accepted", moment: accepted.moment, accepted.journalBytes)
        case .repeated(let lead, _, let moment):
            let store = parts.store
            let stored = try await blocking { try store.moments(of: lead, from: moment, limit: 1) }
            let journal = stored.first?.journal.joined(separator: "\n") ?? ""
            return Self.response("repeated", moment: moment, Array(journal.utf8))
        case .refused(let refusal):
            throw Problem(
                .refused(refusal.reason), refusal.message,
                retryAfterSeconds: refusal.reason == .busy ? 1 : nil)
        }
    }

    /// - Parameter journal: lines with a newline between them.
    private static func response(_ outcome: String, moment: Int, _ journal: [UInt8]) -> Response {
        var writer = JSONWriter(reservingBytes: journal.count + 64)
        writer.beginObject()
        writer.field("outcome", outcome)
        writer.field("moment", moment)
        writer.key("lines")
        writer.beginList()
        // A line is JSON, in which there is no newline.
        let (newline, comma) = (UInt8(ascii: "\n"), UInt8(ascii: ","))
        var elements = journal
        for place in elements.indices where elements[place] == newline { elements[place] = comma }
        writer.literal(bytes: elements)
        writer.endList()
        writer.endObject()
        return Response(json: writer.bytes)
    }
}
