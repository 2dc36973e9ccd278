package import Journeys
public import Values

/// A change that somebody made with a token, or tried to.
public struct AuditEntry: Sendable, Hashable {
    public var at: Timestamp
    /// The token's name.
    public var token: String
    /// Where it came from.
    public var address: String
    /// The request's id.
    public var request: String
    /// What was asked.
    public var action: String
    /// The lead's id as it was given; nil where it concerned none.
    public var lead: String?
    public var result: String

    public init(
        at: Timestamp, token: String, address: String, request: String, action: String, lead: String? = nil,
        result: String
    ) {
        self.at = at
        self.token = token
        self.address = address
        self.request = request
        self.action = action
        self.lead = lead
        self.result = result
    }
}

/// A request over the API, for the entries of what it changes.
public final class AuditedRequest: Sendable {
    /// The token's name.
    public let token: String
    /// Where it came from.
    public let address: String
    /// The request's id.
    public let id: String

    public init(token: String, address: String, id: String) {
        self.token = token
        self.address = address
        self.id = id
    }

    /// - Parameters:
    ///   - action: without values that it brings.
    ///   - lead: nil where it concerns none.
    ///   - result: a word, or a reason.
    public func entry(
        _ action: String, of lead: String?, _ result: String, at time: Timestamp
    ) -> AuditEntry {
        AuditEntry(
            at: time, token: token, address: address, request: id, action: action, lead: lead, result: result)
    }
}

extension AuditedRequest {
    /// The entry of a command that it gave and that was accepted, as its lead's moment with this number.
    package func entry(of command: Command, acceptedAs moment: Int, at time: Timestamp) -> AuditEntry {
        entry(command.order.auditAction, of: command.lead.text, "accepted \(moment)", at: time)
    }
}

extension Order {
    /// What the audit log calls it.
    package var auditAction: String { summary.shortened }
}

/// An entry of the audit log as it was kept.
public struct StoredAuditEntry: Sendable, Hashable {
    /// Its place in the log: rises with every entry, not always by one.
    public var row: Int
    public var entry: AuditEntry

    package init(row: Int, entry: AuditEntry) {
        self.row = row
        self.entry = entry
    }
}
