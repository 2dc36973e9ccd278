import Journeys
import Plugins
import Values
import Workspace

/// What triggers of one instant do to each other: all see the lead as it was before it (R26), and of two values of one
/// field the last one wins (R27).
enum InstantSurprises {
    static func all(in survey: Survey) -> [Surprise] {
        survey.maps.flatMap { map in map.instants.flatMap { surprises(in: $0, on: map) } }
    }

    /// A trigger of the instant with a field that it sets.
    private struct Setter {
        let trigger: SurveyedTrigger
        let field: FieldUse
        let event: (verb: Verb, place: Place)
    }

    private static func surprises(
        in events: [(verb: Verb, place: Place)], on map: SurveyedMap
    ) -> [Surprise] {
        var setters: [ExactText: [Setter]] = [:]
        var found: [Surprise] = []
        let triggers = events.flatMap { event in
            map.triggers(on: event.verb, at: event.place).map { (event: event, trigger: $0) }
        }
        for (event, trigger) in triggers {
            var own: Set<ExactText> = []
            for field in trigger.sets(in: map.source) where own.insert(field.name).inserted {
                let setter = Setter(trigger: trigger, field: field, event: event)
                if let earlier = setters[field.name]?.last(where: { isConflict($0, setter, on: map) }) {
                    found.append(conflict(earlier, setter))
                }
                setters[field.name, default: []].append(setter)
            }
        }
        for (event, trigger) in triggers {
            for field in trigger.reads(in: map.source) {
                guard
                    let setter = setters[field.name]?.first(where: {
                        $0.trigger.name != trigger.name && canBeTogether($0.event, event, on: map)
                    }), !trigger.sets(in: map.source).contains(where: { $0.name == field.name })
                else { continue }
                found.append(
                    Surprise(
                        .staleRead, field.place,
                        "\(trigger.name) reads \(field.name.text.quotedForMessage) as it was before this instant, in which \(setter.trigger.name) sets it"
                    ))
            }
        }
        return found
    }

    private static func isConflict(_ earlier: Setter, _ later: Setter, on map: SurveyedMap) -> Bool {
        guard earlier.trigger.name != later.trigger.name,
            canBeTogether(earlier.event, later.event, on: map)
        else { return false }
        // Two conditions may be made so that one of them holds.
        if earlier.field.isConditional, later.field.isConditional { return false }
        guard let one = earlier.field.value, let other = later.field.value else { return true }
        return one != other
    }

    /// A decider keeps or removes each step, and perhaps one of two.
    private static func canBeTogether(
        _ left: (verb: Verb, place: Place), _ right: (verb: Verb, place: Place), on map: SurveyedMap
    ) -> Bool {
        guard case .step(let one) = left.place, case .step(let other) = right.place, one != other
        else { return left.verb == right.verb || left.place != right.place }
        let track = map.definition.steps[one].track
        return track != map.definition.steps[other].track
            || map.definition.tracks[track].flexTrigger == nil
    }

    private static func conflict(_ earlier: Setter, _ later: Setter) -> Surprise {
        let name = later.field.name.text.quotedForMessage
        return Surprise(
            .fieldSetTwice, later.field.place,
            "\(later.trigger.name) and \(earlier.trigger.name) set \(name) in one instant: the value of \(later.trigger.name) wins"
        )
    }
}
