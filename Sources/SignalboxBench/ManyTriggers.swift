import Foundation
import Journeys
import Logging
import Plugins
import Signalbox
import Store
import Values
import Workspace

/// What an event with one trigger costs where little is loaded, and where many plugins and triggers are.
struct ManyTriggers {
    /// For a command of the workload: computed and kept in memory, on one thread.
    let aloneMicroseconds: Double
    let amongManyMicroseconds: Double
    /// The second to the first.
    let ratio: Double

    private static let triggersOfMap = 100

    /// Half of the triggers are in maps, half are subscriptions of plugins. Both settings take turns.
    static func measure(
        plugins: Int, triggers: Int, leads: Int, rounds: Int, in folder: String
    ) throws -> ManyTriggers {
        let alone = try JourneyWorkload.generation(in: "\(folder)/alone")
        try writeOthers(plugins: plugins, triggers: triggers, in: "\(folder)/many")
        let many = try JourneyWorkload.generation(in: "\(folder)/many")
        guard many.mistakes.isEmpty, many.plugins.count == plugins, many.triggerCount >= triggers else {
            throw BenchmarkError(
                description: "\(many.plugins.count) plugins, \(many.triggerCount) triggers: \(many.mistakes)")
        }
        let commands = JourneyWorkload.commands(leads: leads, waves: 1)
        var costs: [(alone: Double, many: Double)] = []
        // The first turn makes what is made once.
        for round in 0...rounds {
            let turn = (
                alone: try cost(of: commands, alone, leads), many: try cost(of: commands, many, leads)
            )
            if round > 0 { costs.append(turn) }
        }
        return ManyTriggers(
            aloneMicroseconds: median(costs.map(\.alone)), amongManyMicroseconds: median(costs.map(\.many)),
            ratio: median(costs.map { $0.many / $0.alone }))
    }

    private static func cost(of commands: [Command], _ generation: Generation, _ leads: Int) throws -> Double
    {
        let engine = try SerialEngine(
            store: MemoryStore(), generation: generation, logger: .silent,
            clock: { Timestamp(milliseconds: 1_700_000_000_000) })
        let began = processorMicroseconds()
        for start in stride(from: 0, to: commands.count, by: leads) {
            for answer in try engine.handle(Array(commands[start..<start + leads])) {
                guard case .accepted = answer else {
                    throw BenchmarkError(description: "a command came to \(answer)")
                }
            }
        }
        return (processorMicroseconds() - began) / Double(commands.count)
    }

    /// Plugins with an action and subscriptions of their own, and maps that use the actions. The workload's
    /// plugin is one more.
    private static func writeOthers(plugins: Int, triggers: Int, in folder: String) throws {
        let others = max(plugins - 1, 1)
        let subscriptions = triggers / 2
        for number in 0..<others {
            let count = subscriptions / others + (number < subscriptions % others ? 1 : 0)
            try JourneyWorkload.write(
                plugin(number, subscriptions: count), to: "\(folder)/plugins/other\(number).lua")
        }
        let inMaps = triggers - subscriptions
        for (number, first) in stride(from: 0, to: inMaps, by: triggersOfMap).enumerated() {
            let count = min(inMaps - first, triggersOfMap)
            try JourneyWorkload.write(
                map(number, runs: (first..<first + count).map { $0 % others }),
                to: "\(folder)/maps/other\(number).yaml")
        }
    }

    private static func plugin(_ number: Int, subscriptions: Int) -> String {
        let rules = (0..<subscriptions).map { index in
            """
                { event = "step.close", map = "other\(number % 50)", at = "t/s\(index)",
                  run = function() host.lead.set({ noted = true }) end },

            """
        }
        return """
            return {
              name = "other\(number)",
              api = 1,
              actions = { note = { run = function() host.lead.set({ other = \(number) }) end } },
              on = {
            \(rules.joined())  },
            }

            """
    }

    private static func map(_ number: Int, runs: [Int]) -> String {
        let steps = runs.enumerated().map { index, plugin in
            """
                  - step: s\(index)
                    triggers:
                      close: [{ run: other\(plugin).note }]

            """
        }
        return "map: other\(number)\ntracks:\n  - track: t\n    steps:\n\(steps.joined())"
    }
}

extension Generation {
    /// In maps and of plugins.
    fileprivate var triggerCount: Int {
        var count = 0
        for case .available(let map) in rulebook.maps.values {
            count += ([map.triggers] + map.tracks.map(\.triggers) + map.steps.map(\.triggers))
                .reduce(0) { $0 + $1.all.count }
        }
        for case .loaded(let plugin, _) in plugins.values { count += plugin.manifest.subscriptions.count }
        return count
    }
}
