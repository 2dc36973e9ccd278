import Journeys
package import Plugins
package import Values

extension PluginCatalogue.Entry {
    /// What lists and pages show of a plugin, for the command line and the API alike.
    package func members(_ name: String, isQuarantined: Bool) -> Table {
        var table: Table = ["plugin": .string(name)]
        switch self {
        case .failed(let mistakes, _):
            table["state"] = "failed"
            table["mistakes"] = .list(mistakes.map { .string($0.description) })
        case .loaded(let plugin, let failing):
            let manifest = plugin.manifest
            table["state"] = isQuarantined ? "quarantined" : "loaded"
            if !failing.isEmpty { table["failing"] = .list(failing.map { .string($0.description) }) }
            table["version"] = .string(plugin.version)
            table["file"] = .string(plugin.source.file)
            table["hash"] = .string(plugin.source.hash)
            table["summary"] = manifest.summary.map(Value.string)
            table["needs"] = .list(manifest.needs.map { .string($0.description) })
            table["emits"] = .list(manifest.emits.map(Value.string))
            table["granted"] = .list(plugin.granted.map { .string($0.description) })
            table["actions"] = .list(manifest.actions.map { .string($0.name) })
            table["deciders"] = .list(manifest.deciders.map { .string($0.name) })
            table["subscriptions"] = .integer(Int64(manifest.subscriptions.count))
        }
        return table
    }
}
