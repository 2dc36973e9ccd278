import ArgumentParser
import Foundation

struct EngineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract: "How many commands the engine does, against what the disk and SQLite allow, and Redis.",
        discussion: """
            Leads go side by side through a map of 5 tracks of 3 steps, with a call on each step's close: \
            17 commands each, durable; in each turn three times as many come, one lot after the other. The \
            storage limit writes the same rows straight with SQLite, 100 moments in a transaction. Where redis-server is on the PATH, the same map is a function of \
            Redis that writes its file through before it answers, given 100 commands at once. Where the program \
            signalbox is beside this one, it is given the same commands as a file.

            Ends with status 1 when a bar is missed.
            """)

    @OptionGroup var format: FormatOption

    /// Where the engine keeps what it does.
    enum StoreKind: String, ExpressibleByArgument, CaseIterable {
        case sqlite, none
    }

    @Option(help: "With `none` nothing is kept, and only what the lanes can do is measured: sqlite or none.")
    var store = StoreKind.sqlite

    @Option(help: "How many leads are in the large store; 0 leaves out what is measured on it.")
    var leads = 1_000_000

    @Option(help: "How many leads go side by side.")
    var sideBySide = 1000

    @Option(help: "How often what is compared takes turns.")
    var rounds = 11

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
        if case .none = store { return try runLanes(plan) }
        let benchmark = try EngineBenchmark.run(plan, progress: Progress.show)
        Progress.clear()
        Output(format.format).write(benchmark.value, text(benchmark))
        if !benchmark.bars.areHeld { throw ExitCode(1) }
    }

    private func runLanes(_ plan: EngineBenchmark.Plan) throws {
        let benchmark = try LanesBenchmark.run(plan, progress: Progress.show)
        Progress.clear()
        Output(format.format).write(
            benchmark.value, columns([["", "figure"]] + benchmark.figures.map { [$0.title, $0.text] }))
    }

    private func text(_ benchmark: EngineBenchmark) -> [String] {
        let figures = benchmark.figures.map { [$0.title, $0.text] }
        var lines = columns([["", "figure"]] + figures) + [""] + benchmark.bars.lines
        if !benchmark.hasRedis { lines.append("redis-server is not on the PATH: Redis was left out") }
        return lines
    }
}
