import Journeys
import Plugins
import Values
import Workspace

/// Plugins' own events: subscribed to and not emitted, emitted and not declared.
enum EventSurprises {
    static func all(in survey: Survey) -> [Surprise] {
        survey.generation.rulebook.subscriptions.ordered.compactMap { silent($0, survey) }
            + survey.readings.flatMap(undeclared)
    }

    private static func silent(_ subscription: Subscription, _ survey: Survey) -> Surprise? {
        guard let subscriber = survey.plugins[subscription.plugin] else { return nil }
        let place = subscriber.place(ofSubscription: subscription.number, "event")
        switch subscription.event {
        case .exactly(let event):
            guard case .custom(let name) = event else { return nil }
            if let missing = missing(event.family, survey) { return Surprise(.silentEvent, place, missing) }
            guard let emitter = survey.plugins[event.family], !emits(emitter, name) else { return nil }
            let known = emitter.plugin.manifest.emits + constants(emitter).map(\.name)
            let what =
                emitter.plugin.manifest.emits.isEmpty
                ? "the plugin \(event.family) does not emit \(name.quotedForMessage)"
                : "\(name.quotedForMessage) is not among the events in `emits` of the plugin \(event.family)"
            return Surprise(.silentEvent, place, what + suggestion(for: name, among: known))
        case .every(let family):
            guard !EventName.ofTheEngine.contains(where: { $0.family == family }),
                let missing = missing(family, survey)
            else { return nil }
            return Surprise(.silentEvent, place, missing)
        }
    }

    private static func missing(_ plugin: String, _ survey: Survey) -> String? {
        guard survey.generation.plugins[plugin] == nil else { return nil }
        let near = suggestion(for: plugin, among: survey.generation.plugins.keys.sorted())
        return "there is no plugin \(plugin.quotedForMessage) that could emit it\(near)"
    }

    /// Whether the plugin says that it emits the event, or else may do so.
    private static func emits(_ plugin: PluginReading, _ name: String) -> Bool {
        if plugin.plugin.manifest.emits.contains(where: { sameBytes($0, name) }) { return true }
        guard plugin.plugin.manifest.emits.isEmpty else { return false }
        return emissions(plugin).contains { use, argument in
            switch argument.meaning {
            case .constant(.string(let text)): sameBytes(text, name)
            case .text(prefix: let prefix): name.utf8.starts(with: prefix.utf8)
            case .unknown, .constant, .path, .function, .table, .oneOf: true
            }
        }
    }

    private static func emissions(_ plugin: PluginReading) -> [(use: LuaUse, argument: LuaUse.Argument)] {
        plugin.uses.compactMap { use in
            guard use.path.isExactly(.host, "bus", "emit"), let argument = use.arguments?.first
            else { return nil }
            return (use, argument)
        }
    }

    private static func constants(_ plugin: PluginReading) -> [(name: String, place: FilePlace)] {
        emissions(plugin).compactMap { use, argument in
            argument.meaning.text.map { ($0, use.file.place(of: argument.range)) }
        }
    }

    private static func undeclared(by plugin: PluginReading) -> [Surprise] {
        let declared = plugin.plugin.manifest.emits
        return constants(plugin).compactMap { name, place in
            guard !declared.contains(where: { sameBytes($0, name) }) else { return nil }
            return Surprise(
                .undeclaredEvent, place,
                "\(name.quotedForMessage) is not in `emits` of the plugin\(suggestion(for: name, among: declared))"
            )
        }
    }
}
