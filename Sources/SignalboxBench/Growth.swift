import Foundation
import Journeys
import Plugins
import Values
import Workspace

/// What a command costs on a large map and of a lead with many fields, against a small map and few fields: what an
/// event does not touch should cost nothing.
struct Growth {
    /// One size against the smallest. Each counts with the turn that took least: whatever else the machine does only adds
    /// to a turn.
    struct Row {
        let key: String
        let title: String
        let ratio: Double
        /// What it may be at most.
        let limit: Double
    }

    let rows: [Row]
    /// Processor time of a command on the small map, of a lead with few fields, in the turn that took least.
    let smallMicroseconds: Double

    /// A command completes one of these; the map's other steps are in tracks that do not open.
    private static let completed = 14
    private static let smallSteps = 15
    private static let smallFields = 5
    private static let stepsOfTrack = 50
    private static let map = MapID("growth")

    /// Each size takes its turn in each round, with leads of its own.
    static func measure(leads: Int, rounds: Int, in folder: String) throws -> Growth {
        let small = try Size(steps: smallSteps, fields: smallFields, limit: 1, in: folder)
        let larger =
            try [(150, 1.15), (1_000, 1.3), (4_000, 1.5)]
            .map { try Size(steps: $0, fields: smallFields, limit: $1, in: folder) }
            + [(100, 1.5), (500, 2.5)]
            .map { try Size(steps: smallSteps, fields: $0, limit: $1, in: folder) }
        defer { for size in [small] + larger { size.engine.stop() } }
        var costs: [Double] = Array(repeating: .infinity, count: larger.count + 1)
        // The first turn makes what is made once.
        for round in 0...rounds {
            for (index, size) in ([small] + larger).enumerated() {
                let cost = try size.cost(round: round, leads: leads)
                if round > 0 { costs[index] = min(costs[index], cost) }
            }
        }
        let rows = larger.enumerated().map { index, size in
            Row(
                key: size.key, title: size.title, ratio: costs[index + 1] / costs[0], limit: size.limit)
        }
        return Growth(rows: rows, smallMicroseconds: costs[0])
    }

    private struct Size {
        let steps: Int
        let fields: Int
        let limit: Double
        let engine: RunningEngine

        init(steps: Int, fields: Int, limit: Double, in folder: String) throws {
            self.limit = limit
            self.steps = steps
            self.fields = fields
            let place = "\(folder)/growth-\(steps)-\(fields)"
            try JourneyWorkload.write(Growth.map(steps: steps), to: "\(place)/maps/growth.yaml")
            try JourneyWorkload.write(Growth.plugin, to: "\(place)/plugins/growth.lua")
            let generation = try Generation(reading: DiskTree(root: place))
            guard generation.mistakes.isEmpty else {
                throw BenchmarkError(description: "\(generation.mistakes)")
            }
            engine = try RunningEngine(generation, at: "\(place)/store.db")
        }

        var key: String {
            fields == smallFields ? "growth_steps_\(steps)" : "growth_fields_\(fields)"
        }

        var title: String {
            fields == smallFields
                ? "a command on a map of \(steps) steps / of \(smallSteps)"
                : "a command of a lead with \(fields) fields / with \(smallFields)"
        }

        /// Processor time of a command, in microseconds.
        func cost(round: Int, leads count: Int) throws -> Double {
            let leads = (1...count).compactMap { LeadID("L\(round)-\($0)") }
            var values = Table()
            for number in 1...fields { values["f\(number)"] = .string("value \(number)") }
            try engine.run(
                leads.map { Command(lead: $0, order: .assign(Growth.map, LeadChanges(fields: values))) })
            let commands = (1...completed).flatMap { step in
                leads.map { Command(lead: $0, order: .complete("t0/s\(step)")) }
            }
            let before = processorMicroseconds()
            try engine.run(commands)
            return (processorMicroseconds() - before) / Double(commands.count)
        }
    }

    private static func map(steps: Int) -> String {
        var text = "map: growth\ntracks:\n  - track: t0\n    steps:\n"
        for step in 1...smallSteps {
            text += "      - { step: s\(step), triggers: { close: [ { run: growth.touch } ] } }\n"
        }
        for (track, first) in stride(from: smallSteps, to: steps, by: stepsOfTrack).enumerated() {
            text += "  - track: t\(track + 1)\n    steps:\n"
            for step in first..<min(steps, first + stepsOfTrack) { text += "      - { step: s\(step) }\n" }
        }
        return text
    }

    private static let plugin = """
        return {
          name = "growth",
          api = 1,
          actions = {
            touch = { run = function(event) host.lead.set({ f2 = event.lead.fields.f1 .. event.step }) end },
          },
        }

        """
}
