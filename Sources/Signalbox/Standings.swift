import Journeys
import Plugins
public import Store
import Synchronization
import Values

/// How each plugin's last calls went, to quarantine one that is cut off again and again (R35).
///
/// Kept in the store among the plugins' values, under a name that no plugin can have.
final class Standings: Sendable {
    /// How many cut-offs in a row it takes.
    static let cutOffLimit = 5
    fileprivate static let owner = "engine"

    private let store: any MomentStore
    /// By plugin; read from the store when a plugin is first asked for.
    private let standings = Mutex<[String: Standing]>([:])

    /// What is known of a plugin, in the one version that a call of changed it last.
    private struct Standing: Equatable {
        var hash: String
        var cutOffs = 0
        var isQuarantined: Bool { cutOffs >= Standings.cutOffLimit }
    }

    init(_ store: any MomentStore) { self.store = store }

    /// Whether the plugin, in this version, is not to be called. A store that cannot be read does not stop
    /// a plugin.
    func isQuarantined(_ plugin: String, hash: String) -> Bool {
        standings.withLock { standing(of: plugin, hash: hash, &$0).isQuarantined }
    }

    /// Takes note of calls in the order of their commits, and gives the changes that belong into the store
    /// together with them.
    func judge(_ calls: [PluginCall]) -> [MomentRecord.ValueChange] {
        if calls.isEmpty { return [] }
        return standings.withLock { standings in
            var changed: [String: Standing] = [:]
            for call in calls {
                var standing = standing(of: call.plugin, hash: call.hash, &standings)
                let cutOffs = call.isCutOff ? standing.cutOffs + 1 : 0
                // What was computed before a quarantine and commits after it does not lift it.
                guard !standing.isQuarantined, cutOffs != standing.cutOffs else { continue }
                standing.cutOffs = cutOffs
                standings[call.plugin] = standing
                changed[call.plugin] = standing
            }
            return changed.sorted { $0.key < $1.key }.map { name, standing in
                MomentRecord.ValueChange(plugin: Self.owner, key: name, change: .set(Self.value(standing)))
            }
        }
    }

    /// Forgets what is not in the store, after a commit that failed.
    func forget() { standings.withLock { $0.removeAll() } }

    /// What is remembered is what is stored, or will be with the next commit: whatever versions came and
    /// went in between, a restart makes no difference.
    private func standing(
        of plugin: String, hash: String, _ standings: inout [String: Standing]
    ) -> Standing {
        if standings[plugin] == nil {
            // What could not be read is asked again next time: it may be a quarantine.
            guard let stored = try? read(plugin) else { return Standing(hash: hash) }
            standings[plugin] = stored
        }
        guard let known = standings[plugin], known.hash == hash else { return Standing(hash: hash) }
        return known
    }

    /// What is stored of the plugin; of no version when nothing is.
    private func read(_ plugin: String) throws(StoreError) -> Standing {
        let stored = try store.value(plugin, of: Self.owner)?.table
        return Standing(
            hash: stored?["hash"]?.string ?? "", cutOffs: Int(stored?["cut_offs"]?.integer ?? 0))
    }

    private static func value(_ standing: Standing) -> Value {
        ["hash": .string(standing.hash), "cut_offs": .integer(Int64(standing.cutOffs))]
    }
}

/// What an operator sees of quarantine, and may do about it (R35).
public enum Quarantine {
    /// Whether the plugin, in the version of this hash, is not called.
    public static func holds(
        _ plugin: String, hash: String, in store: any StateReader
    ) throws(StoreError) -> Bool {
        guard let stored = try store.value(plugin, of: Standings.owner)?.table else { return false }
        return stored["hash"]?.string == hash
            && (stored["cut_offs"]?.integer ?? 0) >= Int64(Standings.cutOffLimit)
    }

    /// Lets the plugin be called again, by the engines that start from now on.
    public static func release(_ plugin: String, in store: any MomentStore) throws(StoreError) {
        try store.put(nil, plugin, of: Standings.owner)
    }
}

/// How a call of a plugin went, as far as its standing goes.
struct PluginCall: Sendable {
    let loaded: LoadedPlugin
    let isCutOff: Bool

    var plugin: String { loaded.source.name }
    var hash: String { loaded.source.hash }
}

extension Generation {
    /// The calls among what a moment set down; those that were not made count for nothing.
    func calls(in journal: [JournalEntry]) -> [PluginCall] {
        journal.compactMap { entry in
            guard case .call(let call) = entry, case .loaded(let plugin, _) = plugins[call.run.plugin] else {
                return nil
            }
            switch call.outcome {
            case .effects, .decided:
                return PluginCall(loaded: plugin, isCutOff: false)
            case .failed(let failure, _):
                guard !failure.isOfCondition, failure.reason.wasCalled else { return nil }
                return PluginCall(loaded: plugin, isCutOff: failure.reason.isCutOff)
            case .skipped:
                return nil
            }
        }
    }
}
