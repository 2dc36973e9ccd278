import Journeys
import Plugins
import Values
import Workspace

/// A map with everything that can run on it.
struct SurveyedMap {
    let definition: MapDefinition
    let draft: MapDraft
    let source: SourceLines
    /// The map's own in map order, then subscriptions, for each place at which they can run.
    let triggers: [SurveyedTrigger]
    /// Its flex triggers.
    let deciders: [SurveyedTrigger]

    init?(_ id: MapID, in generation: Generation, reading plugins: [String: PluginReading]) {
        guard case .available(let definition)? = generation.rulebook.maps[id],
            let file = generation.file(of: id), let draft = file.draft
        else { return nil }
        self.definition = definition
        self.draft = draft
        source = SourceLines(file.bytes)
        let subscriptions = generation.rulebook.subscriptions.ordered.flatMap { subscription in
            Self.triggers(of: subscription, on: definition, plugins)
        }
        triggers = Self.own(definition, draft, plugins) + subscriptions
        deciders = zip(definition.tracks, draft.tracks).compactMap { track, draft in
            guard let flex = track.flexTrigger, let written = draft.flex else { return nil }
            let plugin = plugins[flex.decide.plugin]
            let completed = try? plugin?.plugin.manifest.complete(flex.parameters, for: flex.decide)
            return SurveyedTrigger(
                name: flex.name, event: nil, run: flex.decide, condition: nil,
                parameters: completed ?? flex.parameters.table, given: written.with, place: written.place,
                isSubscription: false, reading: plugin?.functions[flex.decide.name], conditionUses: [])
        }
    }

    /// Those that an event of the place runs, in the order of R24.
    func triggers(on verb: Verb, at place: Place) -> [SurveyedTrigger] {
        triggers.filter { $0.event?.verb == verb && $0.event?.place == place }
    }

    /// Where the map's file has the list of triggers of this event; nil where it has none.
    func place(of verb: Verb, at place: Place) -> FilePlace? {
        drafts(at: place).first { $0.verb.value == verb.rawValue && !$0.triggers.isEmpty }?.verb.place
    }

    private func drafts(at place: Place) -> [TriggerListDraft] {
        switch place {
        case .map: return draft.triggers
        case .track(let index): return draft.tracks[index].triggers
        case .step(let index): return step(index).triggers
        }
    }

    /// A step as the file has it.
    func step(_ index: Int) -> StepDraft {
        let track = definition.steps[index].track
        return draft.tracks[track].steps[index - definition.tracks[track].steps.lowerBound]
    }

    // MARK: Making

    private static func own(
        _ definition: MapDefinition, _ draft: MapDraft, _ plugins: [String: PluginReading]
    ) -> [SurveyedTrigger] {
        var found = triggers(definition.triggers, draft.triggers, at: .map, plugins)
        for (index, track) in definition.tracks.enumerated() {
            found += triggers(track.triggers, draft.tracks[index].triggers, at: .track(index), plugins)
            for (number, step) in track.steps.enumerated() {
                found += triggers(
                    definition.steps[step].triggers, draft.tracks[index].steps[number].triggers,
                    at: .step(step), plugins)
            }
        }
        return found
    }

    private static func triggers(
        _ triggers: Triggers, _ drafts: [TriggerListDraft], at place: Place,
        _ plugins: [String: PluginReading]
    ) -> [SurveyedTrigger] {
        Verb.allCases.flatMap { verb in
            let written = drafts.first { $0.verb.value == verb.rawValue }?.triggers ?? []
            return zip(triggers[verb], written).map { trigger, draft in
                let plugin = plugins[trigger.run.plugin]
                let completed = try? plugin?.plugin.manifest.complete(trigger.parameters, for: trigger.run)
                return SurveyedTrigger(
                    name: trigger.name, event: (verb, place), run: trigger.run, condition: draft.when,
                    parameters: completed ?? trigger.parameters.table, given: draft.with, place: draft.place,
                    isSubscription: false, reading: plugin?.functions[trigger.run.name],
                    conditionUses: draft.when.map { uses(ofCondition: $0) } ?? [])
            }
        }
    }

    private static func triggers(
        of subscription: Subscription, on definition: MapDefinition, _ plugins: [String: PluginReading]
    ) -> [SurveyedTrigger] {
        guard let plugin = plugins[subscription.plugin] else { return [] }
        let targets = SubscriptionTargets(subscription, on: definition)
        let events: [(verb: Verb, place: Place)?] =
            targets.events.map { $0 } + (targets.hasPlaceless ? [nil] : [])
        return events.map { event in
            SurveyedTrigger(
                name: subscription.name, event: event, run: subscription.run, condition: nil,
                parameters: Table(), given: ParametersDraft(),
                place: plugin.place(ofSubscription: subscription.number, "event"), isSubscription: true,
                reading: plugin.functions[subscription.run.name], conditionUses: [])
        }
    }

    /// What a condition uses of the event and the lead.
    private static func uses(ofCondition condition: Placed<String>) -> [LuaUse] {
        let file = LuaFile(Array("return \(condition.value)".utf8), path: condition.place.file)
        let walk = LuaWalk(followingCalls: true)
        walk.walk(
            chunk: file,
            knowing: [
                "event": .path(LuaPath(root: .event)),
                "lead": .path(LuaPath(root: .event, keys: [.constant("lead")])),
            ])
        return walk.uses
    }
}

extension SurveyedMap {
    /// The events that fire in one instant, each group with its events in the order of R23: what opens together (R6 to
    /// R8), and what closes together (R5, R11, R15).
    var instants: [[(verb: Verb, place: Place)]] {
        openings + definition.tracks.indices.flatMap(closings)
            + [[(.close, .map)], [(.leave, .map)]]
    }

    private var openings: [[(verb: Verb, place: Place)]] {
        var groups: [[(verb: Verb, place: Place)]] = []
        var group: [(verb: Verb, place: Place)] = [(.open, .map)]
        for (index, track) in definition.tracks.enumerated() {
            group.append((.open, .track(index)))
            for step in track.steps {
                group.append((.open, .step(step)))
                if track.flexTrigger != nil { group.append((.remove, .step(step))) }
            }
            if case .video = track.kind { continue }
            groups.append(group)
            group = []
        }
        return group.isEmpty ? groups : groups + [group]
    }

    private func closings(of track: Int) -> [[(verb: Verb, place: Place)]] {
        let steps = definition.tracks[track].steps
        let close: (verb: Verb, place: Place) = (.close, .track(track))
        var groups: [[(verb: Verb, place: Place)]] = steps.map { [(.close, .step($0)), close] }
        let optional = steps.filter { definition.steps[$0].isOptional }
        if !optional.isEmpty { groups.append(optional.map { (.skip, .step($0)) } + [close]) }
        if case .flex = definition.tracks[track].kind {
            groups += steps.map { [(.remove, .step($0)), close] }
        }
        return groups
    }
}
