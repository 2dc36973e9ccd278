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
        commandName: "simulate",
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

    @Flag(help: "Report a line that is not a command, and go on with the next.")
    var skipBadLines = false

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
                switch line.content {
                case .success(let entry):
                    if let at = entry.at { clock.advance(to: at) }
                    try show(entry, line.number, of: engine, in: &report)
                case .failure(let mistake):
                    let error = file.error(mistake, line: line.number)
                    guard skipBadLines else { throw error }
                    report.skip(error)
                }
            }
        } catch let mistake as CommandsFile.LineError {
            report.end()
            printToStandardError("\(mistake)\nReading stopped there; what came before is shown.")
            throw ExitStatus.cannotLoad
        }
        report.end()
        if report.counts.foundWrong || generation.hasFailedPlugins { throw ExitStatus.foundWrong }
    }

    private func show(
        _ entry: CommandLineEntry, _ line: Int, of engine: SerialEngine, in report: inout Report
    ) throws {
        switch entry.request {
        case .command(let command):
            report.answer(try engine.handle([command])[0], to: command, given: entry.given, line: line)
        case .release(let plugin):
            let refusal = try engine.release(ifQuarantined: plugin)
            report.release(of: plugin, refusal, given: entry.given, line: line)
        }
    }
}
