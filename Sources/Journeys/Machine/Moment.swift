public import Values

/// Everything that one outside command sets off (R26 to R32), as a value that does no I/O: ask it what it
/// needs, do that, hand the results back, until it is done.
///
///     var moment = try Moment(command, of: lead, at: now, under: rulebook)
///     while true {
///         switch moment.next() {
///         case .decision(let request, let snapshot): moment.decided(run(request, snapshot))
///         case .calls: while let (request, snapshot) = moment.nextCall { moment.returned(run(request, snapshot)) }
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
        /// Run these calls, as long as ``nextCall`` gives one; hand each result to ``returned(_:using:)``.
        case calls(Instant)
        case done
    }

    public let command: Command
    public let at: Timestamp
    /// The lead before the moment; nil when there was none, or nothing of it but its numbers (R61).
    public let leadBefore: Lead?
    /// The lead as it is so far; when the moment is done, as it is after it.
    public internal(set) var lead: Lead
    /// What happened, in order.
    public internal(set) var journal: [JournalEntry]
    /// What the effects left for others than the lead's own record.
    public internal(set) var output = MomentOutput()
    /// The maps that it opened, in order.
    public internal(set) var opened: [MapDefinition] = []
    /// The maps whose events needed calls, in order, hardly any of them twice.
    public internal(set) var called: [MapDefinition] = []

    let rulebook: Rulebook
    var agenda: [AgendaItem] = []
    var agendaStart = 0
    var instants = 0
    var state: State = .looking
    /// Of the calls of the instant, in their order, as far as they have returned.
    private var results: [CallResult] = []
    /// The map that the lead was assigned to: it opens before the agenda is looked at (R18).
    var dueMap: DueMap?
    /// What the last thing done came from; an own move of the engine inherits it (R32).
    var cause = Cause.outside
    var budget: MomentBudget
    /// How many incidents were set down, or left out because they are too many.
    private var incidentCount = 0

    enum State {
        /// Next: firing, deciding, done.
        case looking
        /// Something fired and its calls are not requested yet. Next: calling, looking.
        case firing(Firing)
        /// A decider was asked. Next: firing, looking.
        case deciding(Opening, CallRequest)
        /// Calls were requested, and some have returned; the incidents of the instant's deciders wait for
        /// theirs. Next: looking, firing.
        case calling(Instant, Cause, [Incident])
        case done
    }

    /// What fires in one instant, before it has its numbers.
    struct Firing {
        var unnumbered: [Journey.UnnumberedEvent]
        var by: String
        /// A custom event's, or that of `delivery.failed`.
        var payload: Value?
        var deciders: [PendingRecord] = []
    }

    /// Tracks about to open.
    struct Opening {
        var tracks: Range<Int>
        var by: String
        /// Whether `map.open` comes before them (R6).
        var withMap: Bool
    }

    struct DueMap {
        let definition: MapDefinition
        let by: String
    }

    /// A decider's call, to be set down when its event has its number.
    struct PendingRecord {
        let rule: Trigger
        let track: TrackID
        let outcome: CallRecord.Outcome
        let result: CallResult
        let incident: Incident?
    }

    // MARK: Beginning

    /// Begins the moment that the command sets off, or refuses the command and leaves nothing. The lead does not know its to-dos:
    /// whether one that `todo.done` names is there and open is for the caller to look at.
    public init(_ command: Command, of lead: Lead?, at: Timestamp, under rulebook: Rulebook) throws(Refusal) {
        switch command.order {
        case .assign, .set: break
        case .complete, .advance, .remove, .status, .retry, .rerun, .erase, .todoDone, .undelivered:
            guard let lead, !lead.isErased else {
                throw Refusal(.unknownLead, "there is no lead \(command.lead.text.quotedForMessage)")
            }
        }
        self.init(command, at: at, rulebook: rulebook, lead: lead)
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

    private init(_ command: Command, at: Timestamp, rulebook: Rulebook, lead: Lead?) {
        // A property that is changed once all have their values costs a copy of the whole moment.
        var next = lead ?? Lead(id: command.lead)
        next.lastMoment += 1
        let isErased = next.isErased
        if isErased { next.isErased = false }
        var journal: [JournalEntry] = []
        // Most moments set down no more.
        journal.reserveCapacity(8)
        self.command = command
        self.at = at
        self.rulebook = rulebook
        self.journal = journal
        self.lead = next
        leadBefore = isErased ? nil : lead
        budget = MomentBudget(rulebook.momentLimits)
    }

    // MARK: Going on

    /// What is needed now; the same until it is given.
    public mutating func next() -> Need {
        while true {
            switch state {
            case .done:
                return .done
            case .deciding(_, let request):
                if budget.begins() { return .decision(request, Snapshot(lead: lead, journey: lead.journey)) }
                decide(budget.refused)
            case .calling(let instant, _, _):
                if budget.begins() { return .calls(instant) }
                endInstant()
            case .firing(let firing):
                number(firing)
            case .looking:
                if let due = dueMap {
                    dueMap = nil
                    open(due)
                } else if agendaStart < agenda.count {
                    takeFromAgenda()
                } else if let move = ownMove {
                    make(move)
                } else {
                    end()
                }
            }
        }
    }

    /// Takes the result of the decider that ``next()`` gave (R10, R34), and the CPU time that it took.
    public mutating func decided(_ result: CallResult, using time: Duration = .zero) {
        decide(budget.take(result, using: time))
        if budget.passed != nil { dropAgenda() }
    }

    private mutating func decide(_ result: CallResult) {
        guard case .deciding(let opening, let request) = state else {
            preconditionFailure("no decision was requested in state \(state)")
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
            rule: request.rule, track: trackID, outcome: outcome, result: result, incident: incident)
        open(opening, decision: decision, decider: record)
    }

    /// The call whose result is awaited, and what it sees; nil when the instant has all of them, or a limit
    /// was passed.
    public var nextCall: (request: CallRequest, snapshot: Snapshot)? {
        guard case .calling(let instant, _, _) = state else { return nil }
        return (instant.calls[results.count], instant.snapshot)
    }

    /// How many bytes the next call may still ask for (R32).
    public var bytesLeft: Int { budget.bytesLeft }

    /// Takes the result of ``nextCall``, and the CPU time that it took. With the last one of the instant the
    /// effects apply (R27); so they do where the moment's limits are passed (R32).
    public mutating func returned(_ result: CallResult, using time: Duration = .zero) {
        let count = requestedCount
        results.append(budget.take(result, using: time))
        if results.count == count || !budget.begins() { endInstant() }
    }

    /// How many calls the instant has.
    private var requestedCount: Int {
        guard case .calling(let instant, _, _) = state else {
            preconditionFailure("no calls were requested in state \(state)")
        }
        return instant.calls.count
    }

    /// Takes the results of all calls that ``next()`` gave, in their order.
    public mutating func returned(_ results: [CallResult]) {
        for result in results where nextCall != nil { returned(result) }
        precondition(nextCall == nil, "each call has one result")
    }

    /// Sets down the calls of the instant and applies their effects; those that did not begin have failed.
    private mutating func endInstant() {
        let ended = leaveInstant()
        var incidents = ended.incidents
        // One call alone disagrees with nobody.
        var writes = ended.calls.count > 1 ? FieldWrites() : nil
        for (index, request) in ended.calls.enumerated() {
            let result = results.indices.contains(index) ? results[index] : budget.refused
            let outcome: CallRecord.Outcome
            switch result.outcome {
            case .effects(let effects):
                outcome = .effects(effects)
                for effect in effects {
                    apply(effect, of: request, after: ended.cause, writes: &writes, incidents: &incidents)
                }
            case .skipped:
                outcome = .skipped
            case .failed(let failure):
                outcome = .failed(failure, fallback: nil)
                incidents.append(
                    Incident(
                        failure: failure, consequence: nil, source: request, seeing: ended.snapshot))
            case .answer:
                preconditionFailure("\(request.trigger) is not a decider")
            }
            journal.append(
                .call(
                    CallRecord(
                        instant: ended.number, seq: request.event.seq, rule: request.rule, outcome: outcome,
                        log: result.log, reads: result.reads)))
        }
        results.removeAll(keepingCapacity: true)
        if let number = ended.number, let writes {
            for conflict in writes.conflicts(instant: number) { journal.append(.conflict(conflict)) }
        }
        for incident in incidents { setDown(incident) }
        if budget.passed != nil { dropAgenda() }
        setDownDeliveries(after: ended.sentBefore)
    }

    /// An instant whose calls have returned, or do not begin.
    private struct EndedInstant {
        let number: Int?
        let calls: [CallRequest]
        let cause: Cause
        let sentBefore: Int
        /// Of its deciders.
        let incidents: [Incident]
        /// What the calls saw, where one of them failed. Else nothing holds that any more, and the effects change the lead where
        /// it lies.
        let snapshot: Snapshot?
    }

    private mutating func leaveInstant() -> EndedInstant {
        guard case .calling(let instant, let cause, let incidents) = state else {
            preconditionFailure("no calls were requested in state \(state)")
        }
        state = .looking
        let hasFailed = results.count < instant.calls.count || results.contains { $0.outcome.isFailure }
        return EndedInstant(
            number: instant.number, calls: instant.calls, cause: cause, sentBefore: instant.sentBefore,
            incidents: incidents, snapshot: hasFailed ? instant.snapshot : nil)
    }

    // MARK: Incidents

    /// Whether incidents are in the journal.
    public var hasIncidents: Bool { incidentCount > 0 }

    /// Sets the incident down, unless the moment has too many (R32).
    mutating func setDown(_ incident: Incident) {
        incidentCount += 1
        if incidentCount <= MomentLimits.incidents { journal.append(.incident(incident)) }
    }

    /// Says how many incidents were left out.
    private mutating func end() {
        state = .done
        let others = incidentCount - MomentLimits.incidents
        guard others > 0 else { return }
        let refusal = Refusal(
            .momentLimit,
            "\(others) more incidents; a moment keeps the first \(MomentLimits.incidents)")
        journal.append(.incident(Incident(refusal: refusal, source: nil)))
    }
}
