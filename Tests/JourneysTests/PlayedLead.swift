import Journeys
import Values

/// A lead whose moments a test plays: no Lua, files, clock or database, for calls are answered by a script.
struct PlayedLead {
    /// The maps that the next moment sees.
    var rules: Rulebook
    private(set) var lead: Lead?
    /// What each function asks for, by its name; nothing for one that is not here.
    private let effects: [String: [Effect]]
    /// What the decider answers, given what it sees; it keeps everything where there is none.
    private let decide: ((Snapshot) -> Value)?

    init(
        _ maps: MapDefinition..., effects: [String: [Effect]] = [:], decide: ((Snapshot) -> Value)? = nil
    ) {
        rules = Self.rules(maps)
        self.effects = effects
        self.decide = decide
    }

    static func rules(_ maps: [MapDefinition]) -> Rulebook {
        Rulebook(maps: Dictionary(uniqueKeysWithValues: maps.map { ($0.id, .available($0)) }))
    }

    /// Runs a command and says all that happened, or why it was refused:
    ///
    ///     1 3 step.open a/x            instant, seq, event, place
    ///     1 7 step.close a/y by mirror unless it is by the command's author
    ///     1 8 map.close won cancelled a/y
    ///     call m/open/1, decided m/a/flex, conflict score won probe.act, incident step_not_open
    ///     refused step_not_open
    mutating func play(_ order: Order) -> [String] {
        let (effects, decide) = (effects, decide)
        do throws(Refusal) {
            let moment = try run(order, of: lead, under: rules) { request, snapshot in
                switch request.role {
                case .action:
                    CallResult(
                        .effects(
                            effects.first { request.run == FunctionName(plugin: "probe", name: $0.key) }?
                                .value ?? []))
                case .decider: CallResult(decide.map { .answer($0(snapshot)) } ?? request.quietOutcome)
                }
            }
            lead = moment.lead
            return moment.journal.map(Self.text)
        } catch {
            return ["refused \(error.reason.rawValue)"]
        }
    }

    mutating func assign(_ map: String, fields: Table = Table()) -> [String] {
        play(.assign(MapID(map), LeadChanges(fields: fields)))
    }

    private static func text(_ entry: JournalEntry) -> String {
        switch entry {
        case .event(let event, let instant): text(event, in: instant)
        case .call(let call):
            switch call.outcome {
            case .effects: "call \(call.trigger)"
            case .decided: "decided \(call.trigger)"
            case .skipped: "skipped \(call.trigger)"
            case .failed(let failure, _): "failed \(call.trigger) \(failure.reason.rawValue)"
            }
        case .conflict(let conflict): "conflict \(conflict.field) won \(conflict.won)"
        case .incident(let incident): "incident \(incident.reason)"
        case .delivery(let delivery):
            "delivery \(delivery.id.number) \(delivery.kind.rawValue) \(delivery.to)"
        case .todoDone(let number, let by, _): "todo \(number) done by \(by)"
        }
    }

    private static func text(_ event: Event, in instant: Int) -> String {
        var words = ["\(instant)", "\(event.seq ?? 0)", event.name.text]
        switch event.place {
        case .map: words.append(event.map.text)
        case .track(let track): words.append(track.text)
        case .step(let path): words.append("\(path)")
        case .nowhere: break
        }
        if let ending = event.ending {
            words.append(ending.outcome.rawValue)
            let cancelled = ending.cancelled.map { "\($0)" }.joined(separator: ", ")
            words.append("cancelled \(cancelled.isEmpty ? "nothing" : cancelled)")
        }
        if event.by != "test" { words.append("by \(event.by)") }
        return words.joined(separator: " ")
    }
}
