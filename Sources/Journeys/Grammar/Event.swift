public import Values

/// One event of a lead, with its place in the lead's total order (R22).
///
/// A class, as are what calls see and ask for: they go through many hands and never change.
public final class Event: Sendable {
    /// The event's number among all of its lead's, from 1 without gaps. Nil for a decider's event,
    /// which has not fired yet.
    public let seq: Int?
    public let name: EventName
    public let at: Timestamp
    /// The author: the command's `by`, `plugin:NAME`, `mirror` or `engine`.
    public let by: String
    public let map: MapID
    /// The number of the journey it belongs to, among its lead's: the lead's journey when it fires.
    public let journey: Int
    public let place: Place
    /// What a custom event carries, and ``EventName/deliveryFailed``.
    public let payload: Value?
    /// Of `map.close` and `map.leave` (R21).
    public let ending: Ending?

    package init(
        seq: Int?, name: EventName, at: Timestamp, by: String, map: MapID, journey: Int, place: Place,
        payload: Value?, ending: Ending?
    ) {
        self.seq = seq
        self.name = name
        self.at = at
        self.by = by
        self.map = map
        self.journey = journey
        self.place = place
        self.payload = payload
        self.ending = ending
    }

    /// Where in its map an event fires.
    public enum Place: Sendable, Hashable {
        case map
        case track(TrackID)
        case step(StepPath)
        /// A custom event has no place, nor has ``EventName/deliveryFailed``.
        case nowhere
    }

    public struct Ending: Sendable, Hashable {
        public let outcome: JourneyOutcome
        /// Every step that was open, in map order.
        public let cancelled: [StepPath]

        package init(outcome: JourneyOutcome, cancelled: [StepPath]) {
            self.outcome = outcome
            self.cancelled = cancelled
        }
    }

    public var track: TrackID? {
        switch place {
        case .track(let track): track
        case .step(let path): path.track
        case .map, .nowhere: nil
        }
    }

    public var step: StepID? {
        if case .step(let path) = place { path.step } else { nil }
    }
}

extension Event: Equatable {
    public static func == (left: Event, right: Event) -> Bool {
        left.seq == right.seq && left.name == right.name && left.at == right.at && left.by == right.by
            && left.map == right.map && left.journey == right.journey && left.place == right.place
            && left.payload == right.payload && left.ending == right.ending
    }
}
