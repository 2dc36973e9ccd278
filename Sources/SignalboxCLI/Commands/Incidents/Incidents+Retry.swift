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
        @OptionGroup var filter: Filter

        @Option(help: ArgumentHelp("Who asks for it; the events say so.", valueName: "who"))
        var by = Command.defaultBy

        @Flag(help: "Run on the lead as it is now, with what its map gives now.")
        var now = false

        @Flag(help: "Also of incidents that are not open.")
        var again = false

        @OptionGroup var consent: Consent

        @Argument(help: ArgumentHelp("The incidents' numbers.", valueName: "number"))
        var numbers: [Int] = []

        /// How many moments are made durable together.
        private static let batchSize = 100

        func validate() throws {
            guard Command.isAuthor(by) else { throw ValidationError("--by: \(Command.authorRule)") }
            guard numbers.isEmpty != filter.isEmpty else {
                throw ValidationError("give either numbers of incidents, or a filter such as --plugin")
            }
        }

        func run() throws {
            let generation = try workspace.load()
            let store = try workspace.openStore(generation)
            let incidents = try numbers.isEmpty ? matching(in: store) : Incidents.numbered(numbers, in: store)
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

        /// In the order in which they happened; ends the command where nobody wants it.
        private func matching(in store: any StoreReader) throws -> [IncidentRecord] {
            let all = try filter.incidents(in: store, limit: .max)
            let incidents = Array(all.filter { !$0.details.isNull }.reversed())
            let left = all.count - incidents.count
            var found = "\(counted(incidents.count, "incident")) found"
            if left > 0 { found += ", and \(left) that \(left == 1 ? "keeps" : "keep") no call to run again" }
            try consent.ask(
                found, incidents.count,
                to: incidents.count == 1 ? "Run its call again?" : "Run their calls again?")
            return incidents
        }
    }
}
