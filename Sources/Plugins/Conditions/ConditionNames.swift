import Journeys
import Values

/// What a `when` may name: what is always nil is a mistake of the person who wrote it.
package struct ConditionNames {
    /// The keys of the lead that a call gets.
    package static let leadKeys = ["id", "status", "agent", "channel", "fields"]
    /// The keys of an event that a call gets.
    package static let eventKeys = [
        "id", "seq", "name", "at", "by", "map", "track", "step", "payload", "outcome", "cancelled", "steps",
        "lead",
        "journey",
    ]
    package static let journeyKeys = ["map", "version", "tracks", "steps"]

    /// The names of the library, as the sandbox has them.
    let library: [String]

    /// What is wrong with the names in an expression, each name once.
    func mistakes(in expression: String) -> [String] {
        var seen: Set<String> = []
        return LuaNames.of(expression: expression).compactMap(mistake(in:)).filter {
            seen.insert($0).inserted
        }
    }

    private func mistake(in use: LuaNameUse) -> String? {
        switch use.name {
        case "lead": unknown(use.keys.first, of: "lead", among: Self.leadKeys)
        case "event": mistake(inKeysOfEvent: use.keys)
        case let name where library.contains(where: { sameBytes($0, name) }): nil
        case let name:
            "there is no \(name.quotedForMessage) in `when`; it may name event, lead, host and the library of Lua"
                + suggestion(for: name, among: ["event", "lead"] + library)
        }
    }

    private func mistake(inKeysOfEvent keys: [String]) -> String? {
        if let mistake = unknown(keys.first, of: "event", among: Self.eventKeys) { return mistake }
        let inner = keys.dropFirst().first
        return switch keys.first {
        case "lead": unknown(inner, of: "event.lead", among: Self.leadKeys)
        case "journey": unknown(inner, of: "event.journey", among: Self.journeyKeys)
        default: nil
        }
    }

    private func unknown(_ key: String?, of owner: String, among known: [String]) -> String? {
        guard let key, !known.contains(where: { sameBytes($0, key) }) else { return nil }
        let fields =
            owner == "lead" || owner == "event.lead" ? "; a lead's own fields are in \(owner).fields" : ""
        return "\(owner) does not have a key \(key.quotedForMessage)\(fields)\(knownHere(key, known))"
    }
}
