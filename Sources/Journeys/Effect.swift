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

/// A change of a plugin's lasting values.
public struct StoredChange: Sendable, Hashable {
    public let scope: Scope
    public let key: String
    public let change: Change

    public enum Scope: Sendable, Hashable {
        /// The plugin's values for all leads.
        case plugin
        /// Its values for the lead of the event.
        case lead
    }

    public enum Change: Sendable, Hashable {
        /// The last writer wins; nil deletes.
        case set(Value?)
        /// Adds to what is there, an integer or a double; what is no number counts as 0.
        case add(Value)
    }

    public init(scope: Scope, key: String, change: Change) {
        self.scope = scope
        self.key = key
        self.change = change
    }

    /// The value after the change.
    public func applied(to old: Value?) -> Value? {
        switch change {
        case .set(let value): value
        case .add(let amount): old.sum(with: amount)
        }
    }
}

extension Value? {
    fileprivate func sum(with amount: Value) -> Value {
        switch (self, amount) {
        case (.integer(let left)?, .integer(let right)):
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow ? .double(Double(left) + Double(right)) : .integer(sum)
        case (.integer(let left)?, .double(let right)): return .double(Double(left) + right)
        case (.double(let left)?, .integer(let right)): return .double(left + Double(right))
        case (.double(let left)?, .double(let right)): return .double(left + right)
        default: return amount
        }
    }
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

extension StoredChange {
    fileprivate var table: Table {
        var table: Table = ["key": .string(key)]
        if case .lead = scope { table["lead"] = true }
        switch change {
        case .set(let value):
            table["do"] = "store.set"
            table["value"] = value ?? .null
        case .add(let amount):
            table["do"] = "store.add"
            table["amount"] = amount
        }
        return table
    }
}
