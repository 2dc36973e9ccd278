import Journeys
import LuaSandbox
import Values

/// Turns what a call recorded into effects. The host's library has checked the forms already; what is
/// looked at here is what only the engine knows, and a plugin that got past the library.
struct EffectDecoder {
    /// The plugin that was called.
    let plugin: String
    /// The capabilities that the plugin was granted.
    let granted: Set<String>
    let limits: RecordLimits

    func effects(_ records: [Value]) throws(Journeys.CallFailure) -> [Effect] {
        var effects: [Effect] = []
        effects.reserveCapacity(records.count)
        for record in records {
            guard var table = record.table, let verb = table["do"]?.string else {
                throw Journeys.CallFailure(.value, "an effect is a table that says what to do")
            }
            table["do"] = nil
            effects.append(try effect(verb, table))
        }
        return effects
    }

    private func effect(_ verb: String, _ table: Table) throws(Journeys.CallFailure) -> Effect {
        switch verb {
        case "set": return .set(try changes(table))
        case "status":
            guard let status = Status(rawValue: try text("to", of: "host.lead.status", table)) else {
                throw Journeys.CallFailure(.value, "host.lead.status: no such status")
            }
            return .status(status)
        case "assign": return .assign(MapID(try name("map", of: "host.lead.assign", table)))
        case "complete": return .complete(try name("step", of: "host.lead.complete", table))
        case "remove": return .remove(try name("step", of: "host.lead.remove", table))
        case "advance": return .advance
        case "emit": return .emit(try event(table), table["payload"])
        case "note": return .note(try text("text", of: "host.note.add", table))
        case "todo":
            try checkTodo(table)
            return .todo(table)
        case "email":
            guard granted.contains("email") else {
                throw Journeys.CallFailure(.refused, "host.email.send needs the capability \"email\"")
            }
            try MailForm.check(table)
            return .outgoing(.email, table)
        case "store.set":
            return .store(try stored(table, .set(table["value"].flatMap { $0.isNull ? nil : $0 })))
        case "store.add":
            switch table["amount"] {
            case .integer(let amount)?: return .store(try stored(table, .add(.integer(amount))))
            case .double(let amount)? where amount.isFinite:
                return .store(try stored(table, .add(.double(amount))))
            default: throw Journeys.CallFailure(.value, "host.store.add: the amount is not a finite number")
            }
        default: throw Journeys.CallFailure(.value, "there is no effect \(verb.quotedForMessage)")
        }
    }

    private func changes(_ table: Table) throws(Journeys.CallFailure) -> LeadChanges {
        var changes = LeadChanges()
        if table["agent"] != nil { changes.agent = try name("agent", of: "host.lead.agent", table) }
        guard let given = table["fields"] else { return changes }
        guard let fields = given.table else {
            throw Journeys.CallFailure(
                .value, "host.lead.set: the fields are a \(given.typeName); a table is needed")
        }
        for entry in fields {
            do throws(Refusal) {
                try limits.check(field: entry.key, entry.value)
            } catch {
                throw Journeys.CallFailure(.value, "host.lead.set: \(error.message)")
            }
        }
        changes.fields = fields
        return changes
    }

    private func stored(
        _ table: Table, _ change: StoredChange.Change
    ) throws(Journeys.CallFailure) -> StoredChange {
        let key = try name("key", of: table["lead"] == true ? "host.lead.store" : "host.store", table)
        let size = table["value"]?.approximateBytes ?? 0
        guard size <= limits.fieldBytes else {
            throw Journeys.CallFailure(
                .value,
                "the value of \(key.quotedForMessage) has \(size) bytes; at most \(limits.fieldBytes) are allowed"
            )
        }
        return StoredChange(scope: table["lead"] == true ? .lead : .plugin, key: key, change: change)
    }

    /// A custom event belongs to the plugin that emits it, and is never one of the engine's own (R60).
    private func event(_ table: Table) throws(Journeys.CallFailure) -> String {
        let function = "host.bus.emit"
        let text = try name("event", of: function, table)
        let halves = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isWord = { (half: Substring.UTF8View) in
            !half.isEmpty && half.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789_".utf8.contains($0) }
        }
        guard halves.count == 2, halves.allSatisfy(isWord), halves[0].elementsEqual(plugin.utf8),
            case .custom = EventName(text)
        else {
            throw Journeys.CallFailure(
                .value,
                "\(function): \(text.quotedForMessage) must be named \(plugin).something, in lower case")
        }
        return text
    }

    private func checkTodo(_ table: Table) throws(Journeys.CallFailure) {
        let function = "host.todo.add"
        _ = try text("title", of: function, table)
        for entry in table where !["title", "due", "agent"].contains(entry.key) {
            throw Journeys.CallFailure(.value, "\(function): unknown key \(entry.key.quotedForMessage)")
        }
        for key in ["due", "agent"] where table[key] != nil { _ = try name(key, of: function, table) }
    }

    /// A text that becomes a name, a key or an id.
    private func name(
        _ key: String, of function: String, _ table: Table
    ) throws(Journeys.CallFailure) -> String {
        let name = try text(key, of: function, table)
        guard NameForm.isValid(name) else {
            throw Journeys.CallFailure(
                .value,
                "\(function): \(key): expected at most \(NameForm.limitBytes) bytes without control characters, got \(name.quotedForMessage)"
            )
        }
        return name
    }

    private func text(
        _ key: String, of function: String, _ table: Table
    ) throws(Journeys.CallFailure) -> String {
        guard let text = table[key]?.string, !text.isEmpty else {
            throw Journeys.CallFailure(.value, "\(function): \(key): expected a string that is not empty")
        }
        return text
    }
}
