import Journeys
import Plugins
import Workspace

/// How a call of a plugin went, as far as its entry goes.
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
                guard failure.wasCalled else { return nil }
                return PluginCall(loaded: plugin, isCutOff: failure.reason.isCutOff)
            case .skipped:
                return nil
            }
        }
    }
}
