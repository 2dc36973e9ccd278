import Journeys
import LuaSandbox
import Values

/// Turns what a call recorded into effects. The host's library has checked the forms already; what is
/// looked at here is what only the engine knows, and a plugin that got past the library.
struct EffectDecoder {
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
            guard let status = Status(rawValue: try text("to", of: verb, table)) else {
                throw Journeys.CallFailure(.value, "host.lead.status: no such status")
            }
            return .status(status)
        case "assign": return .assign(MapID(try text("map", of: verb, table)))
        case "complete": return .complete(try text("step", of: verb, table))
        case "remove": return .remove(try text("step", of: verb, table))
        case "advance": return .advance
        case "emit": return .emit(try text("event", of: verb, table), table["payload"])
        case "note": return .note(try text("text", of: verb, table))
        case "todo": return .todo(table)
        case "email":
            guard granted.contains("email") else {
                throw Journeys.CallFailure(.refused, "host.email.send needs the capability \"email\"")
            }
            return .email(table)
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
        var changes = LeadChanges(agent: table["agent"]?.string)
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
        let key = try text("key", of: "store", table)
        guard StoredChange.isKey(key) else {
            throw Journeys.CallFailure(
                .value,
                "\(key.quotedForMessage) is not a key: 1 to \(StoredChange.keyLimitBytes) bytes without control characters"
            )
        }
        let size = table["value"]?.approximateBytes ?? 0
        guard size <= limits.fieldBytes else {
            throw Journeys.CallFailure(
                .value,
                "the value of \(key.quotedForMessage) has \(size) bytes; at most \(limits.fieldBytes) are allowed"
            )
        }
        return StoredChange(scope: table["lead"] == true ? .lead : .plugin, key: key, change: change)
    }

    private func text(
        _ key: String, of verb: String, _ table: Table
    ) throws(Journeys.CallFailure) -> String {
        guard let text = table[key]?.string, !text.isEmpty else {
            throw Journeys.CallFailure(.value, "the effect \(verb) has no text `\(key)`")
        }
        return text
    }
}
