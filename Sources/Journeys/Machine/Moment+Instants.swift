import Values

// Openings, and what fires in one instant.

extension Moment {
    /// Opens the map with its first tracks (R1, R6).
    mutating func open(_ due: DueMap) {
        let journey = Journey(number: (lead.journey?.number ?? 0) + 1, on: due.definition)
        guard let tracks = journey.nextTracks else { preconditionFailure("a map has at least one track") }
        lead.journey = journey
        lead.status = .open
        opened.append(due.definition)
        begin(Opening(tracks: tracks, by: due.by, withMap: true))
    }

    /// Asks the decider of the opening, if it has one, before anything of the instant fires (R10).
    mutating func begin(_ opening: Opening) {
        guard let journey = lead.journey else { preconditionFailure("only a journey opens tracks") }
        let track = journey.definition.tracks[opening.tracks.upperBound - 1]
        guard let trigger = track.flexTrigger else { return open(opening, decision: nil, decider: nil) }
        let event = Event(
            seq: nil, name: .trackOpen, at: at, by: opening.by, map: journey.definition.id,
            journey: journey.number, place: .track(track.id), payload: nil, ending: nil)
        let steps = journey.definition.steps[track.steps].map(\.path.step)
        let request = CallRequest(
            trigger: trigger.name, run: trigger.decide, parameters: trigger.parameters, condition: nil,
            definition: journey.definition, event: event, role: .decider(steps))
        note(calledOn: journey.definition)
        state = .deciding(opening, request)
    }

    mutating func open(_ opening: Opening, decision: Journey.Decision?, decider: PendingRecord?) {
        let opened = lead.changeJourney { $0.open(opening.tracks, at: at, decision: decision) }
        let map = opening.withMap ? [Journey.UnnumberedEvent(.mapOpen, at: .map)] : []
        state = .firing(
            Firing(
                unnumbered: map + opened, by: opening.by, deciders: decider.map { [$0] } ?? []))
    }
}

extension Moment {
    mutating func fire(_ unnumbered: [Journey.UnnumberedEvent], by: String) {
        state = .firing(Firing(unnumbered: unnumbered, by: by))
    }

    /// Numbers what fires (R22), sets it down and asks for the calls that it runs (R24).
    mutating func number(_ firing: Firing) {
        guard let journey = lead.journey else { preconditionFailure("only a journey's events fire") }
        guard !firing.unnumbered.isEmpty else {
            record(deciders: firing.deciders, instant: nil, events: [])
            state = .looking
            return
        }
        instants += 1
        var events: [Event] = []
        events.reserveCapacity(firing.unnumbered.count)
        for unnumbered in firing.unnumbered {
            lead.lastSeq += 1
            let event = Event(
                seq: lead.lastSeq, name: unnumbered.name, at: at, by: firing.by, map: journey.definition.id,
                journey: journey.number, place: unnumbered.place(in: journey.definition),
                payload: firing.payload,
                ending: unnumbered.ending)
            events.append(event)
            journal.append(.event(event, instant: instants))
        }
        let incidents = record(deciders: firing.deciders, instant: instants, events: events)
        let sentBefore = output.outgoing.count
        notify(of: events)
        let calls = rulebook.requests(for: events, from: firing.unnumbered, in: journey.definition)
        if calls.isEmpty {
            state = .looking
            for incident in incidents { setDown(incident) }
            setDownDeliveries(after: sentBefore)
        } else {
            note(calledOn: journey.definition)
            let snapshot = Snapshot(lead: lead, journey: journey)
            let instant = Instant(
                number: instants, events: events, snapshot: snapshot, calls: calls, sentBefore: sentBefore)
            state = .calling(instant, cause, incidents)
        }
    }

    mutating func note(calledOn definition: MapDefinition) {
        if called.last !== definition { called.append(definition) }
    }

    /// Deciders come first among the calls of their instant.
    @discardableResult
    mutating func record(deciders: [PendingRecord], instant: Int?, events: [Event]) -> [Incident] {
        var incidents: [Incident] = []
        for decider in deciders {
            let opened = events.first { $0.name == .trackOpen && $0.track == decider.track }
            if let incident = decider.incident { incidents.append(incident.naming(opened)) }
            journal.append(
                .call(
                    CallRecord(
                        instant: instant, seq: opened?.seq, rule: decider.rule, outcome: decider.outcome,
                        log: decider.result.log, reads: decider.result.reads)))
        }
        guard instant != nil else {
            for incident in incidents { setDown(incident) }
            return []
        }
        return incidents
    }
}
