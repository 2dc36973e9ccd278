public import ArgumentParser
public import Journeys
import SQLiteStore
import Store
import Values
import Workspace

struct Leads: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the leads of the workspace's store.", usage: "signalbox leads [OPTIONS]")

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Option(help: ArgumentHelp("Only those with this status.", valueName: "status"))
    var status: LeadStatus?

    @Option(help: ArgumentHelp("Only those whose journey is or was on this map.", valueName: "map"))
    var map: String?

    @Option(
        help: ArgumentHelp(
            "Only those with this text in their id, agent, channel or the text of a field, in any case.",
            valueName: "text"))
    var match: String?

    @Flag(help: "Only those with a track whose decider failed: `do retry` asks it again.")
    var held = false

    @Option(help: ArgumentHelp("Only those whose ids come after this one.", valueName: "lead"))
    var after: String?

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 1000

    /// How many leads are read at once, so that their fields take little memory.
    private static let pageSize = 1000

    func validate() throws {
        guard (1..<Int.max).contains(limit) else { throw ValidationError("--limit is 1 at least") }
        _ = try firstID()
    }

    private func firstID() throws -> LeadID? {
        guard let after else { return nil }
        guard let id = LeadID(after) else {
            throw ValidationError("--after: \(after.quotedForMessage) is not a lead's id")
        }
        return id
    }

    func run() throws {
        let store = try workspace.openStoreToRead()
        if let map { try requireMap(map, in: store) }
        let filter = LeadFilter(
            status: status, map: map.map(MapID.init), text: match, isHeld: held ? true : nil)
        let output = Output()
        var listing = Listing(format.format, to: output)
        var table = TextTable(
            ["lead", "status", "map", "agent", "channel", "moments", "last moment"],
            whole: ["lead", "last moment"], output.style)
        var last = try firstID()
        var left = limit
        var hasMore = true
        var damaged: [DamagedLead] = []
        while left > 0, hasMore {
            let count = min(left, Self.pageSize)
            let found = try store.leads(matching: filter, after: last, limit: count + 1) { lead in
                // The one behind a page may be met again on the next.
                if !damaged.contains(lead) { damaged.append(lead) }
            }
            for lead in found.prefix(count) {
                if format.format == .text { table.add(lead.cells) }
                listing.element(json: lead.json, text: [])
                last = lead.id
            }
            left -= min(found.count, count)
            hasMore = found.count > count
        }
        if listing.isText {
            let lookup = LeadLookup(store)
            try table.shorten("lead", within: output.columns) { try lookup.beginning(ofText: $0) }
        }
        listing.text(left == limit ? ["No leads."] : table.lines(within: output.columns))
        listing.end()
        if hasMore, let last {
            printToStandardError(
                "These are the first \(limit); go on with --after \(last.text.quotedForMessage).")
        }
        try endIfDamaged(damaged)
    }
}

extension Leads {
    /// Ends the command where neither the workspace nor a lead has the map. Files are known by their names, so that maps
    /// with mistakes are there too.
    private func requireMap(_ name: String, in store: any StoreReader) throws {
        let files =
            (try? DiskTree(root: workspace.folder).list(
                WorkspaceFiles.mapFolder, top: WorkspaceFiles.mapFolder)) ?? []
        let known = files.flatMap { file in
            MapFile.endings.filter(file.name.hasSuffix).map { String(file.name.dropLast($0.count)) }
        }
        guard !known.contains(where: { sameBytes($0, name) }) else { return }
        let used = try store.leads(matching: LeadFilter(map: MapID(name)), after: nil, limit: 1) { _ in }
        guard used.isEmpty else { return }
        let hint = suggestion(for: name, among: known.sorted())
        printToStandardError("There is no map \(name.quotedForMessage)\(hint.isEmpty ? "." : hint)")
        throw ExitStatus.foundWrong
    }
}

extension LeadSummary {
    fileprivate var cells: [String] {
        let map = map.map { $0.text + (isActive ? "" : " (over)") } ?? ""
        return [
            id.text, status.rawValue, map, agent ?? "", channel ?? "", String(lastMoment), changed.forPeople,
        ]
    }

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

extension LeadStatus: ExpressibleByArgument {}

/// Names the leads that could not be read, and ends the command with that; everything else is done.
func endIfDamaged(_ leads: [DamagedLead]) throws {
    for lead in leads {
        printToStandardError("Lead \(lead.lead.quotedForMessage) is damaged: \(lead.message)")
    }
    if !leads.isEmpty { throw ExitStatus.foundWrong }
}
