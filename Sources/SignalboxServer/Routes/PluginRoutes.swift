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
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("plugins")
            writer.beginList()
            for (name, entry) in entries { try entry.write(name, in: store, to: &writer) }
            writer.endList()
            writer.endObject()
            return writer.bytes
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
            var writer = JSONWriter()
            try entry.write(name, in: store, versions: versions, to: &writer)
            return writer.bytes
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
        let result: Result<Refusal?, StoreError> = await withCheckedContinuation { continuation in
            engine.submit(releaseIfQuarantined: name) { continuation.resume(returning: $0) }
        }
        if let refusal = try result.get() {
            throw Problem(.refused(refusal.reason), refusal.message)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("outcome", "released")
        writer.field("plugin", name)
        writer.endObject()
        return Response(json: writer.bytes)
    }
}

extension Generation.PluginEntry? {
    /// - Parameter versions: those that ran; nil leaves them out.
    fileprivate func write(
        _ name: String, in store: any StateReader, versions: [StoredVersion]? = nil,
        to writer: inout JSONWriter
    ) throws(StoreError) {
        writer.beginObject()
        writer.field("plugin", name)
        switch self {
        case nil: writer.field("state", "removed")
        case .failed(let mistakes, _):
            writer.field("state", "failed")
            writer.field("mistakes", .list(mistakes.map { .string($0.description) }))
        case .loaded(let plugin, let failing):
            let isQuarantined = try Quarantine.holds(name, hash: plugin.source.hash, in: store)
            writer.field("state", isQuarantined ? "quarantined" : "loaded")
            writer.field("version", plugin.version)
            writer.field("hash", plugin.source.hash)
            writer.field("file", plugin.source.file)
            if let summary = plugin.manifest.summary { writer.field("summary", summary) }
            if !failing.isEmpty {
                writer.field("failing", .list(failing.map { .string($0.description) }))
            }
            writer.field("needs", .list(plugin.manifest.needs.map { .string($0.description) }))
            writer.field("granted", .list(plugin.granted.map { .string($0.description) }))
        }
        if let versions {
            writer.key("versions")
            writer.beginList()
            for version in versions {
                writer.beginObject()
                writer.field("hash", version.hash)
                if let declared = version.declared { writer.field("version", declared) }
                writer.field("since", version.since.description)
                writer.endObject()
            }
            writer.endList()
        }
        writer.endObject()
    }
}

extension Generation.PluginEntry {
    fileprivate func write(
        _ name: String, in store: any StateReader, to writer: inout JSONWriter
    ) throws(StoreError) {
        try Optional(self).write(name, in: store, versions: nil, to: &writer)
    }
}
