import Store
import Values

/// The caller of a request: what its token says.
struct Principal: Sendable {
    /// The token's name.
    let name: String
    let role: AccessRole

    /// Who gave a command that names nobody itself, as the events say it.
    var author: String { "api:\(name)" }

    /// Whether a command of this caller may name that author. An agent speaks for agents and for the lead alone.
    func maySpeak(for author: String) -> Bool {
        switch role {
        case .admin: true
        case .agent: author.hasPrefix("agent:") || sameBytes(author, "lead") || sameBytes(author, self.author)
        case .viewer: false
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
