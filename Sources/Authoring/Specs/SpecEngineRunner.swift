import Plugins
import Workspace

/// What the calls of one engine after the other run on, so that plugins are loaded once and not for each test.
///
/// Owner: one thread at a time.
final class SpecEngineRunner {
    private let runner: PluginRunner
    private let asked: Asked

    /// What is asked before a call: the engine of now.
    private final class Asked {
        var isQuarantined: (LoadedPlugin) -> Bool = { _ in false }
    }

    init(_ generation: Generation) {
        let asked = Asked()
        self.asked = asked
        runner = PluginRunner(generation.catalogue, for: generation.rulebook) { asked.isQuarantined($0) }
    }

    func runner(
        on generation: Generation, asking isQuarantined: @escaping (LoadedPlugin) -> Bool
    ) -> PluginRunner {
        asked.isQuarantined = isQuarantined
        runner.adopt(generation.catalogue, for: generation.rulebook)
        return runner
    }
}
