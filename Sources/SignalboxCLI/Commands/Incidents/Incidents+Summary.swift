import ArgumentParser
import Store
import Values

extension Incidents {
    struct Summary: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Counts incidents by what ran and the message, the most frequent first.",
            usage: "signalbox incidents summary [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var filter: Filter

        private struct Kind: Hashable {
            let run: ExactText
            let message: ExactText
        }

        func run() throws {
            let store = try workspace.openStoreToRead()
            var kinds: [Kind: (count: Int, newest: Int)] = [:]
            for incident in try filter.incidents(in: store, limit: .max) {
                let kind = Kind(
                    run: ExactText(incident.run ?? ""),
                    message: ExactText("\(incident.reason): \(incident.message)"))
                // The latest comes first.
                kinds[kind, default: (0, incident.number)].count += 1
            }
            let sorted = kinds.sorted {
                ($1.value.count, $1.value.newest) < ($0.value.count, $0.value.newest)
            }
            let output = Output()
            var listing = Listing(format.format, to: output)
            var table = TextTable(
                ["incidents", "newest", "run", "message"], whole: ["incidents", "newest"], output.style)
            for (kind, found) in sorted {
                table.add([
                    String(found.count), String(found.newest), kind.run.text, kind.message.text.shortened,
                ])
                listing.element(json: json(kind, found.count, found.newest), text: [])
            }
            listing.text(
                sorted.isEmpty
                    ? [filter.state == nil ? "No open incidents." : "No incidents."]
                    : table.lines(within: output.columns))
            listing.end()
        }

        private func json(_ kind: Kind, _ count: Int, _ newest: Int) -> String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("type", "incidents")
            writer.field("count", count)
            writer.field("newest", newest)
            if !kind.run.text.isEmpty { writer.field("run", kind.run.text) }
            writer.field("message", kind.message.text)
            writer.endObject()
            return writer.text
        }
    }
}
