import ArgumentParser
import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import Values

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
        let engine = try SerialEngine(
            store: store, generation: generation, logger: .quiet, clock: WallClock.now)
        let output = Output(outlivesReader: true)
        if let commands {
            try runFile(commands, engine, output)
        } else {
            try runOne(engine, output)
        }
        if generation.hasFailedPlugins { throw Ending.foundWrong }
    }

    private func runOne(_ engine: SerialEngine, _ output: Output) throws {
        let line = try commandLine()
        var report = Report(format: format.format, detail: .everything, namesLeads: true, to: output)
        let answer = try engine.handle([line.command])[0]
        report.answer(answer, to: line.command, given: line.given, line: nil)
        report.end()
        if report.counts.foundWrong { throw Ending.foundWrong }
    }

    private func runFile(_ path: String, _ engine: SerialEngine, _ output: Output) throws {
        var file = try CommandsFile(opening: path)
        var report = Report(format: format.format, detail: .noteworthy, namesLeads: true, to: output)
        var progress = Progress(of: "commands")
        var ending: CommandsEnding?
        while ending == nil {
            var batch: [CommandsFile.Line] = []
            do throws(CommandsFile.Mistake) {
                if try !file.read(into: &batch, limit: Self.batchLimit) { ending = .endOfFile }
            } catch {
                ending = .mistake(error)
            }
            do throws(StoreError) {
                let answers = try engine.handle(batch.map(\.command.command))
                for (answer, (line, command)) in zip(answers, batch) {
                    report.answer(answer, to: command.command, given: command.given, line: line)
                }
                output.flush()
                progress.add(batch.count)
            } catch {
                ending = .storeFailed(error, line: batch[0].line)
            }
        }
        report.end()
        progress.end(report.counts.summary)
        switch ending {
        case .mistake(let mistake):
            tell("\(mistake)\nReading stopped there; what came before stands.")
            throw Ending.cannotLoad
        case .storeFailed(let error, let line):
            tell("\(error)\nNothing was done from line \(line) on; what came before stands.")
            throw Ending.of(error)
        case .endOfFile, nil:
            if report.counts.foundWrong { throw Ending.foundWrong }
        }
    }

    /// Why no more commands are read.
    private enum CommandsEnding {
        case endOfFile
        case mistake(CommandsFile.Mistake)
        case storeFailed(StoreError, line: Int)
    }

    /// How many commands share one commit.
    private static let batchLimit = 500

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
                throw ValidationError("\"\(word)\" is neither FIELD=TEXT nor FIELD:=JSON")
            }
            let text = String(word[word.index(after: equals)...])
            let name = word[..<equals]
            if name.hasSuffix(":") {
                do {
                    fields[String(name.dropLast())] = try JSONReader.read(text)
                } catch {
                    throw ValidationError("\"\(word)\": after := there is no JSON: \(error)")
                }
            } else {
                fields[String(name)] = .string(text)
            }
        }
        return fields
    }
}
