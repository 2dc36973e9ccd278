import ArgumentParser
import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import Values
import Workspace

extension Incidents {
    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs the calls of incidents again, with the code of today.",
            usage: """
                signalbox incidents retry NUMBER... [OPTIONS]
                signalbox incidents retry --run PLUGIN.ACTION [OPTIONS]
                """,
            discussion: """
                A call runs on what it saw then, or with --now on the lead as it is now, with what the newest \
                version of its map gives the trigger. Its effects apply to the lead as it is now, as a moment of \
                their own.

                An incident whose call did not fail again is retried. Otherwise another takes its place, and it is \
                superseded. Only open incidents are run again, unless --again is given.

                With a filter in place of numbers it says how many incidents it means, and asks first, unless \
                --yes is given. Incidents that keep no call are left out of these.
                """)

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var choice: Choice

        @Option(help: ArgumentHelp("Who asks for it; the events say so.", valueName: "who"))
        var by = Command.defaultBy

        @Flag(help: "Run on the lead as it is now, with what its map gives now.")
        var now = false

        @Flag(help: "Also of incidents that are not open.")
        var again = false

        /// How many moments are made durable together.
        private static let batchSize = 100

        func validate() throws {
            guard Command.isAuthor(by) else { throw ValidationError("--by: \(Command.authorRule)") }
        }

        func run() throws {
            let generation = try workspace.load()
            let store = try workspace.openStore(generation)
            let incidents = try choice.incidents(
                in: store, asking: ("Run its call again?", "Run their calls again?"),
                unfit: "without a call to run again"
            ) { !$0.details.isNull }
            let engine = try SerialEngine(
                store: store, generation: generation, logger: .quiet, clock: WallClock.now)
            var report = Report(
                format: format.format, detail: incidents.count == 1 ? .everything : .noteworthy,
                namesLeads: true, to: Output(outlivesReader: true))
            for start in stride(from: 0, to: incidents.count, by: Self.batchSize) {
                let commands = incidents[start..<min(start + Self.batchSize, incidents.count)].map {
                    Command(lead: $0.lead, order: .rerun($0.number, now: now, again: again), by: by)
                }
                for (command, answer) in zip(commands, try engine.handle(commands)) {
                    report.answer(answer, to: command, given: command.value, line: nil)
                }
            }
            report.end()
            if incidents.count > 1 { printToStandardError(report.counts.summary) }
            if report.counts.foundWrong || generation.hasFailedPlugins { throw ExitStatus.foundWrong }
        }
    }
}
