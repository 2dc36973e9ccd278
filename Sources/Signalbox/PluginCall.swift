import Journeys
import Plugins

/// How a call of a plugin went, as far as its entry goes.
struct PluginCall: Sendable {
    let loaded: LoadedPlugin
    let isCutOff: Bool

    var plugin: String { loaded.source.name }
    var hash: String { loaded.source.hash }
}

extension PluginCall {
    /// Nil for a call that was not made, which counts for nothing.
    init?(_ run: PluginRunner.Run) {
        guard let plugin = run.plugin else { return nil }
        loaded = plugin
        isCutOff =
            if case .failed(let failure) = run.result.outcome { failure.reason.isCutOff } else { false }
    }
}
