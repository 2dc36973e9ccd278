import Journeys
import Signalbox
import Values

/// Draws moments for people: a head for each, then its instants, each in a bracket with its events and
/// the calls that they ran.
struct Timeline {
    let style: Style
    /// Whether each head names the lead, because several are shown in turn.
    let namesLeads: Bool
    /// The traceback of an incident, where it is shown with its call: nobody can ask for it later.
    var traceback: (Int) -> String? = { _ in nil }
    /// What a to-do of the lead says, by its number, where that is known.
    var todo: (Int) -> String? = { _ in nil }

    /// `command` is nil where the stored one is not of a form that this version knows.
    func moment(
        _ number: Int, of lead: LeadID, at: Timestamp, command: Command?, journal: [JournalLine]
    ) -> [String] {
        var head = head(lead)
        head.add("moment \(number)", .strong)
        head.add("  \(command.map { summary(of: $0.order) } ?? "a command that cannot be read")")
        head.add("  \(at.forPeople)  by \(command?.by ?? Command.defaultBy)", .faint)
        if case .erase = command?.order, journal.isEmpty {
            return [head.text, style("  what was known of the lead is removed", .faint)]
        }
        return [head.text] + body(journal)
    }

    func refused(_ refused: RefusedLine) -> [String] {
        var head = head(refused.lead)
        head.add("refused", .bad)
        let command =
            Command(reading: refused.command).map { summary(of: $0.order) } ?? Self.release(refused.command)
        head.add("  \(command ?? refused.command.json)")
        var why = StyledLine(style, indent: 2)
        why.add(refused.reason, .bad)
        why.add(": \(refused.message)")
        return [head.text, why.text]
    }

    func released(_ released: ReleasedLine) -> [String] {
        [style("released", .good) + "  \(released.plugin.printable) is called again"]
    }

    /// `release greeting`, where the command is one.
    private static func release(_ command: Value) -> String? {
        guard let table = command.table, table["do"]?.string == GrammarVerb.release.rawValue else {
            return nil
        }
        return table["plugin"]?.string.map { "\(GrammarVerb.release.rawValue) \($0)" }
    }

    func repeated(_ repeated: RepeatedLine) -> [String] {
        var line = head(repeated.lead)
        line.add("repeated", .notice)
        line.add("  \(repeated.id) was accepted before, as moment \(repeated.moment)")
        return [line.text]
    }

    private func head(_ lead: LeadID?) -> StyledLine {
        var line = StyledLine(style)
        if let lead, namesLeads {
            line.add(lead.text, .strong)
            line.add("  ")
        }
        return line
    }

    private func body(_ journal: [JournalLine]) -> [String] {
        let entries = Self.entries(journal)
        if entries.isEmpty { return [style("  nothing fired", .faint)] }
        var lines: [String] = []
        for (index, entry) in entries.enumerated() {
            // Incidents, deliveries and what fired nothing belong to no instant: each is alone.
            let instant = entry.line.instant
            let starts = instant == nil || index == 0 || entries[index - 1].line.instant != instant
            let isLast = index + 1 == entries.count || entries[index + 1].line.instant != instant
            let ends = instant == nil || isLast
            let bracket =
                switch (starts, ends) {
                case (true, true): instant == nil ? " " : "╶"
                case (true, false): "┌"
                case (false, false): "│"
                case (false, true): "└"
                }
            lines += describe(entry).enumerated().map { offset, text in
                let margin = offset == 0 ? bracket : (ends ? " " : "│")
                return "  \(style(margin, .faint)) \(text)"
            }
        }
        return lines
    }

    /// A line, and the incident of the failed call that it is: they tell of one thing.
    private struct Entry {
        let line: JournalLine
        var incident: IncidentLine?
    }

    private struct CallKey: Hashable {
        let seq: Int?
        let trigger: ExactText
    }

    private static func entries(_ journal: [JournalLine]) -> [Entry] {
        var entries: [Entry] = []
        var failed: [CallKey: Int] = [:]
        for line in journal {
            switch line {
            case .call(let call):
                guard case .failed(_, _, let fallback) = call.outcome else { break }
                let trigger = ExactText(call.trigger)
                failed[CallKey(seq: call.seq, trigger: trigger)] = entries.count
                // The incident of a decider may be without the number of its event.
                if fallback != nil { failed[CallKey(seq: nil, trigger: trigger)] = entries.count }
            case .incident(let incident):
                guard let trigger = incident.trigger else { break }
                let key = CallKey(seq: incident.seq, trigger: ExactText(trigger))
                if let index = failed.removeValue(forKey: key), entries[index].incident == nil {
                    entries[index].incident = incident
                    continue
                }
            case .event, .conflict, .delivery, .todo, .refused, .repeated, .released, .unreadable: break
            }
            entries.append(Entry(line: line))
        }
        return entries
    }

    private func describe(_ entry: Entry) -> [String] {
        switch entry.line {
        case .event(let event): [describe(event)]
        case .call(let call): describe(call, entry.incident)
        case .conflict(let conflict): [describe(conflict)]
        case .incident(let incident): [describe(incident)]
        case .delivery(let delivery): [describe(delivery)]
        case .todo(let todo): [describe(todo)]
        case .refused(let line): refused(line)
        case .repeated(let line): repeated(line)
        case .released(let line): released(line)
        case .unreadable(let text): [style(text.printable, .faint)]
        }
    }

    private func describe(_ event: EventLine) -> String {
        let tone: Style.Tone =
            switch event.name {
            case .mapOpen, .trackOpen, .stepOpen: .good
            case .mapClose, .trackClose, .stepClose: .calm
            case .mapLeave, .stepSkip, .stepRemove: .notice
            case .deliveryFailed: .bad
            case .custom: .strong
            }
        var line = StyledLine(style)
        line.add("\(event.seq ?? 0)", .faint, width: 4)
        line.add(event.name.text, tone, width: 12)
        switch event.place {
        case .map, .nowhere: line.add(event.map.text)
        case .track(let track): line.add(track.text)
        case .step(let path): line.add("\(path)")
        }
        if let ending = event.ending {
            line.add("  \(ending.outcome.rawValue)")
            if !ending.cancelled.isEmpty {
                line.add("  cancels \(ending.cancelled.map(\.description).joined(separator: ", "))")
            }
        }
        if let payload = event.payload { line.add("  \(payload.json)") }
        return line.text
    }

    private func describe(_ conflict: ConflictLine) -> String {
        var line = StyledLine(style)
        line.add("conflict", .notice)
        let lost = conflict.lost.map(\.description).joined(separator: ", ")
        line.add("  \(conflict.field): \(conflict.won) won over \(lost)")
        return line.text
    }

    private func describe(_ incident: IncidentLine) -> String {
        var line = StyledLine(style)
        line.add("incident \(incident.incident ?? 0)", .bad)
        line.add("  \(incident.reason): \(incident.message)")
        if let trigger = incident.trigger { line.add("  \(trigger)", .faint) }
        return line.text
    }

    private func describe(_ delivery: DeliveryLine) -> String {
        var line = StyledLine(style)
        line.add("delivery \(delivery.id)", .calm)
        line.add("  \(delivery.kind.rawValue) to \(delivery.to)")
        return line.text
    }

    private func describe(_ line: TodoLine) -> String {
        var text = StyledLine(style)
        text.add("to-do \(line.todo) \(line.state.rawValue)", .calm)
        if let todo = todo(line.todo) { text.add("  \(todo.shortened)") }
        return text.text
    }

    private func describe(_ call: CallLine, _ incident: IncidentLine?) -> [String] {
        var line = StyledLine(style, indent: 4)
        switch call.outcome {
        case .effects(let effects):
            let asked = effects.map(describe).joined(separator: "; ")
            line.add("\(call.run): \(asked.isEmpty ? "nothing to do" : asked)")
        case .decided(let answer):
            line.add("\(call.run): \(describe(answer))")
        case .skipped:
            line.add("\(call.run): not run, its `when` does not hold", .faint)
        case .failed(let reason, let message, let fallback):
            line.add("\(call.run) failed", .bad)
            if let fallback {
                let kept = fallback.isEmpty ? "nothing" : fallback.map(\.text).joined(separator: ", ")
                line.add(" (\(reason): \(message)); the fallback keeps \(kept)")
            } else {
                // The incident's message says what followed from the failure, too.
                line.add(": \(reason): \(incident?.message ?? message)")
            }
            if let number = incident?.incident { line.add("  incident \(number)", .bad) }
        }
        // A subscription is its own trigger.
        if call.trigger != call.run.description { line.add("  \(call.trigger)", .faint) }
        let trace = incident?.incident.flatMap(traceback)?.split(separator: "\n") ?? []
        return [line.text] + trace.map { describe(frame: String($0)) } + call.log.map(describe)
    }

    private func describe(frame: String) -> String {
        var line = StyledLine(style, indent: 6)
        line.add(frame, .faint)
        return line.text
    }

    private func describe(_ record: LogRecord) -> String {
        var line = StyledLine(style)
        let fields = record.fields.isNull ? "" : "  \(record.fields.json)"
        line.add("      log \(record.level.rawValue): \(record.message)\(fields)", .faint)
        return line.text
    }

    // MARK: Orders and effects

    /// `keep call, brochure, a short form`.
    func describe(_ answer: DeciderAnswer) -> String {
        let (verb, steps) =
            switch answer.choice {
            case .keep(let steps): ("keep", steps)
            case .remove(let steps): ("remove", steps)
            }
        let choice = steps.isEmpty ? "nothing" : steps.map(\.text).joined(separator: ", ")
        return "\(verb) \(choice)\(answer.reason.map { ", \($0)" } ?? "")"
    }

    /// `assign new-buyer`, `complete qualify/call`, `set score=80`.
    func summary(of order: Order) -> String {
        ([order.summary] + (order.changes.map(words) ?? [])).joined(separator: " ")
    }

    /// `email to kim@example.com`, `set greeted=true`, `complete qualify/call`.
    func describe(_ effect: CallLine.RecordedEffect) -> String {
        switch effect {
        case .known(let effect): describe(effect)
        case .unknown(let value): value.json
        }
    }

    private func describe(_ effect: Effect) -> String {
        switch effect {
        case .outgoing(.email, let message):
            let what = (message["subject"] ?? message["template"])?.string.map { " \"\($0)\"" } ?? ""
            let people = ["to", "cc", "bcc"].compactMap { message[$0] }.flatMap { $0.list ?? [$0] }
            return "email\(what) to \(people.map(\.wordForPeople).joined(separator: ", "))"
        case .outgoing(.webhook, let message): return "webhook to \(message["endpoint"]?.wordForPeople ?? "")"
        case .note(let text): return "note \"\(text.shortened)\""
        case .todo(let todo): return "to-do \"\(todo["title"]?.string ?? "")\""
        case .emit(let event, let payload): return "emit \(event)\(payload.map { " \($0.json)" } ?? "")"
        case .store(let stored):
            switch stored.change {
            case .set(let value):
                guard let value, !value.isNull else { return "store \(stored.key) cleared" }
                return "store \(stored.key)=\(value.wordForPeople)"
            case .add(let amount): return "add \(amount.json) to stored \(stored.key)"
            }
        case .set(let changes): return summary(of: .set(changes))
        case .assign(let map): return summary(of: .assign(map, LeadChanges()))
        case .complete(let step): return summary(of: .complete(step))
        case .advance: return summary(of: .advance)
        case .remove(let step): return summary(of: .remove(step))
        case .status(let status): return summary(of: .status(status))
        }
    }

    private func words(_ changes: LeadChanges) -> [String] {
        var words = changes.fields.map { entry in
            entry.value.isNull ? "\(entry.key) cleared" : "\(entry.key)=\(entry.value.wordForPeople)"
        }
        if let channel = changes.channel { words.append("channel \(Value.string(channel).wordForPeople)") }
        if let agent = changes.agent { words.append("agent \(Value.string(agent).wordForPeople)") }
        return words
    }
}
