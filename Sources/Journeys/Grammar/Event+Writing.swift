package import Values

extension Event {
    /// The event with everything that running its calls again needs, as an incident keeps it (R36).
    package var value: Value {
        var table: Table = [
            "name": .string(name.text), "at": .integer(at.milliseconds), "by": .string(by),
            "map": .string(map.text), "journey": .integer(Int64(journey)),
        ]
        table["seq"] = seq.map { .integer(Int64($0)) }
        table["payload"] = payload
        table["track"] = track.map { .string($0.text) }
        table["step"] = step.map { .string($0.text) }
        if let ending {
            table["outcome"] = .string(ending.outcome.rawValue)
            table["cancelled"] = .list(ending.cancelled.map { .string($0.description) })
        }
        return .table(table)
    }

    /// The event as an endpoint is told of it: what its journal line has.
    package func notice(of lead: LeadID) -> Value {
        var table: Table = [
            "event": .string(name.text), "lead": .string(lead.text), "at": .string(at.description),
            "by": .string(by), "map": .string(map.text),
        ]
        table["seq"] = seq.map { .integer(Int64($0)) }
        table["payload"] = payload
        table["track"] = track.map { .string($0.text) }
        table["step"] = step.map { .string($0.text) }
        if let ending {
            table["outcome"] = .string(ending.outcome.rawValue)
            table["cancelled"] = .list(ending.cancelled.map { .string($0.description) })
        }
        return .table(table)
    }
}
