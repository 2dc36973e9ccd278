import ArgumentParser

struct SandboxCommand: ParsableCommand {
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
        Output(format.format).write(
            benchmark.value, benchmark.lines + [""] + benchmark.bars.lines)
        if !benchmark.bars.areHeld { throw ExitCode(1) }
    }
}
