package import Values

extension Event {
    /// Reads what ``value`` wrote. Nil for anything else.
    package convenience init?(reading value: Value) {
        guard let table = value.table, let name = table["name"]?.string.map({ EventName($0) }),
            let at = table["at"]?.integer, let by = table["by"]?.string, let map = table["map"]?.string,
            let journey = table["journey"]?.integer
        else { return nil }
        self.init(
            seq: table["seq"]?.integer.map { Int($0) }, name: name, at: Timestamp(milliseconds: at), by: by,
            map: MapID(map), journey: Int(journey), place: Place(of: name, reading: table),
            payload: table["payload"], ending: Ending(reading: table))
    }
}

extension Event.Place {
    /// Reads `track` and `step`.
    init(of name: EventName, reading table: Table) {
        if !name.hasPlace {
            self = .nowhere
        } else if let track = table["track"]?.string.map({ TrackID($0) }) {
            self = table["step"]?.string.map { .step(StepPath(track, StepID($0))) } ?? .track(track)
        } else {
            self = .map
        }
    }
}

extension Event.Ending {
    /// Reads `outcome` and `cancelled`. Nil when there is no outcome.
    init?(reading table: Table) {
        guard let outcome = table["outcome"]?.string.flatMap(JourneyOutcome.init(rawValue:)) else {
            return nil
        }
        self.init(
            outcome: outcome,
            cancelled: table["cancelled"]?.list?.compactMap { item in
                item.string.flatMap { StepPath(described: $0) }
            } ?? [])
    }
}
