import ArgumentParser
import Store
import Values

extension Incidents {
    /// The incidents that a command changes: by their numbers, or all that a filter means.
    struct Choice: ParsableArguments {
        @OptionGroup var filter: Filter

        @Flag(help: "Do not ask.")
        var yes = false

        @Argument(help: ArgumentHelp("The incidents' numbers.", valueName: "number"))
        var numbers: [Int] = []

        func validate() throws {
            guard numbers.isEmpty != filter.isEmpty else {
                throw ValidationError("give either numbers of incidents, or a filter such as --plugin")
            }
        }

        /// In the order of their numbers. What a filter means is counted, and agreed to at a terminal. Ends the command
        /// where there is no such incident, or nobody agrees.
        ///
        /// - Parameters:
        ///   - question: asks for one, and for many.
        ///   - isFit: whether the command can do it at all; others that a filter means are left out, and counted as
        ///     those that `unfit` says.
        func incidents(
            in store: any StoreReader, asking question: (one: String, many: String), unfit: String = "",
            where isFit: (IncidentRecord) -> Bool = { _ in true }
        ) throws -> [IncidentRecord] {
            guard numbers.isEmpty else { return try numbered(in: store) }
            let meant = try store.incidents(matching: try filter.wanted(in: store), limit: .max)
            let fit = Array(meant.filter(isFit).reversed())
            let left = meant.count - fit.count
            printToStandardError(
                "\(counted(fit.count, "incident")) found\(left > 0 ? ", and \(left) \(unfit)" : "").")
            guard !fit.isEmpty else { throw ExitStatus.foundWrong }
            try Agreement.require(to: fit.count == 1 ? question.one : question.many, isGiven: yes)
            return fit
        }

        private func numbered(in store: any StateReader) throws -> [IncidentRecord] {
            try Set(numbers).sorted().map { number in
                guard let incident = try store.incident(number) else {
                    printToStandardError("There is no incident \(number).")
                    throw ExitStatus.foundWrong
                }
                return incident
            }
        }
    }
}
