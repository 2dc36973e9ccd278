/// What fired, by name.
public enum EventName: Sendable, Hashable {
    case mapOpen, mapClose, mapLeave
    case trackOpen, trackClose
    case stepOpen, stepClose, stepSkip, stepRemove
    /// A delivery of the lead is dead (R57).
    case deliveryFailed
    /// A plugin's own event, `plugin.something`.
    case custom(String)

    public static let ofTheEngine: [EventName] = [
        .mapOpen, .mapClose, .mapLeave, .trackOpen, .trackClose, .stepOpen, .stepClose, .stepSkip,
        .stepRemove, .deliveryFailed,
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
        case .deliveryFailed: "delivery.failed"
        case .custom(let name): name
        }
    }
}

extension EventName {
    /// What is before the dot.
    package var family: String { String(text.prefix { $0 != "." }) }

    /// Whether it fires at a place of its map: a custom event and ``deliveryFailed`` have none.
    var hasPlace: Bool {
        switch self {
        case .mapOpen, .mapClose, .mapLeave, .trackOpen, .trackClose, .stepOpen, .stepClose, .stepSkip,
            .stepRemove:
            true
        case .deliveryFailed, .custom: false
        }
    }
}

extension EventName: CustomStringConvertible {
    public var description: String { text }
}
