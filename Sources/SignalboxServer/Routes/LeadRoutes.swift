import Authoring
import Foundation
import Hummingbird
import Journeys
import Signalbox
import Store
import Values

/// `GET /v1/leads`, `/v1/leads/{lead}` and what is told of one lead.
struct LeadRoutes {
    let parts: APIParts

    func add(to group: RouterGroup<APIContext>) {
        group.get("leads") { request, context in try await list(request, context) }
        group.get("leads/:lead") { request, context in try await show(request, context) }
        group.get("leads/:lead/moments") { request, context in try await moments(request, context) }
        group.get("leads/:lead/explain") { request, context in try await explain(request, context) }
    }

    // MARK: The list

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        var query = try Query(request)
        var filter = LeadFilter()
        filter.status = try query.word("status", of: LeadStatus.self)
        filter.map = query.text("map").map(MapID.init)
        filter.text = query.text("match")
        filter.unsearched = context.mask?.names ?? []
        filter.isHeld = try query.optionalFlag("held")
        let step = query.text("step")
        guard step == nil || filter.map != nil else {
            throw Problem(.badRequest, "`step` is a step of a map; give `map` too")
        }
        let limit = try query.limit()
        let after = try query.text("after").map { text throws(Problem) in
            guard let lead = Cursor.read(text).flatMap(LeadID.init) else { throw Cursor.unreadable("after") }
            return lead
        }
        try query.requireNothingElse()
        let store = parts.store
        let wanted = filter
        let page = try await blocking {
            if let step {
                let search = StepSearch(for: step, matching: wanted, in: store)
                return try search.page(after: after, limit: limit)
            }
            return try LeadListPage(of: store, matching: wanted, after: after, limit: limit)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("leads")
        writer.beginList()
        for lead in page.leads {
            writer.beginObject()
            writer.field("id", lead.id.text)
            lead.writeMembers(to: &writer)
            writer.endObject()
        }
        writer.endList()
        if !page.damaged.isEmpty {
            writer.key("damaged")
            writer.beginList()
            for lead in page.damaged {
                writer.beginObject()
                writer.field("id", lead.lead)
                writer.field("message", lead.message)
                writer.endObject()
            }
            writer.endList()
        }
        if let next = page.next { writer.field("next", Cursor.text(next.text)) }
        writer.endObject()
        return Response(json: writer.bytes)
    }

    // MARK: One lead

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        try Query(request).requireNothingElse()
        let id = try lead(context)
        let store = parts.store
        let found: (record: LeadRecord, details: LeadDetails)? = try await blocking {
            guard let record = try store.lead(id) else { return nil }
            return (record, try LeadDetails(of: record, .newest, in: store))
        }
        guard let (record, details) = found else { throw unknown(id) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("id", record.id.text)
        writer.field("status", record.status.rawValue)
        if let agent = record.agent { writer.field("agent", agent) }
        if let channel = record.channel { writer.field("channel", channel) }
        writer.field("fields", .table(record.fields))
        writer.field("moments", record.lastMoment)
        writer.field("events", record.lastSeq)
        details.writeMembers(to: &writer)
        writer.endObject()
        return Response(json: writer.bytes)
    }

    private func moments(_ request: Request, _ context: APIContext) async throws -> Response {
        var query = try Query(request)
        let limit = try query.limit()
        let before = try query.number("before", in: 1...Int.max)
        try query.requireNothingElse()
        let id = try lead(context)
        let store = parts.store
        let found: [StoredMoment]? = try await blocking {
            guard try store.lead(id) != nil else { return nil }
            return try store.moments(of: id, before: before, limit: limit)
        }
        guard let found else { throw unknown(id) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("moments")
        writer.beginList()
        for moment in found.reversed() { moment.write(to: &writer) }
        writer.endList()
        if let first = found.first, first.number > 1 { writer.field("next", first.number) }
        writer.endObject()
        return Response(json: writer.bytes)
    }

    /// Why each trigger of a visit fired or did not.
    private func explain(_ request: Request, _ context: APIContext) async throws -> Response {
        var query = try Query(request)
        let trigger = query.text("trigger")
        let journey = try query.number("journey", in: 1...Int.max)
        try query.requireNothingElse()
        let id = try lead(context)
        let store = parts.store
        let generation = parts.engine.generation
        let explained: (visit: Visit, all: [Explanation])? = try await blocking {
            guard let record = try store.lead(id) else { return nil }
            do throws(ExplainFault) {
                let explainer = try Explainer(record, journey: journey, in: store, generation)
                return (explainer.visit, try explainer.explanations(of: trigger))
            } catch {
                switch error {
                case .store(let error): throw error
                case .neverOnMap, .noJourney, .notKept, .noTrigger: throw Problem(.notFound, error.message)
                }
            }
        }
        guard let explained else { throw unknown(id) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("lead", id.text)
        writer.field("journey", explained.visit.number)
        writer.field("map", explained.visit.definition.id.text)
        writer.field("version", explained.visit.definition.version.text)
        writer.key("triggers")
        writer.beginList()
        for explanation in explained.all { explanation.write(to: &writer) }
        writer.endList()
        writer.endObject()
        return Response(json: writer.bytes)
    }

    private func lead(_ context: APIContext) throws(Problem) -> LeadID {
        let text = try context.segment("lead")
        guard let id = LeadID(text) else {
            throw Problem(.badRequest, "\(text.quotedForMessage) is not a lead's id: \(LeadID.rule)")
        }
        return id
    }

    private func unknown(_ id: LeadID) -> Problem {
        Problem(.refused(.unknownLead), "there is no lead \(id.text.quotedForMessage)")
    }
}

/// Where a list goes on: opaque to callers.
enum Cursor {
    static func text(_ place: String) -> String {
        Data(place.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    static func read(_ text: String) -> String? {
        var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Data(base64Encoded: base64).flatMap { String(validating: $0, as: UTF8.self) }
    }

    static func unreadable(_ parameter: String) -> Problem {
        Problem(.badRequest, "`\(parameter)` is not a place that a list named as its `next`")
    }
}

extension StoredMoment {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("moment", number)
        writer.field("at", at.description)
        writer.field("command", command)
        writer.key("lines")
        writer.beginList()
        for line in journal { writer.raw(line) }
        writer.endList()
        writer.endObject()
    }
}
