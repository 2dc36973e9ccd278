import HTTPTypes
import Hummingbird
import Journeys
import NIOCore
import Store
import Values
import Workspace

/// `POST /v1/bulk` and `GET /v1/bulk/{id}`.
struct BulkRoutes {
    let parts: APIParts

    func addReading(to group: RouterGroup<APIContext>) {
        group.get("bulk/:id") { request, context in try await show(request, context) }
    }

    func addAdministration(to group: RouterGroup<APIContext>) {
        group.post("bulk") { request, context in try await begin(request, context) }
    }

    private func begin(_ request: Request, _ context: APIContext) async throws -> Response {
        try Query(request).requireNothingElse()
        let wanted = try await BulkRequest(
            reading: Body.value(of: request, limitBytes: parts.settings.lineLimitBytes))
        let store = parts.store
        guard case .act(let expected) = wanted.intent else {
            let found = try await blocking { try BulkItems(wanted.wanted, in: store) }
            return Self.response(to: found)
        }
        let new = { (items: [NewBulk.Item]) throws(Problem) in
            NewBulk(
                wanted.action, filter: wanted.filter, by: try context.caller.name, at: parts.clock(),
                items: items)
        }
        let (number, count) = try await AuditTrail(context, parts).following(
            "bulk \(wanted.action.rawValue)", of: nil
        ) {
            let found = try await blocking { try BulkItems(wanted.wanted, in: store) }
            guard found.items.count <= expected else {
                throw Problem(
                    .tooMany,
                    "there are \(found.items.count), and `expect` is \(expected); nothing was done")
            }
            let bulk = try new(found.items)
            let number = try await blocking { try store.addBulk(bulk) }
            return ((number, found.items.count), "bulk \(number) of \(found.items.count)")
        }
        parts.bulks.notify()
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("id", number)
        writer.field("count", count)
        writer.endObject()
        var response = Response(json: writer.bytes)
        response.status = .accepted
        response.headers[.location] = "/v1/bulk/\(number)"
        return response
    }

    private static func response(to found: BulkItems) -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("count", found.items.count)
        writer.key("samples")
        writer.beginList()
        for sample in found.samples { sample.write(to: &writer) }
        writer.endList()
        writer.endObject()
        return Response(json: writer.bytes)
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        var query = try Query(request)
        let limit = try query.limit()
        let after = try query.number("after", in: 0...Int.max) ?? 0
        try query.requireNothingElse()
        let text = try context.segment("id")
        let store = parts.store
        let found: (bulk: StoredBulk, failures: [BulkFailure], names: [Int: String])? = try await blocking {
            guard let number = Int(text), let bulk = try store.bulk(number) else { return nil }
            let failures = try store.failures(ofBulk: number, after: after, limit: limit + 1)
            return (bulk, failures, try Self.names(of: failures, bulk.action, in: store))
        }
        guard let found else { throw Problem(.unknownBulk, "there is no bulk \(text.quotedForMessage)") }
        var writer = JSONWriter()
        found.bulk.write(to: &writer, found.failures, found.names, limit: limit)
        return Response(json: writer.bytes)
    }

    /// The ids of deliveries, by their rows.
    private static func names(
        of failures: [BulkFailure], _ action: BulkAction, in store: any Store
    ) throws -> [Int: String] {
        switch action {
        case .retryIncidents: return [:]
        case .retryDeliveries:
            var names: [Int: String] = [:]
            for failure in failures {
                names[failure.item.number] = try store.delivery(row: failure.item.number)?.id.description
            }
            return names
        }
    }
}

extension OutboxStore {
    /// Nil when nothing is in the row any more.
    func delivery(row: Int) throws(StoreError) -> StoredDelivery? {
        try outbox(after: row - 1, limit: 1).first { $0.row == row }
    }
}

extension StoredBulk {
    fileprivate func write(
        to writer: inout JSONWriter, _ failures: [BulkFailure], _ names: [Int: String], limit: Int
    ) {
        writer.beginObject()
        writer.field("id", number)
        writer.field("do", action.rawValue)
        writer.field("filter", .table(filter))
        writer.field("by", by)
        writer.field("at", at.description)
        writer.field("state", isOver ? "over" : "running")
        writer.field("count", count)
        writer.field("done", doneCount)
        writer.field("failed", failedCount)
        writer.key("failures")
        writer.beginList()
        for failure in failures.prefix(limit) {
            writer.beginObject()
            switch action {
            case .retryIncidents: writer.field("incident", failure.item.number)
            case .retryDeliveries:
                if let name = names[failure.item.number] { writer.field("delivery", name) }
            }
            writer.field("reason", failure.failure.reason)
            writer.field("message", failure.failure.message)
            writer.endObject()
        }
        writer.endList()
        if failures.count > limit { writer.field("next", failures[limit - 1].item.place) }
        writer.endObject()
    }
}
