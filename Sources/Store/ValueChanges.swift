import Journeys
package import Values

/// What a commit makes of plugins' values for all leads, worked out before anything is written.
package struct ValueChanges {
    /// The values that change, in the order in which they first do; nil takes one away.
    package private(set) var results: [Result] = []
    /// The changes that have no sum, and change nothing.
    package private(set) var invalid: [StoreError.InvalidSum] = []
    private var indexes: [PluginValueKey: Int] = [:]

    package struct Result {
        package let key: PluginValueKey
        package var value: Value?
    }

    /// What is stored before the commit.
    package enum Stored {
        case value(Value?)
        /// It does not read back.
        case damaged
    }

    /// `stored` is asked only for what something is added to.
    package init<Failure: Error>(
        of moments: [MomentRecord],
        to stored: (_ key: String, _ plugin: String) throws(Failure) -> Stored
    ) throws(Failure) {
        for index in moments.indices {
            for (place, change) in moments[index].values.enumerated() {
                let key = PluginValueKey(change.key, of: change.plugin)
                var old = Stored.value(nil)
                if let known = indexes[key] {
                    old = .value(results[known].value)
                } else if case .add = change.change {
                    old = try stored(change.key, change.plugin)
                }
                if let refusal = apply(change, key, to: old) {
                    invalid.append(.init(moment: index, change: place, refusal: refusal))
                }
            }
        }
    }

    private mutating func apply(_ change: MomentRecord.ValueChange, _ key: PluginValueKey, to old: Stored)
        -> Refusal?
    {
        guard case .value(let old) = old else {
            return Refusal(
                .invalidValue,
                "host.store.add: \(change.key.quotedForMessage): what is stored there does not read back")
        }
        let value: Value?
        do throws(Refusal) {
            value = try change.applied(to: old)
        } catch {
            return error
        }
        if let index = indexes[key] {
            results[index].value = value
        } else {
            indexes[key] = results.count
            results.append(Result(key: key, value: value))
        }
        return nil
    }

    /// Throws ``StoreError/Code/invalidSums(_:)`` when a change has no sum.
    package func requireSums() throws(StoreError) {
        if !invalid.isEmpty { throw .invalidSums(invalid) }
    }
}
