import Journeys
import Values

/// How a visit went, by its events: what happened to each track and step, and when.
struct Course {
    let definition: MapDefinition
    private var byTrack: [Key: EventLine] = [:]
    private var byStep: [Key: EventLine] = [:]
    let opened: EventLine?
    /// `map.close` or `map.leave`.
    let ending: EventLine?
    private let held: (track: Int, incident: Int?)?

    private struct Key: Hashable {
        let index: Int
        let verb: Verb
    }

    init(of visit: Visit) {
        let definition = visit.definition
        self.definition = definition
        var ending: EventLine?
        for event in visit.events {
            guard let verb = event.name.verb else { continue }
            switch event.place {
            case .track(let track):
                guard let index = definition.tracks.firstIndex(where: { $0.id == track }) else { continue }
                byTrack[Key(index: index, verb: verb)] = event
            case .step(let path):
                guard let index = definition.index(ofText: path.description) else { continue }
                byStep[Key(index: index, verb: verb)] = event
            case .map: if verb != .open { ending = event }
            case .nowhere: continue
            }
        }
        opened = visit.events.first { $0.name == .mapOpen }
        self.ending = ending
        let tracks = byTrack
        let track = definition.tracks.indices.first { index in
            guard tracks[Key(index: index, verb: .open)] == nil,
                let flex = definition.tracks[index].flexTrigger,
                let last = visit.calls.last(where: { sameBytes($0.trigger, flex.name) }),
                case .failed(_, _, fallback: nil) = last.outcome
            else { return false }
            return true
        }
        held = track.map { index in
            let name = definition.tracks[index].flexTrigger?.name ?? ""
            return (
                index, visit.incidents.last { $0.trigger.map { sameBytes($0, name) } ?? false }?.incident
            )
        }
    }

    /// What fired at a place; nil where nothing did.
    func event(_ verb: Verb, at place: Place) -> EventLine? {
        switch place {
        case .track(let index): byTrack[Key(index: index, verb: verb)]
        case .step(let index): byStep[Key(index: index, verb: verb)]
        case .map:
            switch verb {
            case .open: opened
            case .close: ending.flatMap { $0.name == .mapClose ? $0 : nil }
            case .leave: ending.flatMap { $0.name == .mapLeave ? $0 : nil }
            case .skip, .remove: nil
            }
        }
    }

    /// The track whose decider failed, while the journey waits for it (R34).
    var heldTrack: (track: Int, incident: Int?)? { ending == nil ? held : nil }

    /// The steps of a track that are open.
    func openSteps(of track: Int) -> [Int] {
        definition.tracks[track].steps.filter { step in
            event(.open, at: .step(step)) != nil
                && [.close, .skip, .remove].allSatisfy { event($0, at: .step(step)) == nil }
        }
    }

    /// The open track that is not a video track (R12).
    var currentTrack: Int? {
        definition.tracks.indices.first { index in
            if case .video = definition.tracks[index].kind { return false }
            return event(.open, at: .track(index)) != nil && event(.close, at: .track(index)) == nil
        }
    }
}
