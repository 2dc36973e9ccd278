import Values

/// Where something on the agenda came from: the call that asked for it, and what that call came from.
final class Cause: Sendable {
    /// 0 for the outside command, one more for each call on the way (R32).
    let depth: Int
    let request: CallRequest?
    /// What the call asked for, in a few words.
    private let asked: String
    private let after: Cause?

    static let outside = Cause(depth: 0, request: nil, asked: "", after: nil)

    private init(depth: Int, request: CallRequest?, asked: String, after: Cause?) {
        self.depth = depth
        self.request = request
        self.asked = asked
        self.after = after
    }

    convenience init(request: CallRequest, asked: String, after: Cause) {
        self.init(depth: after.depth + 1, request: request, asked: asked, after: after)
    }

    /// The way from the outside command to here: which event's trigger asked for what. The middle of a
    /// long way is left out.
    var chain: String {
        let shownAtEachEnd = 4
        var links: [String] = []
        var cause: Cause? = self
        while let here = cause, let request = here.request {
            links.append("\(request.event.name) ran \(request.trigger), which asked for \(here.asked)")
            cause = here.after
        }
        links.reverse()
        if links.count > 2 * shownAtEachEnd {
            let left = links.count - 2 * shownAtEachEnd
            links.replaceSubrange(shownAtEachEnd..<(links.count - shownAtEachEnd), with: ["(\(left) more)"])
        }
        return links.joined(separator: "; ")
    }
}

/// A command or a custom event that waits for its turn (R29).
struct AgendaItem: Sendable {
    let what: What
    let cause: Cause

    enum What: Sendable {
        case order(Order)
        case event(String, Value?)

        var summary: String {
            switch self {
            case .order(.assign(let map, _)): "assign \(map)"
            case .order(.complete(let step)): "complete \(step)"
            case .order(.advance): "advance"
            case .order(.remove(let step)): "remove \(step)"
            case .order(.status(let status)): "status \(status.rawValue)"
            case .order(.set): "set"
            case .order(.retry): "retry"
            case .order(.rerun(let incident)): "rerun \(incident)"
            case .event(let name, _): "the event \(name)"
            }
        }
    }
}

/// Which calls of an instant set which fields, to find those that disagree (R27).
struct FieldWrites {
    private var fields: [(name: String, writers: [Writer])] = []
    /// By the field's name, its place in ``fields``.
    private var indexes: [ExactText: Int] = [:]

    private struct Writer {
        let trigger: String
        let seq: Int?
        let run: FunctionName
        var value: Value
    }

    mutating func note(_ changes: Table, by request: CallRequest) {
        for entry in changes {
            let writer = Writer(
                trigger: request.trigger, seq: request.event.seq, run: request.run, value: entry.value)
            guard let index = indexes[entry.key] else {
                indexes[entry.key] = fields.count
                fields.append((entry.key, [writer]))
                continue
            }
            if let last = fields[index].writers.last, last.trigger == writer.trigger, last.seq == writer.seq {
                fields[index].writers.removeLast()
            }
            fields[index].writers.append(writer)
        }
    }

    func conflicts(instant: Int) -> [Conflict] {
        fields.compactMap { field in
            guard let last = field.writers.last else { return nil }
            let lost = field.writers.filter { $0.value != last.value }
            if lost.isEmpty { return nil }
            return Conflict(instant: instant, field: field.name, won: last.run, lost: lost.map(\.run))
        }
    }
}

extension CallRequest {
    /// Who the effects of the call come from, as events say it.
    var author: String { "plugin:\(run.plugin)" }
}

extension CallResult {
    /// A decider's answer, or why there is none (R34).
    func answer(of steps: [StepID]) throws(CallFailure) -> DeciderAnswer {
        switch outcome {
        case .answer(let value): return try DeciderAnswer(value, steps: steps)
        case .failed(let failure): throw failure
        case .effects, .skipped: preconditionFailure("a decider answers")
        }
    }
}

extension Incident {
    /// `snapshot` is what the call saw, where it can be run again.
    init(failure: CallFailure, consequence: String?, source request: CallRequest, seeing snapshot: Snapshot?)
    {
        self.init(
            reason: failure.reason.rawValue,
            message: failure.message + (consequence.map { "; \($0)" } ?? ""),
            traceback: failure.traceback, source: Source(request),
            failed: snapshot.map { FailedCall(request: request, snapshot: $0) })
    }

    /// With the event that has its number now: a decider is asked before its event fires. Nil when it did not
    /// fire.
    func naming(_ event: Event?) -> Incident {
        guard let event, let source else { return self }
        return Incident(
            reason: reason, message: message, traceback: traceback,
            source: Source(trigger: source.trigger, run: source.run, event: event), failed: failed)
    }

    package init(refusal: Refusal, source request: CallRequest?) {
        self.init(
            reason: refusal.reason.rawValue, message: refusal.message, traceback: nil,
            source: request.map(Source.init), failed: nil)
    }
}

extension Incident.Source {
    init(_ request: CallRequest) {
        self.init(trigger: request.trigger, run: request.run, event: request.event)
    }
}

extension Lead {
    /// Changes the journey, and says what fired.
    mutating func changeJourney(
        _ transition: (inout Journey) -> [Journey.Happening]
    ) -> [Journey.Happening] {
        guard var journey = journey else { preconditionFailure("lead \(id) has no journey") }
        let happenings = transition(&journey)
        self.journey = journey
        return happenings
    }
}
