import ArgumentParser
import Journeys
import SQLiteStore
import Signalbox
import Store
import Values

struct ShowLead: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lead",
        abstract: "Shows one lead: its record, and its timeline of moments, instants, events, calls and effects.")

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
        var listing = Listing(format.format, to: output)
        listing.text(try head(record, store, output.style))
        let timeline = Timeline(style: output.style, namesLeads: false)
        var next = 1
        while true {
            let moments = try store.moments(of: id, from: next, limit: Self.pageSize)
            for moment in moments {
                listing.text(
                    [""]
                        + timeline.moment(
                            moment.number, of: lead, at: moment.at, command: moment.command,
                            journal: moment.journal))
                for line in moment.journal { listing.element(json: line, text: []) }
            }
            guard let last = moments.last, moments.count == Self.pageSize else { break }
            next = last.number + 1
        }
        listing.end()
    }

    /// Who the lead is, where it stands, and what was noted.
    private func head(_ record: LeadRecord, _ store: any Store, _ style: Style) throws -> [String] {
        var line = "\(style(record.id.text.printable, .strong))  \(style(record.status.rawValue, .good))"
        if let journey = record.journey {
            line += journey.phase == .active ? "  on \(journey.map)" : "  was on \(journey.map)"
        }
        if let agent = record.agent { line += "  agent \(agent.printable)" }
        if let channel = record.channel { line += "  by \(channel.printable)" }
        var lines = [line]
        if !record.fields.isEmpty {
            let fields = record.fields.map { entry in
                let text = entry.value.string ?? entry.value.json
                return "\(entry.key)=\(text)".printable
            }
            lines.append("  " + fields.joined(separator: "  "))
        }
        for note in try store.notes(of: record.id) {
            lines.append("  note  \(note.text.printable)" + style("  \(note.at)  \(note.by)", .faint))
        }
        for todo in try store.todos(of: record.id) {
            var text = "  to-do  \((todo.todo["title"]?.string ?? "").printable)"
            if let due = todo.todo["due"]?.string { text += "  due \(due)" }
            if let agent = todo.todo["agent"]?.string { text += "  for \(agent.printable)" }
            lines.append(text + style("  \(todo.at)  \(todo.by)", .faint))
        }
        return lines
    }
}
