import Hummingbird
import Journeys
import Signalbox
import Store
import Values
import Workspace

/// `GET /v1/maps` and `/v1/maps/{map}`.
struct MapRoutes {
    let parts: APIParts

    func add(to group: RouterGroup<APIContext>) {
        group.get("maps") { request, _ in try await list(request) }
        group.get("maps/:map") { request, context in try await show(request, context) }
    }

    private func list(_ request: Request) async throws -> Response {
        var query = try Query(request)
        let limit = try query.limit()
        let after = try query.text("after").map { text throws(Problem) in
            guard let map = Cursor.read(text).map(MapID.init) else { throw Cursor.unreadable("after") }
            return map
        }
        try query.requireNothingElse()
        let generation = parts.engine.generation
        let left = generation.rulebook.maps.keys.filter { map in after.map { map > $0 } ?? true }.sorted()
        let page = Array(left.prefix(limit))
        let store = parts.store
        let leads = try await blocking { try store.activeLeads(on: page) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("maps")
        writer.beginList()
        for map in page {
            writer.beginObject()
            MapNow(map, in: generation)?.writeMembers(to: &writer)
            writer.field("leads", leads[map] ?? 0)
            writer.endObject()
        }
        writer.endList()
        if left.count > limit, let last = page.last { writer.field("next", Cursor.text(last.text)) }
        writer.endObject()
        return Response(json: writer.bytes)
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        try Query(request).requireNothingElse()
        let map = MapID(try context.segment("map"))
        let now = MapNow(map, in: parts.engine.generation)
        let store = parts.store
        let clock = parts.clock
        let page = try await blocking { try MapPage(of: map, now, in: store, clock: clock) }
        guard let page else { throw Problem(.notFound, "there is no map \(map.text.quotedForMessage)") }
        var writer = JSONWriter()
        page.write(to: &writer)
        return Response(json: writer.bytes)
    }
}

/// A map as the workspace has it now.
struct MapNow: Sendable {
    let id: MapID
    /// The version that new journeys begin with.
    let definition: MapDefinition
    private let file: String
    /// Why it cannot be used now; nil where it can.
    private let obstacle: String?
    /// What is wrong with the file as it is, while the version before holds.
    private let failing: [String]

    /// Nil where there is no such map.
    init?(_ map: MapID, in generation: Generation) {
        guard let file = generation.file(of: map) else { return nil }
        switch generation.rulebook.maps[map] {
        case .available(let definition)?:
            self.definition = definition
            obstacle = nil
        case .unavailable(let why)?:
            guard let definition = try? MapDefinition(kept: file.bytes, file: file.file) else { return nil }
            self.definition = definition
            obstacle = why
        case nil: return nil
        }
        id = map
        self.file = file.file
        failing = generation.fileMistakes.filter { sameBytes($0.place.file, file.file) }.map(\.description)
    }

    func writeMembers(to writer: inout JSONWriter) {
        writer.field("map", id.text)
        writer.field("state", obstacle == nil ? "available" : "unavailable")
        if let obstacle { writer.field("mistakes", .list([.string(obstacle)])) }
        if !failing.isEmpty { writer.field("failing", .list(failing.map(Value.string))) }
        writer.field("version", definition.version.text)
        writer.field("file", file)
        if let title = definition.title { writer.field("title", title) }
    }
}
