public import Journeys
public import Values
public import Workspace

/// One line of a commands file: what it asks for, and the time that it brings for a virtual clock.
public struct CommandLineEntry: Sendable {
    public private(set) var request: Request
    public let at: Timestamp?
    /// The line as it was given.
    public let given: Value

    public enum Request: Sendable, Hashable {
        case command(Command)
        /// Lets a plugin that is quarantined be called again (R35). It has no lead, no moment and no id.
        case release(plugin: String)
    }

    /// The command; nil for what has no lead.
    public var command: Command? {
        switch request {
        case .command(let command): command
        case .release: nil
        }
    }

    /// Reads one JSON object. Throws for what is not JSON, an unknown `do`, status or key, a missing one and
    /// a wrong type; whether the command makes sense now is not looked at.
    ///
    /// - Parameter limitBytes: how long the line may be.
    public init(
        reading line: [UInt8], limitBytes: Int = Settings().lineLimitBytes
    ) throws(MalformedCommand) {
        guard line.count <= limitBytes else {
            throw MalformedCommand("the line has more than \(limitBytes) bytes")
        }
        try self.init(given: try Self.value(line))
    }

    /// The same of a line that was read already.
    public init(given: Value) throws(MalformedCommand) {
        guard let table = given.table else {
            throw MalformedCommand("a command is a JSON object, not a \(given.typeName)")
        }
        var keys = CommandKeys(table)
        let verb = try keys.text("do")
        if sameBytes(verb, GrammarVerb.release.rawValue) {
            request = .release(plugin: try keys.text("plugin"))
        } else {
            request = .command(try Command(verb, taking: &keys))
        }
        at = try keys.optionalText("at").map { text throws(MalformedCommand) in
            guard let time = Timestamp(text) else {
                throw MalformedCommand(
                    "`at` is \(text.quotedForMessage); a time looks like 2026-11-22T09:00:00Z")
            }
            return time
        }
        try keys.requireNothingElse()
        self.given = given
    }

    /// The same, as part of a trace; a command's deliveries pass it on.
    package func inTrace(_ trace: TraceParent?) -> Self {
        guard let trace, case .command(var command) = request else { return self }
        command.trace = trace
        var entry = self
        entry.request = .command(command)
        return entry
    }

    /// The value that a line is.
    package static func value(_ line: [UInt8]) throws(MalformedCommand) -> Value {
        do throws(JSONReader.SyntaxError) {
            return try JSONReader.read(line)
        } catch {
            throw MalformedCommand("not JSON: \(error)")
        }
    }
}
