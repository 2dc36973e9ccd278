import Journeys
import Plugins
import Store
import Synchronization
import Values

/// How each plugin's last calls went, to quarantine one that is cut off again and again (R35).
///
/// Kept in the store among the plugins' values, under a name that no plugin can have.
final class QuarantineLedger: Sendable {
    /// How many cut-offs in a row it takes.
    static let cutOffLimit = 5
    static let owner = "engine"

    private let store: any MomentStore
    /// By plugin; read from the store when a plugin is first asked for.
    private let entries = Mutex<[String: Entry]>([:])
    private let changes = Atomic(0)

    /// What is known of a plugin, in the one version that a call of changed it last.
    private struct Entry: Equatable {
        var hash: String
        var cutOffs = 0
        var isQuarantined: Bool { cutOffs >= QuarantineLedger.cutOffLimit }
    }

    init(_ store: any MomentStore) { self.store = store }

    /// Another number once any plugin's ``cutOffs(of:hash:)`` may be others.
    var version: Int { changes.load(ordering: .acquiring) }

    /// How often the plugin, in this version, was cut off in a row; nil where the store cannot be read, which does not
    /// stop a plugin.
    func cutOffs(of plugin: String, hash: String) -> Int? {
        entries.withLock { entry(of: plugin, hash: hash, &$0)?.cutOffs }
    }

    /// Takes note of calls in the order of their commits, and gives the changes that belong into the store
    /// together with them.
    func judge(_ calls: [PluginCall]) -> [MomentRecord.ValueChange] {
        if calls.isEmpty { return [] }
        return entries.withLock { entries in
            var changed: [String: Entry] = [:]
            for call in calls {
                var entry = entry(of: call.plugin, hash: call.hash, &entries) ?? Entry(hash: call.hash)
                let cutOffs = call.isCutOff ? entry.cutOffs + 1 : 0
                // What was computed before a quarantine and commits after it does not lift it.
                guard !entry.isQuarantined, cutOffs != entry.cutOffs else { continue }
                entry.cutOffs = cutOffs
                entries[call.plugin] = entry
                changed[call.plugin] = entry
            }
            if !changed.isEmpty { noteChange() }
            return changed.sorted { $0.key < $1.key }.map { name, entry in
                MomentRecord.ValueChange(plugin: Self.owner, key: name, change: .set(Self.value(entry)))
            }
        }
    }

    /// Lets the plugin be called again. To be called where no commit is under way, and nothing that was judged
    /// waits for one.
    func release(_ plugin: String) throws(StoreError) {
        try entries.withLock { entries throws(StoreError) in
            try store.put(nil, plugin, of: Self.owner)
            entries[plugin] = nil
            noteChange()
        }
    }

    /// Forgets what is not in the store, after a commit that failed.
    func forget() {
        entries.withLock { entries in
            entries.removeAll()
            noteChange()
        }
    }

    private func noteChange() { changes.add(1, ordering: .releasing) }

    /// Nil where the store cannot be read. What is remembered is what is stored, or will be with the next commit:
    /// whatever versions came and went in between, a restart makes no difference.
    private func entry(
        of plugin: String, hash: String, _ entries: inout [String: Entry]
    ) -> Entry? {
        let known: Entry
        if let entry = entries[plugin] {
            known = entry
        } else {
            // What could not be read is asked again next time: it may be a quarantine.
            guard let stored = try? read(plugin) else { return nil }
            entries[plugin] = stored
            known = stored
        }
        return known.hash == hash ? known : Entry(hash: hash)
    }

    /// What is stored of the plugin; of no version when nothing is.
    private func read(_ plugin: String) throws(StoreError) -> Entry {
        let stored = try store.value(plugin, of: Self.owner)?.table
        // A file may hold any number; more than the limit is nothing else than the limit.
        let cutOffs = min(max(0, stored?["cut_offs"]?.integer ?? 0), Int64(Self.cutOffLimit))
        return Entry(hash: stored?["hash"]?.string ?? "", cutOffs: Int(cutOffs))
    }

    private static func value(_ entry: Entry) -> Value {
        ["hash": .string(entry.hash), "cut_offs": .integer(Int64(entry.cutOffs))]
    }
}
