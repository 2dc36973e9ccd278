import Foundation
import Values

/// Measures the program `signalbox serve` through its HTTP API, against what else the same machine does in the same run.
struct ServeBenchmark {
    /// What is measured, and on how much.
    struct Plan: Sendable {
        /// How many leads go side by side.
        var sideBySide = 1000
        /// How often others take their place in one turn of the engine and of the stream.
        var waves = 3
        /// How often what is compared takes turns.
        var rounds = 5
        /// How many listeners hear one lead each.
        var listeners = 1000
        /// How many requests come that must be refused; as many come before memory is looked at.
        var refused = 10_000
        /// How many connections are half-open meanwhile.
        var halfOpen = 500
        /// How often a plugin is replaced.
        var reloads = 200
        /// A folder on the disk that is measured.
        var folder = "."
    }

    let plan: Plan
    private let speed: [ServedSpeed.Turn]
    private let events: HeardEvents
    private let refused: RefusedRequests
    private let reloads: ReloadsUnderLoad

    /// Works in a folder of its own inside of the plan's, which is gone afterwards. `progress` is told what is being
    /// measured.
    static func run(_ plan: Plan, progress: (String) -> Void) throws -> ServeBenchmark {
        let place = try makePlace(in: plan.folder)
        defer { try? FileManager.default.removeItem(atPath: place) }
        return ServeBenchmark(
            plan: plan, speed: try ServedSpeed.measure(plan, in: place, progress),
            events: try HeardEvents.measure(plan, in: place, progress),
            refused: try RefusedRequests.measure(plan, in: place, progress),
            reloads: try ReloadsUnderLoad.measure(plan, in: place, progress))
    }

    /// The figures as a value, to be written as JSON.
    var value: Value {
        var table: Table = [
            "side_by_side": .integer(Int64(plan.sideBySide)), "waves": .integer(Int64(plan.waves)),
            "rounds": .integer(Int64(plan.rounds)), "listeners": .integer(Int64(plan.listeners)),
            "refused": .integer(Int64(plan.refused)), "half_open": .integer(Int64(plan.halfOpen)),
            "replaced": .integer(Int64(plan.reloads)),
        ]
        for figure in figures { table[figure.key] = figure.value.map(Value.double) ?? .null }
        table["bars"] = bars.value
        return .table(table)
    }

    var bars: [Bar] {
        [
            Bar(
                Figure(
                    "stream_to_engine", "`POST /v1/commands` / engine",
                    median(speed.map { $0.stream / $0.engine }), digits: 2),
                atLeast: 0.4),
            Bar(
                Figure(
                    "single_to_livez", "single commands / `GET /livez`",
                    median(speed.map { $0.single / $0.idle }), digits: 2),
                atLeast: 0.3),
            Bar(
                Figure("events_missed", "lines that a listener did not hear", Double(events.missed)),
                atMost: 0),
            Bar(
                Figure("events_pace", "moments that were told / 1000 a second", events.pace, digits: 2),
                atLeast: 0.9),
            Bar(
                Figure(
                    "events_growth_mib",
                    "memory for \(plan.listeners + HeardEvents.wideCount) listeners, MiB",
                    finite(events.growthMiB)),
                atMost: 128),
            Bar(
                Figure(
                    "refused_wrong", "bad requests of \(2 * plan.refused) that were not refused",
                    Double(refused.wrong)),
                atMost: 0),
            Bar(
                Figure(
                    "refused_growth_mib", "growth of memory by \(plan.refused) bad requests, MiB",
                    finite(refused.growthMiB)),
                atMost: 16),
            Bar(
                Figure(
                    "refused_p99_ms", "p99 of a single command meanwhile, ms", refused.servedMilliseconds.p99,
                    digits: 1),
                atMost: 250),
            Bar(
                Figure("reload_mixed", "calls of a plugin of two versions", Double(reloads.mixed)), atMost: 0),
            Bar(
                Figure("reload_lost", "commands and calls lost in reloads", Double(reloads.lost)), atMost: 0),
        ]
    }

    var figures: [Figure] {
        [
            Figure("engine_per_s", "engine, commands a second", median(speed.map(\.engine))),
            Figure("stream_per_s", "`POST /v1/commands`, commands a second", median(speed.map(\.stream))),
            Figure("livez_per_s", "`GET /livez`, requests a second", median(speed.map(\.idle))),
            Figure("single_per_s", "single commands a second", median(speed.map(\.single))),
            Figure(
                "single_median_ms", "median of a single command, ms", median(speed.map(\.answer.median)),
                digits: 1),
            Figure(
                "single_p99_ms", "p99 of a single command, ms", median(speed.map(\.answer.p99)), digits: 1),
            Figure("events_heard", "lines that listeners heard", Double(events.heard)),
            Figure(
                "events_resident_mib", "memory of the service with its listeners, MiB",
                finite(events.residentMiB)),
            Figure(
                "refused_resident_mib", "memory of the service after bad requests, MiB",
                finite(refused.residentMiB)),
            Figure(
                "refused_served_per_s", "single commands a second beside bad requests",
                refused.servedPerSecond),
            Figure(
                "refused_median_ms", "median of a single command meanwhile, ms",
                refused.servedMilliseconds.median, digits: 1),
            Figure("reloads", "reloads while commands came", Double(reloads.loaded)),
            Figure("reload_calls", "calls of the plugin that was replaced", Double(reloads.calls)),
            Figure("reload_per_s", "single commands a second meanwhile", reloads.commandsPerSecond),
        ]
    }

    /// Nil where the system does not tell.
    private func finite(_ figure: Double) -> Double? { figure.isFinite ? figure : nil }
}
