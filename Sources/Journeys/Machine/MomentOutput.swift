public import Values

/// What a moment left beside the lead's own record, in the order of the effects.
public struct MomentOutput: Sendable {
    public internal(set) var notes: [Note] = []
    public internal(set) var todos: [Todo] = []
    /// The numbers of the lead's to-dos that the command marked as done.
    public internal(set) var doneTodos: [Int] = []
    /// To leave the building (R53), numbered in this order.
    public internal(set) var outgoing: [Outgoing] = []
    /// Changes of the values that plugins keep for all leads.
    public private(set) var stored: [Stored] = []
    /// Where those of each plugin's key are in ``stored``.
    private var storedPlaces: [StoredKey: [Int]] = [:]

    private struct StoredKey: Hashable {
        let plugin: ExactText
        let key: ExactText

        init(_ key: String, of plugin: String) {
            self.plugin = ExactText(plugin)
            self.key = ExactText(key)
        }
    }

    mutating func note(_ change: Stored) {
        storedPlaces[StoredKey(change.change.key, of: change.plugin), default: []].append(stored.count)
        stored.append(change)
    }

    /// The value of a plugin's key after those of the changes that are its own.
    package func applied(to value: Value?, _ key: String, of plugin: String) -> Value? {
        let places = storedPlaces[StoredKey(key, of: plugin)] ?? []
        return places.reduce(value) { stored[$1].change.value(after: $0) }
    }

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
