import Hummingbird
import Journeys
import Signalbox
import Store
import Values
import Workspace

/// `GET /v1/incidents`, `/v1/incidents/{number}` and `POST /v1/incidents/{number}/retry`.
struct IncidentRoutes {
    let parts: APIParts

    func addReading(to group: RouterGroup<APIContext>) {
        group.get("incidents") { request, _ in try await list(request) }
        group.get("incidents/:number") { request, context in try await show(request, context) }
    }

    func addAdministration(to group: RouterGroup<APIContext>) {
        group.post("incidents/:number/retry") { request, context in try await retry(request, context) }
    }

    /// In place of a state, for incidents in any.
    private static let anyState = "all"

    private func list(_ request: Request) async throws -> Response {
        var query = try Query(request)
        var filter = IncidentFilter()
        filter.lead = try query.lead("lead")
        filter.state = try Self.state(query.text("state"))
        filter.since = try query.time("since")
        filter.plugin = query.text("plugin")
        filter.reason = query.text("reason")
        filter.run = query.text("run")
        let limit = try query.limit()
        let before = try query.number("before", in: 1...Int.max)
        try query.requireNothingElse()
        let store = parts.store
        let wanted = filter
        let page = try await blocking {
            try store.incidents(matching: wanted, before: before, limit: limit + 1)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("incidents")
        writer.beginList()
        for incident in page.prefix(limit) { incident.write(to: &writer, isWhole: false) }
        writer.endList()
        if page.count > limit { writer.field("next", page[limit - 1].number) }
        writer.endObject()
        return Response(json: writer.bytes)
    }

    /// Nil for any; those that are open where none is named.
    private static func state(_ text: String?) throws(Problem) -> IncidentState.Name? {
        guard let text else { return .open }
        if sameBytes(text, anyState) { return nil }
        if let state = IncidentState.Name(rawValue: text) { return state }
        let known = (IncidentState.Name.allCases.map(\.rawValue) + [anyState]).listed(with: "or")
        throw Problem(.badRequest, "`state` is \(text.quotedForMessage); expected \(known)")
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        try Query(request).requireNothingElse()
        let text = try context.segment("number")
        let store = parts.store
        let incident: IncidentRecord? = try await blocking {
            guard let number = Int(text), let incident = try store.incident(number) else { return nil }
            return try store.whole(incident)
        }
        guard let incident else { throw Self.unknown(text) }
        var writer = JSONWriter()
        incident.write(to: &writer, isWhole: true)
        return Response(json: writer.bytes)
    }

    private static func unknown(_ text: String) -> Problem {
        Problem(.refused(.unknownIncident), "there is no incident \(text.quotedForMessage)")
    }

    /// Runs the incident's call again, as the command `rerun` of its lead does.
    private func retry(_ request: Request, _ context: APIContext) async throws -> Response {
        try Query(request).requireNothingElse()
        let text = try context.segment("number")
        let caller = try context.caller
        let given = try await Body.value(of: request, limitBytes: parts.settings.lineLimitBytes)
        guard var table = given.isNull ? Table() : given.table else {
            throw Problem(.badRequest, "the body is a JSON object, not a \(given.typeName)")
        }
        if let key = ["do", "lead", "incident"].first(where: { table[$0] != nil }) {
            throw Problem(.badRequest, "`\(key)` is in the path; leave it out of the body")
        }
        let store = parts.store
        let incident = try await blocking { try Int(text).flatMap { try store.incident($0) } }
        guard let incident else { throw Self.unknown(text) }
        table["do"] = .string(GrammarVerb.rerun.rawValue)
        table["lead"] = .string(incident.lead.text)
        table["incident"] = .integer(Int64(incident.number))
        let entry: CommandLineEntry
        do throws(MalformedCommand) {
            entry = try caller.entry(.table(table))
        } catch {
            throw Problem(.badRequest, error.message)
        }
        guard let command = entry.command else { preconditionFailure("`rerun` is a lead's") }
        let answer = try await AuditTrail(context, parts).handle(command, by: parts.engine)
        return try await CommandRoutes(parts: parts).response(to: answer)
    }
}

extension IncidentRecord {
    /// As one object.
    func write(to writer: inout JSONWriter, isWhole: Bool) {
        writer.beginObject()
        writeMembers(to: &writer, isWhole: isWhole)
        writer.endObject()
    }
}
