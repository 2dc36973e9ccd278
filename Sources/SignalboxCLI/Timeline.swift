import Journeys
import Signalbox
import Store
import Values

/// Draws moments for people: a head for each, then its instants, each in a bracket with its events and
/// the calls that they ran.
struct Timeline {
    let style: Style
    /// Whether each head names the lead, because several are shown in turn.
    let namesLeads: Bool

    func moment(
        _ number: Int, of lead: String, at: Timestamp, command: Value, journal: [String]
    ) -> [String] {
        var head = "\(style("moment \(number)", .strong))  \(summary(of: command))"
        if namesLeads { head = "\(style(lead, .strong))  " + head }
        head += style("  \(at.forPeople)  by \(command.table?["by"]?.string ?? Command.defaultBy)", .faint)
        return [head] + body(journal)
    }

    func refused(_ refusal: Refusal, lead: String, command: Value) -> [String] {
        let who = namesLeads ? "\(style(lead, .strong))  " : ""
        return [
            "\(who)\(style("refused", .bad))  \(summary(of: command))",
            "  \(style(refusal.reason.rawValue, .bad)): \(refusal.message)",
        ]
    }

    func repeated(lead: String, id: String, moment: Int) -> [String] {
        let who = namesLeads ? "\(style(lead, .strong))  " : ""
        return ["\(who)\(style("repeated", .notice))  \(id) was accepted before, as moment \(moment)"]
    }

    /// `assign new-buyer`, `complete qualify/call`, `set score=80`.
    func summary(of command: Value) -> String {
        guard let table = command.printable.table else { return command.json }
        let verb = table["do"]?.string ?? "?"
        let object = table["map"] ?? table["step"] ?? table["to"]
        var words = [verb]
        if let text = object?.string { words.append(text) }
        if let incident = table["incident"]?.integer { words.append("incident \(incident)") }
        words += table["fields"]?.table.map(pairs) ?? []
        for key in ["channel", "agent"] {
            if let text = table[key]?.string { words.append("\(key) \(text)") }
        }
        return words.joined(separator: " ")
    }

    private func body(_ journal: [String]) -> [String] {
        let entries = Self.joined(journal.compactMap { (try? JSONReader.read($0))?.printable.table })
        if entries.isEmpty { return [style("  nothing fired", .faint)] }
        var lines: [String] = []
        for (index, entry) in entries.enumerated() {
            // Incidents and what fired nothing belong to no instant: each stands alone.
            let instant = entry["instant"]?.integer
            let starts = instant == nil || index == 0 || entries[index - 1]["instant"]?.integer != instant
            let next = index + 1 < entries.count ? entries[index + 1] : nil
            let ends = instant == nil || next?["instant"]?.integer != instant
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

    /// Puts the incident of a failed call in the call's own entry: they tell of one thing.
    private static func joined(_ entries: [Table]) -> [Table] {
        var result: [Table] = []
        var failed: [Value: Int] = [:]
        for entry in entries {
            let trigger = entry["trigger"] ?? .null
            let call: Value = ["seq": entry["seq"] ?? .null, "trigger": trigger]
            if entry["type"] == "call", entry["outcome"] == "failed" {
                failed[call] = result.count
                // The incident of a decider may be without the number of its event.
                if let fallback = entry["fallback"], fallback != .null {
                    failed[["seq": .null, "trigger": trigger]] = result.count
                }
            }
            if entry["type"] == "incident", let index = failed.removeValue(forKey: call),
                result[index]["incident"] == nil
            {
                result[index]["incident"] = entry["incident"]
                // With what followed from the failure.
                result[index]["message"] = entry["message"]
            } else {
                result.append(entry)
            }
        }
        return result
    }

    private func describe(_ entry: Table) -> [String] {
        switch entry["type"]?.string {
        case "event": [describe(event: entry)]
        case "call": describe(call: entry)
        case "conflict":
            [
                style("conflict", .notice)
                    + "  \(entry["field"]?.string ?? ""): \(entry["won"]?.string ?? "") won over "
                    + texts(entry["lost"]).joined(separator: ", ")
            ]
        case "incident":
            [
                style("incident \(entry["incident"]?.integer ?? 0)", .bad)
                    + "  \(entry["reason"]?.string ?? ""): \(entry["message"]?.string ?? "")"
                    + (entry["trigger"]?.string.map { style("  \($0)", .faint) } ?? "")
            ]
        default: []
        }
    }

    private func describe(event: Table) -> String {
        let name = event["event"]?.string ?? ""
        let tone: Style.Tone =
            switch name.split(separator: ".").last {
            case "open": .good
            case "close": .calm
            case "skip", "remove", "leave": .notice
            default: .strong
            }
        var place = [event["track"]?.string, event["step"]?.string].compactMap { $0 }.joined(separator: "/")
        if place.isEmpty { place = event["map"]?.string ?? "" }
        var text = pad(style(name, tone), name.count, to: 12) + place
        if let outcome = event["outcome"]?.string { text += "  \(outcome)" }
        let cancelled = texts(event["cancelled"])
        if !cancelled.isEmpty { text += "  cancels \(cancelled.joined(separator: ", "))" }
        if let payload = event["payload"] { text += "  \(payload.json)" }
        return pad(
            style("\(event["seq"]?.integer ?? 0)", .faint), "\(event["seq"]?.integer ?? 0)".count, to: 4)
            + text
    }

    private func describe(call: Table) -> [String] {
        let run = call["run"]?.string ?? ""
        let trigger = style("  \(call["trigger"]?.string ?? "")", .faint)
        var lines: [String]
        switch call["outcome"]?.string {
        case "ok":
            if let effects = call["effects"]?.list {
                let asked = effects.map(describe(effect:))
                lines = [
                    "    \(run): \(asked.isEmpty ? "nothing to do" : asked.joined(separator: "; "))\(trigger)"
                ]
            } else {
                let verb = call["keep"] != nil ? "keep" : "remove"
                let steps = texts(call[verb])
                let choice = steps.isEmpty ? "nothing" : steps.joined(separator: ", ")
                let reason = call["reason"]?.string.map { ", \($0)" } ?? ""
                lines = ["    \(run): \(verb) \(choice)\(reason)\(trigger)"]
            }
        case "skipped":
            lines = ["    \(style("\(run): not run, its `when` does not hold", .faint))\(trigger)"]
        default:
            let reason = call["reason"]?.string ?? ""
            var text = "    \(style("\(run) failed", .bad)): \(reason): \(call["message"]?.string ?? "")"
            if let fallback = call["fallback"] {
                text += ": \(texts(fallback).joined(separator: ", "))"
            }
            if let incident = call["incident"]?.integer { text += style("  incident \(incident)", .bad) }
            lines = [text + trigger]
        }
        for record in call["log"]?.list ?? [] {
            guard let record = record.table else { continue }
            let fields = record["fields"].map { "  \($0.json)" } ?? ""
            lines.append(
                style(
                    "      log \(record["level"]?.string ?? ""): \(record["message"]?.string ?? "")\(fields)",
                    .faint))
        }
        return lines
    }

    /// `email to kim@example.com`, `set greeted=true`, `complete qualify/call`.
    private func describe(effect: Value) -> String {
        guard let table = effect.table, let verb = table["do"]?.string else { return effect.json }
        switch verb {
        case "email":
            let what = (table["subject"] ?? table["template"])?.string.map { " \"\($0)\"" } ?? ""
            return "email\(what) to \(table["to"]?.string ?? "?")"
        case "note": return "note \"\((table["text"]?.string ?? "").shortened)\""
        case "todo": return "to-do \"\(table["title"]?.string ?? "")\""
        case "emit":
            return "emit \(table["event"]?.string ?? "")" + (table["payload"].map { " \($0.json)" } ?? "")
        case "store.set":
            return "store \(table["key"]?.string ?? "")=\((table["value"] ?? .null).json)"
        case "store.add":
            return "add \((table["amount"] ?? .null).json) to stored \(table["key"]?.string ?? "")"
        default: return summary(of: effect)
        }
    }

    private func pairs(_ fields: Table) -> [String] {
        fields.map { entry in
            switch entry.value {
            case .null: "\(entry.key) cleared"
            case .string(let text):
                "\(entry.key)=\(text.contains(" ") || text.isEmpty ? "\"\(text.shortened)\"" : text.shortened)"
            case .bool, .integer, .double, .list, .table: "\(entry.key)=\(entry.value.json.shortened)"
            }
        }
    }

    private func texts(_ value: Value?) -> [String] { value?.list?.compactMap(\.string) ?? [] }

    private func pad(_ text: String, _ count: Int, to width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - count))
    }
}

extension Value {
    /// The value with its texts fit for a terminal: what a lead brought must not move the cursor.
    fileprivate var printable: Value {
        switch self {
        case .null, .bool, .integer, .double: self
        case .string(let text): .string(text.printable)
        case .list(let items): .list(items.map(\.printable))
        case .table(let table):
            .table(
                table.reduce(into: Table()) { result, entry in
                    result[entry.key.printable] = entry.value.printable
                })
        }
    }
}

extension String {
    /// The beginning of a long text; the whole is in the JSON.
    var shortened: String {
        let limit = 120
        guard utf8.count > limit, let end = index(startIndex, offsetBy: limit, limitedBy: endIndex),
            end < endIndex
        else { return self }
        return self[..<end] + "..."
    }
}

extension Timestamp {
    /// `2026-11-22 09:00:00Z`: to the second, which is enough to read.
    var forPeople: String {
        let second = Timestamp(milliseconds: milliseconds - (milliseconds % 1000 + 1000) % 1000)
        return second.description.replacing("T", with: " ")
    }
}
