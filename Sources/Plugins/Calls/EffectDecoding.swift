import Journeys
import LuaSandbox
import Values

/// Turns what a call recorded into effects. Their form is the grammar's (``Effect/init(reading:)``); what is
/// looked at here is what the plugin was granted and how large its texts and values may be.
struct EffectDecoder {
    /// The plugin that was called.
    let plugin: String
    /// The capabilities that the plugin was granted.
    let granted: Set<String>
    let limits: RecordLimits
    /// The names of the templates that there are; nil where they are not known.
    var templates: Set<String>?

    /// How many levels of lists and tables the sandbox lets through; what is kept of a moment has room for so many.
    private static let depthLimit = LuaSandbox.Limits().valueDepth

    func effects(_ records: [Value]) throws(Journeys.CallFailure) -> [Effect] {
        var effects: [Effect] = []
        effects.reserveCapacity(records.count)
        for record in records {
            try check(record)
            let effect = try Effect(reading: record)
            try check(effect)
            effects.append(effect)
        }
        return effects
    }

    /// Whatever is kept of an effect can be read back.
    private func check(_ record: Value) throws(Journeys.CallFailure) {
        switch record.fault(deeperThan: Self.depthLimit) {
        case nil: return
        case .tooDeep:
            throw Journeys.CallFailure(.value, "an effect is nested deeper than \(Self.depthLimit) levels")
        case .notFinite:
            throw Journeys.CallFailure(.value, "an effect has a number that is not finite")
        }
    }

    private func check(_ effect: Effect) throws(Journeys.CallFailure) {
        let function = effect.hostFunction
        switch effect {
        case .set(let changes):
            guard changes.channel == nil else {
                throw Journeys.CallFailure(.value, "\(function): a call does not set the channel")
            }
            if let agent = changes.agent { try check(name: agent, "agent", of: "host.lead.agent") }
            try check(changes.fields, of: function)
        case .assign(let map): try check(name: map.text, "map", of: function)
        case .complete(let step), .remove(let step): try check(name: step, "step", of: function)
        case .emit(let event, _): try check(event: event, of: function)
        case .todo(let todo):
            if let agent = todo["agent"]?.string { try check(name: agent, "agent", of: function) }
            if let due = todo["due"]?.string, !DueForm.isValid(due) {
                throw Journeys.CallFailure(
                    .value, "\(function): due: \(due.quotedForMessage) is not a date such as 2026-11-22")
            }
        case .outgoing(.email, let message):
            guard granted.contains("email") else {
                throw Journeys.CallFailure(.refused, "\(function) needs the capability \"email\"")
            }
            try MailForm.check(message, templates)
        case .outgoing(.webhook, let message):
            guard granted.contains("webhook") else {
                throw Journeys.CallFailure(.refused, "\(function) needs the capability \"webhook\"")
            }
            try check(webhook: message, of: function)
        case .store(let stored): try check(stored, of: function)
        case .note, .status, .advance: break
        }
    }

    private func check(_ fields: Table, of function: String) throws(Journeys.CallFailure) {
        for entry in fields {
            do throws(Refusal) {
                try limits.check(field: entry.key, entry.value)
            } catch {
                throw Journeys.CallFailure(.value, "\(function): \(error.message)")
            }
        }
    }

    private func check(_ stored: StoredChange, of function: String) throws(Journeys.CallFailure) {
        try check(name: stored.key, "key", of: function)
        guard case .set(let value?) = stored.change, value.approximateBytes > limits.fieldBytes else {
            return
        }
        throw Journeys.CallFailure(
            .value,
            "the value of \(stored.key.quotedForMessage) has \(value.approximateBytes) bytes; at most \(limits.fieldBytes) are allowed"
        )
    }

    /// What `host.webhook.send` may record.
    private func check(webhook message: Table, of function: String) throws(Journeys.CallFailure) {
        for key in message.keys where !["endpoint", "payload"].contains(where: { sameBytes($0, key) }) {
            throw Journeys.CallFailure(.value, "\(function): unknown key \(key.quotedForMessage)")
        }
        guard let endpoint = message["endpoint"]?.string else {
            throw Journeys.CallFailure(
                .value,
                "\(function): endpoint: expected a string, got \(message["endpoint"]?.phrase ?? "nil")")
        }
        try check(name: endpoint, "endpoint", of: function)
    }

    /// A custom event belongs to the plugin that emits it, and is never one of the engine's own (R60).
    private func check(event text: String, of function: String) throws(Journeys.CallFailure) {
        try check(name: text, "event", of: function)
        let halves = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isWord = { (half: Substring.UTF8View) in
            !half.isEmpty && half.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789_".utf8.contains($0) }
        }
        guard halves.count == 2, halves.allSatisfy(isWord), halves[0].elementsEqual(plugin.utf8),
            case .custom = EventName(text)
        else {
            throw Journeys.CallFailure(
                .value,
                "\(function): \(text.quotedForMessage) must be named \(plugin).something, in lower case")
        }
    }

    /// A text that becomes a name, a key or an id.
    private func check(
        name: String, _ key: String, of function: String
    ) throws(Journeys.CallFailure) {
        guard NameForm.isValid(name) else {
            throw Journeys.CallFailure(
                .value,
                "\(function): \(key): expected at most \(NameForm.limitBytes) bytes without control characters, got \(name.quotedForMessage)"
            )
        }
    }
}
