public import Values

/// A change of a plugin's lasting values.
public struct StoredChange: Sendable, Hashable {
    public static let keyLimitBytes = 256

    public let scope: Scope
    public let key: String
    public let change: Change

    public enum Scope: Sendable, Hashable {
        /// The plugin's values for all leads.
        case plugin
        /// Its values for the lead of the event.
        case lead
    }

    public enum Change: Sendable, Hashable {
        /// The last writer wins; nil deletes.
        case set(Value?)
        /// Adds an integer or a double to what is there; what is not there counts as 0.
        case add(Value)
    }

    public init(scope: Scope, key: String, change: Change) {
        self.scope = scope
        self.key = key
        self.change = change
    }

    /// Whether plugins can keep something under this key: 1 to ``keyLimitBytes`` bytes without control
    /// characters.
    public static func isKey(_ text: String) -> Bool {
        (1...keyLimitBytes).contains(text.utf8.count) && !text.hasControlCharacters
    }

    /// The value after the change. Throws ``Refusal/Reason/invalidValue`` for an `add` to something that is
    /// not a number, and for a sum that does not fit 64 bits or is not finite.
    public func applied(to old: Value?) throws(Refusal) -> Value? {
        switch change {
        case .set(let value): return value
        case .add(let amount): return try sum(of: old ?? .null, amount)
        }
    }

    /// The value after the change; what was there before when there is no sum.
    public func value(after old: Value?) -> Value? {
        do throws(Refusal) {
            return try applied(to: old)
        } catch {
            return old
        }
    }

    /// Integers stay integers; as soon as one of the two is a double, the sum is one, as in Lua.
    private func sum(of present: Value, _ amount: Value) throws(Refusal) -> Value {
        switch (present, amount) {
        case (.null, _):
            return amount
        case (.integer(let left), .integer(let right)):
            let (sum, overflow) = left.addingReportingOverflow(right)
            guard !overflow else { throw invalid("the sum of \(left) and \(right) does not fit 64 bits") }
            return .integer(sum)
        case (.integer(let left), .double(let right)):
            return try finite(Double(left), right)
        case (.double(let left), .integer(let right)):
            return try finite(left, Double(right))
        case (.double(let left), .double(let right)):
            return try finite(left, right)
        case (.bool, _), (.string, _), (.list, _), (.table, _), (.integer, _), (.double, _):
            throw invalid("\(amount.json) cannot be added to a \(present.typeName)")
        }
    }

    private func finite(_ left: Double, _ right: Double) throws(Refusal) -> Value {
        guard (left + right).isFinite else {
            throw invalid("the sum of \(left) and \(right) is not finite")
        }
        return .double(left + right)
    }

    private func invalid(_ why: String) -> Refusal {
        let store =
            switch scope {
            case .plugin: "host.store"
            case .lead: "host.lead.store"
            }
        return Refusal(.invalidValue, "\(store).add: \(key.quotedForMessage): \(why)")
    }
}
