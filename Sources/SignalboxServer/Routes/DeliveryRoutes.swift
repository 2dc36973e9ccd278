import Hummingbird
import Journeys
import Store
import Values

/// `GET /v1/deliveries`, `/v1/deliveries/{id}` and `POST /v1/deliveries/{id}/retry`.
struct DeliveryRoutes {
    let parts: APIParts

    func addReading(to group: RouterGroup<APIContext>) {
        group.get("deliveries") { request, context in try await list(request, context) }
        group.get("deliveries/:id") { request, context in try await show(request, context) }
    }

    func addAdministration(to group: RouterGroup<APIContext>) {
        group.post("deliveries/:id/retry") { request, context in try await retry(request, context) }
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        var query = try Query(request)
        let wanted = DeliveryFilter(
            lead: try query.lead("lead"), kind: try query.word("kind", of: Outgoing.Kind.self),
            to: query.text("to"), state: try query.word("state", of: DeliveryState.self),
            since: try query.time("since"))
        guard wanted.to == nil || context.mask == nil else {
            throw Problem(.forbidden, "`to` is not a filter for a viewer while `serve.mask` hides addressees")
        }
        let limit = try query.limit()
        let before = try query.text("before").map { text throws(Problem) in
            guard let row = Cursor.read(text).flatMap({ Int($0) }) else { throw Cursor.unreadable("before") }
            return row
        }
        try query.requireNothingElse()
        let store = parts.store
        let found = try await blocking {
            try store.deliveries(matching: wanted, before: before, limit: limit + 1)
        }
        let page = found.prefix(limit)
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("deliveries")
        writer.beginList()
        for delivery in page {
            writer.beginObject()
            delivery.writeMembers(to: &writer, attempts: nil)
            writer.endObject()
        }
        writer.endList()
        if found.count > limit, let last = page.last { writer.field("next", Cursor.text(String(last.row))) }
        writer.endObject()
        return Response(json: writer.bytes)
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        try Query(request).requireNothingElse()
        let id = try id(context)
        let store = parts.store
        let found: (delivery: StoredDelivery, attempts: [DeliveryAttempt])? = try await blocking {
            guard let delivery = try store.delivery(id) else { return nil }
            return (delivery, try store.attempts(of: id))
        }
        guard let found else { throw unknown(id.description) }
        var writer = JSONWriter()
        writer.beginObject()
        found.delivery.writeMembers(to: &writer, attempts: found.attempts)
        writer.endObject()
        return Response(json: writer.bytes)
    }

    private func retry(_ request: Request, _ context: APIContext) async throws -> Response {
        try Query(request).requireNothingElse()
        let id = try id(context)
        let store = parts.store
        let now = parts.clock()
        try await AuditTrail(context, parts).following("send \(id) again", of: id.lead) {
            try await blocking {
                if try store.sendAgain([id], at: now) == 1 { return }
                guard let delivery = try store.delivery(id) else { throw unknown(id.description) }
                throw Problem(
                    .cannotSendAgain,
                    "the delivery \(id.description.quotedForMessage) is \(delivery.state.rawValue); only what is dead or unknown can be sent again"
                )
            }
            return ((), DeliveryState.waiting.rawValue)
        }
        parts.deliveriesChanged()
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("outcome", "waiting")
        writer.field("id", id.description)
        writer.endObject()
        return Response(json: writer.bytes)
    }

    /// What cannot be a delivery's id is unknown as well.
    private func id(_ context: APIContext) throws(Problem) -> DeliveryID {
        let text = try context.segment("id")
        guard let id = DeliveryID(text) else { throw unknown(text) }
        return id
    }

    private func unknown(_ id: String) -> Problem {
        Problem(.unknownDelivery, "there is no delivery \(id.quotedForMessage)")
    }
}
