import Journeys
import Plugins
import Values
import Workspace

/// Names of maps, tracks and steps that are not there, where no mistake tells of them.
enum PlaceSurprises {
    static func all(in survey: Survey) -> [Surprise] {
        let places = KnownPlaces(survey)
        return subscriptions(survey, places) + triggers(survey, places) + plugins(survey, places)
    }

    private static func subscriptions(_ survey: Survey, _ places: KnownPlaces) -> [Surprise] {
        survey.generation.rulebook.subscriptions.ordered.compactMap { subscription in
            guard let plugin = survey.plugins[subscription.plugin] else { return nil }
            if let map = subscription.map, !places.maps.contains(map.text) {
                return Surprise(
                    .nowhere, plugin.place(ofSubscription: subscription.number, "map"),
                    "there is no map \(map.text.quotedForMessage)\(suggestion(for: map.text, among: places.maps))"
                )
            }
            guard let at = subscription.at else { return nil }
            let maps = survey.maps.filter { subscription.map == nil || subscription.map == $0.definition.id }
            let paths = maps.flatMap { KnownPlaces.paths(of: $0) }
            // A map that cannot be used may have the place.
            guard !maps.isEmpty, places.isWhole,
                !paths.contains(where: { Subscriptions.matches($0, pattern: at) })
            else { return nil }
            let owner =
                subscription.map.map { "the map \($0.text.quotedForMessage) does not have" } ?? "no map has"
            return Surprise(
                .nowhere, plugin.place(ofSubscription: subscription.number, "at"),
                "\(owner) a place \(at.quotedForMessage)\(suggestion(for: at, among: paths))")
        }
    }

    /// What triggers and subscriptions on a map give to `assign`, `complete` and `remove`.
    private static func triggers(_ survey: Survey, _ places: KnownPlaces) -> [Surprise] {
        survey.maps.flatMap { map in
            let paths = map.definition.steps.map(\.pathText)
            return map.triggers.flatMap { trigger -> [Surprise] in
                guard let reading = trigger.reading else { return [] }
                let assigned = reading.assigns.flatMap { trigger.names($0.name, in: map.source) }
                let wrongMaps = assigned.compactMap { name, place in
                    place.flatMap { places.wrongMap(name, at: $0) }
                }
                let steps = (reading.completes + reading.removes).flatMap {
                    trigger.names($0.name, in: map.source)
                }
                let wrongSteps = steps.compactMap { name, place -> Surprise? in
                    guard let place, !paths.contains(where: { sameBytes($0, name) }) else { return nil }
                    return Surprise(
                        .nowhere, place,
                        "the map \(map.definition.id.text.quotedForMessage) does not have a step \(name.quotedForMessage)\(suggestion(for: name, among: paths))"
                    )
                }
                return wrongMaps + wrongSteps + states(trigger.conditionUses, paths, trigger, map)
            }
        }
    }

    /// `event.journey.steps["…"]` in a condition.
    private static func states(
        _ uses: [LuaUse], _ paths: [String], _ trigger: SurveyedTrigger, _ map: SurveyedMap
    ) -> [Surprise] {
        uses.compactMap { use in
            guard let (what, name, _) = state(use), let condition = trigger.condition else { return nil }
            let known = what == "step" ? paths : map.definition.tracks.map(\.id.text)
            guard !known.contains(where: { sameBytes($0, name) }) else { return nil }
            return Surprise(
                .nowhere, map.source.place(of: name, from: condition.place),
                "the map \(map.definition.id.text.quotedForMessage) does not have a \(what) \(name.quotedForMessage)\(suggestion(for: name, among: known))"
            )
        }
    }

    /// The names that plugins give themselves: told where no map has them.
    private static func plugins(_ survey: Survey, _ places: KnownPlaces) -> [Surprise] {
        survey.readings.flatMap { plugin in
            plugin.functions.values.flatMap { reading -> [Surprise] in
                let maps = reading.assigns.compactMap { reference -> Surprise? in
                    guard case .constant(let name) = reference.name else { return nil }
                    return places.wrongMap(name, at: reference.place)
                }
                let steps = (reading.completes + reading.removes).compactMap { reference -> Surprise? in
                    guard case .constant(let name) = reference.name else { return nil }
                    return places.wrong("step", name, at: reference.place)
                }
                let states = reading.uses.compactMap { use -> Surprise? in
                    guard let (what, name, index) = state(use) else { return nil }
                    return places.wrong(what, name, at: use.place(ofKey: index))
                }
                return maps + steps + states
            }
        }
    }

    /// The step or track of which a state is read.
    private static func state(_ use: LuaUse) -> (what: String, name: String, index: Int)? {
        let keys = use.path.constants
        guard use.path.root == .event, keys.count > 2, keys[0] == "journey" else { return nil }
        switch keys[1] {
        case "steps": return ("step", keys[2], 2)
        case "tracks": return ("track", keys[2], 2)
        case _: return nil
        }
    }
}

/// The ids and paths of all maps.
struct KnownPlaces {
    let maps: [String]
    let steps: Set<ExactText>
    let tracks: Set<ExactText>
    /// Whether every map could be read, and there is one.
    let isWhole: Bool

    init(_ survey: Survey) {
        maps = survey.generation.rulebook.maps.keys.map(\.text).sorted()
        steps = Set(survey.maps.flatMap { $0.definition.steps.map { ExactText($0.pathText) } })
        tracks = Set(survey.maps.flatMap { $0.definition.tracks.map { ExactText($0.id.text) } })
        isWhole =
            survey.maps.count == maps.count && !maps.isEmpty && survey.generation.fileMistakes.isEmpty
    }

    static func paths(of map: SurveyedMap) -> [String] {
        map.definition.tracks.map(\.id.text) + map.definition.steps.map(\.pathText)
    }

    func wrongMap(_ name: String, at place: FilePlace) -> Surprise? {
        guard isWhole, !maps.contains(where: { sameBytes($0, name) }) else { return nil }
        return Surprise(
            .nowhere, place,
            "there is no map \(name.quotedForMessage)\(suggestion(for: name, among: maps))")
    }

    func wrong(_ what: String, _ name: String, at place: FilePlace) -> Surprise? {
        let known = what == "step" ? steps : tracks
        guard isWhole, !known.contains(ExactText(name)) else { return nil }
        let near = suggestion(for: name, among: known.map(\.text).sorted())
        return Surprise(.nowhere, place, "no map has a \(what) \(name.quotedForMessage)\(near)")
    }
}
