public import Values

/// What a moment's effects left beside the lead's own record, in the order in which they were asked for.
public struct MomentOutput: Sendable {
    public internal(set) var notes: [Note] = []
    public internal(set) var todos: [Todo] = []
    /// To leave the building (R39), numbered in this order.
    public internal(set) var outgoing: [Outgoing] = []
    /// Changes of the values that plugins keep for all leads.
    public internal(set) var stored: [Stored] = []

    public struct Note: Sendable, Hashable {
        public let text: String
        /// Its author, as an event's `by` names it.
        public let by: String
    }

    public struct Todo: Sendable, Hashable {
        /// `title`, and `due` and `agent` where given.
        public let todo: Table
        public let by: String
    }

    public struct Stored: Sendable {
        public let change: StoredChange
        /// The call that asked for it.
        public let request: CallRequest

        public var plugin: String { request.run.plugin }
    }
}
