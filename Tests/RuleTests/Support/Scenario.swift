import Journeys
import Plugins
import SQLiteStore
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

/// A workspace in memory with the probe in its plugins, and a real engine that runs commands in it.
final class Scenario {
    private let clock: VirtualClock
    private let openStore: () throws -> any Store
    private var player: Player?
    private var notation = Notation()
    /// The lines of the last run.
    private(set) var lines: [Table] = []

    /// What happens is kept in `store`.
    init(
        maps: [String], plugins: [String: String] = [:], settings: String = "",
        store: any Store = MemoryStore()
    ) throws {
        clock = VirtualClock()
        openStore = { store }
        try start(maps: maps, plugins: plugins, settings: settings)
    }

    /// With one map, `m`, of which the text is all but the line with its id.
    convenience init(map text: String) throws { try self.init(maps: ["map: m\n\(text)"]) }

    /// What happens is kept in a SQLite file.
    init(maps: [String], plugins: [String: String] = [:], file: String) throws {
        clock = VirtualClock()
        openStore = { try SQLiteStore(at: file, mode: .readWrite) }
        try start(maps: maps, plugins: plugins, settings: "")
    }

    private func start(maps: [String], plugins: [String: String], settings: String) throws {
        let generation = try Self.generation(maps: maps, plugins: plugins, settings: settings)
        player = try Player(generation, store: openStore(), clock: clock)
        notation.learn(generation)
    }

    /// Goes on in a new engine, as another process would that reads these files.
    func restart(maps: [String], plugins: [String: String] = [:]) throws {
        // The store's file has one writer at a time.
        player = nil
        try start(maps: maps, plugins: plugins, settings: "")
    }

    /// Lets the same engine go on with these files, its leads in memory.
    func reload(maps: [String], plugins: [String: String] = [:], settings: String = "") throws {
        try install(Self.generation(maps: maps, plugins: plugins, settings: settings))
    }

    /// Lets the same engine go on with files that were read already.
    func install(_ generation: Generation) throws {
        try playing().install(generation)
        notation.learn(generation)
    }

    static func generation(
        maps: [String], plugins: [String: String] = [:], settings: String = ""
    ) throws -> Generation {
        var files = ["signalbox.yaml": settings, "plugins/probe.lua": probe]
        for text in maps {
            let line = text.split(separator: "\n").first { $0.hasPrefix("map: ") }
            let id = try required(line, "the map has no id").dropFirst("map: ".count)
            files["maps/\(id).yaml"] = text
        }
        for (name, text) in plugins { files["plugins/\(name).lua"] = text }
        let generation = try Generation(reading: MemoryTree(files))
        try #require(generation.pluginMistakes.isEmpty, "\(generation.pluginMistakes)")
        return generation
    }

    /// Runs the commands and compares all that happened with what is expected, an empty line between one
    /// command's lines and the next's. That nothing else happened is part of the comparison.
    func run(
        _ commands: String, gives expected: String, at place: SourceLocation = #_sourceLocation
    ) throws {
        try compare(playing().play(commands), with: expected, at: place)
    }

    /// Tells a lead of its delivery that did not arrive, and compares all that happened with what is expected (R57).
    func tell(
        _ undelivered: Undelivered, settling settlement: DeliverySettlement, gives expected: String,
        at place: SourceLocation = #_sourceLocation
    ) throws {
        try compare([playing().tell(undelivered, settling: settlement)], with: expected, at: place)
    }

    private func compare(_ played: [Player.Played], with expected: String, at place: SourceLocation) {
        lines = played.flatMap(\.lines)
        let found = played.map { notation.text($0).joined(separator: "\n") }.joined(separator: "\n\n")
        if found != expected {
            Issue.record("\(Difference(found: found, expected: expected))", sourceLocation: place)
        }
    }

    /// Assigns lead `L` to map `m`; `fields` is a JSON object. Only ``lines`` is looked at.
    func begin(fields: String = "{}") throws {
        try run(#"{"do":"assign","lead":"L","map":"m","fields":"# + fields + "}")
    }

    /// Runs commands of which only ``lines`` is looked at.
    func run(_ commands: String) throws {
        let played = try playing().play(commands)
        for one in played { _ = notation.text(one) }
        lines = played.flatMap(\.lines)
    }

    /// Runs an incident's call again (R36); only ``lines`` is looked at.
    func rerun(_ incident: Int, of lead: LeadID) throws {
        lines = try playing().rerun(incident, of: lead)
    }

    /// Runs the commands as one batch, and gives each one's lines.
    func runTogether(_ commands: String) throws -> [[Table]] { try playing().playTogether(commands) }

    private func playing() throws -> Player { try required(player, "the engine did not start") }

    /// The fields of the last run's conflicts.
    var conflicts: [String] {
        lines.filter { $0["type"] == "conflict" }.compactMap { $0["field"]?.string }
    }

    /// What the last run's calls logged.
    var logs: [String] {
        lines.flatMap { $0["log"]?.list ?? [] }.compactMap { $0.table?["message"]?.string }
    }

    /// What the last run's lines say in words.
    var messages: [String] { lines.compactMap { $0["message"]?.string } }
}

/// Where two texts of many lines part, with the lines around that.
private struct Difference: CustomStringConvertible {
    private static let linesAround = 20

    let found: String
    let expected: String

    var description: String {
        let found = found.split(separator: "\n", omittingEmptySubsequences: false)
        let expected = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let same = zip(found, expected).prefix { $0 == $1 }.count
        func shown(_ lines: [Substring]) -> String {
            let start = max(0, same - Self.linesAround)
            return lines[start..<min(lines.count, same + Self.linesAround)].joined(separator: "\n")
        }
        return """
            line \(same + 1) differs

            found:
            \(shown(found))

            expected:
            \(shown(expected))
            """
    }
}
