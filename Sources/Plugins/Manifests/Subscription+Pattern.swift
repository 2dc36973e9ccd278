package import Journeys
import Values

extension Subscription.Pattern {
    /// Reads an event's name as subscriptions and the endpoints of webhooks write it: one of the engine's, a plugin's
    /// `PLUGIN.NAME`, or either with `*` after the dot. Nil for anything else.
    package init?(_ text: String) {
        if let event = EventName.ofTheEngine.first(where: { sameBytes($0.text, text) }) {
            self = .exactly(event)
            return
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, PluginName.isName(parts[0]) else { return nil }
        let isOfTheEngine = EventName.ofTheEngine.contains { sameBytes($0.family, parts[0]) }
        switch parts[1] {
        case "*" where isOfTheEngine || !PluginName.taken.contains(parts[0]): self = .every(parts[0])
        case let name where PluginName.isName(name) && !PluginName.taken.contains(parts[0]):
            self = .exactly(.custom(text))
        case _: return nil
        }
    }
}
