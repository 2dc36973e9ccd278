import ArgumentParser
import Journeys
import SQLiteStore
import Signalbox
import Store
import Values

struct ShowLead: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lead",
        abstract: "Shows one lead: its record, and its timeline of moments, events, calls and effects.",
        discussion: """
            A moment is all that one command set off. Its events stand in brackets: those in one bracket fired \
            together, and under them stand the calls that they ran.

            A line `code` says which versions of plugins, settings and host the calls of a moment ran on, \
            where they are others than those of the moment before it.

            With --format jsonl each event and call is one JSON object.
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Argument(help: "The lead's id.")
    var lead: String

    /// How many moments are read at once.
    private static let pageSize = 500

    func run() throws {
        let store = try workspace.openStoreToRead()
        guard let id = LeadID(lead), let record = try store.lead(id) else {
            tell("There is no lead \(lead.quotedForMessage).")
            throw Ending.foundWrong
        }
        let output = Output()
        let style = output.style
        var listing = Listing(format.format, to: output)
        listing.text(try head(record, store, style))
        var open = OpenSteps()
        let timeline = Timeline(style: output.style, namesLeads: false)
        var code = CodeLines(style)
        var next = 1
        while true {
            let moments = try store.moments(of: id, from: next, limit: Self.pageSize)
            for moment in moments {
                listing.text(
                    [""]
                        + timeline.moment(
                            moment.number, of: lead, at: moment.at, command: moment.command,
                            journal: moment.journal) + code.lines(of: moment))
                if format.format == .json, let json = CodeLines.json(of: moment) {
                    listing.element(json: json, text: [])
                }
                for line in moment.journal {
                    listing.element(json: line, text: [])
                    if format.format == .text { open.note(line) }
                }
            }
            guard let last = moments.last, moments.count == Self.pageSize else { break }
            next = last.number + 1
        }
        if record.journey?.phase == .active { listing.text(["", open.line(isHeld: record.isHeld, style)]) }
        listing.end()
    }

    /// The steps that are open, as a lead's journal has them.
    private struct OpenSteps {
        private var steps: [String] = []

        mutating func note(_ line: String) {
            guard let entry = try? JSONReader.read(line).table, let event = entry["event"]?.string else {
                return
            }
            if event == "map.open" { steps = [] }
            guard let track = entry["track"]?.string, let step = entry["step"]?.string else { return }
            let path = "\(track)/\(step)"
            switch event {
            case "step.open": steps.append(path)
            case "step.close", "step.skip", "step.remove": steps.removeAll { $0 == path }
            default: break
            }
        }

        func line(isHeld: Bool, _ style: Style) -> String {
            let open = steps.isEmpty ? "no step" : steps.joined(separator: "  ").printable
            let held = isHeld ? "  " + style("a track is held: `do retry` asks its decider again", .bad) : ""
            return "\(style("open now", .good))  \(open)\(held)"
        }
    }

    /// Who the lead is, where it stands, and what was noted.
    private func head(_ record: LeadRecord, _ store: any Store, _ style: Style) throws -> [String] {
        var line = "\(style(record.id.text.printable, .strong))  \(style(record.status.rawValue, .good))"
        if let journey = record.journey {
            line += journey.phase == .active ? "  on \(journey.map)" : "  was on \(journey.map)"
        }
        if let agent = record.agent { line += "  agent \(agent.printable)" }
        if let channel = record.channel { line += "  channel \(channel.printable)" }
        var lines = [line]
        let width = record.fields.map(\.key.count).max() ?? 0
        for (name, value) in record.fields.map({ ($0.key, $0.value) }) {
            let gap = String(repeating: " ", count: width - name.count + 2)
            let text = (value.string ?? value.json).shortened.printable
            lines.append("  \(style(name.printable, .calm))\(gap)\(text)")
        }
        for note in try store.notes(of: record.id) {
            let about = style("  \(note.at.forPeople)  by \(note.by)", .faint)
            lines.append("  \(style("note:", .notice)) \(note.text.shortened.printable)\(about)")
        }
        for todo in try store.todos(of: record.id) {
            var text = (todo.todo["title"]?.string ?? "").shortened.printable
            if let due = todo.todo["due"]?.string { text += ", due \(due.printable)" }
            if let agent = todo.todo["agent"]?.string { text += ", for \(agent.printable)" }
            let about = style("  \(todo.at.forPeople)  by \(todo.by)", .faint)
            lines.append("  \(style("to-do:", .notice)) \(text)\(about)")
        }
        return lines
    }
}

extension LeadRecord {
    fileprivate var isHeld: Bool { journey?.tracks.contains(.held) ?? false }
}
