import Journeys
import Values

/// What a subscription can run on, on one map.
struct SubscriptionTargets {
    private let subscription: Subscription
    /// Its events with the places of the map at which they fire; empty where it is for events that have none.
    let events: [(verb: Verb, place: Place)]
    /// Whether an event without a place can run it.
    let hasPlaceless: Bool

    init(_ subscription: Subscription, on definition: MapDefinition) {
        self.subscription = subscription
        guard subscription.map == nil || subscription.map == definition.id else {
            (events, hasPlaceless) = ([], false)
            return
        }
        let names: [EventName] =
            switch subscription.event {
            case .exactly(let name): [name]
            case .every(let family): EventName.ofTheEngine.filter { $0.family == family }
            }
        var places: [(verb: Verb, place: Place)] = []
        for name in names {
            guard let verb = name.verb else { continue }
            places += Self.places(of: name, on: definition).filter { place in
                guard let pattern = subscription.at else { return true }
                return place.path(on: definition).map {
                    Subscriptions.matches($0, pattern: pattern)
                } ?? false
            }.map { (verb, $0) }
        }
        events = places
        // Events of a plugin's own, and of deliveries, have no path, and an `at` matches none of them.
        let isPlaceless = names.isEmpty || names.contains { $0.verb == nil }
        hasPlaceless = isPlaceless && subscription.at == nil
    }

    /// Whether the event of this place is one of them.
    func fires(_ verb: Verb, at place: Place) -> Bool {
        events.contains { $0.verb == verb && $0.place == place }
    }

    var canFire: Bool { hasPlaceless || !events.isEmpty }

    /// Where there is one, and no other event can run it.
    var onlyPlace: (verb: Verb, place: Place)? { hasPlaceless || events.count != 1 ? nil : events[0] }

    /// As the plugin's file has it: `step.close`, `step.*`.
    var event: String {
        switch subscription.event {
        case .exactly(let name): name.text
        case .every(let family): "\(family).*"
        }
    }

    func matches(_ event: EventLine) -> Bool {
        switch subscription.event {
        case .exactly(let name): if event.name != name { return false }
        case .every(let family): if !sameBytes(event.name.family, family) { return false }
        }
        guard let pattern = subscription.at else { return true }
        switch event.place {
        case .map, .nowhere: return false
        case .track(let track): return Subscriptions.matches(track.text, pattern: pattern)
        case .step(let path): return Subscriptions.matches(path.description, pattern: pattern)
        }
    }

    /// Where the event can fire.
    private static func places(of name: EventName, on definition: MapDefinition) -> [Place] {
        switch name {
        case .mapOpen, .mapClose, .mapLeave: [.map]
        case .trackOpen, .trackClose: definition.tracks.indices.map(Place.track)
        case .stepOpen, .stepClose: definition.steps.indices.map(Place.step)
        // Others are neither passed over nor removed (R11, R15).
        case .stepSkip: definition.steps.indices.filter { definition.steps[$0].isOptional }.map(Place.step)
        case .stepRemove:
            definition.steps.indices.filter { step in
                if case .flex = definition.tracks[definition.steps[step].track].kind { true } else { false }
            }.map(Place.step)
        case .deliveryFailed, .custom: []
        }
    }
}
