import Journeys
import Plugins
public import Store
import Values
import Workspace

/// What an operator sees of quarantine, and may do about it (R35).
public enum Quarantine {
    /// Whether the plugin, in the version of this hash, is not called.
    public static func holds(
        _ plugin: String, hash: String, in store: any StateReader
    ) throws(StoreError) -> Bool {
        guard let stored = try store.value(plugin, of: QuarantineLedger.owner)?.table else { return false }
        return stored["hash"]?.string == hash
            && (stored["cut_offs"]?.integer ?? 0) >= Int64(QuarantineLedger.cutOffLimit)
    }

    /// Why the plugin cannot be released: it is not there, or nothing keeps it from being called. Nil where it can be.
    static func refusal(
        toRelease plugin: String, of generation: Generation, in store: any StateReader
    ) throws(StoreError) -> Refusal? {
        guard let entry = generation.plugins[plugin] else {
            let hint = suggestion(for: plugin, among: generation.plugins.keys.sorted())
            return Refusal(.unknownPlugin, "there is no plugin \(plugin.quotedForMessage)\(hint)")
        }
        if case .loaded(let loaded, failing: _) = entry,
            try holds(plugin, hash: loaded.source.hash, in: store)
        {
            return nil
        }
        return Refusal(.notQuarantined, "the plugin \(plugin.quotedForMessage) is not quarantined")
    }

    /// Lets the plugin be called again, by the engines that start from now on. A running engine releases by itself:
    /// ``Engine/release(plugin:)``.
    public static func release(_ plugin: String, in store: any MomentStore) throws(StoreError) {
        try store.put(nil, plugin, of: QuarantineLedger.owner)
    }
}
