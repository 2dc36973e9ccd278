import Values

/// The endpoints that are sent events without a plugin, by name, with the events that each wants.
public struct EventEndpoints: Sendable {
    /// In the order of the names' bytes.
    private let endpoints: [(name: String, events: [Subscription.Pattern])]

    /// An endpoint that wants none is left out.
    public init(_ endpoints: [String: [Subscription.Pattern]] = [:]) {
        self.endpoints = endpoints.filter { !$0.value.isEmpty }.sorted { compareBytes($0.key, $1.key) < 0 }
            .map { ($0.key, $0.value) }
    }

    var isEmpty: Bool { endpoints.isEmpty }

    /// Those that want the event.
    func wanting(_ event: EventName) -> [String] {
        endpoints.filter { $0.events.contains { $0.matches(event) } }.map(\.name)
    }
}

extension Subscription.Pattern {
    func matches(_ event: EventName) -> Bool {
        switch self {
        case .exactly(let name): name == event
        case .every(let family): sameBytes(family, event.family)
        }
    }
}
