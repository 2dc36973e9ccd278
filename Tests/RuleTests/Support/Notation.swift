import Journeys
import Plugins
import Signalbox
import Values
import Workspace

/// Writes lines of the journal short enough to be read in a test, and leaves nothing out but messages:
///
///     1 3 step.open videos/tour              instant, seq, event, place
///     4 9 step.close contact/call by mirror  unless it is by the command's author
///     5 12 map.close m won cancelled videos/tour
///     call m/open/1 ok set greeted=true; complete contact/call
///     call probe/on/1 #3 failed error        the event's seq, where the trigger does not say which it is
///     call m/offer/flex ok keep call
///     conflict score won probe.act lost probe.act
///     incident step_not_open m/open/1
///     incident delivery_dead                 of no call
///     delivery email l@example.com           kind, recipient
///     todo 2 done                            its number among the lead's
///     refused step_not_open
///     repeated moment 2
///
/// What follows from what was written before is not written again: a line's lead, moment, time and map, the
/// `instant` and `run` of a call, the number of an incident, the id of a delivery. If it is not what it must be, it is written.
struct Notation {
    /// What each trigger runs, in all generations so far.
    private var runs: [String: Set<String>] = [:]
    private var leads: [String: LeadState] = [:]
    private var incidents = 0

    private struct LeadState {
        var moment = 0
        var map = ""
        /// The events of this moment, by their seq.
        var events: [Int64: (instant: Int64, event: String, place: String)] = [:]
        var lastInstant: Int64 = 0
        /// How many deliveries of this moment were read.
        var deliveries = 0
    }

    mutating func learn(_ generation: Generation) {
        for case .available(let definition) in generation.rulebook.maps.values {
            let places =
                [definition.triggers] + definition.tracks.map(\.triggers) + definition.steps.map(\.triggers)
            for (_, trigger) in places.flatMap(\.all) {
                runs[trigger.name, default: []].insert("\(trigger.run)")
            }
            for case .flex(let trigger?) in definition.tracks.map(\.kind) {
                runs[trigger.name, default: []].insert("\(trigger.decide)")
            }
        }
    }

    /// What a command came to; `nothing` when it was accepted and nothing fired.
    mutating func text(_ played: Player.Played) -> [String] {
        let command = played.command
        var state = leads[command.lead.text] ?? LeadState()
        let isAccepted = !played.lines.contains {
            $0["type"] == "refused" || $0["type"] == "repeated"
        }
        if isAccepted {
            state.moment += 1
            state.events = [:]
            state.lastInstant = 0
            state.deliveries = 0
        }
        let texts = played.lines.map { line -> String in
            var line = Rest(line)
            line.drop("lead", if: .string(command.lead.text))
            let text: String
            switch line.text("type") {
            case "event": text = event(&line, played, &state)
            case "call": text = call(&line, state)
            case "conflict": text = conflict(&line, state)
            case "incident": text = incident(&line, state)
            case "delivery": text = delivery(&line, command, &state)
            case "todo": text = todo(&line, played, state)
            case "refused":
                line.drop("line", if: .integer(Int64(played.number)))
                line.drop("command", if: played.given?.given ?? .null)
                line.drop("message")
                text = "refused \(line.text("reason"))"
            case "repeated":
                line.drop("line", if: .integer(Int64(played.number)))
                line.drop("id", if: command.id.map { .string($0.text) } ?? .null)
                text = "repeated moment \(line.number("moment"))"
            case let other: text = other
            }
            return text + line.rest
        }
        leads[command.lead.text] = state
        return texts.isEmpty ? ["nothing"] : texts
    }

    private func event(_ line: inout Rest, _ played: Player.Played, _ state: inout LeadState) -> String {
        let instant = line.number("instant")
        let seq = line.number("seq")
        let event = line.text("event")
        if event == "map.open" { state.map = line.value("map")?.string ?? "" }
        line.drop("moment", if: .integer(Int64(state.moment)))
        line.drop("map", if: .string(state.map))
        line.drop("at", if: .string(played.at.description))
        let place = [line.optionalText("track"), line.optionalText("step")].compactMap(\.self)
            .joined(separator: "/")
        state.events[seq] = (instant, event, place)
        state.lastInstant = instant
        var words = ["\(instant)", "\(seq)", event]
        if event.hasPrefix("map.") { words.append(state.map) }
        if !place.isEmpty { words.append(place) }
        if let payload = line.take("payload") { words.append(payload.json) }
        if let outcome = line.optionalText("outcome") { words.append(outcome) }
        if let cancelled = line.take("cancelled") { words.append("cancelled \(Self.names(cancelled))") }
        let by = line.text("by")
        if by != played.command.by { words.append("by \(by)") }
        return words.joined(separator: " ")
    }

    private func call(_ line: inout Rest, _ state: LeadState) -> String {
        let seq = line.value("seq")?.integer
        let instant = seq.flatMap { state.events[$0]?.instant }
        if let instant { line.drop("instant", if: .integer(instant)) }
        line.drop("moment", if: .integer(Int64(state.moment)))
        var words = ["call", source(&line, state)]
        let outcome = line.text("outcome")
        words.append(outcome)
        if let effects = line.take("effects")?.list, !effects.isEmpty {
            words.append(effects.map(Self.effect).joined(separator: "; "))
        }
        if outcome == "skipped" { line.drop("reason", if: "when") }
        if outcome == "failed" {
            line.drop("message")
            words.append(line.text("reason"))
        }
        for key in ["keep", "remove", "fallback"] {
            if let steps = line.take(key) { words.append("\(key) \(Self.names(steps))") }
        }
        if let reason = line.optionalText("reason") { words.append("because \(reason)") }
        for record in line.take("log")?.list ?? [] { words.append(Self.log(record)) }
        return words.joined(separator: " ")
    }

    private func conflict(_ line: inout Rest, _ state: LeadState) -> String {
        line.drop("moment", if: .integer(Int64(state.moment)))
        line.drop("instant", if: .integer(state.lastInstant))
        let lost = line.take("lost").map(Self.names) ?? "?"
        return "conflict \(line.text("field")) won \(line.text("won")) lost \(lost)"
    }

    private mutating func incident(_ line: inout Rest, _ state: LeadState) -> String {
        incidents += 1
        line.drop("moment", if: .integer(Int64(state.moment)))
        line.drop("incident", if: .integer(Int64(incidents)))
        line.drop("message")
        let reason = line.text("reason")
        return line.value("trigger") == nil
            ? "incident \(reason)" : "incident \(reason) \(source(&line, state))"
    }

    private func delivery(_ line: inout Rest, _ command: Command, _ state: inout LeadState) -> String {
        state.deliveries += 1
        line.drop("moment", if: .integer(Int64(state.moment)))
        line.drop("id", if: .string("\(command.lead)/\(state.moment)/\(state.deliveries)"))
        return "delivery \(line.text("kind")) \(line.text("to"))"
    }

    private func todo(_ line: inout Rest, _ played: Player.Played, _ state: LeadState) -> String {
        line.drop("moment", if: .integer(Int64(state.moment)))
        line.drop("at", if: .string(played.at.description))
        line.drop("by", if: .string(played.command.by))
        return "todo \(line.number("todo")) \(line.text("state"))"
    }

    /// The trigger, and the seq of its event unless that follows.
    private func source(_ line: inout Rest, _ state: LeadState) -> String {
        let trigger = line.text("trigger")
        let run = line.value("run")?.string ?? ""
        if runs[trigger]?.contains(run) ?? (trigger == run) { line.drop("run") }
        guard let seq = line.value("seq")?.integer else { return trigger }
        if let expected = Self.event(of: trigger), let fired = state.events[seq],
            expected == (fired.event, fired.place)
        {
            line.drop("seq")
            return trigger
        }
        line.drop("seq")
        return "\(trigger) #\(seq)"
    }

    /// The event that a map's trigger is for. Nil for a plugin's own subscription.
    private static func event(of trigger: String) -> (String, String)? {
        var parts = trigger.split(separator: "/").map(String.init)
        parts.removeFirst()
        if parts.last == "flex" { return ("track.open", parts.dropLast().joined(separator: "/")) }
        guard parts.count >= 2 else { return nil }
        let verb = parts[parts.count - 2]
        guard Verb(rawValue: verb) != nil else { return nil }
        let place = parts.dropLast(2)
        let kinds = ["map", "track", "step"]
        guard place.count < kinds.count else { return nil }
        return ("\(kinds[place.count]).\(verb)", place.joined(separator: "/"))
    }

    private static func effect(_ effect: Value) -> String {
        guard let table = effect.table else { return effect.json }
        var rest = Rest(table)
        var words = [rest.text("do")]
        switch words[0] {
        case "set": words += (rest.take("fields")?.table ?? Table()).map { "\($0.key)=\($0.value.json)" }
        case "status": words.append(rest.text("to"))
        case "assign": words.append(rest.text("map"))
        case "complete", "remove": words.append(rest.text("step"))
        case "emit":
            words.append(rest.text("event"))
            if let payload = rest.take("payload") { words.append(payload.json) }
        default: break
        }
        return words.joined(separator: " ") + rest.rest
    }

    private static func log(_ record: Value) -> String {
        var rest = Rest(record.table ?? Table())
        rest.drop("level", if: "info")
        return "[\(rest.text("message"))\(rest.rest)]"
    }

    private static func names(_ list: Value) -> String {
        guard let items = list.list else { return list.json }
        return items.isEmpty ? "nothing" : items.map { $0.string ?? $0.json }.joined(separator: ", ")
    }
}

/// The keys of a line that were not looked at yet.
private struct Rest {
    private var table: Table

    init(_ table: Table) { self.table = table }

    func value(_ key: String) -> Value? { table[key] }

    mutating func take(_ key: String) -> Value? {
        defer { table[key] = nil }
        return table[key]
    }

    mutating func optionalText(_ key: String) -> String? { take(key).map { $0.string ?? $0.json } }
    mutating func text(_ key: String) -> String { optionalText(key) ?? "?" }
    mutating func number(_ key: String) -> Int64 { take(key)?.integer ?? -1 }
    mutating func drop(_ key: String) { table[key] = nil }
    mutating func drop(_ key: String, if value: Value) { if table[key] == value { table[key] = nil } }

    /// What is left, as it is.
    var rest: String { table.map { " \($0.key)=\($0.value.json)" }.joined() }
}
