import Journeys
import Plugins
package import Workspace

/// A workspace as `check` looks at it for surprises: its maps, and what its plugins do as far as their source shows it.
package final class Survey {
    let generation: Generation
    /// Those that are loaded, by name.
    let plugins: [String: PluginReading]
    /// In the order of their ids.
    let maps: [SurveyedMap]

    package init(of generation: Generation) {
        self.generation = generation
        var plugins: [String: PluginReading] = [:]
        for name in generation.plugins.keys {
            if let plugin = generation.loaded(name) { plugins[name] = PluginReading(plugin) }
        }
        self.plugins = plugins
        maps = generation.rulebook.maps.keys.sorted().compactMap {
            SurveyedMap($0, in: generation, reading: plugins)
        }
    }

    /// The readings in the order of the plugins' names.
    var readings: [PluginReading] { plugins.sorted { $0.key < $1.key }.map(\.value) }

    /// Every surprise, sorted, but for those that a comment silences with a reason.
    package var surprises: [Surprise] {
        let found =
            StepSurprises.all(in: self) + InstantSurprises.all(in: self) + UndoneTriggers.all(in: self)
            + MapCircles.all(in: self) + FieldSurprises.all(in: self) + PlaceSurprises.all(in: self)
            + EventSurprises.all(in: self) + KeySurprises.all(in: self) + CapabilitySurprises.all(in: self)
            + GlobalSurprises.all(in: self) + MemberSurprises.all(in: self)
        return Silences(in: self).applied(to: Array(Set(found))).sorted()
    }
}
