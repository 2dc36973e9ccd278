package import Journeys
import Plugins
package import Values
package import Workspace

/// A trigger that an event would run.
package struct ListedTrigger: Sendable {
    package let map: MapID
    /// `step.close`.
    package let event: String
    /// A track's id or a step's path; nil for the map's own events, and for those without a place.
    package let at: String?
    /// When it runs among those of the event, from 1 (R24); 0 for a decider, which is asked before the event fires (R10).
    package let number: Int
    /// `MAP/PLACE/VERB/N`, `MAP/TRACK/flex` or `PLUGIN/on/N`.
    package let trigger: String
    package let run: FunctionName
    package let when: String?
    /// Where it is written: a place in the map's file, or the plugin's file.
    package let place: FilePlace

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("map", map.text)
        writer.field("event", event)
        if let at { writer.field("at", at) }
        writer.field("number", number)
        writer.field("trigger", trigger)
        writer.field("run", run.description)
        if let when { writer.field("when", when) }
        writer.field("file", place.file)
        if place.line > 0 {
            writer.field("line", place.line)
            writer.field("column", place.column)
        }
        writer.endObject()
    }
}

/// Lists what would run on a map, place by place in map order, and for each event in the order of R24.
package struct TriggerListing {
    private let definition: MapDefinition
    private let draft: MapDraft
    private let subscriptions: [(subscription: Subscription, targets: SubscriptionTargets, file: String)]

    /// Nil for a map that is not there, or cannot be used.
    package init?(of map: MapID, in generation: Generation) {
        guard case .available(let definition)? = generation.rulebook.maps[map],
            let draft = generation.file(of: map)?.draft
        else { return nil }
        self.definition = definition
        self.draft = draft
        subscriptions = generation.rulebook.subscriptions.ordered.compactMap { subscription in
            let targets = SubscriptionTargets(subscription, on: definition)
            guard targets.canFire, let plugin = generation.loaded(subscription.plugin) else { return nil }
            return (subscription, targets, plugin.source.file)
        }
    }

    package var triggers: [ListedTrigger] {
        var listed = triggers(of: definition.triggers, draft.triggers, at: .map, ["open", "close", "leave"])
        for (index, track) in definition.tracks.enumerated() {
            let draft = draft.tracks[index]
            if let flex = track.flexTrigger, let place = draft.flex?.place {
                listed.append(
                    ListedTrigger(
                        map: definition.id, event: "track.open", at: track.id.text, number: 0,
                        trigger: flex.name,
                        run: flex.decide, when: nil, place: place))
            }
            listed += triggers(of: track.triggers, draft.triggers, at: .track(index), ["open", "close"])
            for (number, step) in track.steps.enumerated() {
                listed += triggers(
                    of: definition.steps[step].triggers, draft.steps[number].triggers, at: .step(step),
                    ["open", "close", "skip", "remove"])
            }
        }
        return listed + withoutPlace
    }

    private func triggers(
        of triggers: Triggers, _ drafts: [TriggerListDraft], at place: Place, _ verbs: [String]
    ) -> [ListedTrigger] {
        verbs.compactMap(Verb.init(rawValue:)).flatMap { verb in
            let written = drafts.first { $0.verb.value == verb.rawValue }?.triggers ?? []
            var listed = zip(triggers[verb], written).enumerated().map { index, pair in
                ListedTrigger(
                    map: definition.id, event: place.event(verb), at: place.path(on: definition),
                    number: index + 1, trigger: pair.0.name, run: pair.0.run, when: pair.0.condition?.text,
                    place: pair.1.place)
            }
            for (subscription, targets, file) in subscriptions where targets.fires(verb, at: place) {
                listed.append(
                    ListedTrigger(
                        map: definition.id, event: place.event(verb), at: place.path(on: definition),
                        number: listed.count + 1, trigger: subscription.name, run: subscription.run,
                        when: nil,
                        place: FilePlace(wholeFile: file)))
            }
            return listed
        }
    }

    /// What runs on plugins' own events, and on deliveries that fail.
    private var withoutPlace: [ListedTrigger] {
        let own = subscriptions.filter(\.targets.hasPlaceless)
        var numbers: [String: Int] = [:]
        return own.sorted { $0.targets.event < $1.targets.event }.map { subscription, targets, file in
            numbers[targets.event, default: 0] += 1
            return ListedTrigger(
                map: definition.id, event: targets.event, at: nil, number: numbers[targets.event] ?? 1,
                trigger: subscription.name, run: subscription.run, when: nil,
                place: FilePlace(wholeFile: file))
        }
    }
}
