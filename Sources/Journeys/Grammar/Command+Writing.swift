public import Values

extension Command {
    /// The command in the grammar of a commands file, without `at`.
    public var value: Value {
        var table: Table
        switch order {
        case .assign(let map, let changes):
            table = changes.table(do: .assign)
            table["map"] = .string(map.text)
        case .complete(let step), .remove(let step):
            table = ["do": .string(order.verb.rawValue), "step": .string(step)]
        case .status(let status):
            table = ["do": .string(order.verb.rawValue), "to": .string(status.rawValue)]
        case .set(let changes): table = changes.table(do: .set)
        case .advance, .retry, .erase: table = ["do": .string(order.verb.rawValue)]
        case .rerun(let incident, let now, let again):
            table = ["do": .string(order.verb.rawValue), "incident": .integer(Int64(incident))]
            if now { table["now"] = true }
            if again { table["again"] = true }
        case .todoDone(let number):
            table = ["do": .string(order.verb.rawValue), "todo": .integer(Int64(number))]
        case .undelivered(let undelivered): table = undelivered.table
        }
        table["lead"] = .string(lead.text)
        table["by"] = .string(by)
        table["id"] = id.map { .string($0.text) }
        return .table(table)
    }

    /// ``value`` as compact JSON, written without making the value first.
    package var jsonBytes: [UInt8] {
        if case .undelivered = order { return Array(value.json.utf8) }
        var writer = JSONWriter(reservingBytes: 128)
        writer.beginObject()
        // In the order of the keys' bytes.
        let changes = order.changes
        if case .rerun(_, now: _, again: true) = order { writer.field("again", true) }
        if let agent = changes?.agent { writer.field("agent", agent) }
        writer.field("by", by)
        if let channel = changes?.channel { writer.field("channel", channel) }
        writer.literal(#","do":"#)
        writer.literal(quoting: order.verb.rawValue)
        if let fields = changes?.fields, !fields.isEmpty { writer.field("fields", .table(fields)) }
        if let id { writer.field("id", id.text) }
        if case .rerun(let incident, now: _, again: _) = order { writer.field("incident", incident) }
        writer.literal(#","lead":"#)
        writer.literal(quoting: lead.text)
        switch order {
        case .assign(let map, _): writer.field("map", map.text)
        case .complete(let step), .remove(let step): writer.field("step", step)
        case .status(let status): writer.field("to", status.rawValue)
        case .rerun(_, now: true, again: _): writer.field("now", true)
        case .todoDone(let number): writer.field("todo", number)
        case .advance, .set, .retry, .rerun, .erase, .undelivered: break
        }
        writer.endObject()
        return writer.bytes
    }
}

extension LeadChanges {
    /// In the grammar of commands and effects.
    func table(do verb: GrammarVerb) -> Table {
        var table: Table = ["do": .string(verb.rawValue)]
        if !fields.isEmpty { table["fields"] = .table(fields) }
        table["channel"] = channel.map(Value.string)
        table["agent"] = agent.map(Value.string)
        return table
    }
}

extension Undelivered {
    fileprivate var table: Table {
        var table: Table = [
            "do": .string(GrammarVerb.undelivered.rawValue), "delivery": .string(delivery.description),
            "kind": .string(kind.rawValue), "to": .string(to), "state": .string(state.rawValue),
            "reason": .string(reason),
        ]
        if isQuiet { table["quiet"] = true }
        return table
    }
}
