package import Journeys
package import Plugins
package import Values

/// Why a trigger fired, or did not.
package struct Verdict: Sendable {
    package let kind: Kind
    /// One sentence, for people.
    package let message: String
    /// The moment that decided it; nil where nothing has happened yet.
    package var moment: Int?
    /// Of ``Kind/fired``: what the calls' effects were, as the journal has them.
    package var effects: [CallLine.RecordedEffect]?
    /// Of a decider that was called.
    package var decision: DeciderAnswer?
    /// How often the trigger was called, where that was more than once.
    package var calls = 1
    package var incident: Int?
    /// What a condition read, and what it was then.
    package var values: [(path: ConditionPath, value: Value)] = []
    /// The open steps that are in the way.
    package var steps: [StepPath] = []

    /// The list is closed. The order is that of the page that explains them.
    package enum Kind: String, Sendable, CaseIterable {
        /// Its call returned. It says so also where the effects changed nothing.
        case fired
        /// Its `when` did not hold (R25).
        case whenFalse = "when_false"
        /// Its call failed (R33).
        case failed
        /// The plugin, or the function in it, was not there.
        case pluginMissing = "plugin_missing"
        /// Its call needed what the operator does not grant.
        case notGranted = "not_granted"
        /// The plugin was cut off too often to be called (R35).
        case quarantined
        /// The step that it hangs on was removed (R10, R15).
        case stepRemoved = "step_removed"
        /// The optional step that it hangs on was passed over (R11).
        case passedOver = "passed_over"
        /// What it hangs on came to another end.
        case wentOtherwise = "went_otherwise"
        /// A decider failed, and its track waits (R34).
        case held
        /// The journey was over before (R16, R18).
        case mapEnded = "map_ended"
        /// It has not come to that.
        case notReached = "not_reached"
        /// Its event fired, and the plugin did not subscribe to it then.
        case notSubscribed = "not_subscribed"
        /// The version of the map that the journey began with does not have it (R19).
        case notInVersion = "not_in_version"
    }

    /// ``values`` as the call saw them, each at its place.
    fileprivate var valueTable: Value {
        var table = Value.table(Table())
        // One that holds others comes first.
        for (path, value) in values.sorted(by: { $0.path.keys.count < $1.path.keys.count }) {
            table.put(value, at: path.keys[...])
        }
        return table
    }

    init(_ kind: Kind, _ message: String, moment: Int? = nil) {
        self.kind = kind
        self.message = message
        self.moment = moment
    }
}

/// A trigger of a visit, with its verdict.
package struct Explanation: Sendable {
    /// `MAP/PLACE/VERB/N`, `MAP/TRACK/flex` or `PLUGIN/on/N`.
    package let trigger: String
    package let run: FunctionName
    /// The event that it hangs on: `step.close`, or `step.*`.
    package let event: String
    /// Where: a path, or what a subscription says; nil for anywhere, and for what has no place.
    package let at: String?
    package let verdict: Verdict
}

extension Explanation {
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("trigger", trigger)
        writer.field("run", run.description)
        writer.field("event", event)
        if let at { writer.field("at", at) }
        writer.field("verdict", verdict.kind.rawValue)
        writer.field("message", verdict.message)
        if let moment = verdict.moment { writer.field("moment", moment) }
        if verdict.calls > 1 { writer.field("calls", verdict.calls) }
        if let effects = verdict.effects { writer.field("effects", .list(effects.map(\.value))) }
        // `keep` or `remove`, and `reason`.
        for member in verdict.decision?.value.table ?? Table() { writer.field(member.key, member.value) }
        if let incident = verdict.incident { writer.field("incident", incident) }
        if !verdict.values.isEmpty {
            writer.field("values", verdict.valueTable)
        }
        if !verdict.steps.isEmpty {
            writer.field("steps", .list(verdict.steps.map { .string($0.description) }))
        }
        writer.endObject()
    }
}

extension Value {
    fileprivate mutating func put(_ value: Value, at keys: ArraySlice<String>) {
        guard let first = keys.first else {
            self = value
            return
        }
        var table = self.table ?? Table()
        var inner = table[first] ?? .null
        inner.put(value, at: keys.dropFirst())
        table[first] = inner
        self = .table(table)
    }
}
