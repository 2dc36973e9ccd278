import Values

/// Whether an incident is settled, and how (R36).
public enum IncidentState: Sendable, Hashable {
    case open
    /// Its call ran again and did not fail, or the track that it held opened, in the lead's moment with this number.
    case retried(moment: Int)
    /// Its call ran again and failed: the incident with this number took its place.
    case superseded(by: Int)
    /// An operator set it aside.
    case dismissed

    public enum Name: String, Sendable, Hashable, CaseIterable {
        case open, retried, superseded, dismissed
    }

    public var name: Name {
        switch self {
        case .open: .open
        case .retried: .retried
        case .superseded: .superseded
        case .dismissed: .dismissed
        }
    }

    /// The number of the moment or of the incident.
    package var number: Int? {
        switch self {
        case .retried(let moment): moment
        case .superseded(let incident): incident
        case .open, .dismissed: nil
        }
    }

    /// Nil where a state has a number that it cannot have, or lacks the one that it must have.
    package init?(_ name: Name, _ number: Int?) {
        switch (name, number) {
        case (.open, nil): self = .open
        case (.retried, let moment?): self = .retried(moment: moment)
        case (.superseded, let incident?): self = .superseded(by: incident)
        case (.dismissed, nil): self = .dismissed
        case (.open, _), (.retried, nil), (.superseded, nil), (.dismissed, _): return nil
        }
    }
}

extension IncidentState: CustomStringConvertible {
    /// For people: `retried in moment 4`.
    public var description: String {
        switch self {
        case .open: "open"
        case .retried(let moment): "retried in moment \(moment)"
        case .superseded(let incident): "superseded by incident \(incident)"
        case .dismissed: "dismissed"
        }
    }
}

extension MomentRecord {
    /// What a moment makes of earlier incidents of its lead. Of an incident that is not there, or is another lead's,
    /// nothing.
    public enum Settlement: Sendable, Hashable {
        case incident(Int, IncidentState)
        /// The open incidents of this trigger of a decider are retried in the moment: it decided.
        case decider(trigger: String)
    }
}
