import ArgumentParser
import Journeys
import Values

struct Do: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "do",
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
            """,
        subcommands: [
            Assign.self, Complete.self, Advance.self, Remove.self, Status.self, Set.self, Retry.self,
            File.self,
        ],
        defaultSubcommand: File.self)

    // So that they may come before the subcommand's name too.
    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption
    @OptionGroup var options: Options

    struct Options: ParsableArguments {
        @Option(help: ArgumentHelp("The author of the command; the events name it.", valueName: "author"))
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
                "Many commands: a file with a JSON object a line, or - for standard input.",
                valueName: "file"))
        var commands: String?

        @Flag(help: "With --commands: report a line that is not a command, and go on with the next.")
        var skipBadLines = false

        /// Whether anything is given that a file's commands bring themselves.
        var describesOneCommand: Bool { by != nil || id != nil || channel != nil || agent != nil }

        static let commandsAlone =
            "--commands takes everything from the file; only --dry-run and --skip-bad-lines may go with it"
    }
}
