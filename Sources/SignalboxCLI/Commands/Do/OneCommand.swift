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
    private var entry: CommandLineEntry {
        get throws {
            guard options.commands == nil else { throw ValidationError(Do.Options.commandsAlone) }
            guard !options.skipBadLines else {
                throw ValidationError("--skip-bad-lines is for --commands: one command has no lines to skip")
            }
            var keys = try keys
            keys["channel"] = options.channel.map(Value.string)
            keys["agent"] = options.agent.map(Value.string)
            return try CommandLineEntry(Self.verb, of: lead, keys, by: options.by, id: options.id)
        }
    }

    func validate() throws { _ = try entry }

    func run() throws {
        try GivenCommands([try entry], isDryRun: options.dryRun).run(in: workspace, format.format)
    }
}

extension CommandLineEntry {
    /// A command in the grammar of a commands file, whose reader checks it.
    ///
    /// - Parameter keys: those that the verb has of its own.
    init(_ verb: GrammarVerb, of lead: String, _ keys: Table = Table(), by: String?, id: String?) throws {
        var table = keys
        table["do"] = .string(verb.rawValue)
        table["lead"] = .string(lead)
        table["by"] = by.map(Value.string)
        table["id"] = id.map(Value.string)
        do throws(MalformedCommand) {
            self = try CommandLineEntry(given: .table(table))
        } catch {
            throw ValidationError("\(verb.rawValue): \(error)")
        }
    }
}

/// Commands of a lead, as they were given at a command line.
struct GivenCommands {
    private let commands: [(entry: CommandLineEntry, command: Command)]
    private let isDryRun: Bool

    init(_ entries: [CommandLineEntry], isDryRun: Bool) {
        commands = entries.map { entry in
            guard let command = entry.command else {
                preconditionFailure("a command line's commands are a lead's")
            }
            return (entry, command)
        }
        self.isDryRun = isDryRun
    }

    /// Gives them to who has the workspace's store, and shows what they came to.
    func run(in workspace: WorkspaceOption, _ format: Format) throws {
        var report = Report(
            format: format, detail: .everything, namesLeads: true, to: Output(outlivesReader: true))
        var hasFailedPlugins = false
        switch try workspace.commandTarget(isDryRun: isDryRun) {
        case .service(let service):
            try service.give(commands.map { ($0.entry.request, $0.entry.given) }, in: &report)
        case .store(let store, let generation, let isDryRun):
            let engine = try SerialEngine(
                store: store, generation: generation, logger: .quiet, clock: WallClock.now)
            for (one, answer) in zip(commands, try engine.handle(commands.map(\.command))) {
                report.answer(answer, to: one.command, given: one.entry.given, line: nil)
            }
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
