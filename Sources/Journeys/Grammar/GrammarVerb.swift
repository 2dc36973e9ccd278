import Values

/// What `do` says, in commands and in effects: every verb, once.
///
/// Beside it in this folder, each form has its writer and its reader: ``Command``, ``Effect``, ``Event`` and
/// ``JournalLine``.
public enum GrammarVerb: String, Sendable, Hashable, CaseIterable {
    // Of commands; some of them are effects too (R29).
    case assign, complete, advance, remove, status, set, retry, rerun
    // Of commands alone: what is known of the lead goes (R61).
    case erase
    // Of commands alone: a to-do of the lead is done.
    case todoDone = "todo.done"
    // Of commands without a lead.
    case release
    // Of commands that only the engine gives.
    case undelivered
    // Of effects alone.
    case emit, note, todo, email, webhook
    case storeSet = "store.set"
    case storeAdd = "store.add"

    /// Where the verb may appear.
    public enum Use: Sendable, Hashable {
        /// Anybody may give it for a lead.
        case command
        /// Anybody may give it to the engine itself.
        case commandToEngine
        /// The engine gives it for a lead, and nobody else.
        case ownCommand
        /// A call asks for it.
        case effect
    }

    public var uses: [Use] {
        switch self {
        case .assign, .complete, .advance, .remove, .status, .set: [.command, .effect]
        case .retry, .rerun, .erase, .todoDone: [.command]
        case .release: [.commandToEngine]
        case .undelivered: [.ownCommand]
        case .emit, .note, .todo, .email, .webhook, .storeSet, .storeAdd: [.effect]
        }
    }

    /// The verb that is written so; nil where there is none. Several times as fast as `init(rawValue:)`, and asked with each
    /// command and each effect.
    init?(written text: String) {
        guard let verb = Self.allCases.first(where: { sameBytes($0.rawValue, text) }) else { return nil }
        self = verb
    }

    /// The verbs of a commands file, in the order in which messages name them.
    public static let ofCommandsFile = allCases.filter {
        $0.uses.contains(.command) || $0.uses.contains(.commandToEngine)
    }

    /// The function of `host` that asks for the effect, for messages to authors of plugins. Nil for a command
    /// that is not an effect. `isOfLead` tells the two places of stored values apart.
    func hostFunction(isOfLead: Bool = false) -> String? {
        switch self {
        case .assign: "host.lead.assign"
        case .complete: "host.lead.complete"
        case .advance: "host.lead.advance"
        case .remove: "host.lead.remove"
        case .status: "host.lead.status"
        case .set: "host.lead.set"
        case .emit: "host.bus.emit"
        case .note: "host.note.add"
        case .todo: "host.todo.add"
        case .email: "host.email.send"
        case .webhook: "host.webhook.send"
        case .storeSet: isOfLead ? "host.lead.store.set" : "host.store.set"
        case .storeAdd: isOfLead ? "host.lead.store.add" : "host.store.add"
        case .retry, .rerun, .erase, .todoDone, .release, .undelivered: nil
        }
    }
}
