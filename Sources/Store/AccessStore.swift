public import Values

/// Who may give commands from elsewhere, and what they did: the tokens of the API and its audit log. What a moment
/// adds to the log is kept with the moment (``MomentRecord/audited``).
///
/// Each change is durable when the call returns; when it throws, nothing has changed.
public protocol AccessStore: Sendable {
    /// Throws ``StoreError/Code/tokenTaken`` while another token that is not revoked has the name, and for a hash that
    /// a token has or had.
    func addToken(_ token: AccessToken) throws(StoreError)

    /// In the order in which they were added, also those that are revoked.
    func tokens() throws(StoreError) -> [AccessToken]

    /// The token with that hash, also when it is revoked.
    func token(hash: String) throws(StoreError) -> AccessToken?

    /// From then on the name is free for another token. Throws ``StoreError/Code/noSuchToken`` when no token has it that
    /// is not revoked.
    func revokeToken(_ name: String, at time: Timestamp) throws(StoreError)

    /// Adds entries to the audit log in their order, all or none.
    func appendAudit(_ entries: [AuditEntry]) throws(StoreError)

    /// The audit log, the latest first: entries with a row below `row`, at most `limit`.
    func audit(before row: Int?, limit: Int) throws(StoreError) -> [StoredAuditEntry]
}

/// What a token allows.
public enum AccessRole: String, Sendable, Hashable, CaseIterable {
    /// Reads.
    case viewer
    /// Works on leads too.
    case agent
    /// Everything.
    case admin
}

/// The right to use the API.
public struct AccessToken: Sendable, Hashable {
    public var name: String
    public var role: AccessRole
    /// SHA-256 of the token itself, in lower-case hexadecimal digits: the token is not kept.
    public var hash: String
    public var made: Timestamp
    /// Nil while it can be used.
    public var revoked: Timestamp?

    public init(name: String, role: AccessRole, hash: String, made: Timestamp, revoked: Timestamp? = nil) {
        self.name = name
        self.role = role
        self.hash = hash
        self.made = made
        self.revoked = revoked
    }

    package func requireReadable() throws(StoreError) {
        try made.requireReadable("a token")
        try revoked?.requireReadable("a token's end")
    }
}
