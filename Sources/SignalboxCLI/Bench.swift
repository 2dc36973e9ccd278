import ArgumentParser
import Benchmarks
import Foundation
import Values

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures what signalbox costs, as ratios in one run.",
        discussion: "Figures count from a release build on a machine that does nothing else.",
        subcommands: [OfSandbox.self, OfEngine.self])

    struct OfSandbox: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sandbox",
            abstract: "What a sandboxed call costs, against the same handlers called without a sandbox.",
            discussion: """
                Handlers get the same arguments in each setting: one Lua state for all calls and no limits, a \
                state of its own for each call, the sandbox as it is, the sandbox with a budget of instructions, \
                and the sandbox with its result made a tree of values. The first three read the result where it \
                lies.

                Ends with status 1 when a bar is missed.
                """)

        @OptionGroup var format: FormatOption

        @Option(help: "About how long one figure is measured, in seconds.")
        var seconds = 1.0

        @Option(help: "How many plugins are loaded to measure what one holds.")
        var plugins = 1000

        func validate() throws {
            guard seconds > 0, seconds <= 60 else {
                throw ValidationError("--seconds is more than 0 and at most 60")
            }
            guard (1...10_000).contains(plugins) else { throw ValidationError("--plugins is 1 to 10000") }
        }

        func run() throws {
            let benchmark = try SandboxBenchmark.run(seconds: seconds, pluginCount: plugins)
            let output = Output()
            var listing = Listing(format.format, to: output)
            listing.element(
                json: benchmark.value.json,
                text: benchmark.lines + [""] + benchmark.bars.lines(output.style))
            listing.end()
            if !benchmark.bars.areHeld { throw Ending.foundWrong }
        }
    }

    struct OfEngine: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "engine",
            abstract: "How many commands the engine does, against what the disk and SQLite allow, and Redis.",
            discussion: """
                Leads go side by side through a map of 5 tracks of 3 steps, with a call on each step's close: \
                17 commands each, durable; in each turn three times as many come, one lot after the other. The storage limit writes the same rows straight with SQLite, 100 \
                moments in a transaction. Where redis-server is on the PATH, the same map is a function of \
                Redis that writes its file through before it answers, given 100 commands at once.

                Ends with status 1 when a bar is missed.
                """)

        @OptionGroup var format: FormatOption

        @Option(help: "How many leads are in the large store; 0 leaves out what is measured on it.")
        var leads = 1_000_000

        @Option(help: "How many leads go side by side.")
        var sideBySide = 1000

        @Option(help: "How often what is compared takes turns.")
        var rounds = 5

        @Option(help: "How many triggers are loaded beside the one that an event has; 0 leaves that out.")
        var triggers = 10_000

        @Option(help: "How many plugins those triggers are of.")
        var plugins = 1000

        @Option(
            name: .customLong("in"),
            help: ArgumentHelp("A folder on the disk that is measured; the current one.", valueName: "dir"))
        var folder = "."

        func validate() throws {
            guard (0...100_000_000).contains(leads) else {
                throw ValidationError("--leads is 0 to 100000000")
            }
            guard (1...100_000).contains(sideBySide) else {
                throw ValidationError("--side-by-side is 1 to 100000")
            }
            guard (1...1000).contains(rounds) else { throw ValidationError("--rounds is 1 to 1000") }
            guard (0...1_000_000).contains(triggers) else {
                throw ValidationError("--triggers is 0 to 1000000")
            }
            guard (2...10_000).contains(plugins) else { throw ValidationError("--plugins is 2 to 10000") }
            guard access(folder, W_OK | X_OK) == 0 else {
                throw ValidationError("--in: nothing can be written in \(folder)")
            }
        }

        func run() throws {
            var plan = EngineBenchmark.Plan()
            plan.leads = leads
            plan.sideBySide = sideBySide
            plan.rounds = rounds
            plan.triggers = triggers
            plan.plugins = plugins
            plan.folder = folder
            let benchmark = try EngineBenchmark.run(plan) { Terminal.progress($0) }
            let output = Output()
            var listing = Listing(format.format, to: output)
            listing.element(json: benchmark.value.json, text: text(benchmark, output.style))
            listing.end()
            if !benchmark.bars.areHeld { throw Ending.foundWrong }
        }

        private func text(_ benchmark: EngineBenchmark, _ style: Style) -> [String] {
            var figures = TextTable(["", "figure"], style)
            for figure in benchmark.figures { figures.add([figure.title, figure.text]) }
            var lines = figures.lines + [""] + benchmark.bars.lines(style)
            if !benchmark.hasRedis { lines.append("redis-server is not on the PATH: Redis was left out") }
            return lines
        }
    }
}

extension Figure {
    fileprivate var text: String { value.map(text) ?? "-" }

    fileprivate func text(_ number: Double) -> String { String(format: "%.\(digits)f", number) }
}

extension [Bar] {
    fileprivate func lines(_ style: Style) -> [String] {
        var table = TextTable(["", "figure", "bar", ""], style)
        for bar in self {
            table.add([
                bar.figure.title, bar.figure.text,
                (bar.isLeast ? ">= " : "<= ") + bar.figure.text(bar.limit),
                bar.isHeld.map { $0 ? "held" : "missed" } ?? "left out",
            ])
        }
        return table.lines
    }
}
