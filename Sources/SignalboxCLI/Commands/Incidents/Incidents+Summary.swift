import ArgumentParser
import Store
import Values

extension Incidents {
    struct Summary: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "summary",
            abstract: "Counts incidents by what ran and the message, the most frequent first.",
            usage: "signalbox incidents summary [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var filter: Filter

        func run() throws {
            let store = try workspace.openStoreToRead()
            var summary = IncidentSummary()
            try store.visitIncidents(matching: try filter.wanted(in: store)) { incident in
                summary.add(incident.run, incident.reason, incident.message, number: incident.number)
                return true
            }
            let output = Output()
            var listing = Listing(format.format, to: output)
            listing.text(
                summary.isEmpty
                    ? [filter.nothingFound] : summary.lines("run", output.style, within: output.columns))
            if !listing.isText {
                for kind in summary.sorted { listing.element(json: json(kind), text: []) }
            }
            listing.end()
            if !listing.isText, summary.uncounted > 0 {
                printToStandardError("\(counted(summary.uncounted, "more incident")) of other kinds.")
            }
        }

        private func json(_ kind: (what: String, message: String, found: IncidentSummary.Found)) -> String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("type", "incidents")
            writer.field("count", kind.found.count)
            writer.field("newest", kind.found.newest)
            if !kind.what.isEmpty { writer.field("run", kind.what) }
            writer.field("message", kind.message)
            writer.endObject()
            return writer.text
        }
    }
}
