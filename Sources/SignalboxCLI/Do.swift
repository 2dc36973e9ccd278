import ArgumentParser
import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import Values
import Workspace

struct Do: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Gives one command, or a file of them, to the workspace's store.",
        usage: """
            signalbox do assign LEAD MAP [FIELD=TEXT ...] [FIELD:=JSON ...]
            signalbox do complete LEAD TRACK/STEP
            signalbox do advance LEAD
            signalbox do remove LEAD TRACK/STEP
            signalbox do status LEAD open|closed|won|lost
            signalbox do set LEAD [FIELD=TEXT ...] [FIELD:=JSON ...]
            signalbox do retry LEAD
            signalbox do --commands FILE
            """,
        discussion: """
            A command is answered when it is on the disk. FIELD:=null clears a field.

            With --commands each line of the file is one command, a JSON object: {"do":"complete",\
            "lead":"L1","step":"qualify/call"}. What was refused or failed is shown, with --format jsonl \
            everything.
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Option(help: ArgumentHelp("Who gives the command; the events say so.", valueName: "who"))
    var by: String?

    @Option(help: "An id that makes the command happen once: given again, it does nothing.")
    var id: String?

    @Option(help: ArgumentHelp("With assign and set: how the lead came.", valueName: "channel"))
    var channel: String?

    @Option(help: ArgumentHelp("With assign and set: who works the lead.", valueName: "agent"))
    var agent: String?

    @Flag(help: "Show what would happen, and store nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Many commands: a file with a JSON object a line, or - for standard input.", valueName: "file"))
    var commands: String?

    @Argument(help: ArgumentHelp("The command, its lead and what it needs.", valueName: "command"))
    var words: [String] = []

    func validate() throws {
        if commands != nil {
            guard words.isEmpty, by == nil, id == nil, channel == nil, agent == nil else {
                throw ValidationError("--commands brings everything; nothing else goes with it but --dry-run")
            }
        } else {
            _ = try commandLine()
        }
    }

    func run() throws {
        let generation = try workspace.load()
        let store = dryRun ? try workspace.openDryRunStore(generation) : try workspace.openStore(generation)
        let output = Output(outlivesReader: true)
        if let commands {
            try runFile(commands, generation, store, output)
        } else {
            try runOne(generation, store, output)
        }
    }

    private func runOne(_ generation: Generation, _ store: any Store, _ output: Output) throws {
        let line = try commandLine()
        let engine = try SerialEngine(
            store: store, generation: generation, logger: .quiet, clock: WallClock.now)
        var report = Report(format: format.format, detail: .everything, namesLeads: true, to: output)
        let answer = try engine.handle([line.command])[0]
        report.answer(answer, to: line.command, given: line.given, line: nil)
        report.end()
        if report.counts.foundWrong || generation.hasFailedPlugins { throw Ending.foundWrong }
    }

    private func runFile(
        _ path: String, _ generation: Generation, _ store: any Store, _ output: Output
    ) throws {
        let interruption = try Interruption()
        let file = try CommandsFile(opening: path, until: interruption)
        let live = try LiveEngine(workspace, generation, store, until: interruption)
        var report = Report(format: format.format, detail: .noteworthy, namesLeads: true, to: output)
        var progress = Progress(of: "commands")
        let (end, failure) = CommandStream(live.engine, until: interruption).run { stream in
            Self.read(file, into: stream)
        } showing: { shown in
            for case .answer(let answer, let command, let given, let line) in shown {
                report.answer(answer, to: command, given: given, line: line)
            }
            output.flush()
            progress.add(shown.count)
        }
        live.end()
        report.end()
        progress.end(report.counts.summary)
        if let failure {
            tell(
                "\(failure.error)\nNothing was done from line \(failure.line) on; what came before stands.")
            throw Ending.of(failure.error)
        }
        switch end {
        case .mistake(let mistake):
            tell("\(mistake)\nReading stopped there; what came before stands.")
            throw Ending.cannotLoad
        case .interrupted(let line):
            interruption.end("Nothing was read after line \(line); what came before stands.")
        case .endOfFile:
            if report.counts.foundWrong || !live.engine.generation.mistakes.isEmpty {
                throw Ending.foundWrong
            }
        }
    }

    private static func read(_ file: CommandsFile, into stream: CommandStream) -> ReadingEnd {
        var file = file
        do throws(CommandsFile.Mistake) {
            while let line = try file.next() {
                let command = line.command
                let isWanted = stream.give(
                    command.command, given: command.given, line: line.number, bytes: line.bytes)
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
        case mistake(CommandsFile.Mistake)
        case interrupted(afterLine: Int)
    }

    // MARK: One command from words

    private func commandLine() throws -> GivenCommand {
        var rest = words[...]
        guard let verb = rest.popFirst() else {
            throw ValidationError(
                "a command is missing: assign, complete, advance, remove, status, set or retry")
        }
        guard let lead = rest.popFirst() else { throw ValidationError("\(verb): the lead is missing") }
        var table: Table = ["do": .string(verb), "lead": .string(lead)]
        let object: (key: String, name: String)?
        switch verb {
        case "assign": object = ("map", "the map")
        case "complete", "remove": object = ("step", "the step's path, TRACK/STEP,")
        case "status": object = ("to", "the status")
        case "advance", "set", "retry": object = nil
        default:
            let verbs = ["assign", "complete", "advance", "remove", "status", "set", "retry"]
            throw ValidationError(
                "there is no command \(verb.quotedForMessage)\(suggestion(for: verb, among: verbs))")
        }
        if let object {
            guard let text = rest.popFirst() else {
                throw ValidationError("\(verb): \(object.name) is missing")
            }
            table[object.key] = .string(text)
        }
        if verb == "assign" || verb == "set" {
            let fields = try Self.fields(rest)
            if !fields.isEmpty { table["fields"] = .table(fields) }
            rest = []
        }
        guard rest.isEmpty else {
            throw ValidationError("\(verb): too much: \(rest.joined(separator: " "))")
        }
        for (key, text) in [("by", by), ("id", id), ("channel", channel), ("agent", agent)] {
            table[key] = text.map(Value.string)
        }
        do {
            return try GivenCommand(reading: Array(Value.table(table).json.utf8))
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// `FIELD=TEXT` and `FIELD:=JSON`.
    private static func fields(_ words: ArraySlice<String>) throws -> Table {
        var fields = Table()
        for word in words {
            guard let equals = word.firstIndex(of: "=") else {
                throw ValidationError("\(word.quotedForMessage) is neither FIELD=TEXT nor FIELD:=JSON")
            }
            let text = String(word[word.index(after: equals)...])
            let name = word[..<equals]
            if name.hasSuffix(":") {
                do {
                    fields[String(name.dropLast())] = try JSONReader.read(text)
                } catch {
                    throw ValidationError("\(word.quotedForMessage): after := there is no JSON: \(error)")
                }
            } else {
                fields[String(name)] = .string(text)
            }
        }
        return fields
    }
}
