import Foundation
import HTTPTypes
import Hummingbird
import Journeys
import NIOCore
import Store
import Values

extension HTTPField.Name {
    fileprivate static let lastEventID = Self("Last-Event-ID")!
}

/// `GET /v1/events`: lines as they are committed, as server-sent events.
struct EventRoutes {
    let parts: APIParts

    /// How often a listener is told that the service is there, where there is nothing else to tell.
    private static let pulse = Duration.seconds(15)
    private static let readTogether = 500

    func add(to group: RouterGroup<APIContext>) {
        group.get("events") { request, _ in try await listen(request) }
    }

    private func listen(_ request: Request) async throws -> Response {
        var query = try Query(request)
        var filter = EventFilter()
        filter.lead = try query.text("lead").map { text throws(Problem) in
            guard let lead = LeadID(text) else {
                throw Problem(.badRequest, "\(text.quotedForMessage) is not a lead's id: \(LeadID.rule)")
            }
            return lead
        }
        filter.map = query.text("map")
        filter.event = query.text("event")
        filter.type = query.text("type")
        try query.requireNothingElse()
        let mark = try await mark()
        let start = try await position(request.headers[.lastEventID], mark)
        let fixed = filter
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    try await tell(fixed, from: start, mark, to: &writer)
                }
                try await writer.finish(nil)
            })
    }

    /// What tells this store's positions from another's.
    private func mark() async throws -> String {
        let store = parts.store
        return try await blocking { EventPosition.mark(of: try store.storeID()) }
    }

    /// Behind which line a listener goes on that heard one before; nil for one that did not.
    private func position(_ text: String?, _ mark: String) async throws -> EventPosition? {
        guard let text else { return nil }
        guard let (position, found) = EventPosition.reading(text) else {
            throw Problem(.badRequest, "Last-Event-ID is not a place that this service named")
        }
        let store = parts.store
        let last = try await blocking { try store.lastPosition() }
        guard sameBytes(found, mark), position.moment <= last else {
            throw Problem(
                .positionGone, "Last-Event-ID is a place in another store, or from before a restore")
        }
        return position
    }

    // MARK: Telling

    private func tell(
        _ filter: EventFilter, from start: EventPosition?, _ mark: String,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        var place = start
        var isNew = true
        while !Task.isCancelled {
            let listener = Listener(filter)
            let told = try await parts.events.add(listener)
            let pulse = Task {
                while !Task.isCancelled {
                    try await Task.sleep(for: Self.pulse)
                    listener.wake()
                }
            }
            defer { pulse.cancel() }
            let wasBehind: Bool
            do {
                // Shows a client that it hears what is committed from now on.
                if isNew { try await write(": listening\n\n", to: &writer) }
                isNew = false
                var position = place ?? EventPosition(moment: told, line: .max)
                try await catchUp(filter, from: &position, through: told, mark, to: &writer)
                wasBehind = try await follow(listener, &position, mark, to: &writer)
                place = position
            } catch {
                await parts.events.remove(listener)
                throw error
            }
            await parts.events.remove(listener)
            if !wasBehind { return }
        }
    }

    /// Tells what is in the store behind the position, up to that moment.
    private func catchUp(
        _ filter: EventFilter, from position: inout EventPosition, through last: Int, _ mark: String,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        let store = parts.store
        // The rest of its moment, and what follows.
        var after = position.line == .max ? position.moment : position.moment - 1
        while after < last {
            let (from, begun) = (after, position)
            let moments = try await blocking {
                try store.committed(after: from, limit: Self.readTogether).map { moment in
                    (
                        moment.position,
                        ToldLine.lines(of: moment, after: moment.position == begun.moment ? begun.line : 0)
                    )
                }
            }
            for (moment, lines) in moments where moment <= last {
                try await write(lines.filter(filter.wants), mark, to: &writer)
                position = EventPosition(moment: moment, line: .max)
            }
            guard let end = moments.last?.0 else { return }
            after = end
        }
    }

    /// Tells what the listener hears. Answers whether it fell behind; else the service ends.
    private func follow(
        _ listener: Listener, _ position: inout EventPosition, _ mark: String,
        to writer: inout any ResponseBodyWriter
    ) async throws -> Bool {
        var wakes = listener.wakes.makeAsyncIterator()
        var isWoken = false
        while !Task.isCancelled {
            switch listener.take() {
            case .over: return false
            case .behind: return true
            case .lines(let lines):
                try await write(lines, mark, to: &writer)
                position = lines.last?.position ?? position
                if lines.isEmpty, isWoken { try await write(": here\n\n", to: &writer) }
            }
            if await wakes.next() == nil { return false }
            isWoken = true
        }
        return false
    }

    private func write(
        _ lines: [ToldLine], _ mark: String, to writer: inout any ResponseBodyWriter
    ) async throws {
        if lines.isEmpty { return }
        var text = ""
        for line in lines { text += "id: \(line.position.text(in: mark))\ndata: \(line.text)\n\n" }
        try await write(text, to: &writer)
    }

    private func write(_ text: String, to writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(NIOCore.ByteBuffer(string: text))
    }
}
