package import Journeys
import Plugins
package import Values
package import Workspace

/// An event that an author makes up for one call, completed with what every call gets.
package enum MadeEvent {
    /// The keys that an event can be given.
    static let keys = [
        "id", "seq", "name", "at", "by", "map", "track", "step", "payload", "outcome", "cancelled", "steps",
        "lead", "journey",
    ]
    /// The keys that its lead can be given.
    static let leadKeys = ["id", "status", "agent", "channel", "fields"]

    /// The event with what is not given: for a subscription the event that it names, for a decider `track.open`, else
    /// `map.open`, on the map `map`; the lead `L1`, which is open and has no fields.
    package static func completed(_ given: Table, for function: FunctionName, in generation: Generation)
        -> Table
    {
        var event = given
        var lead: Table = ["id": "L1", "status": "open", "fields": [:]]
        for entry in given["lead"]?.table ?? Table() { lead[entry.key] = entry.value }
        event["lead"] = .table(lead)
        func complete(_ key: String, _ value: Value) { if event[key] == nil { event[key] = value } }
        let manifest = generation.loaded(function.plugin)?.manifest
        switch function.name {
        case .named(let name) where manifest?.decider(name) != nil:
            complete("name", "track.open")
            complete("track", "track")
        case .named: complete("name", "map.open")
        case .subscription(let number):
            let declared = manifest?.subscriptions
            guard let declared, declared.indices.contains(number - 1) else { break }
            let subscription = declared[number - 1].subscription
            if case .exactly(let name) = subscription.event { complete("name", .string(name.text)) }
            if let map = subscription.map { complete("map", .string(map.text)) }
        }
        complete("name", "step.close")
        complete("map", "map")
        complete("by", .string(Command.defaultBy))
        complete("seq", 1)
        complete("id", .string("\(lead["id"]?.string ?? ""):\(event["seq"]?.integer ?? 1)"))
        let map = event["map"] ?? .null
        complete("journey", ["map": map, "version": "", "tracks": [:], "steps": [:]])
        return event
    }

    /// The ids that a decider chooses from on the event's map and track, if the workspace has them.
    package static func steps(of event: Table, in generation: Generation) -> Value? {
        guard let map = event["map"]?.string, let id = event["track"]?.string,
            case .available(let definition)? = generation.rulebook.maps[MapID(map)],
            let track = definition.tracks.first(where: { $0.id == TrackID(id) })
        else { return nil }
        return .list(definition.steps[track.steps].map { .string($0.path.step.text) })
    }

    /// What is wrong with the name of a function that is to be called; nil where it is there.
    package static func fault(of function: FunctionName, in generation: Generation) -> String? {
        guard generation.plugins[function.plugin] != nil else {
            let hint = suggestion(for: function.plugin, among: generation.plugins.keys.sorted())
            return "there is no plugin \(function.plugin.quotedForMessage)\(hint)"
        }
        // One that did not load says why when it is called.
        guard let manifest = generation.loaded(function.plugin)?.manifest, manifest.function(function) == nil
        else { return nil }
        switch function.name {
        case .named(let name):
            let known = manifest.actions.map(\.name) + manifest.deciders.map(\.name)
            let hint = suggestion(for: name, among: known)
            return "plugin \(function.plugin) has no action or decider \(name.quotedForMessage)\(hint)"
        case .subscription(let number):
            return
                "plugin \(function.plugin) has no subscription \(number); it has \(manifest.subscriptions.count)"
        }
    }
}
