import Journeys

/// A place of a map, by the indexes of its definition.
enum Place: Hashable {
    case map
    case track(Int)
    case step(Int)

    /// `step.close`.
    func event(_ verb: Verb) -> String {
        switch self {
        case .map: "map.\(verb.rawValue)"
        case .track: "track.\(verb.rawValue)"
        case .step: "step.\(verb.rawValue)"
        }
    }

    /// `qualify/call`; nil for the map itself.
    func path(on definition: MapDefinition) -> String? {
        switch self {
        case .map: nil
        case .track(let index): definition.tracks[index].id.text
        case .step(let index): definition.steps[index].pathText
        }
    }
}

extension EventName {
    /// What happened to the map, the track or the step; nil for what has no place.
    var verb: Verb? {
        switch self {
        case .mapOpen, .trackOpen, .stepOpen: .open
        case .mapClose, .trackClose, .stepClose: .close
        case .mapLeave: .leave
        case .stepSkip: .skip
        case .stepRemove: .remove
        case .deliveryFailed, .custom: nil
        }
    }
}
