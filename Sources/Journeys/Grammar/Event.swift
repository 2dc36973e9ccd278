public import Values

/// What fired, by name.
public enum EventName: Sendable, Hashable {
    case mapOpen, mapClose, mapLeave
    case trackOpen, trackClose
    case stepOpen, stepClose, stepSkip, stepRemove
    /// A plugin's own event, `plugin.something`.
    case custom(String)

    public static let ofTheEngine: [EventName] = [
        .mapOpen, .mapClose, .mapLeave, .trackOpen, .trackClose, .stepOpen, .stepClose, .stepSkip,
        .stepRemove,
    ]

    /// The event of that name: the engine's own, or else a plugin's.
    package init(_ text: String) {
        self = Self.ofTheEngine.first { $0.text == text } ?? .custom(text)
    }

    public var text: String {
        switch self {
        case .mapOpen: "map.open"
        case .mapClose: "map.close"
        case .mapLeave: "map.leave"
        case .trackOpen: "track.open"
        case .trackClose: "track.close"
        case .stepOpen: "step.open"
        case .stepClose: "step.close"
        case .stepSkip: "step.skip"
        case .stepRemove: "step.remove"
        case .custom(let name): name
        }
    }
}

extension EventName: CustomStringConvertible {
    public var description: String { text }
}

/// How a journey ended, as its last event carries it (R21).
public enum Outcome: String, Sendable, Hashable, CaseIterable {
    case closed, won, lost
    /// The lead was assigned to another map (R18).
    case left
}

/// One event of a lead, with its place in the lead's total order (R22).
///
/// A class, as are what calls see and ask for: they go through many hands and never change.
public final class Event: Sendable {
    /// The event's number among all of its lead's, from 1 without gaps. Nil for a decider's event,
    /// which has not fired yet.
    public let seq: Int?
    public let name: EventName
    public let at: Timestamp
    /// Who made it happen: the command's `by`, `plugin:NAME`, `mirror` or `engine`.
    public let by: String
    public let map: MapID
    /// The number of the journey it belongs to, among its lead's: the lead's journey when it fires.
    public let journey: Int
    public let place: Place
    /// What a custom event carries.
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
        /// A custom event has no place.
        case nowhere
    }

    public struct Ending: Sendable, Equatable {
        public let outcome: Outcome
        /// Every step that was open, in map order.
        public let cancelled: [StepPath]

        package init(outcome: Outcome, cancelled: [StepPath]) {
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
