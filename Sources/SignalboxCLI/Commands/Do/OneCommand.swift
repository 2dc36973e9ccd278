import ArgumentParser
import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import Values
import Workspace

/// A subcommand of `do` that gives one command.
protocol OneCommand: ParsableCommand {
    static var verb: GrammarVerb { get }
    var workspace: WorkspaceOption { get }
    var format: FormatOption { get }
    var options: Do.Options { get }
    var lead: String { get }
    /// The keys that the verb has of its own.
    var keys: Table { get throws }
}

extension OneCommand {
    /// The command in the grammar of a commands file, whose reader checks it.
    private var entry: CommandLineEntry {
        get throws {
            guard options.commands == nil else { throw ValidationError(Do.Options.commandsAlone) }
            guard !options.skipBadLines else {
                throw ValidationError("--skip-bad-lines is for --commands: one command has no lines to skip")
            }
            var table = try keys
            table["do"] = .string(Self.verb.rawValue)
            table["lead"] = .string(lead)
            let given = [
                ("by", options.by), ("id", options.id), ("channel", options.channel),
                ("agent", options.agent),
            ]
            for (key, text) in given { table[key] = text.map(Value.string) }
            do throws(MalformedCommand) {
                return try CommandLineEntry(given: .table(table))
            } catch {
                throw ValidationError("\(Self.verb.rawValue): \(error)")
            }
        }
    }

    func validate() throws { _ = try entry }

    func run() throws {
        try OneGivenCommand(try entry, isDryRun: options.dryRun).run(in: workspace, format.format)
    }
}

/// A command of a lead, as it was given at a command line.
struct OneGivenCommand {
    private let entry: CommandLineEntry
    private let command: Command
    private let isDryRun: Bool

    init(_ entry: CommandLineEntry, isDryRun: Bool) {
        guard let command = entry.command else {
            preconditionFailure("a command line's one command is a lead's")
        }
        self.entry = entry
        self.command = command
        self.isDryRun = isDryRun
    }

    /// Gives it to who has the workspace's store, and shows what it came to.
    func run(in workspace: WorkspaceOption, _ format: Format) throws {
        var report = Report(
            format: format, detail: .everything, namesLeads: true, to: Output(outlivesReader: true))
        var hasFailedPlugins = false
        switch try workspace.commandTarget(isDryRun: isDryRun) {
        case .service(let service): try service.give([(entry.request, entry.given)], in: &report)
        case .store(let store, let generation, let isDryRun):
            let engine = try SerialEngine(
                store: store, generation: generation, logger: .quiet, clock: WallClock.now)
            let answer = try engine.handle([command])[0]
            report.answer(answer, to: command, given: entry.given, line: nil)
            hasFailedPlugins = generation.hasFailedPlugins
            // The call may have shown that what was kept of its plugin is wrong.
            if !isDryRun { workspace.keepLoads(generation) }
        }
        report.end()
        if report.counts.foundWrong || hasFailedPlugins { throw ExitStatus.foundWrong }
    }
}

/// What `assign` and `set` take after their other arguments: `FIELD=TEXT` and `FIELD:=JSON`.
struct FieldArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("FIELD=TEXT or FIELD:=JSON.", valueName: "field"))
    var words: [String] = []

    /// As the key `fields` of a command; nothing where there are none.
    var table: Table {
        get throws {
            let fields = try Self.read(words, as: "FIELD")
            return fields.isEmpty ? Table() : ["fields": .table(fields)]
        }
    }

    /// The values of words such as `FIELD=TEXT` and `FIELD:=JSON`, by their names.
    static func read(_ words: [String], as noun: String) throws -> Table {
        var values = Table()
        for word in words {
            guard let equals = word.firstIndex(of: "=") else {
                throw ValidationError(
                    "\(word.quotedForMessage) is neither \(noun)=TEXT nor \(noun):=JSON")
            }
            let text = String(word[word.index(after: equals)...])
            let name = word[..<equals]
            guard name.hasSuffix(":") else {
                values[String(name)] = .string(text)
                continue
            }
            do throws(JSONReader.SyntaxError) {
                values[String(name.dropLast())] = try JSONReader.read(text)
            } catch {
                throw ValidationError("\(word.quotedForMessage): expected JSON after :=, but \(error)")
            }
        }
        return values
    }
}
