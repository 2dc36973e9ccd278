public import Values

/// What a call asked for. Nothing else leaves a call.
public enum Effect: Sendable, Hashable {
    // On the lead's record, at the end of the instant (R27).
    case set(LeadChanges)
    case note(String)
    /// `title`, and `due` and `agent` where given.
    case todo(Table)
    /// A message as the plugin gave it: `to`, `subject`, `text` ...
    case email(Table)
    case store(StoredChange)
    // On the agenda (R29).
    case status(Status)
    case assign(MapID)
    case complete(String)
    case advance
    case remove(String)
    case emit(String, Value?)
}

extension Effect {
    /// The effect as the journal writes it: in the grammar of commands where it is one.
    public var value: Value {
        switch self {
        case .set(let changes): return .table(changes.table(do: "set"))
        case .note(let text): return ["do": "note", "text": .string(text)]
        case .todo(let todo): return .table(todo.with(do: "todo"))
        case .email(let message): return .table(message.with(do: "email"))
        case .store(let stored): return .table(stored.table)
        case .status(let status): return ["do": "status", "to": .string(status.rawValue)]
        case .assign(let map): return ["do": "assign", "map": .string(map.text)]
        case .complete(let step): return ["do": "complete", "step": .string(step)]
        case .advance: return ["do": "advance"]
        case .remove(let step): return ["do": "remove", "step": .string(step)]
        case .emit(let event, let payload):
            var table: Table = ["do": "emit", "event": .string(event)]
            table["payload"] = payload
            return .table(table)
        }
    }
}

extension LeadChanges {
    func table(do verb: String) -> Table {
        var table: Table = ["do": .string(verb)]
        if !fields.isEmpty { table["fields"] = .table(fields) }
        table["channel"] = channel.map(Value.string)
        table["agent"] = agent.map(Value.string)
        return table
    }
}

extension Table {
    fileprivate func with(do verb: String) -> Table {
        var table = self
        table["do"] = .string(verb)
        return table
    }
}
