import ArgumentParser

@main
struct SignalboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signalbox",
        abstract: "Runs leads through maps, and the Lua plugins that act on what happens.",
        discussion: """
            Every command works on a workspace: a folder with signalbox.yaml, maps/, plugins/ and, once \
            something was stored, data/. Exit status: 0 done; 1 done, and something was refused, failed or \
            found wrong; 64 usage; 65 a workspace or a file that cannot be loaded; 70 a fault of signalbox.
            """,
        subcommands: [
            Simulate.self, Do.self, Import.self, Leads.self, ShowLead.self, Incidents.self, ShowPlugins.self, Check.self,
            Try.self,
        ])
}

/// How a command ends (see `signalbox --help`).
enum Ending {
    static let foundWrong = ExitCode(1)
    static let cannotLoad = ExitCode(65)
    static let ourFault = ExitCode(70)
}

/// How results are written.
enum Format: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// One JSON list.
    case json
    /// A JSON object a line.
    case jsonl
}

struct FormatOption: ParsableArguments {
    @Option(help: "text, json or jsonl.")
    var format: Format = .text
}
