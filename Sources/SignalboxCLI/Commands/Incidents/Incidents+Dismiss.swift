import ArgumentParser
import Foundation
import SQLiteStore
import Store
import Values

extension Incidents {
    struct Dismiss: ParsableCommand {
        static let configuration = CommandConfiguration(
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
        @OptionGroup var filter: Filter
        @OptionGroup var consent: Consent

        @Argument(help: ArgumentHelp("The incidents' numbers.", valueName: "number"))
        var numbers: [Int] = []

        func validate() throws {
            guard format.format == .text else {
                throw ValidationError("incidents dismiss prints no results; leave out --format")
            }
            guard numbers.isEmpty != filter.isEmpty else {
                throw ValidationError("give either numbers of incidents, or a filter such as --plugin")
            }
        }

        func run() throws {
            let store = try workspace.openStore(try workspace.load())
            var numbers = try Incidents.numbered(numbers, in: store).map(\.number)
            if numbers.isEmpty {
                numbers = try filter.incidents(in: store, limit: .max).map(\.number)
                try consent.ask("\(counted(numbers.count, "incident")) found", numbers.count, to: "Dismiss?")
            }
            let count = try store.dismiss(numbers)
            printToStandardError("\(counted(count, "incident")) dismissed.")
            if count < Set(numbers).count {
                printToStandardError("The others were not open.")
                throw ExitStatus.foundWrong
            }
        }
    }

    /// Ends the command where there is no such incident.
    static func numbered(_ numbers: [Int], in store: any StateReader) throws -> [IncidentRecord] {
        try numbers.map { number in
            guard let incident = try store.incident(number) else {
                printToStandardError("There is no incident \(number).")
                throw ExitStatus.foundWrong
            }
            return incident
        }
    }

    /// What is done to many at once is wished.
    struct Consent: ParsableArguments {
        @Flag(help: "Do not ask.")
        var yes = false

        /// Says what was found, and asks at a terminal. Ends the command where it is nothing, or where nobody agrees.
        func ask(_ found: String, _ count: Int, to question: String) throws {
            printToStandardError("\(found).")
            guard count > 0 else { throw ExitStatus.foundWrong }
            if yes { return }
            guard isatty(STDIN_FILENO) == 1 else {
                printToStandardError("Nothing was done; add --yes if that is meant.")
                throw ExitStatus.foundWrong
            }
            printToStandardError("\(question) [y/N]")
            guard ["y", "yes"].contains(readLine()?.lowercased()) else {
                printToStandardError("Nothing was done.")
                throw ExitStatus.foundWrong
            }
        }
    }
}
