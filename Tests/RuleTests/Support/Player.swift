import Journeys
import Logging
import Plugins
import Signalbox
import Store
import Testing
import Values
import Workspace

/// Runs commands as a commands file brings them, with virtual time, and gives what happened as lines.
final class Player {
    private let engine: SerialEngine
    private let clock: VirtualClock

    /// What one command came to.
    struct Played {
        let command: Command
        /// Nil for one of the engine's own.
        let given: CommandLineEntry?
        let number: Int
        let at: Timestamp
        let lines: [Table]
    }

    init(_ generation: Generation, store: any Store, clock: VirtualClock) throws {
        let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        engine = try SerialEngine(store: store, generation: generation, logger: silent, clock: { clock.now })
        self.clock = clock
    }

    /// Lets moments that begin from now on use this generation.
    func install(_ generation: Generation) { engine.install(generation) }

    /// Runs the commands of a text, an object a line, each by itself.
    func play(_ commands: String) throws -> [Played] {
        var played: [Played] = []
        for (index, line) in commands.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.allSatisfy(\.isWhitespace) {
            let given = try CommandLineEntry(reading: Array(line.utf8))
            if let at = given.at { clock.advance(to: at) }
            let command = try #require(given.command)
            let answer = try engine.handle([command])[0]
            let lines = try Self.lines(answer, to: given, number: index + 1)
            played.append(
                Played(command: command, given: given, number: index + 1, at: clock.now, lines: lines))
        }
        return played
    }

    /// Runs an incident's call again.
    func rerun(_ incident: Int, of lead: LeadID) throws -> [Table] {
        let command = Command(lead: lead, order: .rerun(incident, now: false, again: true))
        guard case .accepted(let accepted) = try engine.handle([command])[0] else {
            throw Missing(description: "incident \(incident) was not run again")
        }
        return try Self.lines(of: accepted)
    }

    /// Tells a lead of its delivery that did not arrive, as the engine does by itself (R57).
    func tell(_ undelivered: Undelivered, settling settlement: DeliverySettlement) throws -> Played {
        guard case .accepted(let accepted) = try engine.handle(undelivered, settling: settlement) else {
            throw Missing(description: "\(undelivered.delivery) was not settled")
        }
        return Played(
            command: undelivered.command, given: nil, number: 1, at: clock.now,
            lines: try Self.lines(of: accepted))
    }

    /// Runs the commands of a text together, as one batch with one commit.
    func playTogether(_ commands: String) throws -> [[Table]] {
        let given = try commands.split(separator: "\n").map { try CommandLineEntry(reading: Array($0.utf8)) }
        let answers = try engine.handle(try given.map { try #require($0.command) })
        return try zip(given, answers).enumerated().map { index, pair in
            try Self.lines(pair.1, to: pair.0, number: index + 1)
        }
    }

    private static func lines(of accepted: Answer.Accepted) throws -> [Table] {
        try accepted.journal.map {
            try required(try JSONReader.read($0).table, "a line is an object: \($0)")
        }
    }

    private static func lines(_ answer: Answer, to given: CommandLineEntry, number: Int) throws -> [Table] {
        switch answer {
        case .accepted(let accepted): return try lines(of: accepted)
        case .refused(let refusal):
            return [
                [
                    "type": "refused", "lead": .string(try #require(given.command).lead.text),
                    "line": .integer(Int64(number)), "command": given.given,
                    "reason": .string(refusal.reason.rawValue), "message": .string(refusal.message),
                ]
            ]
        case .repeated(let lead, let id, let moment):
            return [
                [
                    "type": "repeated", "lead": .string(lead.text), "line": .integer(Int64(number)),
                    "id": .string(id.text), "moment": .integer(Int64(moment)),
                ]
            ]
        }
    }
}

/// What a test cannot go on without.
struct Missing: Error, CustomStringConvertible {
    let description: String
}

func required<Wrapped>(_ value: Wrapped?, _ what: @autoclosure () -> String) throws -> Wrapped {
    guard let value else { throw Missing(description: what()) }
    return value
}
