package import Values

extension Event {
    /// The event with everything that running its calls again needs, as an incident keeps it (R36).
    package var value: Value {
        var table = members
        table["name"] = .string(name.text)
        table["at"] = .integer(at.milliseconds)
        table["journey"] = .integer(Int64(journey))
        return .table(table)
    }

    /// The event as an endpoint is told of it: what its journal line has.
    package func notice(of lead: LeadID) -> Value {
        var table = members
        table["event"] = .string(name.text)
        table["at"] = .string(at.description)
        table["lead"] = .string(lead.text)
        return .table(table)
    }

    /// What both have.
    private var members: Table {
        var table: Table = ["by": .string(by), "map": .string(map.text)]
        table["seq"] = seq.map { .integer(Int64($0)) }
        table["payload"] = payload
        table["track"] = track.map { .string($0.text) }
        table["step"] = step.map { .string($0.text) }
        if let ending {
            table["outcome"] = .string(ending.outcome.rawValue)
            table["cancelled"] = .list(ending.cancelled.map { .string($0.description) })
        }
        return table
    }
}
