import Journeys
import Values

/// Maps written in a few words, for tests of the state machine.
struct TrackSketch {
    var id: String
    var kind: Kind = .task
    var steps: [StepSketch]
    var triggers: [Verb: [String]] = [:]

    enum Kind {
        case task, video, flex
        case decided(fallback: [String]?)
    }
}

struct StepSketch: ExpressibleByStringLiteral {
    var id: String
    var isOptional = false
    var mirror: String?
    var triggers: [Verb: [String]] = [:]

    init(_ id: String, optional: Bool = false, mirror: String? = nil, triggers: [Verb: [String]] = [:]) {
        self.id = id
        isOptional = optional
        self.mirror = mirror
        self.triggers = triggers
    }

    init(stringLiteral id: String) { self.init(id) }
}

/// A map whose triggers run `probe.NAME` for the names given.
func map(
    _ id: String, finish: LeadStatus? = nil, triggers: [Verb: [String]] = [:], _ sketches: [TrackSketch]
) -> MapDefinition {
    var steps: [MapDefinition.Step] = []
    var tracks: [MapDefinition.Track] = []
    func make(_ names: [Verb: [String]], at place: String) -> Triggers {
        Triggers(
            Dictionary(
                uniqueKeysWithValues: names.map { verb, names in
                    (
                        verb,
                        names.enumerated().map {
                            Trigger(
                                name: "\(place)/\(verb.rawValue)/\($0.offset + 1)",
                                run: FunctionName(plugin: "probe", name: $0.element), parameters: .none,
                                condition: nil)
                        }
                    )
                }))
    }
    for (index, sketch) in sketches.enumerated() {
        let first = steps.count
        let isVideo = if case .video = sketch.kind { true } else { false }
        for step in sketch.steps {
            steps.append(
                MapDefinition.Step(
                    path: StepPath(TrackID(sketch.id), StepID(step.id)), title: nil,
                    isOptional: step.isOptional && !isVideo, mirror: step.mirror,
                    triggers: make(step.triggers, at: "\(id)/\(sketch.id)/\(step.id)"), track: index))
        }
        let kind: MapDefinition.Track.Kind =
            switch sketch.kind {
            case .task: .task
            case .video: .video
            case .flex: .flex(nil)
            case .decided(let fallback):
                .flex(
                    FlexTrigger(
                        name: "\(id)/\(sketch.id)/flex", decide: FunctionName(plugin: "probe", name: "pick"),
                        parameters: .none, fallback: fallback?.map(StepID.init)))
            }
        tracks.append(
            MapDefinition.Track(
                id: TrackID(sketch.id), title: nil, kind: kind,
                triggers: make(sketch.triggers, at: "\(id)/\(sketch.id)"), steps: first..<steps.count))
    }
    return MapDefinition(
        id: MapID(id), version: MapVersion("1"), title: nil, finish: finish, triggers: make(triggers, at: id),
        tracks: tracks, steps: steps)
}

func rulebook(_ maps: MapDefinition..., subscriptions: [Subscription] = []) -> Rulebook {
    Rulebook(
        maps: Dictionary(uniqueKeysWithValues: maps.map { ($0.id, .available($0)) }),
        subscriptions: Subscriptions(subscriptions))
}

let noon = Timestamp("2026-11-22T12:00:00Z")!
let leadID = LeadID("L1")!

/// Runs a moment to its end with the results that `answer` gives.
func run(
    _ order: Order, of lead: Lead?, at time: Timestamp = noon, under rulebook: Rulebook,
    answer: (CallRequest, Snapshot) -> CallResult = { request, _ in .init(request.quietOutcome) }
) throws(Refusal) -> Moment {
    var moment = try Moment(
        Command(lead: lead?.id ?? leadID, order: order, by: "test"), of: lead, at: time, under: rulebook)
    while true {
        switch moment.next() {
        case .decision(let request, let snapshot): moment.decided(answer(request, snapshot))
        case .calls(let instant): moment.returned(instant.calls.map { answer($0, instant.snapshot) })
        case .done: return moment
        }
    }
}

extension CallRequest {
    /// No effects; a decider keeps everything.
    var quietOutcome: CallResult.Outcome {
        switch role {
        case .action: .effects([])
        case .decider(let steps): .answer(["keep": .list(steps.map { .string($0.text) })])
        }
    }
}

extension Moment {
    /// What happened in short: `1 1 map.open`, `1 3 step.open videos/tour`, `call probe.note ok` ...
    var brief: [String] {
        journal.map { entry in
            switch entry {
            case .event(let event, let instant):
                "\(instant) \(event.seq ?? 0) \(event.name)"
                    + (event.step.map { " \(event.track!)/\($0)" } ?? event.track.map { " \($0)" } ?? "")
            case .call(let call):
                switch call.outcome {
                case .effects: "call \(call.trigger)"
                case .decided: "decided \(call.trigger)"
                case .skipped: "skipped \(call.trigger)"
                case .failed(let failure, _): "failed \(call.trigger) \(failure.reason.rawValue)"
                }
            case .conflict(let conflict): "conflict \(conflict.field)"
            case .incident(let incident): "incident \(incident.reason)"
            case .delivery(let delivery): "delivery \(delivery.id) \(delivery.to)"
            case .todoDone(let number, _, _): "todo \(number) done"
            }
        }
    }

    var lines: [String] {
        var lines = JournalLines(lead: lead.id, moment: lead.lastMoment)
        return journal.map { lines.line($0, incident: 1) }
    }
}
