import ArgumentParser
import Journeys
import Logging
import Plugins
import Signalbox
import Store
import Values
import Workspace

struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs commands in memory, with virtual time, and prints what happened.",
        usage: "signalbox simulate --commands FILE [OPTIONS]",
        discussion: """
            The clock begins at 2000-01-01T00:00:00Z; a command's `at` sets it, never back. The same \
            workspace and commands print the same lines on every run.
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Option(
        help: ArgumentHelp(
            "The commands: a file with a JSON object a line, or - for standard input.", valueName: "file"))
    var commands: String

    func run() throws {
        let generation = try workspace.load()
        var file = try CommandsFile(opening: commands, limitBytes: generation.settings.lineLimitBytes)
        let clock = VirtualClock()
        let store = MemoryStore()
        let engine = try SerialEngine(
            store: store, generation: generation, logger: .quiet, clock: { clock.now })
        // The store ends with the command, so nobody can be shown its incidents later.
        var report = Report(
            format: format.format, detail: .everything, namesLeads: true, to: Output(),
            traceback: { store.incident($0)?.traceback })
        do {
            while let line = try file.next() {
                if let at = line.entry.at { clock.advance(to: at) }
                let answer = try engine.handle([line.entry.command])[0]
                report.answer(
                    answer, to: line.entry.command, given: line.entry.given, line: line.number)
            }
        } catch let mistake as CommandsFile.LineError {
            report.end()
            printToStandardError("\(mistake)\nReading stopped there; what came before is shown.")
            throw ExitStatus.cannotLoad
        }
        report.end()
        if report.counts.foundWrong || generation.hasFailedPlugins { throw ExitStatus.foundWrong }
    }
}
