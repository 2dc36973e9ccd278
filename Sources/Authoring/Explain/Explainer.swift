import Journeys
package import Store
import Values
package import Workspace

/// Says of each trigger of a visit why it fired or did not, from what is recorded.
package struct Explainer {
    package let visit: Visit
    private let course: Course
    private let generation: Generation
    private let conditions: ConditionValues
    private let callsByTrigger: [ExactText: [CallLine]]
    private let incidents: [IncidentKey: Int]

    private struct IncidentKey: Hashable {
        let moment: Int
        let trigger: ExactText
    }

    /// Reads the lead's journey with this number; nil for its last.
    package init(
        _ lead: LeadRecord, journey number: Int?, in store: any StoreReader, _ generation: Generation
    ) throws(ExplainFault) {
        let maps = KeptMaps(generation: generation, store: store)
        visit = try VisitReading.visit(number, of: lead, on: maps, in: store)
        course = Course(of: visit)
        self.generation = generation
        conditions = ConditionValues(lead: lead.id, maps: maps, store: store)
        callsByTrigger = Dictionary(grouping: visit.calls) { ExactText($0.trigger) }
        var incidents: [IncidentKey: Int] = [:]
        for incident in visit.incidents {
            guard let trigger = incident.trigger else { continue }
            incidents[IncidentKey(moment: incident.moment, trigger: ExactText(trigger))] = incident.incident
        }
        self.incidents = incidents
    }

    /// Every trigger: those of the map in its own order, then the plugins' subscriptions that it can run, then what only a
    /// newer version of the map has.
    private func all() throws(ExplainFault) -> [Explanation] {
        var found: [Explanation] = []
        for trigger in MapTrigger.all(of: visit.definition) { found.append(try explanation(of: trigger)) }
        for subscription in generation.rulebook.subscriptions.ordered {
            if let one = try explanation(of: subscription) { found.append(one) }
        }
        return found + onlyInNewest(than: found)
    }

    /// The trigger of this name; every trigger where that is nil.
    package func explanations(of name: String?) throws(ExplainFault) -> [Explanation] {
        let all = try all()
        guard let name else { return all }
        if let found = all.first(where: { sameBytes($0.trigger, name) }) { return [found] }
        throw .noTrigger(name, hint: suggestion(for: name, among: all.map(\.trigger)))
    }

    // MARK: Triggers of the map

    private func explanation(of trigger: MapTrigger) throws(ExplainFault) -> Explanation {
        let calls = callsByTrigger[ExactText(trigger.name)] ?? []
        let verdict =
            try verdict(of: calls, when: trigger.condition)
            ?? course.event(trigger.verb, at: trigger.place).map(Self.notCalled)
            ?? unreached(trigger.verb, at: trigger.place)
        return Explanation(
            trigger: trigger.name, run: trigger.run, event: trigger.place.event(trigger.verb),
            at: trigger.place.path(on: visit.definition), verdict: verdict)
    }

    private static func notCalled(_ event: EventLine) -> Verdict {
        Verdict(
            .notSubscribed,
            "\(event.name) fired in moment \(event.moment), and nothing that ran then had this trigger",
            moment: event.moment)
    }

    private func onlyInNewest(than found: [Explanation]) -> [Explanation] {
        guard case .available(let newest)? = generation.rulebook.maps[visit.definition.id],
            newest.version != visit.definition.version
        else { return [] }
        let known = Set(found.map { ExactText($0.trigger) })
        return MapTrigger.all(of: newest).filter { !known.contains(ExactText($0.name)) }.map { trigger in
            Explanation(
                trigger: trigger.name, run: trigger.run, event: trigger.place.event(trigger.verb),
                at: trigger.place.path(on: newest),
                verdict: Verdict(
                    .notInVersion,
                    "the journey began with an earlier version of the map, which does not have it"))
        }
    }

    // MARK: Subscriptions

    /// Nil where it can run on no event of this map.
    private func explanation(of subscription: Subscription) throws(ExplainFault) -> Explanation? {
        let targets = SubscriptionTargets(subscription, on: visit.definition)
        guard targets.canFire else { return nil }
        let calls = callsByTrigger[ExactText(subscription.name)] ?? []
        let verdict =
            try verdict(of: calls, when: nil)
            ?? visit.events.first(where: targets.matches).map(Self.notCalled)
            ?? unreached(targets, of: subscription)
        return Explanation(
            trigger: subscription.name, run: subscription.run, event: targets.event, at: subscription.at,
            verdict: verdict)
    }

    private func unreached(_ targets: SubscriptionTargets, of subscription: Subscription) -> Verdict {
        if let only = targets.onlyPlace { return unreached(only.verb, at: only.place) }
        if let ending = course.ending { return ended(ending) }
        if let held = course.heldTrack { return self.held(held) }
        var verdict = Verdict(
            .notReached, "no event \(targets.event) that it waits for has fired on this journey")
        verdict.steps = openSteps
        return verdict
    }

    private var openSteps: [StepPath] {
        visit.definition.tracks.indices.flatMap(course.openSteps).map { visit.definition.steps[$0].path }
    }

    // MARK: Calls

    /// What the calls of a trigger came to; nil where there was none.
    private func verdict(of calls: [CallLine], when condition: Condition?) throws(ExplainFault) -> Verdict? {
        guard let last = calls.last else { return nil }
        let returned = calls.last { call in
            switch call.outcome {
            case .effects, .decided: true
            case .skipped, .failed: false
            }
        }
        var verdict = try verdict(of: returned ?? last, when: condition)
        verdict.calls = calls.count
        return verdict
    }

    private func verdict(of call: CallLine, when condition: Condition?) throws(ExplainFault) -> Verdict {
        switch call.outcome {
        case .effects(let effects):
            let what = effects.isEmpty ? "without effects" : "with \(counted(effects.count, "effect"))"
            var verdict = Verdict(.fired, "ran in moment \(call.moment), \(what)", moment: call.moment)
            verdict.effects = effects
            return verdict
        case .decided(let answer):
            var verdict = Verdict(.fired, "decided in moment \(call.moment)", moment: call.moment)
            verdict.decision = answer
            return verdict
        case .skipped:
            let text = condition?.text ?? "its `when`"
            var verdict = Verdict(
                .whenFalse, "`\(text)` did not hold in moment \(call.moment)", moment: call.moment)
            if let condition { verdict.values = try conditions.values(of: condition, for: call) }
            return verdict
        case .failed(let reason, let message, let fallback):
            let kind = Self.kind(ofFailure: reason, message)
            let after = fallback == nil ? "" : "; the map's fallback decided instead"
            var verdict = Verdict(
                kind, "the call failed in moment \(call.moment) (\(reason)): \(message)\(after)",
                moment: call.moment)
            verdict.incident = incidents[IncidentKey(moment: call.moment, trigger: ExactText(call.trigger))]
            return verdict
        }
    }

    private static func kind(ofFailure reason: String, _ message: String) -> Verdict.Kind {
        switch CallFailure.Reason(rawValue: reason) {
        case .unavailable: .pluginMissing
        case .quarantined: .quarantined
        // A decider that asks for an effect is refused too.
        case .refused where message.contains("was not granted"): .notGranted
        case .error, .budget, .memory, .deadline, .crash, .effects, .value, .refused, .answer, .params,
            .momentLimit, nil:
            .failed
        }
    }

    // MARK: What did not happen

    /// Why the event did not fire.
    private func unreached(_ verb: Verb, at place: Place) -> Verdict {
        switch place {
        case .map: unreachedOfMap(verb)
        case .track(let track): unreached(verb, ofTrack: track)
        case .step(let step): unreached(verb, ofStep: step)
        }
    }

    private func unreachedOfMap(_ verb: Verb) -> Verdict {
        if let ending = course.ending {
            let how =
                ending.name == .mapLeave
                ? "the lead left the map for another in moment \(ending.moment)"
                : "the status became \(ending.ending?.outcome.rawValue ?? "closed") in moment \(ending.moment)"
            return Verdict(.wentOtherwise, how, moment: ending.moment)
        }
        let what =
            verb == .leave
            ? "the lead was not assigned to another map"
            : "the lead's status is open: only a change to closed, won or lost ends the map"
        return Verdict(.notReached, what)
    }

    private func unreached(_ verb: Verb, ofTrack track: Int) -> Verdict {
        let isOpen = course.event(.open, at: .track(track)) != nil
        if let ending = course.ending { return ended(ending) }
        guard isOpen else { return waiting(for: track) }
        var verdict = Verdict(.notReached, "track \(visit.definition.tracks[track].id) is open")
        verdict.steps = course.openSteps(of: track).map { visit.definition.steps[$0].path }
        return verdict
    }

    private func unreached(_ verb: Verb, ofStep step: Int) -> Verdict {
        let path = visit.definition.steps[step].path
        if let event = course.event(.remove, at: .step(step)) { return removed(step, by: event) }
        if let event = course.event(.skip, at: .step(step)) {
            return Verdict(
                .passedOver, "\(path) is optional and was passed over in moment \(event.moment)",
                moment: event.moment)
        }
        if let event = course.event(.close, at: .step(step)) {
            return Verdict(
                .wentOtherwise, "\(path) was completed in moment \(event.moment)", moment: event.moment)
        }
        if let ending = course.ending { return ended(ending) }
        guard let event = course.event(.open, at: .step(step)) else {
            return waiting(for: visit.definition.steps[step].track)
        }
        let isNever = verb == .skip && !visit.definition.steps[step].isOptional
        var verdict = Verdict(
            .notReached,
            "\(path) is open since moment \(event.moment)"
                + (isNever ? ", and is not optional: `advance` does not pass it over" : ""))
        verdict.steps = [path]
        return verdict
    }

    private func removed(_ step: Int, by event: EventLine) -> Verdict {
        let definition = visit.definition
        let flex = definition.tracks[definition.steps[step].track].flexTrigger
        let path = definition.steps[step].path
        let decider = flex.flatMap { flex in
            visit.calls.last { sameBytes($0.trigger, flex.name) && $0.moment == event.moment }
        }
        var by = "by \(event.by)"
        var reason: String?
        if let decider, course.event(.open, at: .step(step)) == nil {
            switch decider.outcome {
            case .decided(let answer):
                by = "by \(decider.run)"
                reason = answer.reason
            case .failed: by = "by the fallback of \(decider.run), which failed"
            case .effects, .skipped: break
            }
        }
        return Verdict(
            .stepRemoved,
            "\(path) was removed \(by) in moment \(event.moment)\(reason.map { ": \($0)" } ?? "")",
            moment: event.moment)
    }

    private func ended(_ ending: EventLine) -> Verdict {
        let how =
            ending.name == .mapLeave
            ? "the lead left the map in moment \(ending.moment)"
            : "the map was closed (\(ending.ending?.outcome.rawValue ?? "closed")) in moment \(ending.moment)"
        return Verdict(.mapEnded, "\(how), before it came to that", moment: ending.moment)
    }

    private func held(_ held: (track: Int, incident: Int?)) -> Verdict {
        var verdict = Verdict(
            .held,
            "track \(visit.definition.tracks[held.track].id) is held, because its decider failed: `do retry` asks it again"
        )
        verdict.incident = held.incident
        return verdict
    }

    /// What keeps a track from opening.
    private func waiting(for track: Int) -> Verdict {
        if let held = course.heldTrack { return self.held(held) }
        let name = visit.definition.tracks[track].id
        guard let current = course.currentTrack else {
            return Verdict(.notReached, "track \(name) opens with the lead's next command")
        }
        var verdict = Verdict(
            .notReached, "track \(name) has not opened: \(visit.definition.tracks[current].id) is open")
        verdict.steps = course.openSteps(of: current).map { visit.definition.steps[$0].path }
        return verdict
    }
}
