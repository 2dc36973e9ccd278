package import Values

extension Effect {
    /// Reads an effect as a call records it and as ``value`` writes it. Throws for what is not of an effect's
    /// form; what a plugin was granted and how long its names may be is not looked at.
    package init(reading record: Value) throws(CallFailure) {
        guard let table = record.table, let text = table["do"]?.string else {
            throw CallFailure(.value, "an effect is a table that says what to do")
        }
        guard let verb = GrammarVerb(written: text),
            let function = verb.hostFunction(isOfLead: table["lead"] == true)
        else {
            throw CallFailure(.value, "there is no effect \(text.quotedForMessage)")
        }
        let keys = EffectKeys(function: function, table: table)
        switch verb {
        case .set: self = .set(try keys.changes())
        case .status:
            guard let status = LeadStatus(rawValue: try keys.text("to")) else {
                throw CallFailure(.value, "\(function): there is no such status")
            }
            self = .status(status)
        case .assign: self = .assign(MapID(try keys.text("map")))
        case .complete: self = .complete(try keys.text("step"))
        case .remove: self = .remove(try keys.text("step"))
        case .advance: self = .advance
        case .emit: self = .emit(try keys.text("event"), table["payload"])
        case .note: self = .note(try keys.text("text"))
        case .todo:
            try keys.checkTodo()
            self = .todo(keys.withoutVerb)
        case .email: self = .outgoing(.email, keys.withoutVerb)
        case .webhook: self = .outgoing(.webhook, keys.withoutVerb)
        case .storeSet: self = .store(try keys.stored(.set(table["value"].flatMap { $0.isNull ? nil : $0 })))
        case .storeAdd: self = .store(try keys.stored(.add(try keys.amount())))
        case .retry, .rerun, .erase, .todoDone, .release, .undelivered:
            preconditionFailure("\(verb) has no function of the host")
        }
    }
}

/// The keys of an effect; what is wrong with one is told with the function that recorded it.
private struct EffectKeys {
    let function: String
    let table: Table

    var withoutVerb: Table {
        var rest = table
        rest["do"] = nil
        return rest
    }

    func text(_ key: String) throws(CallFailure) -> String {
        guard let text = table[key]?.string, !text.isEmpty else {
            throw CallFailure(.value, "\(function): \(key): expected a string that is not empty")
        }
        return text
    }

    private func optionalText(_ key: String) throws(CallFailure) -> String? {
        table[key] == nil ? nil : try text(key)
    }

    func changes() throws(CallFailure) -> LeadChanges {
        var changes = LeadChanges(channel: try optionalText("channel"), agent: try optionalText("agent"))
        guard let given = table["fields"] else { return changes }
        guard let fields = given.table else {
            throw CallFailure(.value, "\(function): the fields are a \(given.typeName); expected a table")
        }
        changes.fields = fields
        return changes
    }

    func checkTodo() throws(CallFailure) {
        _ = try text("title")
        for entry in table where !["do", "title", "due", "agent"].contains(entry.key) {
            throw CallFailure(.value, "\(function): unknown key \(entry.key.quotedForMessage)")
        }
        for key in ["due", "agent"] { _ = try optionalText(key) }
    }

    func stored(_ change: StoredChange.Change) throws(CallFailure) -> StoredChange {
        StoredChange(scope: table["lead"] == true ? .lead : .plugin, key: try text("key"), change: change)
    }

    func amount() throws(CallFailure) -> Value {
        switch table["amount"] {
        case .integer(let amount)?: return .integer(amount)
        case .double(let amount)? where amount.isFinite: return .double(amount)
        case .null?, .bool?, .double?, .string?, .list?, .table?, nil:
            throw CallFailure(.value, "\(function): the amount is not a finite number")
        }
    }
}
