public import ArgumentParser
public import Journeys
import SQLiteStore
import Store
import Values

struct Leads: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the leads of the workspace's store.", usage: "signalbox leads [OPTIONS]")

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Option(help: ArgumentHelp("Only those with this status.", valueName: "status"))
    var status: Status?

    @Option(help: ArgumentHelp("Only those whose journey is or was on this map.", valueName: "map"))
    var map: String?

    @Option(
        help: ArgumentHelp(
            "Only those with this text in their id, agent, channel or a field.", valueName: "text"))
    var match: String?

    @Option(help: ArgumentHelp("Only those whose ids come after this one.", valueName: "lead"))
    var after: String?

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 1000

    func validate() throws {
        guard (1..<Int.max).contains(limit) else { throw ValidationError("--limit is 1 at least") }
        _ = try firstID()
    }

    private func firstID() throws -> LeadID? {
        guard let after else { return nil }
        guard let id = LeadID(after) else {
            throw ValidationError("--after: \(after.quotedForMessage) is no lead's id")
        }
        return id
    }

    func run() throws {
        let store = try workspace.openStoreToRead()
        let filter = LeadFilter(status: status, map: map.map(MapID.init), text: match)
        var damaged: [DamagedLead] = []
        let found = try store.leads(matching: filter, after: try firstID(), limit: limit + 1) {
            damaged.append($0)
        }
        let leads = Array(found.prefix(limit))
        let output = Output()
        var listing = Listing(format.format, to: output)
        listing.text(Self.table(leads, output.style))
        for lead in leads { listing.element(json: Self.json(lead), text: []) }
        listing.end()
        if found.count > limit, let last = leads.last {
            tell("These are the first \(limit); go on with --after \(last.id.text.quotedForMessage).")
        }
        try endIfDamaged(damaged)
    }

    private static func table(_ leads: [LeadSummary], _ style: Style) -> [String] {
        if leads.isEmpty { return ["No leads."] }
        var table = TextTable(["lead", "status", "map", "agent", "channel", "moments", "last moment"], style)
        for lead in leads {
            let map = lead.map.map { $0.text + (lead.isActive ? "" : " (over)") } ?? ""
            table.add([
                lead.id.text, lead.status.rawValue, map, lead.agent ?? "", lead.channel ?? "",
                String(lead.lastMoment), lead.changed.forPeople,
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

/// Names the leads that could not be read, and ends the command with that; everything else is done.
func endIfDamaged(_ leads: [DamagedLead]) throws {
    for lead in leads { tell("Lead \(lead.lead.quotedForMessage) is damaged: \(lead.message)") }
    if !leads.isEmpty { throw Ending.foundWrong }
}
