public import ArgumentParser
public import Journeys
import SQLiteStore
import Store
import Values

struct Leads: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the leads of the workspace's store.")

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Option(help: "Only those with this status: open, closed, won or lost.")
    var status: Status?

    @Option(help: "Only those whose journey is on this map.")
    var map: String?

    @Option(help: "Only those with this text in their id, agent, channel or a field.")
    var match: String?

    @Option(help: "Only those whose ids come after this one.")
    var after: String?

    @Option(help: "At most so many.")
    var limit = 1000

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is 1 at least") }
    }

    func run() throws {
        let store = try workspace.openStoreToRead()
        let filter = LeadFilter(status: status, map: map.map(MapID.init), text: match)
        let leads = try store.leads(matching: filter, after: after.flatMap { LeadID($0) }, limit: limit)
        let output = Output()
        var listing = Listing(format.format, to: output)
        listing.text(Self.table(leads, output.style))
        for lead in leads { listing.element(json: Self.json(lead), text: []) }
        listing.end()
        if leads.count == limit { tell("The first \(limit); go on with --after \(leads.last?.id.text ?? "")") }
    }

    private static func table(_ leads: [LeadSummary], _ style: Style) -> [String] {
        if leads.isEmpty { return ["No leads."] }
        var table = TextTable(["lead", "status", "map", "agent", "channel", "moments", "last"], style)
        for lead in leads {
            let map = lead.map.map { $0.text + (lead.isActive ? "" : " (over)") } ?? ""
            table.add([
                lead.id.text, lead.status.rawValue, map, lead.agent ?? "", lead.channel ?? "",
                String(lead.lastMoment), lead.changed.description,
            ])
        }
        return table.lines
    }

    private static func json(_ lead: LeadSummary) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "lead")
        writer.field("lead", lead.id.text)
        writer.field("status", lead.status.rawValue)
        if let map = lead.map {
            writer.field("map", map.text)
            writer.field("active", .bool(lead.isActive))
        }
        if let agent = lead.agent { writer.field("agent", agent) }
        if let channel = lead.channel { writer.field("channel", channel) }
        writer.field("moments", lead.lastMoment)
        writer.field("events", lead.lastSeq)
        writer.field("changed", lead.changed.description)
        writer.endObject()
        return writer.text
    }
}

extension Status: ExpressibleByArgument {}
