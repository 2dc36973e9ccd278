import Values

// The agenda, the engine's own moves, and orders.

extension Moment {
    /// Does the first thing on the agenda (R29); a refusal becomes an incident (R31).
    mutating func takeFromAgenda() {
        guard instants < Self.instantLimit else { return dropAgenda(because: Self.tooManyInstants) }
        let item = agenda[agendaStart]
        agendaStart += 1
        if agendaStart == agenda.count {
            agenda.removeAll(keepingCapacity: true)
            agendaStart = 0
        }
        guard let request = item.cause.request else { preconditionFailure("an agenda item has its call") }
        do throws(Refusal) {
            guard item.cause.depth <= Self.depthLimit else {
                throw Refusal(
                    .loopLimit,
                    "more than \(Self.depthLimit) effects, each set off by the one before: \(item.cause.chain)"
                )
            }
            switch item.what {
            case .order(.assign(let map, _)) where hasLeft(map):
                throw Refusal(
                    .loopLimit,
                    "a moment assigns a lead to the same map at most once, and this one did so for map \(map): \(item.cause.chain)"
                )
            case .order(.assign) where instants + 2 > Self.instantLimit && lead.journey?.isActive == true:
                // Leaving and opening are two instants, and neither may happen alone.
                return dropAgenda(from: item, because: Self.tooManyInstants)
            case .order(let order):
                try perform(order, by: request.author, journey: request.event.journey)
            case .event(let name, let payload):
                let unnumbered = Journey.UnnumberedEvent(.custom(name), at: .nowhere)
                state = .firing(Firing(unnumbered: [unnumbered], by: request.author, payload: payload))
            }
            cause = item.cause
        } catch {
            setDown(Incident(refusal: error, source: request))
        }
    }

    /// Whether the moment opened the map and the lead is not active on it any more: it is not assigned to it again
    /// (R32). A lead that is active on it is refused as `already_on_map`.
    private func hasLeft(_ map: MapID) -> Bool {
        guard opened.contains(where: { $0.id == map }), let journey = lead.journey else { return false }
        return journey.definition.id != map || !journey.isActive
    }

    private static let tooManyInstants = "a moment has at most \(instantLimit) instants"

    /// After the calls of the moment passed a limit: the commands and events that wait are dropped (R32).
    mutating func dropAgenda() {
        guard let passed = budget.passed, agendaStart < agenda.count else { return }
        dropAgenda(because: passed.message)
    }

    private mutating func dropAgenda(from item: AgendaItem? = nil, because reason: String) {
        let dropped = agenda.count - agendaStart + (item == nil ? 0 : 1)
        let source = (item ?? agenda[agendaStart]).cause.request
        agenda.removeAll()
        agendaStart = 0
        let refusal = Refusal(
            .momentLimit, "\(reason); \(dropped) effects that were still to be done are dropped")
        setDown(Incident(refusal: refusal, source: source))
    }

    /// What the engine does by itself now; nothing when the moment is at a limit: it waits for the next (R32).
    var ownMove: Journey.OwnMove? {
        guard instants < Self.instantLimit, budget.passed == nil else { return nil }
        return lead.journey?.ownMove(hasValue: lead.hasValue)
    }

    mutating func make(_ move: Journey.OwnMove) {
        switch move {
        case .mirror(let step):
            fire(lead.changeJourney { $0.complete(step: step) }, by: "mirror")
        case .close(let track):
            fire(lead.changeJourney { $0.close(track: track) }, by: "engine")
        case .open(let tracks):
            begin(Opening(tracks: tracks, by: "engine", withMap: false))
        case .finish(let status):
            change(status, by: "engine")
        }
    }
}

extension Moment {
    /// Carries out an order, from outside or from the agenda. `journey` is the one that a call's order is
    /// meant for (R29); nil means whichever is active.
    mutating func perform(_ order: Order, by: String, journey meant: Int?) throws(Refusal) {
        switch order {
        case .set(let changes):
            try lead.apply(changes, limits: rulebook.limits)
        case .status(let status):
            change(status, by: by)
        case .assign(let map, let changes):
            try assign(map, changes, by: by)
        case .complete(let step):
            try move(by: by, journey: meant) { journey throws(Refusal) in try journey.complete(step) }
        case .advance:
            try move(by: by, journey: meant) { journey throws(Refusal) in try journey.advance() }
        case .remove(let step):
            try move(by: by, journey: meant) { journey throws(Refusal) in try journey.remove(step, by: by) }
        case .rerun(let incident, now: _, again: _):
            preconditionFailure("incident \(incident) is run again with its call")
        case .erase:
            lead.erase()
        case .todoDone(let number):
            output.doneTodos.append(number)
            journal.append(.todoDone(number, by: by, at: at))
        case .undelivered(let undelivered):
            tell(of: undelivered, by: by)
        case .retry:
            let tracks = try targetJourney(meant).retry()
            begin(Opening(tracks: tracks, by: by, withMap: false))
        }
    }

    /// R57.
    private mutating func tell(of undelivered: Undelivered, by: String) {
        setDown(Incident(undelivered))
        guard undelivered.state == .dead, !undelivered.isQuiet, lead.journey?.isActive == true else { return }
        let payload: Table = [
            "id": .string(undelivered.delivery.description), "kind": .string(undelivered.kind.rawValue),
            "to": .string(undelivered.to), "reason": .string(undelivered.reason),
        ]
        state = .firing(
            Firing(
                unnumbered: [Journey.UnnumberedEvent(.deliveryFailed, at: .nowhere)], by: by,
                payload: .table(payload)))
    }

    func targetJourney(_ number: Int?) throws(Refusal) -> Journey {
        guard let journey = lead.journey else {
            throw Refusal(.noJourney, "lead \(lead.id.text.quotedForMessage) was never assigned to a map")
        }
        if let number, journey.number != number {
            throw Refusal(
                .journeyClosed, "the journey that it was meant for is over: the lead is on another map")
        }
        return journey
    }

    mutating func move(
        by: String, journey meant: Int?,
        _ transition: (inout Journey) throws(Refusal) -> [Journey.UnnumberedEvent]
    ) throws(Refusal) {
        var journey = try targetJourney(meant)
        let unnumbered = try transition(&journey)
        lead.journey = journey
        fire(unnumbered, by: by)
    }

    /// R2.
    mutating func change(_ status: LeadStatus, by: String) {
        lead.status = status
        guard let outcome = status.outcome, lead.journey?.isActive == true else { return }
        fire(lead.changeJourney { [$0.end(outcome)] }, by: by)
    }

    /// R1, R18.
    mutating func assign(_ map: MapID, _ changes: LeadChanges, by: String) throws(Refusal) {
        let definition = try rulebook.definition(of: map)
        let active = lead.journey.flatMap { $0.isActive ? $0 : nil }
        if let active, active.definition.id == map {
            throw Refusal(.alreadyOnMap, "the lead is active on \(map) already")
        }
        try lead.apply(changes, limits: rulebook.limits)
        if active != nil { fire(lead.changeJourney { [$0.end(.left)] }, by: by) }
        dueMap = DueMap(definition: definition, by: by)
    }
}
