import Hummingbird
import Journeys
import Plugins
import Signalbox
import Store
import Values
import Workspace

/// `GET /v1/plugins`, `/v1/plugins/{name}` and `POST /v1/plugins/{name}/release`.
struct PluginRoutes {
    let parts: APIParts

    func addReading(to group: RouterGroup<APIContext>) {
        group.get("plugins") { request, _ in try await list(request) }
        group.get("plugins/:name") { request, context in try await show(request, context) }
    }

    func addAdministration(to group: RouterGroup<APIContext>) {
        group.post("plugins/:name/release") { request, context in try await release(request, context) }
    }

    private func list(_ request: Request) async throws -> Response {
        try Query(request).requireNothingElse()
        let generation = parts.engine.generation
        let store = parts.store
        let entries = generation.plugins.sorted { compareBytes($0.key, $1.key) < 0 }
        let bytes = try await blocking {
            let plugins = try entries.map { Value.table(try $0.value.members($0.key, in: store)) }
            return Array(Value.table(["plugins": .list(plugins)]).json.utf8)
        }
        return Response(json: bytes)
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        try Query(request).requireNothingElse()
        let name = try context.segment("name")
        let entry = parts.engine.generation.plugins[name]
        let store = parts.store
        let bytes: [UInt8]? = try await blocking {
            let versions = try store.versions(of: .plugin, named: name)
            if entry == nil, versions.isEmpty { return nil }
            var members =
                try entry?.members(name, in: store) ?? ["plugin": .string(name), "state": "removed"]
            members["versions"] = .list(
                versions.map { version in
                    var table: Table = [
                        "hash": .string(version.hash), "since": .string(version.since.description),
                    ]
                    table["version"] = version.declared.map(Value.string)
                    return .table(table)
                })
            return Array(Value.table(members).json.utf8)
        }
        guard let bytes else {
            throw Problem(.refused(.unknownPlugin), "there is no plugin \(name.quotedForMessage)")
        }
        return Response(json: bytes)
    }

    private func release(_ request: Request, _ context: APIContext) async throws -> Response {
        try Query(request).requireNothingElse()
        let name = try context.segment("name")
        let engine = parts.engine
        let asked = CommandLineEntry.Request.release(plugin: name)
        try await AuditTrail(context, parts).following(asked.action, of: nil) {
            let result: Result<Refusal?, StoreError> = await withCheckedContinuation { continuation in
                engine.submit(releaseIfQuarantined: name) { continuation.resume(returning: $0) }
            }
            let refusal = try result.get()
            if let refusal {
                throw Problem(.refused(refusal.reason), refusal.message)
            }
            return ((), StreamedAnswer.release(refusal).result)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("outcome", "released")
        writer.field("plugin", name)
        writer.endObject()
        return Response(json: writer.bytes)
    }
}

extension Generation.PluginEntry {
    fileprivate func members(_ name: String, in store: any StateReader) throws(StoreError) -> Table {
        let isQuarantined =
            switch self {
            case .failed: false
            case .loaded(let plugin, _): try Quarantine.holds(name, hash: plugin.source.hash, in: store)
            }
        return members(name, isQuarantined: isQuarantined)
    }
}
