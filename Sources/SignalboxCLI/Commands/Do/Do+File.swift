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
            let verbs = Do.configuration.subcommands.compactMap {
                ($0 as? any OneCommand.Type)?.verb.rawValue
            }
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
            let target = try workspace.commandTarget(isDryRun: options.dryRun)
            let interruption = try Interruption()
            let output = Output(outlivesReader: true, until: interruption)
            let file = try CommandsFile(
                opening: path, limitBytes: target.lineLimitBytes, until: interruption)
            let live = try target.taker(workspace, until: interruption)
            var report = Report(format: format.format, detail: .noteworthy, namesLeads: true, to: output)
            var progress = Progress(of: "command")
            var timed = 0
            let (end, failure) = try CommandStream(live, until: interruption).run { [options] stream in
                Self.read(file, into: stream, skippingBadLines: options.skipBadLines)
            } showing: { shown in
                for one in shown {
                    Self.show(one, of: file, in: &report)
                    if case .answer(_, _, let given, _) = one, given.table?["at"] != nil { timed += 1 }
                }
                output.flush()
                progress.add(shown.count)
            }
            live.end { report.own($0, $1) }
            report.end()
            if timed > 0 {
                printToStandardError(
                    "\(counted(timed, "line")) with `at`: it sets the clock of `simulate` alone; on a store a moment has the time at which it is done."
                )
            }
            progress.end(report.counts.summary)
            if let failure {
                printToStandardError(
                    "\(failure.error)\n\(failure.consequence())"
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
                if report.counts.foundWrong || live.hasMistakes {
                    throw ExitStatus.foundWrong
                }
            }
        }

        private static func show(_ shown: CommandStream.Shown, of file: CommandsFile, in report: inout Report)
        {
            switch shown {
            case .answer(let answer, let command, let given, let line):
                report.answer(answer, to: command, given: given, line: line)
            case .released(let plugin, let refusal, let given, let line):
                report.release(of: plugin, refusal, given: given, line: line)
            case .own(let command, let moment):
                report.own(command, moment)
            case .unfit(let why, let line):
                report.skip(file.error(MalformedCommand(why), line: line))
            }
        }

        private static func read(
            _ file: CommandsFile, into stream: CommandStream, skippingBadLines: Bool
        ) -> ReadingEnd {
            var file = file
            do throws(CommandsFile.LineError) {
                while let line = try file.next() {
                    let isWanted =
                        switch line.content {
                        case .success(let entry):
                            stream.give(
                                entry.request, given: entry.given, line: line.number, bytes: line.bytes)
                        case .failure(let mistake) where skippingBadLines:
                            stream.give(unfit: mistake.message, line: line.number)
                        case .failure(let mistake):
                            throw file.error(mistake, line: line.number)
                        }
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
