public import Values

/// Why a JSON object is not a well-formed command.
public struct MalformedCommand: Error, Sendable, CustomStringConvertible {
    public let message: String
    public var description: String { message }

    public init(_ message: String) { self.message = message }
}

extension Command {
    /// Reads a command that anybody may give, and takes its keys. Whether the command makes sense now is not
    /// looked at.
    package init(taking keys: inout CommandKeys) throws(MalformedCommand) {
        try self.init(try keys.text("do"), taking: &keys)
    }

    /// The same, where the verb was taken already.
    package init(_ verb: String, taking keys: inout CommandKeys) throws(MalformedCommand) {
        let lead = try Self.lead(&keys)
        guard let known = GrammarVerb(written: verb), known.uses.contains(.command),
            let order = try Order(known, taking: &keys)
        else {
            let names = GrammarVerb.ofCommandsFile.map(\.rawValue)
            throw MalformedCommand(
                "there is no command \(verb.quotedForMessage); expected \(names.listed(with: "or"))")
        }
        let by = try keys.optionalText("by")
        let id = try keys.optionalText("id")
        guard by.map(Self.isAuthor) ?? true else { throw MalformedCommand("`by`: \(Self.authorRule)") }
        guard id.map(Self.isName) ?? true else { throw MalformedCommand("`id`: \(Self.nameRule)") }
        self.init(lead: lead, order: order, by: by ?? Self.defaultBy, id: id.map { CommandID($0) })
    }

    /// Reads what ``value`` wrote, the engine's own orders too. Nil for anything else.
    public init?(reading value: Value) {
        guard let table = value.table else { return nil }
        var keys = CommandKeys(table)
        do throws(MalformedCommand) {
            guard let verb = GrammarVerb(written: try keys.text("do")),
                let order = try Order(verb, taking: &keys)
            else { return nil }
            self.init(
                lead: try Self.lead(&keys), order: order,
                by: try keys.optionalText("by") ?? Self.defaultBy,
                id: try keys.optionalText("id").map { CommandID($0) })
        } catch {
            return nil
        }
    }

    private static func lead(_ keys: inout CommandKeys) throws(MalformedCommand) -> LeadID {
        let text = try keys.text("lead")
        guard let lead = LeadID(text) else {
            throw MalformedCommand("\(text.quotedForMessage) is not a lead's id: \(LeadID.rule)")
        }
        return lead
    }

    /// Whether the text may be a command's `by` or `id`.
    public static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= nameLimitBytes && !text.hasControlCharacters
    }

    /// What ``isName(_:)`` demands, for people.
    public static let nameRule = "expected 1 to \(nameLimitBytes) bytes without control characters"
}

extension Order {
    /// Reads the keys of an order with this verb. Nil when the verb is not an order's.
    fileprivate init?(_ verb: GrammarVerb, taking keys: inout CommandKeys) throws(MalformedCommand) {
        switch verb {
        case .assign: self = .assign(MapID(try keys.text("map")), try LeadChanges(taking: &keys))
        case .complete: self = .complete(try keys.text("step"))
        case .advance: self = .advance
        case .remove: self = .remove(try keys.text("step"))
        case .status:
            let text = try keys.text("to")
            guard let status = LeadStatus(rawValue: text) else {
                let known = LeadStatus.allCases.map(\.rawValue).listed(with: "or")
                throw MalformedCommand("\(text.quotedForMessage) is not a status; expected \(known)")
            }
            self = .status(status)
        case .set: self = .set(try LeadChanges(taking: &keys))
        case .retry: self = .retry
        case .rerun:
            self = .rerun(
                try keys.integer("incident"), now: try keys.flag("now"), again: try keys.flag("again"))
        case .erase: self = .erase
        case .todoDone: self = .todoDone(try keys.integer("todo"))
        case .undelivered: self = .undelivered(try Undelivered(taking: &keys))
        case .release, .emit, .note, .todo, .email, .webhook, .storeSet, .storeAdd: return nil
        }
    }
}

extension LeadChanges {
    fileprivate init(taking keys: inout CommandKeys) throws(MalformedCommand) {
        self.init(
            fields: try keys.optionalTable("fields") ?? Table(), channel: try keys.optionalText("channel"),
            agent: try keys.optionalText("agent"))
    }
}

extension Undelivered {
    fileprivate init(taking keys: inout CommandKeys) throws(MalformedCommand) {
        guard let delivery = DeliveryID(try keys.text("delivery")),
            let kind = Outgoing.Kind(rawValue: try keys.text("kind")),
            let state = State(rawValue: try keys.text("state"))
        else { throw MalformedCommand("expected a delivery's id, kind and state") }
        self.init(
            delivery: delivery, kind: kind, to: try keys.text("to"), state: state,
            reason: try keys.text("reason"), isQuiet: try keys.flag("quiet"))
    }
}

/// Takes the keys of a command, or of another object that is given, one by one, to say which are missing, of a wrong type or
/// left over.
package struct CommandKeys {
    private let table: Table
    /// The keys that were taken, of those that there are.
    private var taken: [String] = []

    package init(_ table: Table) {
        self.table = table
        // Hardly any command has more.
        taken.reserveCapacity(8)
    }

    package mutating func text(_ key: String) throws(MalformedCommand) -> String {
        guard let text = try optionalText(key) else { throw MalformedCommand("`\(key)` is missing") }
        return text
    }

    package mutating func optionalText(_ key: String) throws(MalformedCommand) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value.string else {
            throw MalformedCommand("`\(key)` is a \(value.typeName); expected a string")
        }
        return text
    }

    /// False where it is missing.
    package mutating func flag(_ key: String) throws(MalformedCommand) -> Bool {
        guard let value = take(key) else { return false }
        guard case .bool(let flag) = value else {
            throw MalformedCommand("`\(key)` is a \(value.typeName); expected true or false")
        }
        return flag
    }

    mutating func integer(_ key: String) throws(MalformedCommand) -> Int {
        guard let value = take(key) else { throw MalformedCommand("`\(key)` is missing") }
        guard let number = value.integer else {
            throw MalformedCommand("`\(key)` is a \(value.typeName); expected an integer")
        }
        return Int(number)
    }

    package mutating func optionalTable(_ key: String) throws(MalformedCommand) -> Table? {
        guard let value = take(key) else { return nil }
        guard let table = value.table else {
            throw MalformedCommand("`\(key)` is a \(value.typeName); expected an object")
        }
        return table
    }

    package func requireNothingElse() throws(MalformedCommand) {
        // No key is taken twice, so that all are when as many are.
        if taken.count == table.count { return }
        let rest = table.keys.filter { key in !taken.contains { sameBytes($0, key) } }
        guard rest.isEmpty else {
            throw MalformedCommand(
                "unknown here: \(rest.map { "`\($0.withoutQuotes)`" }.joined(separator: ", "))")
        }
    }

    /// Nil where it is missing.
    package mutating func take(_ key: String) -> Value? {
        guard let value = table[key] else { return nil }
        assert(!taken.contains { sameBytes($0, key) }, "\(key) is taken twice")
        taken.append(key)
        return value
    }
}
