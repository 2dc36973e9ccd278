import ArgumentParser
import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import Values
import Workspace

extension Do {
    /// What `do` is without the name of a subcommand: `do --commands FILE`.
    struct File: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "file", abstract: "Gives the commands of a file.",
            usage: Do.configuration.usage, shouldDisplay: false)

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var options: Options

        @Argument(help: .hidden)
        var words: [String] = []

        func validate() throws {
            let verbs = GrammarVerb.ofCommandsFile.map(\.rawValue)
            if options.commands != nil {
                guard words.isEmpty, !options.describesOneCommand else {
                    throw ValidationError(Options.commandsAlone)
                }
            } else if let word = words.first {
                throw ValidationError(
                    "there is no command \(word.quotedForMessage)\(suggestion(for: word, among: verbs))")
            } else {
                throw ValidationError("a command is missing: \(verbs.listed(with: "or"))")
            }
        }

        func run() throws {
            guard let path = options.commands else { return }
            let generation = try workspace.load()
            let store =
                options.dryRun
                ? try workspace.openDryRunStore(generation) : try workspace.openStore(generation)
            let interruption = try Interruption()
            let output = Output(outlivesReader: true, until: interruption)
            let file = try CommandsFile(
                opening: path, limitBytes: generation.settings.lineLimitBytes, until: interruption)
            let live = try LiveEngine(workspace, generation, store, until: interruption)
            var report = Report(format: format.format, detail: .noteworthy, namesLeads: true, to: output)
            var progress = Progress(of: "commands")
            var timed = 0
            let (end, failure) = try CommandStream(live.engine, until: interruption).run { stream in
                Self.read(file, into: stream)
            } showing: { shown in
                for case .answer(let answer, let command, let given, let line) in shown {
                    report.answer(answer, to: command, given: given, line: line)
                    if given.table?["at"] != nil { timed += 1 }
                }
                output.flush()
                progress.add(shown.count)
            }
            live.end()
            report.end()
            if timed > 0 {
                printToStandardError(
                    "\(counted(timed, "line")) with `at`: it sets the clock of `simulate` alone; on a store a moment has the time at which it is done."
                )
            }
            progress.end(report.counts.summary)
            if let failure {
                printToStandardError(
                    "\(failure.error)\nNothing was done from line \(failure.line) on; what came before is done."
                )
                throw ExitStatus.of(failure.error)
            }
            switch end {
            case .mistake(let mistake):
                printToStandardError("\(mistake)\nReading stopped there; what came before is done.")
                throw ExitStatus.cannotLoad
            case .interrupted(let line):
                interruption.end("Nothing was read after line \(line); what came before is done.")
            case .endOfFile:
                if report.counts.foundWrong || !live.engine.generation.mistakes.isEmpty {
                    throw ExitStatus.foundWrong
                }
            }
        }

        private static func read(_ file: CommandsFile, into stream: CommandStream) -> ReadingEnd {
            var file = file
            do throws(CommandsFile.LineError) {
                while let line = try file.next() {
                    let entry = line.entry
                    let isWanted = stream.give(
                        entry.command, given: entry.given, line: line.number, bytes: line.bytes)
                    if !isWanted { break }
                }
            } catch {
                return .mistake(error)
            }
            return file.isInterrupted ? .interrupted(afterLine: file.line) : .endOfFile
        }

        /// Why no more commands are read.
        private enum ReadingEnd {
            case endOfFile
            case mistake(CommandsFile.LineError)
            case interrupted(afterLine: Int)
        }
    }
}
