import ArgumentParser
import Journeys
import SQLiteStore
import Store
import Values
import Workspace

struct Incidents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents",
        abstract: "Shows what went wrong inside moments that went on, and runs failed calls again.",
        subcommands: [List.self, Show.self, Retry.self, Dismiss.self, Summary.self],
        defaultSubcommand: List.self)

    // So that they may come before the subcommand's name too.
    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists open incidents, the latest first.", usage: "signalbox incidents [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        @OptionGroup var filter: Filter

        @Option(help: ArgumentHelp("Only those with a number below this one.", valueName: "number"))
        var before: Int?

        @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
        var limit = 100

        func validate() throws {
            guard (1..<Int.max).contains(limit) else { throw ValidationError("--limit is 1 at least") }
        }

        func run() throws {
            let store = try workspace.openStoreToRead()
            let found = try store.incidents(
                matching: try filter.wanted(in: store), before: before, limit: limit + 1)
            let incidents = Array(found.prefix(limit))
            let output = Output()
            var listing = Listing(format.format, to: output)
            if listing.isText { listing.text(try text(incidents, store, output)) }
            if !listing.isText {
                for incident in incidents {
                    let whole = try store.whole(incident)
                    listing.element(json: whole.json, text: [])
                }
            }
            listing.end()
            if found.count > limit, let last = incidents.last {
                printToStandardError("These are the latest \(limit); go on with --before \(last.number).")
            }
        }

        private func text(
            _ incidents: [IncidentRecord], _ store: any StoreReader, _ output: Output
        ) throws -> [String] {
            if incidents.isEmpty { return [filter.nothingFound] }
            // Where only open ones are wanted, that is said once.
            let state = filter.state == nil ? [] : ["state"]
            var table = TextTable(
                ["incident", "lead", "moment"] + state + ["reason", "trigger", "message"],
                whole: ["incident", "lead", "moment"], output.style)
            for incident in incidents {
                table.add(
                    [String(incident.number), incident.lead.text, String(incident.moment)]
                        + state.map { _ in "\(incident.state)" }
                        + [incident.reason, incident.trigger ?? "", incident.message.shortened])
            }
            let lookup = LeadLookup(store)
            try table.shorten("lead", within: output.columns) { try lookup.beginning(ofText: $0) }
            return table.lines(within: output.columns)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows one incident with its traceback and what the call saw.")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        @Argument(help: "The incident's number.")
        var number: Int

        func run() throws {
            let store = try workspace.openStoreToRead()
            guard let incident = try store.incident(number).map(store.whole) else {
                printToStandardError("There is no incident \(number).")
                throw ExitStatus.foundWrong
            }
            let output = Output()
            var listing = Listing(format.format, to: output)
            let text = listing.isText ? try text(incident, of: store, output.style) : []
            listing.element(json: incident.json, text: text)
            listing.end()
        }

        private func text(
            _ incident: IncidentRecord, of store: any StateReader, _ style: Style
        ) throws -> [String] {
            var lines = [
                "\(style("incident \(incident.number)", .bad))  \(incident.reason): \(incident.message.printable)",
                "  lead \(incident.lead.text.printable), moment \(incident.moment)"
                    + style("  \(incident.at.forPeople)", .faint),
                "  \(incident.state)",
            ]
            if let trigger = incident.trigger, let run = incident.run {
                var event = incident.event.map { " on \($0)" } ?? ""
                if let seq = incident.seq { event += ", event \(seq)" }
                // A subscription is its own trigger.
                lines.append(
                    trigger == run
                        ? "  subscription \(run)\(event)" : "  trigger \(trigger) ran \(run)\(event)")
            }
            if let plugin = incident.plugin {
                let hash = incident.pluginHash.map { style("  \($0)", .faint) } ?? ""
                lines.append("  plugin \(plugin) \(incident.pluginVersion ?? "")\(hash)")
            }
            for line in incident.traceback?.split(separator: "\n") ?? [] {
                lines.append(style("    \(line)".printable, .faint))
            }
            guard let details = incident.details.table else {
                return lines + (try advice(withoutCall: incident, of: store))
            }
            if let parameters = details["parameters"] { lines.append("  parameters \(parameters.json)") }
            if let fields = details["lead"]?.table?["fields"] { lines.append("  fields \(fields.json)") }
            let again = incident.state == .open ? "" : " --again"
            lines.append("  Run the call again with: signalbox incidents retry \(incident.number)\(again)")
            return lines
        }

        /// What settles an open incident that keeps no call (R36).
        private func advice(
            withoutCall incident: IncidentRecord, of store: any StateReader
        ) throws -> [String] {
            guard incident.state == .open else { return [] }
            // With a fallback, or on a journey that is over, nothing is held any more.
            let isHeld = try incident.isOfDecider && store.lead(incident.lead)?.isHeld ?? false
            let retry = "  Ask the decider again with: signalbox do retry \(incident.lead.text.printable)"
            return (isHeld ? [retry] : ["  It keeps no call to run again."])
                + ["  Set it aside with: signalbox incidents dismiss \(incident.number)"]
        }
    }
}

extension IncidentRecord {
    fileprivate var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "incident")
        writeMembers(to: &writer, isWhole: true)
        writer.endObject()
        return writer.text
    }
}
