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
            commandName: "retry",
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
            let target = try workspace.commandTarget(isDryRun: false)
            let store: any StoreReader =
                switch target {
                case .service: try workspace.openStoreToRead()
                case .store(let store, _, _): store
                }
            let incidents = try choice.incidents(
                in: store, asking: ("Run its call again?", "Run their calls again?"),
                unfit: "without a call to run again"
            ) { !$0.details.isNull }
            let commands = incidents.map {
                Command(lead: $0.lead, order: .rerun($0.number, now: now, again: again), by: by)
            }
            var report = Report(
                format: format.format, detail: incidents.count == 1 ? .everything : .noteworthy,
                namesLeads: true, to: Output(outlivesReader: true))
            var hasFailedPlugins = false
            switch target {
            case .service(let service):
                try service.give(commands.map { (.command($0), $0.value) }, in: &report)
            case .store(let store, let generation, _):
                let engine = try SerialEngine(
                    store: store, generation: generation, logger: .quiet, clock: WallClock.now)
                try Self.give(commands, to: engine, in: &report)
                hasFailedPlugins = generation.hasFailedPlugins
            }
            report.end()
            if incidents.count > 1 { printToStandardError(report.counts.summary) }
            if report.counts.foundWrong || hasFailedPlugins { throw ExitStatus.foundWrong }
        }

        private static func give(
            _ commands: [Command], to engine: SerialEngine, in report: inout Report
        ) throws {
            for start in stride(from: 0, to: commands.count, by: batchSize) {
                let batch = Array(commands[start..<min(start + batchSize, commands.count)])
                for (command, answer) in zip(batch, try engine.handle(batch)) {
                    report.answer(answer, to: command, given: command.value, line: nil)
                }
            }
        }
    }
}
