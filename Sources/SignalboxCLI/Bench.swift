import ArgumentParser
import LuaSandbox
import Values

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures what signalbox costs, as ratios in one run.",
        discussion: "Figures count from a release build on a machine that does nothing else.",
        subcommands: [OfSandbox.self])

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
}
