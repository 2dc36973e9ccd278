public import ArgumentParser
public import Journeys
import SQLiteStore
import Store
import Values
import Workspace

struct Leads: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leads",
        abstract: "Lists the leads of the workspace's store.", usage: "signalbox leads [OPTIONS]",
        discussion: """
            They are in the order of their ids, or with --sort in that of columns. A column is id, status, map, version, \
            active, open, agent, channel, moments, events, changed or the name of a field; fields.NAME is the field of \
            that name.

            With --format csv a text that a spreadsheet would run as a formula has an apostrophe before it.
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var choice: LeadChoice

    @Option(help: ArgumentHelp("How results are written.", valueName: "format"))
    var format: LeadsFormat = .text

    @Option(help: ArgumentHelp("What is shown of each, such as id,agent,score.", valueName: "columns"))
    var columns: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "By which columns they are listed, such as agent,-score; a minus begins with the largest.",
            valueName: "columns"))
    var sort: String?

    @Flag(help: "Only how many they are.")
    var count = false

    @Option(help: ArgumentHelp("Only those whose ids come after this one.", valueName: "lead"))
    var after: String?

    @Option(help: ArgumentHelp("At most so many (default: 1000).", valueName: "count"))
    var limit: Int?

    private static let defaultLimit = 1000

    /// As other commands write, and as spreadsheets read.
    enum LeadsFormat: String, ExpressibleByArgument, CaseIterable {
        case text, json, jsonl, csv
    }

    func validate() throws {
        guard (1..<Int.max).contains(limit ?? 1) else { throw ValidationError("--limit is 1 at least") }
        _ = try firstID()
        for (option, text) in [("--columns", columns), ("--sort", sort)] {
            guard let text, option == "--sort" ? LeadOrder(text) == nil : LeadColumn.list(text) == nil else {
                continue
            }
            throw ValidationError(
                "\(option): \(text.quotedForMessage) is not names of columns with commas between them")
        }
        guard sort == nil || after == nil else {
            throw ValidationError("--after goes on in the order of ids; leave out --sort")
        }
        guard !count || columns == nil && sort == nil && after == nil && limit == nil else {
            throw ValidationError("--count counts all; leave out --columns, --sort, --after and --limit")
        }
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
        if let map = choice.map { try requireMap(map, in: store) }
        let steps = OpenSteps(in: store)
        let search = LeadSearch(choice, in: store, steps)
        let output = Output()
        if count {
            try showCount(search, output)
        } else {
            try list(search, store, LeadRows(columns.flatMap(LeadColumn.list), steps), output)
        }
        output.flush()
        let shown = columns.flatMap(LeadColumn.list) ?? []
        let sorted = sort.flatMap(LeadOrder.init)?.columns ?? []
        try search.end(naming: (shown + sorted).compactMap(\.field))
    }

    private func showCount(_ search: LeadSearch, _ output: Output) throws {
        var count = 0
        try search.each(after: nil) { _ in
            count += 1
            return true
        }
        switch format {
        case .text: output.line(String(count))
        case .csv: for line in ["count", String(count)] { output.line(line) }
        case .json, .jsonl: output.json(#"{"count":\#(count)}"#)
        }
    }

    private func list(_ search: LeadSearch, _ store: any StoreReader, _ rows: LeadRows, _ output: Output)
        throws
    {
        let limit = limit ?? Self.defaultLimit
        var listing = Listing(format == .json ? .json : format == .jsonl ? .jsonl : .text, to: output)
        var leads: [LeadSummary] = []
        var count = 0
        var last: LeadID?
        // What needs all of them before the first can be shown.
        let gathers = sort != nil || listing.isText
        try search.each(after: try firstID()) { lead in
            count += 1
            guard sort != nil || count <= limit else { return false }
            last = lead.id
            if gathers {
                leads.append(lead)
            } else {
                let json = try rows.json(lead)
                listing.element(json: json, text: [])
            }
            return true
        }
        if let order = sort.flatMap(LeadOrder.init) {
            leads = Array(try order.sorted(leads, at: rows.steps).prefix(limit))
        }
        if format == .csv {
            for line in try rows.csv(leads) { output.bytes(Array("\(line)\n".utf8)) }
        } else if listing.isText {
            try showTable(leads, store, rows, output)
        } else if gathers {
            for lead in leads {
                let json = try rows.json(lead)
                listing.element(json: json, text: [])
            }
        }
        listing.end()
        guard count > limit else { return }
        printToStandardError(
            sort != nil
                ? "These are the first \(limit) of \(count); --limit shows more."
                : "These are the first \(limit); go on with --after \((last?.text ?? "").quotedForMessage).")
    }

    private func showTable(
        _ leads: [LeadSummary], _ store: any StoreReader, _ rows: LeadRows, _ output: Output
    ) throws {
        if leads.isEmpty { return output.line("No leads.") }
        var table = TextTable(rows.header, whole: ["lead", "id", "last moment", "changed"], output.style)
        for lead in leads { table.add(try rows.cells(lead)) }
        let lookup = LeadLookup(store)
        for name in ["lead", "id"] {
            try table.shorten(name, within: output.columns) { try lookup.beginning(ofText: $0) }
        }
        for line in table.lines(within: output.columns) { output.line(line) }
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

extension LeadStatus: ExpressibleByArgument {}
