import ArgumentParser
import Journeys
import SQLiteStore
import Store
import Values
import Workspace

struct Deliveries: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries",
        abstract: "Shows what leaves the building and how far it has come, and sends it again.",
        subcommands: [List.self, Show.self, Retry.self], defaultSubcommand: List.self)

    // So that they may come before the subcommand's name too.
    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists deliveries, the latest first.", usage: "signalbox deliveries [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var filter: Filter

        @Option(help: ArgumentHelp("Only those that were committed before this one.", valueName: "id"))
        var before: String?

        @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
        var limit = 100

        func validate() throws {
            guard (1..<Int.max).contains(limit) else { throw ValidationError("--limit is 1 at least") }
            if let before, DeliveryID(before) == nil {
                throw ValidationError("--before: \(Deliveries.malformed(before))")
            }
        }

        func run() throws {
            let store = try workspace.openOutboxToRead()
            let row = try before.map { try Deliveries.delivery($0, in: store).row }
            let found = try store.deliveries(
                matching: try filter.wanted(in: store), before: row, limit: limit + 1)
            let deliveries = found.prefix(limit)
            let output = Output()
            var listing = Listing(format.format, to: output)
            var table = TextTable(
                ["delivery", "state", "kind", "to", "attempts", "at", "message"],
                whole: ["delivery", "state", "at"], output.style)
            for delivery in deliveries {
                if listing.isText { table.add(delivery.cells) }
                listing.element(json: delivery.json(attempts: nil), text: [])
            }
            listing.text(deliveries.isEmpty ? ["No deliveries."] : table.lines(within: output.columns))
            listing.end()
            if found.count > limit, let last = deliveries.last {
                let place = "\(last.id)".quotedForMessage
                printToStandardError("These are the latest \(limit); go on with --before \(place).")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows one delivery with what it says and its attempts.")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        @Argument(help: "The delivery's id: LEAD/MOMENT/NUMBER.")
        var id: String

        func validate() throws {
            guard DeliveryID(id) != nil else { throw ValidationError(Deliveries.malformed(id)) }
        }

        func run() throws {
            let store = try workspace.openOutboxToRead()
            let delivery = try Deliveries.delivery(id, in: store)
            let attempts = try store.attempts(of: delivery.id)
            let output = Output()
            var listing = Listing(format.format, to: output)
            listing.element(
                json: delivery.json(attempts: attempts), text: delivery.text(attempts, output.style))
            listing.end()
        }
    }
}

extension Deliveries {
    static func malformed(_ text: String) -> String {
        "\(text.quotedForMessage) is not a delivery's id; expected LEAD/MOMENT/NUMBER"
    }

    /// Ends the command where there is no such delivery.
    static func delivery(_ text: String, in store: any OutboxStore) throws -> StoredDelivery {
        if let id = DeliveryID(text), let found = try store.delivery(id) { return found }
        printToStandardError("There is no delivery \(text.quotedForMessage).")
        throw ExitStatus.foundWrong
    }
}

extension StoredDelivery {
    fileprivate var cells: [String] {
        [
            "\(id)", state.rawValue, kind.rawValue, to, String(attempts), at.forPeople,
            message?.shortened ?? "",
        ]
    }

    fileprivate func json(attempts: [DeliveryAttempt]?) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "delivery")
        writeMembers(to: &writer, attempts: attempts)
        writer.endObject()
        return writer.text
    }

    fileprivate func text(_ attempts: [DeliveryAttempt], _ style: Style) -> [String] {
        var lines = [
            "\(style("delivery \(id)".printable, .strong))  \(style(state.rawValue, state.tone))",
            "  \(kind.rawValue) to \(to.printable)",
            "  lead \(id.lead.text.printable), moment \(id.moment)"
                + style("  \(at.forPeople)  by \(by)".printable, .faint),
        ]
        if first != id { lines.append("  the same mail as \(first)".printable) }
        if let due { lines.append("  to be attempted from \(due.forPeople) on") }
        lines.append("  says \(Value.table(payload).json)".printable)
        for attempt in attempts {
            let result = attempt.outcome?.rawValue ?? "under way"
            let message = attempt.message.map { ": \($0)" } ?? ""
            lines.append(
                "  attempt \(attempt.number)  \(result)\(message)".printable
                    + style("  \(attempt.began.forPeople)", .faint))
        }
        if state.canBeSentAgain {
            lines.append("  Send it again with: signalbox deliveries retry \(id)".printable)
        }
        return lines
    }
}

extension DeliveryState {
    fileprivate var tone: Style.Tone {
        switch self {
        case .waiting, .sending: .calm
        case .delivered: .good
        case .unknown: .notice
        case .dead: .bad
        }
    }
}
