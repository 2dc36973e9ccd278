public import Store
import Values

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

    /// Lets the plugin be called again, by the engines that start from now on. A running engine releases by itself:
    /// ``Engine/release(plugin:)``.
    public static func release(_ plugin: String, in store: any MomentStore) throws(StoreError) {
        try store.put(nil, plugin, of: QuarantineLedger.owner)
    }
}
