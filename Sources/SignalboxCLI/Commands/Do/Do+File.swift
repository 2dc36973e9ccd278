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
            let (reading, failure) = try CommandStream(live, until: interruption).run { [options] stream in
                Self.read(file, into: stream, skippingBadLines: options.skipBadLines)
            } showing: { shown in
                Self.show(shown, of: file, in: &report)
            } pausing: { count in
                output.flush()
                progress.add(count)
            }
            live.end { report.own($0, $1) }
            report.end()
            if reading.timed > 0 {
                printToStandardError(
                    "\(counted(reading.timed, "line")) with `at`: it sets the clock of `simulate` alone; on a store a moment has the time at which it is done."
                )
            }
            progress.end(report.counts.summary)
            if let failure {
                printToStandardError(
                    "\(failure.error)\n\(failure.consequence())"
                )
                throw ExitStatus.of(failure.error)
            }
            switch reading.end {
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
            case .answer(let answer, let given):
                report.answer(answer, to: given.command, given: given.value, line: given.line)
            case .released(let plugin, let refusal, let given):
                report.release(of: plugin, refusal, given: given.value, line: given.line)
            case .own(let command, let moment):
                report.own(command, moment)
            case .unfit(let why, let line):
                report.skip(file.error(MalformedCommand(why), line: line))
            }
        }

        private static func read(
            _ file: CommandsFile, into stream: CommandStream, skippingBadLines: Bool
        ) -> (end: ReadingEnd, timed: Int) {
            var file = file
            var timed = 0
            do throws(CommandsFile.LineError) {
                while let line = try file.next() {
                    let isWanted: Bool
                    switch line.content {
                    case .success(let entry):
                        if entry.at != nil { timed += 1 }
                        isWanted = stream.give(
                            entry.request, given: entry.given, line: line.number, bytes: line.bytes)
                    case .failure(let mistake) where skippingBadLines:
                        isWanted = stream.give(unfit: mistake.message, line: line.number)
                    case .failure(let mistake):
                        throw file.error(mistake, line: line.number)
                    }
                    if !isWanted { break }
                }
            } catch {
                return (.mistake(error), timed)
            }
            return (file.isInterrupted ? .interrupted(afterLine: file.line) : .endOfFile, timed)
        }

        /// Why no more commands are read.
        private enum ReadingEnd {
            case endOfFile
            case mistake(CommandsFile.LineError)
            case interrupted(afterLine: Int)
        }
    }
}
