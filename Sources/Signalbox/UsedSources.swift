import Journeys
import LuaSandbox
import Plugins
import Store
import Values
import Workspace

/// Which plugins and templates of its generation a lane has handed over to be kept, so that each goes with
/// the first moment that uses it.
///
/// Owner: the lane.
struct UsedSources {
    private var plugins: Set<ObjectIdentifier> = []
    private var templates: Set<ObjectIdentifier> = []
    /// By the maps and plugins that moments used together, in the order of their use.
    private var provenances: [[ObjectIdentifier]: Known] = [:]
    private static let provenancesLimit = 1_000
    /// That of the moment before, which most moments share.
    private var last: Known?

    private struct Known {
        let provenance: Provenance
        /// Keeps the objects, so that their identifiers stay theirs.
        let maps: [MapDefinition]
        let plugins: [LoadedPlugin]

        /// Whether it is that of a moment with these, one by one.
        func isOf(_ maps: [MapDefinition], _ calls: [PluginCall]) -> Bool {
            maps.count == self.maps.count && calls.count == plugins.count
                && maps.indices.allSatisfy { maps[$0] === self.maps[$0] }
                && calls.indices.allSatisfy { calls[$0].loaded === plugins[$0] }
        }
    }

    /// After a commit that failed, nobody knows what is kept; and another generation has other objects.
    mutating func forget() {
        plugins.removeAll(keepingCapacity: true)
        templates.removeAll(keepingCapacity: true)
        provenances.removeAll(keepingCapacity: true)
        last = nil
    }

    /// What the moment's calls were functions of (R37); nil when it made none.
    mutating func provenance(of moment: Moment, calls: [PluginCall]) -> Provenance? {
        if moment.called.isEmpty { return nil }
        if let last, last.isOf(moment.called, calls) { return last.provenance }
        var key: [ObjectIdentifier] = []
        key.reserveCapacity(moment.called.count + calls.count)
        for map in moment.called where !key.contains(ObjectIdentifier(map)) {
            key.append(ObjectIdentifier(map))
        }
        for call in calls where !key.contains(ObjectIdentifier(call.loaded)) {
            key.append(ObjectIdentifier(call.loaded))
        }
        if let known = provenances[key] {
            last = known
            return known.provenance
        }
        let plugins = calls.map(\.loaded)
        let provenance = Provenance(
            host: HostVersion.text,
            maps: moment.called.map { .init(map: $0.id.text, version: $0.version.text) },
            plugins: plugins.map {
                .init(
                    name: $0.source.name, version: $0.version, hash: $0.source.hash,
                    settings: $0.settingsHash)
            })
        if provenances.count >= Self.provenancesLimit { provenances.removeAll() }
        let known = Known(provenance: provenance, maps: moment.called, plugins: plugins)
        provenances[key] = known
        last = known
        return provenance
    }

    /// What a moment used and may not be kept yet: the plugins that it called or that its incidents name, and the
    /// templates that its deliveries name, which are given the templates' hashes.
    mutating func sources(
        of calls: [PluginCall], _ incidents: [IncidentRecord],
        sending deliveries: inout [MomentRecord.Outgoing], at time: Timestamp, from generation: Generation
    ) -> [StoredSource] {
        var sources: [StoredSource] = []
        for call in calls { add(call.loaded, at: time, to: &sources) }
        for incident in incidents {
            if let plugin = incident.plugin.flatMap(generation.loaded) { add(plugin, at: time, to: &sources) }
        }
        for index in deliveries.indices {
            guard let name = deliveries[index].payload["template"]?.string,
                let template = generation.templates[name]
            else { continue }
            deliveries[index].templateHash = template.hash
            guard templates.insert(ObjectIdentifier(template)).inserted else { continue }
            sources.append(
                StoredSource(
                    version: StoredVersion(
                        kind: .template, name: template.name, hash: template.hash, since: time),
                    files: template.files.map { StoredSource.File(name: $0.name, bytes: $0.text) }))
        }
        return sources
    }

    private mutating func add(_ plugin: LoadedPlugin, at time: Timestamp, to sources: inout [StoredSource]) {
        guard plugins.insert(ObjectIdentifier(plugin)).inserted else { return }
        let source = plugin.source
        let files = [source.main] + source.modules.values
        sources.append(
            StoredSource(
                version: StoredVersion(
                    kind: .plugin, name: source.name, hash: source.hash, declared: plugin.manifest.version,
                    since: time),
                files: files.map { StoredSource.File(name: $0.name, bytes: $0.text) }))
        sources.append(
            StoredSource(
                version: StoredVersion(
                    kind: .settings, name: source.name, hash: plugin.settingsHash, since: time),
                files: [
                    StoredSource.File(name: "\(source.name).json", bytes: plugin.settingsDocument)
                ]))
    }
}
