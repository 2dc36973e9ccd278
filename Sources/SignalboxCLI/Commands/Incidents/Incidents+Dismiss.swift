import ArgumentParser
import SQLiteStore
import Store
import Values

extension Incidents {
    struct Dismiss: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "dismiss",
            abstract: "Sets open incidents aside.",
            usage: """
                signalbox incidents dismiss NUMBER... [OPTIONS]
                signalbox incidents dismiss --run PLUGIN.ACTION [OPTIONS]
                """,
            discussion: """
                They stay in the store, and `incidents --state dismissed` lists them. With a filter in place of \
                numbers it says how many incidents it means, and asks first, unless --yes is given.
                """)

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var choice: Choice

        func validate() throws {
            guard format.format == .text else {
                throw ValidationError("incidents dismiss prints no results; leave out --format")
            }
        }

        func run() throws {
            let question = ("Dismiss it?", "Dismiss them?")
            let incidents: [IncidentRecord]
            let count: Int
            if let service = workspace.service() {
                incidents = try choice.incidents(in: try workspace.openStoreToRead(), asking: question)
                count = try service.dismiss(incidents.map(\.number))
            } else {
                let store = try workspace.openStore(try workspace.load())
                incidents = try choice.incidents(in: store, asking: question)
                count = try store.dismiss(incidents.map(\.number))
            }
            printToStandardError("\(counted(count, "incident")) dismissed.")
            if count < incidents.count {
                printToStandardError("The others were not open.")
                throw ExitStatus.foundWrong
            }
        }
    }
}
