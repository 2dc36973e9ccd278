import ArgumentParser
import Benchmarks
import Foundation
import LuaSandbox
import Values

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures what signalbox costs, as ratios in one run.",
        discussion: "Figures count from a release build on a machine that does nothing else.",
        subcommands: [OfSandbox.self, OfEngine.self])

    struct OfSandbox: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sandbox",
            abstract: "What a sandboxed call costs, against the same handlers called without a sandbox.")

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
                json: benchmark.value.json, text: benchmark.table.split(separator: "\n").map(String.init))
            listing.end()
        }
    }

    struct OfEngine: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "engine",
            abstract: "How many commands the engine does, against what the disk and SQLite allow.",
            discussion: """
                Leads go side by side through a map of 5 tracks of 3 steps, with a call on each step's close: \
                17 commands each, durable. The storage limit writes the same rows straight with SQLite, 100 \
                moments in a transaction.
                """)

        @OptionGroup var format: FormatOption

        @Option(help: "How many leads go side by side.")
        var leads = 1000

        @Option(help: "How often engine and storage take turns.")
        var rounds = 5

        @Option(
            name: .customLong("in"),
            help: ArgumentHelp("A folder on the disk that is measured; the current one.", valueName: "dir"))
        var folder = "."

        func validate() throws {
            guard (1...1_000_000).contains(leads) else { throw ValidationError("--leads is 1 to 1000000") }
            guard (1...1000).contains(rounds) else { throw ValidationError("--rounds is 1 to 1000") }
            guard access(folder, W_OK | X_OK) == 0 else {
                throw ValidationError("--in: nothing can be written in \(folder)")
            }
        }

        func run() throws {
            let benchmark = try EngineBenchmark.run(leads: leads, rounds: rounds, in: folder)
            let output = Output()
            var listing = Listing(format.format, to: output)
            listing.element(json: benchmark.value.json, text: text(benchmark, output.style))
            listing.end()
        }

        private func text(_ benchmark: EngineBenchmark, _ style: Style) -> [String] {
            func figure(_ number: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", number) }
            var table = TextTable(["", "figure"], style)
            table.add(["engine, commands a second", figure(benchmark.enginePerSecond, 0)])
            table.add(["storage limit, commands a second", figure(benchmark.storagePerSecond, 0)])
            table.add(["engine / storage limit", figure(benchmark.engineToStorage, 2)])
            table.add([
                "median at \(figure(benchmark.loadPerSecond, 0)) a second, ms",
                figure(benchmark.medianMilliseconds, 2),
            ])
            table.add(["p99 at that load, ms", figure(benchmark.p99Milliseconds, 2)])
            return table.lines
        }
    }
}
