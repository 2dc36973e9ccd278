import ArgumentParser
import Foundation

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "What the service bears: commands, listeners, bad requests and reloads over HTTP.",
        discussion: """
            The program signalbox, which must be beside this one, serves workspaces of this run's own. Its clients are \
            this process, on the same machine. Commands are those of `engine`: as one stream, against the engine \
            without the service, and one by one over 64 connections, against `GET /livez` over as many.

            Ends with status 1 when a bar is missed.
            """)

    @OptionGroup var format: FormatOption

    @Option(help: "How many leads go side by side.")
    var sideBySide = 1000

    @Option(help: "How often what is compared takes turns.")
    var rounds = 5

    @Option(help: "How many listeners hear one lead each.")
    var listeners = 1000

    @Option(help: "How many bad requests come, after as many others.")
    var refused = 10_000

    @Option(help: "How many connections are half-open meanwhile.")
    var halfOpen = 500

    @Option(help: "How often a plugin is replaced.")
    var reloads = 200

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("A folder on the disk that is measured; the current one.", valueName: "dir"))
    var folder = "."

    func validate() throws {
        guard (1...100_000).contains(sideBySide) else {
            throw ValidationError("--side-by-side is 1 to 100000")
        }
        guard (1...1000).contains(rounds) else { throw ValidationError("--rounds is 1 to 1000") }
        guard (1...9000).contains(listeners) else { throw ValidationError("--listeners is 1 to 9000") }
        guard (1...10_000_000).contains(refused) else { throw ValidationError("--refused is 1 to 10000000") }
        guard (0...9000).contains(halfOpen) else { throw ValidationError("--half-open is 0 to 9000") }
        guard (1...100_000).contains(reloads) else { throw ValidationError("--reloads is 1 to 100000") }
        guard access(folder, W_OK | X_OK) == 0 else {
            throw ValidationError("--in: nothing can be written in \(folder)")
        }
    }

    func run() throws {
        // A service that closes a connection is told of by the connection.
        signal(SIGPIPE, SIG_IGN)
        var plan = ServeBenchmark.Plan()
        plan.sideBySide = sideBySide
        plan.rounds = rounds
        plan.listeners = listeners
        plan.refused = refused
        plan.halfOpen = halfOpen
        plan.reloads = reloads
        plan.folder = folder
        let benchmark = try ServeBenchmark.run(plan, progress: Progress.show)
        Progress.clear()
        Output(format.format).write(
            benchmark.value,
            columns([["", "figure"]] + benchmark.figures.map { [$0.title, $0.text] }) + [""]
                + benchmark.bars.lines)
        if !benchmark.bars.areHeld { throw ExitCode(1) }
    }
}
