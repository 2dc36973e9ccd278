public import Journeys
public import Values

/// One line of a commands file: a command, and the time that it brings for a virtual clock.
public struct GivenCommand: Sendable {
    public let command: Command
    public let at: Timestamp?
    /// The command as it was given.
    public let given: Value

    /// Why a line is no well-formed command.
    public struct Mistake: Error, Sendable, CustomStringConvertible {
        public let message: String
        public var description: String { message }
    }

    /// How long a line may be, in bytes.
    public static let limitBytes = 32 << 20

    /// Reads one JSON object. Throws for what is no JSON, an unknown `do`, status or key, a missing one and
    /// a wrong type; whether the command makes sense is not asked here.
    public init(reading line: [UInt8]) throws(Mistake) {
        guard line.count <= Self.limitBytes else {
            throw Mistake(message: "the line has more than \(Self.limitBytes) bytes")
        }
        do throws(JSONReader.Mistake) {
            given = try JSONReader.read(line)
        } catch {
            throw Mistake(message: "no JSON: \(error)")
        }
        guard let table = given.table else {
            throw Mistake(message: "a command is a JSON object, not a \(given.typeName)")
        }
        var keys = CommandKeys(table)
        let verb = try keys.text("do")
        let leadText = try keys.text("lead")
        guard let lead = LeadID(leadText) else {
            throw Mistake(
                message:
                    "\(leadText.quotedForMessage) is no lead's id: 1 to \(LeadID.limitBytes) bytes without control characters"
            )
        }
        let order = try Self.order(verb, &keys)
        let by = try keys.optionalText("by") ?? Command.defaultBy
        let id = try keys.optionalText("id")
        at = try keys.optionalText("at").map { text throws(Mistake) in
            guard let time = Timestamp(text) else {
                throw Mistake(
                    message: "`at` is \(text.quotedForMessage); a time looks like 2026-11-22T09:00:00Z")
            }
            return time
        }
        try keys.requireNothingElse()
        for (key, text) in [("by", by), ("id", id ?? "-")] {
            guard Self.isName(text) else { throw Mistake(message: "`\(key)`: \(Self.nameRule)") }
        }
        command = Command(lead: lead, order: order, by: by, id: id.map { CommandID($0) })
    }

    /// Of `by` and of `id`.
    public static let nameLimitBytes = 512

    /// Whether the text may stand in `by` and in `id`.
    public static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= nameLimitBytes && !text.hasControlCharacters
    }

    /// What ``isName(_:)`` demands, for people.
    public static let nameRule = "1 to \(nameLimitBytes) bytes without control characters are needed"

    private static func order(_ verb: String, _ keys: inout CommandKeys) throws(Mistake) -> Order {
        switch verb {
        case "assign": return .assign(MapID(try keys.text("map")), try changes(&keys))
        case "complete": return .complete(try keys.text("step"))
        case "advance": return .advance
        case "remove": return .remove(try keys.text("step"))
        case "status":
            let text = try keys.text("to")
            guard let status = Status(rawValue: text) else {
                throw Mistake(
                    message: "\(text.quotedForMessage) is no status; open, closed, won and lost are")
            }
            return .status(status)
        case "set": return .set(try changes(&keys))
        case "retry": return .retry
        default:
            throw Mistake(
                message:
                    "there is no command \(verb.quotedForMessage); assign, complete, advance, remove, status, set and retry are"
            )
        }
    }

    private static func changes(_ keys: inout CommandKeys) throws(Mistake) -> LeadChanges {
        LeadChanges(
            fields: try keys.optionalTable("fields") ?? Table(), channel: try keys.optionalText("channel"),
            agent: try keys.optionalText("agent"))
    }
}

/// Takes a command's keys one by one, to say which are missing, of a wrong type or left over.
private struct CommandKeys {
    private var rest: Table

    init(_ table: Table) { rest = table }

    mutating func text(_ key: String) throws(GivenCommand.Mistake) -> String {
        guard let text = try optionalText(key) else {
            throw GivenCommand.Mistake(message: "`\(key)` is missing")
        }
        return text
    }

    mutating func optionalText(_ key: String) throws(GivenCommand.Mistake) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value.string else {
            throw GivenCommand.Mistake(message: "`\(key)` is a \(value.typeName); a string is needed")
        }
        return text
    }

    mutating func optionalTable(_ key: String) throws(GivenCommand.Mistake) -> Table? {
        guard let value = take(key) else { return nil }
        guard let table = value.table else {
            throw GivenCommand.Mistake(message: "`\(key)` is a \(value.typeName); an object is needed")
        }
        return table
    }

    func requireNothingElse() throws(GivenCommand.Mistake) {
        guard rest.isEmpty else {
            let names = rest.keys.map { "`\($0.withoutQuotes)`" }.joined(separator: ", ")
            throw GivenCommand.Mistake(message: "unknown here: \(names)")
        }
    }

    private mutating func take(_ key: String) -> Value? {
        defer { rest[key] = nil }
        return rest[key]
    }
}
