public import Journeys
public import Values
public import Workspace

/// One line of a commands file: a command, and the time that it brings for a virtual clock.
public struct CommandLineEntry: Sendable {
    public let command: Command
    public let at: Timestamp?
    /// The command as it was given.
    public let given: Value

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
        command = try Command(taking: &keys)
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

    private static func value(_ line: [UInt8]) throws(MalformedCommand) -> Value {
        do throws(JSONReader.SyntaxError) {
            return try JSONReader.read(line)
        } catch {
            throw MalformedCommand("not JSON: \(error)")
        }
    }
}
