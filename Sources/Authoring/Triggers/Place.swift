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
