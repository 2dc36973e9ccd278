public import Journeys
public import Values

extension MomentRecord {
    public struct Note: Sendable, Hashable {
        public var text: String
        /// Who wrote it, as an event's `by` says it.
        public var by: String

        public init(text: String, by: String) {
            self.text = text
            self.by = by
        }
    }

    public struct Todo: Sendable, Hashable {
        /// `title`, and `due` and `agent` where given.
        public var todo: Table
        public var by: String

        public init(todo: Table, by: String) {
            self.todo = todo
            self.by = by
        }
    }

    public struct Outgoing: Sendable, Hashable {
        public var id: DeliveryID
        public var kind: Journeys.Outgoing.Kind
        /// Where it goes to: one recipient's address as it was given, or the endpoint's name.
        public var to: String
        /// The number of the first delivery of the same mail; its own where it is the only one.
        public var first: Int
        /// As the plugin gave it; of a mail `to`, `subject`, `text` ... The first delivery's alone is kept.
        public var payload: Table
        public var by: String
        /// Whether its death fires nothing (R57).
        public var isQuiet: Bool
        /// The version of the template that the payload names, by its hash; nil where there was none. The first
        /// delivery's alone is kept.
        public var templateHash: String?
        /// The trace that its moment's command belongs to. The first delivery's alone is kept.
        public var trace: TraceParent?

        /// - Parameters:
        ///   - to: nil for the first destination that the payload has.
        ///   - first: nil for its own number.
        public init(
            id: DeliveryID, kind: Journeys.Outgoing.Kind, to: String? = nil, first: Int? = nil,
            payload: Table, by: String, isQuiet: Bool = false, templateHash: String? = nil,
            trace: TraceParent? = nil
        ) {
            self.trace = trace
            self.id = id
            self.kind = kind
            self.to = to ?? kind.destinations(of: payload).first ?? ""
            self.first = first ?? id.number
            self.payload = payload
            self.by = by
            self.isQuiet = isQuiet
            self.templateHash = templateHash
        }

        package var isFirst: Bool { first == id.number }
    }

    public struct ValueChange: Sendable {
        public var plugin: String
        public var key: String
        public var change: StoredChange.Change
        /// The call whose effect it is; nil for a change of the engine's own.
        package var request: CallRequest?

        public init(plugin: String, key: String, change: StoredChange.Change) {
            self.init(plugin: plugin, key: key, change: change, request: nil)
        }

        package init(plugin: String, key: String, change: StoredChange.Change, request: CallRequest?) {
            self.plugin = plugin
            self.key = key
            self.change = change
            self.request = request
        }

        /// The plugin's value after the change. Throws where ``StoredChange/applied(to:)`` does.
        public func applied(to old: Value?) throws(Refusal) -> Value? {
            let value = try StoredChange(scope: .plugin, key: key, change: change).applied(to: old)
            return value == .null ? nil : value
        }

        /// The plugin's value after the change; what was there before when there is no sum.
        package func value(after old: Value?) -> Value? {
            do throws(Refusal) {
                return try applied(to: old)
            } catch {
                return old
            }
        }
    }
}

/// The call is not compared.
extension MomentRecord.ValueChange: Equatable {
    public static func == (left: Self, right: Self) -> Bool {
        sameBytes(left.plugin, right.plugin) && sameBytes(left.key, right.key) && left.change == right.change
    }
}
