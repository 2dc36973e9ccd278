/// A lead's status. Only `open` has no outcome.
public enum LeadStatus: String, Sendable, Hashable, CaseIterable {
    case open, closed, won, lost

    /// How a journey ends when the status becomes this one (R2).
    public var outcome: JourneyOutcome? {
        switch self {
        case .open: nil
        case .closed: .closed
        case .won: .won
        case .lost: .lost
        }
    }
}

/// How a journey ended, as its last event carries it (R21).
public enum JourneyOutcome: String, Sendable, Hashable, CaseIterable {
    case closed, won, lost
    /// The lead was assigned to another map (R18).
    case left
}
