import Journeys

/// A trigger of a map with its place; a flex trigger as the one that hangs on its track's opening.
struct MapTrigger {
    let name: String
    let run: FunctionName
    let condition: Condition?
    let verb: Verb
    let place: Place

    /// In the order of the map: its own, then those of each track with its steps.
    static func all(of definition: MapDefinition) -> [MapTrigger] {
        var found = of(definition.triggers, at: .map)
        for (index, track) in definition.tracks.enumerated() {
            if let flex = track.flexTrigger {
                found.append(
                    MapTrigger(
                        name: flex.name, run: flex.decide, condition: nil, verb: .open, place: .track(index)))
            }
            found += of(track.triggers, at: .track(index))
            for step in track.steps { found += of(definition.steps[step].triggers, at: .step(step)) }
        }
        return found
    }

    private static func of(_ triggers: Triggers, at place: Place) -> [MapTrigger] {
        triggers.all.map { verb, trigger in
            MapTrigger(
                name: trigger.name, run: trigger.run, condition: trigger.condition, verb: verb, place: place)
        }
    }
}
