import Journeys
import Signalbox
import Store
import Values

/// The caller of a request: what its token says.
struct Principal: Sendable {
    /// The token's name; the operator has none, and is `operator`.
    let name: String
    let role: AccessRole

    /// Who gave a command that names nobody itself, as the events say it.
    let author: String

    /// The trace that its request belongs to.
    let trace: TraceParent?

    /// The caller with a token of this name.
    init(name: String, role: AccessRole, trace: TraceParent? = nil) {
        self.trace = trace
        self.name = name
        self.role = role
        author = Self.author(ofToken: name)
    }

    static func author(ofToken name: String) -> String { "api:\(name)" }

    /// Whoever works the machine that the service runs on.
    static let `operator` = Principal(operator: Command.defaultBy)

    private init(operator name: String) {
        self.name = name
        role = .admin
        author = name
        trace = nil
    }

    /// Whether a command of this caller may name that author. An agent speaks for agents and for the lead alone.
    func maySpeak(for author: String) -> Bool {
        switch role {
        case .admin: true
        case .agent: author.hasPrefix("agent:") || sameBytes(author, "lead") || sameBytes(author, self.author)
        case .viewer: false
        }
    }
}

extension Principal {
    /// What a line or a body asks for, with this caller as its author where it names none.
    func entry(_ given: Value) throws(MalformedCommand) -> CommandLineEntry {
        guard var table = given.table, table["by"] == nil else {
            return try CommandLineEntry(given: given).inTrace(trace)
        }
        // It has no author.
        let isRelease = table["do"]?.string.map { sameBytes($0, GrammarVerb.release.rawValue) } ?? false
        if !isRelease { table["by"] = .string(author) }
        return try CommandLineEntry(given: .table(table)).inTrace(trace)
    }

    /// Why this caller may not give it; nil where it may.
    func objection(to request: CommandLineEntry.Request) -> String? {
        guard role.includes(request.role) else {
            return "this command needs the role \(request.role.rawValue)"
        }
        guard case .command(let command) = request, !maySpeak(for: command.by) else { return nil }
        return
            "an agent's token may name `agent:...` or `lead` in `by`, and not \(command.by.quotedForMessage)"
    }
}

extension CommandLineEntry.Request {
    /// The least role that may give it.
    fileprivate var role: AccessRole {
        switch self {
        case .release: .admin
        case .command(let command):
            switch command.order {
            case .assign, .complete, .advance, .remove, .status, .set, .todoDone: .agent
            case .retry, .rerun, .erase, .undelivered: .admin
            }
        }
    }
}

extension AccessRole {
    /// Whether a caller with this role may do what the other role may.
    func includes(_ other: AccessRole) -> Bool { rank >= other.rank }

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .agent: 1
        case .admin: 2
        }
    }
}
