public import Values

/// What a call asked for. Nothing else leaves a call.
public enum Effect: Sendable, Hashable {
    // On the lead's record, at the end of the instant (R27).
    case set(LeadChanges)
    case note(String)
    /// `title`, and `due` and `agent` where given.
    case todo(Table)
    /// Leaves the building after the commit, a delivery for each destination (R53); as the plugin gave it.
    case outgoing(Outgoing.Kind, Table)
    case store(StoredChange)
    // On the agenda (R29).
    case status(LeadStatus)
    case assign(MapID)
    case complete(String)
    case advance
    case remove(String)
    case emit(String, Value?)
}

extension Effect {
    public var verb: GrammarVerb {
        switch self {
        case .set: .set
        case .note: .note
        case .todo: .todo
        case .outgoing(let kind, _):
            switch kind {
            case .email: .email
            case .webhook: .webhook
            }
        case .store(let stored):
            switch stored.change {
            case .set: .storeSet
            case .add: .storeAdd
            }
        case .status: .status
        case .assign: .assign
        case .complete: .complete
        case .advance: .advance
        case .remove: .remove
        case .emit: .emit
        }
    }

    /// How many deliveries it is.
    var deliveries: Int {
        if case .outgoing(let kind, let payload) = self { kind.destinations(of: payload).count } else { 0 }
    }

    /// The function of `host` that asks for it.
    package var hostFunction: String {
        let isOfLead = if case .store(let stored) = self { stored.scope == .lead } else { false }
        guard let function = verb.hostFunction(isOfLead: isOfLead) else {
            preconditionFailure("\(verb) is not the verb of an effect")
        }
        return function
    }
}

extension Effect {
    /// About how many bytes it takes, for the limits of a moment; counted as ``Value/approximateBytes``.
    var approximateBytes: Int {
        switch self {
        case .set(let changes):
            changes.fields.approximateBytes + (changes.channel?.utf8.count ?? 0)
                + (changes.agent?.utf8.count ?? 0)
        case .store(let change):
            switch change.change {
            case .set(let value): 8 + change.key.utf8.count + (value?.approximateBytes ?? 0)
            case .add: 16 + change.key.utf8.count
            }
        case .note(let text): 8 + text.utf8.count
        case .todo(let todo): todo.approximateBytes
        case .outgoing(let kind, let payload):
            // Each delivery counts, though they share the payload.
            payload.approximateBytes * max(1, kind.destinations(of: payload).count)
        case .emit(let name, let payload): 8 + name.utf8.count + (payload?.approximateBytes ?? 0)
        case .complete(let step), .remove(let step): 8 + step.utf8.count
        case .assign(let map): 8 + map.text.utf8.count
        case .status, .advance: 8
        }
    }
}
