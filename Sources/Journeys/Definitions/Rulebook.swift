import Values

/// The maps, subscriptions and endpoints of events that one generation of files gives. A moment uses one rulebook from its
/// first instant to its last (R41).
public final class Rulebook: Sendable {
    public let maps: [MapID: Availability]
    public let subscriptions: Subscriptions
    public let endpoints: EventEndpoints
    public let limits: RecordLimits
    public let momentLimits: MomentLimits

    public enum Availability: Sendable {
        case available(MapDefinition)
        /// It needs plugins that are not loaded; the text says which and why.
        case unavailable(String)
    }

    public init(
        maps: [MapID: Availability], subscriptions: Subscriptions = Subscriptions([]),
        endpoints: EventEndpoints = EventEndpoints(), limits: RecordLimits = RecordLimits(),
        momentLimits: MomentLimits = MomentLimits()
    ) {
        self.maps = maps
        self.subscriptions = subscriptions
        self.endpoints = endpoints
        self.limits = limits
        self.momentLimits = momentLimits
    }

    /// The same rulebook, with each map in an object of its own. A thread that takes one of these counts its references
    /// alone: a count that several processors change takes each of them several times as long.
    ///
    /// - Parameter earlier: one that was made so before, and of which rulebook. Maps that did not change between that
    ///   and this are taken from it.
    package func apart(reusing earlier: (apart: Rulebook, of: Rulebook)? = nil) -> Rulebook {
        let own = maps.map { id, availability -> (MapID, Availability) in
            guard case .available(let map) = availability else { return (id, availability) }
            if let earlier, case .available(let same)? = earlier.of.maps[id], same === map,
                let own = earlier.apart.maps[id]
            {
                return (id, own)
            }
            return (id, .available(MapDefinition(apartFrom: map)))
        }
        return Rulebook(
            maps: Dictionary(uniqueKeysWithValues: own), subscriptions: subscriptions, endpoints: endpoints,
            limits: limits, momentLimits: momentLimits)
    }

    /// The map in its current version. Refused when there is none, or when it needs a plugin that is not
    /// loaded.
    package func definition(of map: MapID) throws(Refusal) -> MapDefinition {
        switch maps[map] {
        case .available(let definition): return definition
        case .unavailable(let why):
            throw Refusal(.mapUnavailable, "map \(map) cannot be used now: \(why)")
        case nil:
            let hint = suggestion(for: map.text, among: maps.keys.map(\.text).sorted())
            throw Refusal(.unknownMap, "there is no map \(map.text.quotedForMessage)\(hint)")
        }
    }

    /// What runs when the events fire one after the other, for each in the order of R24: the triggers of its place
    /// in the map, then the plugins' subscriptions. `fired` are the same events before they had their numbers.
    func requests(
        for events: [Event], from fired: [Journey.UnnumberedEvent], in definition: MapDefinition
    ) -> [CallRequest] {
        var requests: [CallRequest] = []
        for (event, fired) in zip(events, fired) {
            for trigger in definition.triggers(for: fired) {
                requests.append(CallRequest(trigger, definition: definition, event: event))
            }
            for trigger in subscriptions.matching(event) {
                requests.append(CallRequest(trigger, definition: definition, event: event))
            }
        }
        return requests
    }
}

extension MapDefinition {
    fileprivate func triggers(for event: Journey.UnnumberedEvent) -> [Trigger] {
        let verb: Verb
        switch event.name {
        case .mapOpen, .trackOpen, .stepOpen: verb = .open
        case .mapClose, .trackClose, .stepClose: verb = .close
        case .mapLeave: verb = .leave
        case .stepSkip: verb = .skip
        case .stepRemove: verb = .remove
        case .deliveryFailed, .custom: return []
        }
        switch event.site {
        case .map: return triggers[verb]
        case .track(let index): return tracks[index].triggers[verb]
        case .step(let index): return steps[index].triggers[verb]
        case .nowhere: return []
        }
    }
}
