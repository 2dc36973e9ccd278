import ArgumentParser
import Journeys
import Signalbox
import Values

extension Todos {
    struct Done: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "done",
            abstract: "Marks to-dos of a lead as done.",
            usage: "signalbox todos done LEAD NUMBER... [OPTIONS]",
            discussion: """
                Their numbers count the to-dos of the lead: `todos` and `lead` show them. No event fires. `todos --done` \
                lists what is done.
                """)

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        @Option(
            help: ArgumentHelp(
                "The author of the command; the lead's timeline names it.", valueName: "author"))
        var by: String?

        @Option(
            help:
                "An id that makes the command happen once: given again, it does nothing. With one number alone."
        )
        var id: String?

        @Flag(help: "Show what would happen, and store nothing.")
        var dryRun = false

        @Argument(help: "The lead's id.", completion: .leadID)
        var lead: String

        @Argument(help: ArgumentHelp("The to-dos' numbers.", valueName: "number"))
        var numbers: [Int]

        private var given: [CommandLineEntry] {
            get throws {
                try numbers.map { number in
                    try CommandLineEntry(
                        .todoDone, of: lead, ["todo": .integer(Int64(number))], by: by, id: id)
                }
            }
        }

        func validate() throws {
            guard id == nil || numbers.count == 1 else {
                throw ValidationError("--id is the id of one command: give one number with it")
            }
            _ = try given
        }

        func run() throws {
            try GivenCommands(try given, isDryRun: dryRun).run(in: workspace, format.format)
        }
    }
}
