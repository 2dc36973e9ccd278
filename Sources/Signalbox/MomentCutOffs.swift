import Journeys
import Plugins

/// How often the plugins of the moment under way were cut off in a row, so that one that is cut off again and
/// again is not called any more, also within the moment (R35).
///
/// Owner: the lane.
final class MomentCutOffs {
    private let ledger: QuarantineLedger
    // It is one thread's, and nothing of it is looked at while it changes: no need to have that checked with each call.
    /// By the plugins that the moment called so far.
    @exclusivity(unchecked) private var counts: [ObjectIdentifier: Int] = [:]
    /// The plugins that the ledger knew no cut-off of, with its version then. Most have none, and hardly any call changes
    /// that: they are looked up here, where no other thread is.
    @exclusivity(unchecked) private var sound: Set<ObjectIdentifier> = []
    @exclusivity(unchecked) private var version = 0

    init(after ledger: QuarantineLedger) { self.ledger = ledger }

    /// Another moment begins.
    func begin() {
        if !counts.isEmpty { counts.removeAll(keepingCapacity: true) }
    }

    /// Plugins came and went: their identities may be others' now.
    func forget() { sound.removeAll(keepingCapacity: true) }

    func isQuarantined(_ plugin: LoadedPlugin) -> Bool {
        let id = ObjectIdentifier(plugin)
        if let count = counts[id] { return count >= QuarantineLedger.cutOffLimit }
        return !isSound(id) && earlierCutOffs(of: plugin) >= QuarantineLedger.cutOffLimit
    }

    private func isSound(_ plugin: ObjectIdentifier) -> Bool {
        version == ledger.version && sound.contains(plugin)
    }

    /// How often the plugin was cut off in a row before the moment.
    private func earlierCutOffs(of plugin: LoadedPlugin) -> Int {
        // First the version: what changes meanwhile is asked again.
        let now = ledger.version
        if now != version {
            version = now
            sound.removeAll(keepingCapacity: true)
        }
        guard let cutOffs = ledger.cutOffs(of: plugin.source.name, hash: plugin.source.hash) else { return 0 }
        if cutOffs == 0 { sound.insert(ObjectIdentifier(plugin)) }
        return cutOffs
    }

    func note(_ result: CallResult, of plugin: LoadedPlugin) {
        switch result.outcome {
        case .effects, .answer:
            let id = ObjectIdentifier(plugin)
            // A sound plugin has no count to bring back to none.
            if counts[id] != nil || !isSound(id) { counts[id] = 0 }
        case .failed(let failure):
            guard failure.wasCalled else { return }
            let id = ObjectIdentifier(plugin)
            let before = counts[id] ?? earlierCutOffs(of: plugin)
            counts[id] = failure.reason.isCutOff ? before + 1 : 0
        case .skipped:
            break
        }
    }
}
