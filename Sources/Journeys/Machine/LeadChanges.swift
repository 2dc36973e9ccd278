public import Values

/// What a command changes on the lead's record itself.
public struct LeadChanges: Sendable, Hashable {
    /// New values; null clears a field.
    public var fields: Table
    public var channel: String?
    public var agent: String?

    public init(fields: Table = Table(), channel: String? = nil, agent: String? = nil) {
        self.fields = fields
        self.channel = channel
        self.agent = agent
    }
}
