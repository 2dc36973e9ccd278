public import Values

/// Everything that one outside command sets off (R26 to R32), as a value that does no I/O: ask it what it
/// needs, do that, hand the results back, until it is done.
///
///     var moment = try Moment(command, of: lead, at: now, under: rulebook)
///     while true {
///         switch moment.next() {
///         case .decision(let request, let snapshot): moment.decided(run(request, snapshot))
///         case .calls(let instant): moment.returned(instant.calls.map { run($0, instant.snapshot) })
///         case .done: return moment
///         }
///     }
public struct Moment: Sendable {
    /// How deep a chain of effects may go (R32).
    public static let depthLimit = 100
    /// How many instants a moment may have (R32).
    public static let instantLimit = 10_000

    /// What the moment needs next.
    public enum Need: Sendable {
        /// Ask this decider; hand its result to ``decided(_:)``.
        case decision(CallRequest, Snapshot)
        /// Run these calls; hand their results, in the same order, to ``returned(_:)``.
        case calls(Instant)
        case done
    }

    public let command: Command
    public let at: Timestamp
    /// The lead as it is so far; when the moment is done, as it is after it.
    public private(set) var lead: Lead
    /// What happened, in order.
    public private(set) var journal: [JournalEntry] = []
    /// What the effects left for others than the lead's own record.
    public private(set) var consequences = Consequences()
    /// The maps that it opened, in order.
    public private(set) var opened: [MapDefinition] = []
    /// The maps on whose events it asked for calls, in order, hardly any of them twice.
    public private(set) var called: [MapDefinition] = []

    private let rulebook: Rulebook
    private var agenda: [AgendaItem] = []
    private var agendaStart = 0
    private var instants = 0
    private var state: State = .looking
    /// The map that the lead was assigned to: it opens before the agenda is looked at (R18).
    private var dueMap: DueMap?
    /// What the last thing done came from; an own move of the engine inherits it (R32).
    private var cause = Cause.outside

    private enum State {
        /// Next: firing, deciding, done.
        case looking
        /// Something fired and its calls are not asked for yet. Next: calling, looking.
        case firing(Firing)
        /// A decider was asked. Next: firing, looking.
        case deciding(Opening, CallRequest)
        /// Calls were asked for; the incidents of the instant's deciders wait for theirs. Next: looking, firing.
        case calling(Instant, Cause, [Incident])
        case done
    }

    /// What fires in one instant, before it has its numbers.
    private struct Firing {
        var happenings: [Journey.Happening]
        var by: String
        /// A custom event's payload.
        var payload: Value?
        var deciders: [PendingRecord] = []
    }

    /// Tracks about to open.
    private struct Opening {
        var tracks: Range<Int>
        var by: String
        /// Whether `map.open` stands before them (R6).
        var withMap: Bool
    }

    private struct DueMap {
        let definition: MapDefinition
        let by: String
    }

    /// A decider's call, to be set down when its event has its number.
    private struct PendingRecord {
        let trigger: String
        let run: FunctionName
        let track: TrackID
        let outcome: CallRecord.Outcome
        let result: CallResult
        let incident: Incident?
    }

    // MARK: Beginning

    /// Begins the moment that the command sets off, or refuses the command and leaves nothing.
    public init(_ command: Command, of lead: Lead?, at: Timestamp, under rulebook: Rulebook) throws(Refusal) {
        switch command.order {
        case .assign, .set: break
        case .complete, .advance, .remove, .status, .retry, .rerun:
            guard lead != nil else {
                throw Refusal(.unknownLead, "there is no lead \(command.lead.text.quotedForMessage)")
            }
        }
        self.init(command, at: at, rulebook: rulebook, lead: lead ?? Lead(id: command.lead))
        try perform(command.order, by: command.by, journey: nil)
    }

    /// Begins the moment in which a call that failed runs again, on what it saw then (R36). Nothing fires
    /// for it; its effects apply to the lead as it is now.
    public init(
        _ command: Command, running call: FailedCall, of lead: Lead, at: Timestamp, under rulebook: Rulebook
    ) {
        self.init(command, at: at, rulebook: rulebook, lead: lead)
        let instant = Instant(number: nil, events: [], snapshot: call.snapshot, calls: [call.request])
        called = [call.request.definition]
        state = .calling(instant, .outside, [])
    }

    private init(_ command: Command, at: Timestamp, rulebook: Rulebook, lead: Lead) {
        self.command = command
        self.at = at
        self.rulebook = rulebook
        self.lead = lead
        self.lead.lastMoment += 1
        // Most moments set down no more.
        journal.reserveCapacity(8)
    }

    // MARK: Going on

    /// What is needed now. Asked again without an answer, it says the same.
    public mutating func next() -> Need {
        while true {
            switch state {
            case .done:
                return .done
            case .deciding(_, let request):
                return .decision(request, Snapshot(lead: lead, journey: lead.journey))
            case .calling(let instant, _, _):
                return .calls(instant)
            case .firing(let firing):
                number(firing)
            case .looking:
                if let due = dueMap {
                    dueMap = nil
                    open(due)
                } else if agendaStart < agenda.count {
                    takeFromAgenda()
                } else {
                    makeOwnMove()
                }
            }
        }
    }

    /// Takes the result of the decider that ``next()`` asked for (R10, R34).
    public mutating func decided(_ result: CallResult) {
        guard case .deciding(let opening, let request) = state else {
            preconditionFailure("no decision was asked for in state \(state)")
        }
        let track = opening.tracks.upperBound - 1
        guard case .decider(let steps) = request.role, let trackID = request.event.track,
            let trigger = lead.journey?.definition.tracks[track].flexTrigger
        else { preconditionFailure("track \(track) has no flex trigger") }
        let decision: Journey.Decision
        let outcome: CallRecord.Outcome
        var incident: Incident?
        do throws(CallFailure) {
            let answer = try result.answer(of: steps)
            decision = .keep(answer.kept(of: steps))
            outcome = .decided(answer)
        } catch {
            decision = trigger.fallback.map(Journey.Decision.keep) ?? .hold
            outcome = .failed(error, fallback: trigger.fallback)
            let consequence =
                trigger.fallback == nil ? "track \(trackID) is held" : "the map's fallback decided instead"
            incident = Incident(
                failure: error, consequence: consequence, source: request, seeing: nil)
        }
        let record = PendingRecord(
            trigger: request.trigger, run: request.run, track: trackID, outcome: outcome, result: result,
            incident: incident)
        open(opening, decision: decision, decider: record)
    }

    /// Takes the results of the calls that ``next()`` asked for, in their order, and applies their
    /// effects (R27).
    public mutating func returned(_ results: [CallResult]) {
        guard case .calling(let instant, let cause, var incidents) = state else {
            preconditionFailure("no calls were asked for in state \(state)")
        }
        precondition(results.count == instant.calls.count, "each call has one result")
        state = .looking
        var writes = FieldWrites()
        for (request, result) in zip(instant.calls, results) {
            let outcome: CallRecord.Outcome
            switch result.outcome {
            case .effects(let effects):
                outcome = .effects(effects)
                for effect in effects {
                    apply(effect, of: request, after: cause, writes: &writes, incidents: &incidents)
                }
            case .skipped:
                outcome = .skipped
            case .failed(let failure):
                outcome = .failed(failure, fallback: nil)
                incidents.append(
                    Incident(
                        failure: failure, consequence: nil, source: request, seeing: instant.snapshot))
            case .answer:
                preconditionFailure("\(request.trigger) is no decider")
            }
            journal.append(
                .call(
                    CallRecord(
                        instant: instant.number, seq: request.event.seq, run: request.run,
                        trigger: request.trigger, outcome: outcome, log: result.log,
                        reads: result.reads)))
        }
        if let number = instant.number {
            for conflict in writes.conflicts(instant: number) { journal.append(.conflict(conflict)) }
        }
        for incident in incidents { journal.append(.incident(incident)) }
    }
}

// MARK: - Openings

extension Moment {
    /// Opens the map with its first tracks (R1, R6).
    private mutating func open(_ due: DueMap) {
        let journey = Journey(number: (lead.journey?.number ?? 0) + 1, on: due.definition)
        guard let tracks = journey.nextTracks else { preconditionFailure("a map has at least one track") }
        lead.journey = journey
        lead.status = .open
        opened.append(due.definition)
        begin(Opening(tracks: tracks, by: due.by, withMap: true))
    }

    /// Asks the decider of the opening, if it has one, before anything of the instant fires (R10).
    private mutating func begin(_ opening: Opening) {
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

    private mutating func open(_ opening: Opening, decision: Journey.Decision?, decider: PendingRecord?) {
        let opened = lead.changeJourney { $0.open(opening.tracks, decision: decision) }
        let map = opening.withMap ? [Journey.Happening(.mapOpen, .map)] : []
        state = .firing(
            Firing(
                happenings: map + opened, by: opening.by, deciders: decider.map { [$0] } ?? []))
    }
}

// MARK: - Instants

extension Moment {
    private mutating func fire(_ happenings: [Journey.Happening], by: String) {
        state = .firing(Firing(happenings: happenings, by: by))
    }

    /// Numbers what fires (R22), sets it down and asks for the calls that it runs (R24).
    private mutating func number(_ firing: Firing) {
        guard let journey = lead.journey else { preconditionFailure("only a journey's events fire") }
        guard !firing.happenings.isEmpty else {
            record(deciders: firing.deciders, instant: nil, events: [])
            state = .looking
            return
        }
        instants += 1
        var events: [Event] = []
        events.reserveCapacity(firing.happenings.count)
        for happening in firing.happenings {
            lead.lastSeq += 1
            let event = Event(
                seq: lead.lastSeq, name: happening.name, at: at, by: firing.by, map: journey.definition.id,
                journey: journey.number, place: happening.place, payload: firing.payload,
                ending: happening.ending)
            events.append(event)
            journal.append(.event(event, instant: instants))
        }
        let incidents = record(deciders: firing.deciders, instant: instants, events: events)
        let calls = events.flatMap { rulebook.requests(for: $0, in: journey.definition) }
        if calls.isEmpty {
            state = .looking
            for incident in incidents { journal.append(.incident(incident)) }
        } else {
            note(calledOn: journey.definition)
            let snapshot = Snapshot(lead: lead, journey: journey)
            let instant = Instant(number: instants, events: events, snapshot: snapshot, calls: calls)
            state = .calling(instant, cause, incidents)
        }
    }

    private mutating func note(calledOn definition: MapDefinition) {
        if called.last !== definition { called.append(definition) }
    }

    /// Deciders stand first among the calls of their instant.
    @discardableResult
    private mutating func record(deciders: [PendingRecord], instant: Int?, events: [Event]) -> [Incident] {
        var incidents: [Incident] = []
        for decider in deciders {
            let opened = events.first { $0.name == .trackOpen && $0.track == decider.track }
            if let incident = decider.incident { incidents.append(incident.naming(opened)) }
            journal.append(
                .call(
                    CallRecord(
                        instant: instant, seq: opened?.seq, run: decider.run, trigger: decider.trigger,
                        outcome: decider.outcome, log: decider.result.log,
                        reads: decider.result.reads)))
        }
        guard instant != nil else {
            for incident in incidents { journal.append(.incident(incident)) }
            return []
        }
        return incidents
    }
}

// MARK: - Effects

extension Moment {
    private mutating func apply(
        _ effect: Effect, of request: CallRequest, after cause: Cause, writes: inout FieldWrites,
        incidents: inout [Incident]
    ) {
        switch effect {
        case .set(let changes):
            do throws(Refusal) {
                try lead.apply(changes, limits: rulebook.limits)
                writes.note(changes.fields, by: request)
            } catch {
                incidents.append(Incident(refusal: error, source: request))
            }
        case .store(let change) where change.scope == .lead:
            apply(change, of: request, incidents: &incidents)
        case .store(let change):
            consequences.stored.append(.init(change: change, request: request))
        case .note(let text):
            consequences.notes.append(.init(text: text, by: request.author))
        case .todo(let todo):
            consequences.todos.append(.init(todo: todo, by: request.author))
        case .email(let message):
            consequences.emails.append(.init(message: message, by: request.author))
        case .status(let status): put(.order(.status(status)), of: request, after: cause)
        case .assign(let map): put(.order(.assign(map, LeadChanges())), of: request, after: cause)
        case .complete(let step): put(.order(.complete(step)), of: request, after: cause)
        case .advance: put(.order(.advance), of: request, after: cause)
        case .remove(let step): put(.order(.remove(step)), of: request, after: cause)
        case .emit(let name, let payload): put(.event(name, payload), of: request, after: cause)
        }
    }

    private mutating func apply(_ change: StoredChange, of request: CallRequest, incidents: inout [Incident])
    {
        let plugin = request.run.plugin
        var values = lead.store[plugin]?.table ?? Table()
        do throws(Refusal) {
            values[change.key] = try change.applied(to: values[change.key])
            var changed = lead
            changed.store[plugin] = values.isEmpty ? nil : .table(values)
            try rulebook.limits.check(changed)
            lead = changed
        } catch {
            incidents.append(Incident(refusal: error, source: request))
        }
    }

    private mutating func put(_ what: AgendaItem.What, of request: CallRequest, after cause: Cause) {
        agenda.append(
            AgendaItem(what: what, cause: Cause(request: request, asked: what.summary, after: cause)))
    }
}

// MARK: - The agenda and the engine's own moves

extension Moment {
    /// Does the first thing on the agenda (R29); a refusal becomes an incident (R31).
    private mutating func takeFromAgenda() {
        guard instants < Self.instantLimit else { return dropAgenda() }
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
            case .order(.assign) where instants + 2 > Self.instantLimit && lead.journey?.isActive == true:
                // Leaving and opening are two instants, and neither may stand alone.
                return dropAgenda(from: item)
            case .order(let order):
                try perform(order, by: request.author, journey: request.event.journey)
            case .event(let name, let payload):
                let happening = Journey.Happening(.custom(name), .nowhere)
                state = .firing(Firing(happenings: [happening], by: request.author, payload: payload))
            }
            cause = item.cause
        } catch {
            journal.append(.incident(Incident(refusal: error, source: request)))
        }
    }

    private mutating func dropAgenda(from item: AgendaItem? = nil) {
        let dropped = agenda.count - agendaStart + (item == nil ? 0 : 1)
        let source = (item ?? agenda[agendaStart]).cause.request
        agenda.removeAll()
        agendaStart = 0
        let refusal = Refusal(
            .momentLimit,
            "a moment has at most \(Self.instantLimit) instants; \(dropped) effects that were still to be done are dropped"
        )
        journal.append(.incident(Incident(refusal: refusal, source: source)))
    }

    private mutating func makeOwnMove() {
        guard instants < Self.instantLimit, let move = lead.journey?.ownMove(hasValue: lead.hasValue) else {
            state = .done
            return
        }
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

// MARK: - Orders

extension Moment {
    /// Carries out an order, from outside or from the agenda. `journey` is the one that a call's order is
    /// meant for (R29); nil means whichever is active.
    private mutating func perform(_ order: Order, by: String, journey meant: Int?) throws(Refusal) {
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
        case .rerun(let incident):
            preconditionFailure("incident \(incident) is run again with its call")
        case .retry:
            let tracks = try journeyMeant(meant).retry()
            begin(Opening(tracks: tracks, by: by, withMap: false))
        }
    }

    private func journeyMeant(_ number: Int?) throws(Refusal) -> Journey {
        guard let journey = lead.journey else {
            throw Refusal(.noJourney, "lead \(lead.id.text.quotedForMessage) was never assigned to a map")
        }
        if let number, journey.number != number {
            throw Refusal(
                .journeyClosed, "the journey that it was meant for is over: the lead is on another map")
        }
        return journey
    }

    private mutating func move(
        by: String, journey meant: Int?,
        _ transition: (inout Journey) throws(Refusal) -> [Journey.Happening]
    ) throws(Refusal) {
        var journey = try journeyMeant(meant)
        let happenings = try transition(&journey)
        lead.journey = journey
        fire(happenings, by: by)
    }

    /// R2.
    private mutating func change(_ status: Status, by: String) {
        lead.status = status
        guard let outcome = status.outcome, lead.journey?.isActive == true else { return }
        fire(lead.changeJourney { [$0.end(outcome)] }, by: by)
    }

    /// R1, R18.
    private mutating func assign(_ map: MapID, _ changes: LeadChanges, by: String) throws(Refusal) {
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
