import ArgumentParser
import Journeys
import Signalbox
import Values

struct Erase: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Removes what is known of a lead, for good.",
        discussion: """
            The lead's fields, journey, history, notes, to-dos, incidents and deliveries are removed, also what is still to \
            leave. Kept are the hash of its id and its numbers, so that a command that was done is not done again, \
            and the lead goes on counting where it ended if it comes again.

            At a terminal it asks first, unless --yes is given. Backups, letters in files and logs are not touched.
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Option(help: ArgumentHelp("The author of the command; the audit log names it.", valueName: "author"))
    var by: String?

    @Option(help: "An id that makes the command happen once: given again, it does nothing.")
    var id: String?

    @Flag(help: "Say whether it could be done, and remove nothing.")
    var dryRun = false

    @Flag(help: "Do not ask.")
    var yes = false

    @Argument(help: "The lead's id.", completion: .leadID)
    var lead: String

    private var given: CommandLineEntry {
        get throws { try CommandLineEntry(.erase, of: lead, by: by, id: id) }
    }

    func validate() throws { _ = try given }

    func run() throws {
        let given = try given
        if !dryRun {
            try Agreement.ask(
                "Remove what is known of lead \(lead.quotedForMessage) for good?", isGiven: yes)
        }
        try GivenCommands([given], isDryRun: dryRun).run(in: workspace, format.format)
    }
}
