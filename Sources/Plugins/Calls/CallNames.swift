import Journeys

/// The texts that are in nearly every event that a call gets, so that each image holds them (``Program/names``).
enum CallNames {
    /// The keys that ``InstantEncoding`` writes, and the words among its values.
    private static let words: [String] = {
        let keys = [
            "id", "seq", "name", "at", "by", "map", "track", "step", "payload", "outcome", "cancelled",
            "steps",
            "lead", "journey", "status", "agent", "channel", "fields", "version", "tracks", "now", "store",
        ]
        return keys + EventName.ofTheEngine.map(\.text) + LeadStatus.allCases.map(\.rawValue)
            + JourneyOutcome.allCases.map(\.rawValue)
            + Journey.TrackState.allCases.map(\.rawValue) + Journey.StepState.allCases.map(\.rawValue)
    }()

    /// The words, then what the maps call their parts; the sandbox takes the first of them.
    static func of(_ rulebook: Rulebook) -> [String] {
        var names = words
        for (_, availability) in rulebook.maps.sorted(by: { $0.key < $1.key }) {
            guard names.count < 4 * words.count else { break }
            guard case .available(let definition) = availability else { continue }
            names.append(definition.id.text)
            for track in definition.tracks { names.append(track.id.text) }
            for step in definition.steps { names += [step.path.step.text, step.pathText] }
        }
        return names
    }
}
