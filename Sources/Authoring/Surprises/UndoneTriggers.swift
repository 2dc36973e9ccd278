import Journeys
import Plugins
import Values
import Workspace

/// Triggers that undo what they hang on, whenever they fire: they have no `when`, and their action asks for it in any
/// case.
enum UndoneTriggers {
    static func all(in survey: Survey) -> [Surprise] {
        survey.maps.flatMap { map in
            map.triggers.flatMap { trigger -> [Surprise] in
                guard trigger.condition == nil, let reading = trigger.reading else { return [] }
                return why(trigger, reading, on: map).map {
                    Surprise(.undone, trigger.place, "\(trigger.name) \($0)")
                }
            }
        }
    }

    private static func why(
        _ trigger: SurveyedTrigger, _ reading: FunctionReading, on map: SurveyedMap
    ) -> [String] {
        func names(_ references: [FunctionReading.Reference]) -> [String] {
            references.filter { !$0.use.isConditional }.flatMap { trigger.names($0.name, in: map.source) }
                .map(\.name)
        }
        guard let event = trigger.event else { return [] }
        switch (event.verb, event.place) {
        case (.open, .map):
            let assigned = names(reading.assigns).map {
                "assigns the lead to \($0.quotedForMessage) as soon as this map opens"
            }
            let ended = names(reading.statuses).filter { $0 != LeadStatus.open.rawValue }
            return assigned
                + ended.map { "gives the lead the status \($0.quotedForMessage) as soon as this map opens" }
        case (.close, .map):
            return names(reading.statuses).map {
                "gives the lead the status \($0.quotedForMessage) after another status closed the map"
            }
        case (.leave, .map):
            return names(reading.assigns).map {
                "assigns the lead to \($0.quotedForMessage) when it has just been assigned to the map for which it left this one"
            }
        case (.open, .step(let step)):
            let path = map.definition.steps[step].pathText
            let isCompleted = names(reading.completes).contains { sameBytes($0, path) }
            let isRemoved = names(reading.removes).contains { sameBytes($0, path) }
            return (isCompleted ? ["completes \(path) as soon as it opens"] : [])
                + (isRemoved ? ["removes \(path) as soon as it opens"] : [])
        case (.close, .step(let step)):
            guard let mirror = map.definition.steps[step].mirror else { return [] }
            let isCleared = trigger.sets(in: map.source).contains {
                sameBytes($0.name.text, mirror) && $0.value == .null && !$0.isConditional
            }
            return isCleared ? ["clears \(mirror.quotedForMessage), which completed the step"] : []
        case (.open, .track), (.close, .track), (.leave, .track), (.skip, .track), (.remove, .track),
            (.skip, .map), (.remove, .map), (.leave, .step), (.skip, .step), (.remove, .step):
            return []
        }
    }
}
