import Values

extension JournalLine {
    /// Reads one line, without its newline. Keys that this version does not know are left out.
    public init(reading text: String) {
        guard let table = (try? JSONReader.read(text))?.table,
            let line = JournalLine(reading: LineKeys(table))
        else {
            self = .unreadable(text)
            return
        }
        self = line
    }

    private init?(reading keys: LineKeys) {
        switch keys.text("type").flatMap(LineType.init(rawValue:)) {
        case .event: self.init(EventLine(reading: keys), JournalLine.event)
        case .call: self.init(CallLine(reading: keys), JournalLine.call)
        case .conflict: self.init(ConflictLine(reading: keys), JournalLine.conflict)
        case .incident: self.init(IncidentLine(reading: keys), JournalLine.incident)
        case .delivery: self.init(DeliveryLine(reading: keys), JournalLine.delivery)
        case .todo: self.init(TodoLine(reading: keys), JournalLine.todo)
        case .refused: self.init(RefusedLine(reading: keys), JournalLine.refused)
        case .repeated: self.init(RepeatedLine(reading: keys), JournalLine.repeated)
        case .released: self.init(ReleasedLine(reading: keys), JournalLine.released)
        case nil: return nil
        }
    }

    private init?<Line>(_ line: Line?, _ make: (Line) -> JournalLine) {
        guard let line else { return nil }
        self = make(line)
    }
}

/// The types of lines.
enum LineType: String {
    case event, call, conflict, incident, delivery, todo, refused, repeated, released
}

/// The keys of a line. What is not there and what is null are the same.
private struct LineKeys {
    let table: Table

    init(_ table: Table) { self.table = table }

    subscript(key: String) -> Value? {
        guard let value = table[key], !value.isNull else { return nil }
        return value
    }

    func text(_ key: String) -> String? { self[key]?.string }
    func number(_ key: String) -> Int? { self[key]?.integer.map { Int($0) } }
    func function(_ key: String) -> FunctionName? { text(key).flatMap { FunctionName(described: $0) } }
    func steps(_ key: String) -> [StepID]? { self[key]?.list?.compactMap { $0.string.map { StepID($0) } } }
    var lead: LeadID? { text("lead").flatMap { LeadID($0) } }
}

extension EventLine {
    fileprivate init?(reading keys: LineKeys) {
        guard let lead = keys.lead, let moment = keys.number("moment"), let instant = keys.number("instant"),
            let name = keys.text("event").map({ EventName($0) }), let map = keys.text("map"),
            let by = keys.text("by"), let at = keys.text("at").flatMap({ Timestamp($0) })
        else { return nil }
        self.init(
            lead: lead, moment: moment, instant: instant, seq: keys.number("seq"), name: name,
            map: MapID(map), place: Event.Place(of: name, reading: keys.table),
            payload: keys.table["payload"], ending: Event.Ending(reading: keys.table), by: by, at: at)
    }
}

extension CallLine {
    fileprivate init?(reading keys: LineKeys) {
        guard let lead = keys.lead, let moment = keys.number("moment"), let run = keys.function("run"),
            let trigger = keys.text("trigger"), let outcome = Outcome(reading: keys)
        else { return nil }
        self.init(
            lead: lead, moment: moment, instant: keys.number("instant"), seq: keys.number("seq"), run: run,
            trigger: trigger, outcome: outcome,
            log: keys["log"]?.list?.compactMap { LogRecord(reading: $0) } ?? [],
            reads: keys["reads"]?.table ?? Table())
    }
}

extension CallLine.Outcome {
    fileprivate init?(reading keys: LineKeys) {
        switch keys.text("outcome") {
        case "ok":
            if let effects = keys["effects"]?.list {
                self = .effects(effects.map { CallLine.RecordedEffect(reading: $0) })
            } else if let kept = keys.steps("keep") {
                self = .decided(DeciderAnswer(.keep(kept), reason: keys.text("reason")))
            } else if let removed = keys.steps("remove") {
                self = .decided(DeciderAnswer(.remove(removed), reason: keys.text("reason")))
            } else {
                return nil
            }
        case "skipped": self = .skipped(reason: keys.text("reason") ?? "")
        case "failed":
            self = .failed(
                reason: keys.text("reason") ?? "", message: keys.text("message") ?? "",
                fallback: keys.steps("fallback"))
        case _?, nil: return nil
        }
    }
}

extension CallLine.RecordedEffect {
    fileprivate init(reading value: Value) {
        do throws(CallFailure) {
            self = .known(try Effect(reading: value))
        } catch {
            self = .unknown(value)
        }
    }
}

extension LogRecord {
    /// A level that this version does not know is told as `info`.
    fileprivate init?(reading value: Value) {
        guard let table = value.table, let message = table["message"]?.string else { return nil }
        self.init(
            level: table["level"]?.string.flatMap(Level.init(rawValue:)) ?? .info, message: message,
            fields: table["fields"] ?? .null)
    }
}

extension ConflictLine {
    fileprivate init?(reading keys: LineKeys) {
        guard let lead = keys.lead, let moment = keys.number("moment"), let instant = keys.number("instant"),
            let field = keys.text("field"), let won = keys.function("won"), let lost = keys["lost"]?.list
        else { return nil }
        self.init(
            lead: lead, moment: moment, instant: instant, field: field, won: won,
            lost: lost.compactMap { item in item.string.flatMap { FunctionName(described: $0) } })
    }
}

extension IncidentLine {
    fileprivate init?(reading keys: LineKeys) {
        guard let lead = keys.lead, let moment = keys.number("moment"), let reason = keys.text("reason"),
            let message = keys.text("message")
        else { return nil }
        self.init(
            lead: lead, moment: moment, incident: keys.number("incident"), reason: reason, message: message,
            seq: keys.number("seq"), run: keys.function("run"), trigger: keys.text("trigger"))
    }
}

extension DeliveryLine {
    fileprivate init?(reading keys: LineKeys) {
        guard let lead = keys.lead, let moment = keys.number("moment"),
            let id = keys.text("id").flatMap({ DeliveryID($0) }),
            let kind = keys.text("kind").flatMap(Outgoing.Kind.init(rawValue:)), let to = keys.text("to")
        else { return nil }
        self.init(lead: lead, moment: moment, id: id, kind: kind, to: to)
    }
}

extension TodoLine {
    fileprivate init?(reading keys: LineKeys) {
        guard let lead = keys.lead, let moment = keys.number("moment"), let todo = keys.number("todo"),
            let state = keys.text("state").flatMap(State.init(rawValue:)), let by = keys.text("by"),
            let at = keys.text("at").flatMap({ Timestamp($0) })
        else { return nil }
        self.init(lead: lead, moment: moment, todo: todo, state: state, by: by, at: at)
    }
}

extension RefusedLine {
    fileprivate init?(reading keys: LineKeys) {
        guard let command = keys["command"], let reason = keys.text("reason"),
            let message = keys.text("message")
        else { return nil }
        self.init(
            lead: keys.lead, line: keys.number("line"), command: command, reason: reason, message: message)
    }
}

extension RepeatedLine {
    fileprivate init?(reading keys: LineKeys) {
        guard let lead = keys.lead, let id = keys.text("id"), let moment = keys.number("moment") else {
            return nil
        }
        self.init(lead: lead, line: keys.number("line"), id: CommandID(id), moment: moment)
    }
}

extension ReleasedLine {
    fileprivate init?(reading keys: LineKeys) {
        guard let plugin = keys.text("plugin") else { return nil }
        self.init(plugin: plugin, line: keys.number("line"))
    }
}
