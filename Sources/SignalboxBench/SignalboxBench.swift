import ArgumentParser

@main
struct SignalboxBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signalbox-bench",
        abstract: "Measures what signalbox costs, as ratios in one run.",
        discussion: """
            Figures count from a release build on a machine that does nothing else. Each benchmark ends with \
            status 1 when a bar is missed.
            """,
        subcommands: [SandboxCommand.self, EngineCommand.self, ServeCommand.self])
}
