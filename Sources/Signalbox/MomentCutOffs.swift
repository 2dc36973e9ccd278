import Journeys
import Plugins

/// How often the plugins of the moment under way were cut off in a row, so that one that is cut off again and
/// again is not called any more, also within the moment (R35).
///
/// Owner: the lane.
final class MomentCutOffs {
    private let ledger: QuarantineLedger
    /// By the plugins that the moment called so far.
    private var counts: [ObjectIdentifier: Int] = [:]

    init(after ledger: QuarantineLedger) { self.ledger = ledger }

    /// Another moment begins.
    func begin() { counts.removeAll(keepingCapacity: true) }

    func isQuarantined(_ plugin: LoadedPlugin) -> Bool {
        if let count = counts[ObjectIdentifier(plugin)] { return count >= QuarantineLedger.cutOffLimit }
        return ledger.isQuarantined(plugin.source.name, hash: plugin.source.hash)
    }

    func note(_ result: CallResult, of plugin: LoadedPlugin) {
        switch result.outcome {
        case .effects, .answer:
            counts[ObjectIdentifier(plugin)] = 0
        case .failed(let failure):
            guard failure.wasCalled else { return }
            let id = ObjectIdentifier(plugin)
            let before = counts[id] ?? ledger.cutOffs(of: plugin.source.name, hash: plugin.source.hash)
            counts[id] = failure.reason.isCutOff ? before + 1 : 0
        case .skipped:
            break
        }
    }
}
