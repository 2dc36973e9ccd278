import ArgumentParser
import Journeys
import Store
import Values

extension Deliveries {
    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry",
            abstract: "Lets deliveries that are dead or unknown be sent again.",
            usage: """
                signalbox deliveries retry ID... [OPTIONS]
                signalbox deliveries retry --to DESTINATION [OPTIONS]
                """,
            discussion: """
                They keep their ids, so that a receiver can drop what it has already. Their attempts are counted on, and \
                their deadlines begin anew. `serve` sends them.

                With a filter in place of ids it says how many deliveries it means, and asks first, unless --yes is \
                given.
                """)

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var filter: Filter

        @Flag(help: "Do not ask.")
        var yes = false

        @Argument(help: ArgumentHelp("The deliveries' ids: LEAD/MOMENT/NUMBER.", valueName: "id"))
        var ids: [String] = []

        /// How many are changed at once.
        private static let pageSize = 1_000

        func validate() throws {
            guard format.format == .text else {
                throw ValidationError("deliveries retry prints no results; leave out --format")
            }
            guard ids.isEmpty != filter.isEmpty else {
                throw ValidationError("give either ids of deliveries, or a filter such as --to")
            }
            if let id = ids.first(where: { DeliveryID($0) == nil }) {
                throw ValidationError(Deliveries.malformed(id))
            }
            if let state = filter.state, !state.canBeSentAgain {
                throw ValidationError(
                    "--state: only what is dead or unknown can be sent again, and not what is \(state.rawValue)"
                )
            }
        }

        func run() throws {
            let wanted: [DeliveryID]
            var count = 0
            if let service = workspace.service() {
                let store = try workspace.openOutboxToRead()
                wanted = try ids.isEmpty ? chosen(in: store) : named(in: store)
                for page in wanted.pages(of: Self.pageSize) { count += try service.sendAgain(page) }
            } else {
                let store = try workspace.openStoreToWrite()
                wanted = try ids.isEmpty ? chosen(in: store) : named(in: store)
                for page in wanted.pages(of: Self.pageSize) {
                    count += try store.sendAgain(page, at: WallClock.now())
                }
            }
            printToStandardError(
                "\(count == 1 ? "1 delivery waits" : "\(count) deliveries wait") again; `serve` sends what waits."
            )
            if count < wanted.count {
                printToStandardError("The others are neither dead nor unknown.")
                throw ExitStatus.foundWrong
            }
        }

        /// Each once. Ends the command where one is not there.
        private func named(in store: any OutboxStore) throws -> [DeliveryID] {
            var seen: Set<DeliveryID> = []
            return try ids.map { try Deliveries.delivery($0, in: store).id }.filter {
                seen.insert($0).inserted
            }
        }

        /// Those that the filter means, counted and agreed to, in the order in which they were committed.
        private func chosen(in store: any StoreReader & OutboxStore) throws -> [DeliveryID] {
            var found: [(row: Int, id: DeliveryID)] = []
            let states = filter.state.map { [$0] } ?? DeliveryState.allCases.filter(\.canBeSentAgain)
            try store.visitDeliveries(matching: try filter.wanted(in: store), in: states) { delivery in
                found.append((delivery.row, delivery.id))
                return true
            }
            printToStandardError("\(found.count == 1 ? "1 delivery" : "\(found.count) deliveries") found.")
            guard !found.isEmpty else { throw ExitStatus.foundWrong }
            try Agreement.require(
                to: found.count == 1 ? "Send it again?" : "Send them again?", isGiven: yes)
            return found.sorted { $0.row < $1.row }.map(\.id)
        }
    }
}

extension [DeliveryID] {
    /// Itself in parts of at most so many.
    fileprivate func pages(of size: Int) -> [[DeliveryID]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
