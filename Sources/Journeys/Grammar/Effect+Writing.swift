public import Values

extension Effect {
    /// The effect as the journal writes it: in the grammar of commands where it is one.
    public var value: Value {
        switch self {
        case .set(let changes): .table(changes.table(do: verb))
        case .note(let text): .table(table("text", .string(text)))
        case .todo(let todo): .table(todo.with(do: verb))
        case .outgoing(_, let payload): .table(payload.with(do: verb))
        case .store(let stored): .table(stored.table.with(do: verb))
        case .status(let status): .table(table("to", .string(status.rawValue)))
        case .assign(let map): .table(table("map", .string(map.text)))
        case .complete(let step), .remove(let step): .table(table("step", .string(step)))
        case .advance: .table(Table().with(do: verb))
        case .emit(let event, let payload):
            .table(table("event", .string(event), "payload", payload))
        }
    }

    /// Writes ``value`` as JSON, without making it first where that is what most effects are.
    func write(to writer: inout JSONWriter) {
        switch self {
        case .set(let changes):
            writer.beginObject()
            if let agent = changes.agent { writer.field("agent", agent) }
            if let channel = changes.channel { writer.field("channel", channel) }
            writer.field("do", verb.rawValue)
            if !changes.fields.isEmpty { writer.field("fields", .table(changes.fields)) }
            writer.endObject()
        case .note(let text): write("text", text, to: &writer)
        case .status(let status): write("to", status.rawValue, to: &writer)
        case .assign(let map): write("map", map.text, to: &writer)
        case .complete(let step), .remove(let step): write("step", step, to: &writer)
        case .todo, .outgoing, .store, .advance, .emit: writer.value(value)
        }
    }

    private func write(_ key: String, _ text: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("do", verb.rawValue)
        writer.field(key, text)
        writer.endObject()
    }

    /// The verb with one key, or two.
    private func table(_ key: String, _ value: Value, _ other: String = "", _ second: Value? = nil) -> Table {
        var table = Table().with(do: verb)
        table[key] = value
        if let second { table[other] = second }
        return table
    }
}

extension StoredChange {
    fileprivate var table: Table {
        var table: Table = ["key": .string(key)]
        if case .lead = scope { table["lead"] = true }
        switch change {
        case .set(let value): table["value"] = value ?? .null
        case .add(let amount): table["amount"] = amount
        }
        return table
    }
}

extension Table {
    fileprivate func with(do verb: GrammarVerb) -> Table {
        var table = self
        table["do"] = .string(verb.rawValue)
        return table
    }
}
