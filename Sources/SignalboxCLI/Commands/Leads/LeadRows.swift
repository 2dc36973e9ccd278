import Journeys
import Store
import Values

/// How a list shows a lead, in the columns that were named or in those that it has without.
struct LeadRows {
    private let columns: [LeadColumn]?
    let steps: OpenSteps

    init(_ columns: [LeadColumn]?, _ steps: OpenSteps) {
        self.columns = columns
        self.steps = steps
    }

    var header: [String] {
        columns?.map(\.name) ?? ["lead", "status", "map", "agent", "channel", "moments", "last moment"]
    }

    func cells(_ lead: LeadSummary) throws(StoreError) -> [String] {
        guard let columns else {
            let map = lead.map.map { $0.text + (lead.isActive ? "" : " (over)") } ?? ""
            return [
                lead.id.text, lead.status.rawValue, map, lead.agent ?? "", lead.channel ?? "",
                String(lead.lastMoment), lead.changed.forPeople,
            ]
        }
        var cells: [String] = []
        for column in columns { cells.append(try column.text(of: lead, at: steps)) }
        return cells
    }

    /// One object: with the columns, null where the lead has nothing; without them with all fields.
    func json(_ lead: LeadSummary) throws(StoreError) -> String {
        guard let columns else { return lead.json }
        var writer = JSONWriter()
        writer.beginObject()
        var names: Set<ExactText> = []
        for column in columns where names.insert(ExactText(column.name)).inserted {
            writer.field(column.name, try column.value(of: lead, at: steps) ?? .null)
        }
        writer.endObject()
        return writer.text
    }

    /// The lines of a file, its header first. Without columns every field that one of the leads has is one.
    func csv(_ leads: [LeadSummary]) throws(StoreError) -> [String] {
        let columns = columns ?? Self.allColumns(of: leads)
        var lines = [CSVLines.line(of: columns.map(\.name))]
        for lead in leads {
            var cells: [Value?] = []
            for column in columns { cells.append(try column.value(of: lead, at: steps)) }
            lines.append(CSVLines.line(cells))
        }
        return lines
    }

    private static func allColumns(of leads: [LeadSummary]) -> [LeadColumn] {
        let known: [LeadColumn.Known] = [.id, .status, .map, .active, .agent, .channel, .moments, .changed]
        let fields = Set(leads.flatMap { $0.fields.map { ExactText($0.key) } })
        return known.map { LeadColumn($0) } + fields.sorted().map { LeadColumn(field: $0.text) }
    }
}

extension LeadSummary {
    /// With the fields, as one object.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "lead")
        writer.field("lead", id.text)
        writeMembers(to: &writer)
        writer.endObject()
        return writer.text
    }
}
