import ArgumentParser
import Authoring
import Journeys
import Plugins
import SQLiteStore
import Signalbox
import Store
import Values
import Workspace

struct ShowLead: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lead",
        abstract: "Shows one lead: its record, and its timeline of moments, events, calls and effects.",
        usage: "signalbox lead LEAD [OPTIONS]",
        discussion: """
            A moment is all that one command set off. Its events are in brackets: those in one bracket fired \
            together, and under them are the calls that they ran.

            The newest 50 moments are shown, the oldest of them first: others with --last, --before and --all. \
            With --at the lead is shown as it was after an earlier moment, and nothing that came later.

            A line `code` says which versions of plugins, settings and host the calls of a moment ran on, \
            where they are others than those of the moment before it.

            With --format jsonl each event and call is one JSON object; --format json lists the same, after \
            the lead's whole record: its fields, what plugins keep for it, its journey with the versions of the map, \
            notes, to-dos and incidents. The lines of each moment are after the code that it ran.
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Option(help: ArgumentHelp("At most this many moments, the newest (default: 50).", valueName: "count"))
    var last: Int?

    @Option(help: ArgumentHelp("Only moments with a number below this one.", valueName: "number"))
    var before: Int?

    @Option(help: ArgumentHelp("The lead as it was after the moment with this number.", valueName: "number"))
    var at: Int?

    @Flag(help: "Every moment.")
    var all = false

    @Argument(help: "The lead's id, or a beginning of it that no other has.", completion: .leadID)
    var lead: String

    private static let defaultCount = 50
    /// How many moments are read at once, so that a long life takes no more memory than a short one.
    private static let pageSize = 50

    func validate() throws {
        guard at == nil || before == nil else {
            throw ValidationError("--at shows no later moment; leave out --before")
        }
        guard at ?? 1 >= 1 else { throw ValidationError("--at must be at least 1") }
        guard !all || last == nil && before == nil else {
            throw ValidationError("--all shows every moment; leave out --last and --before")
        }
        guard last ?? 1 >= 1 else { throw ValidationError("--last must be at least 1") }
        guard before ?? 1 >= 1 else { throw ValidationError("--before must be at least 1") }
    }

    func run() throws {
        let store = try workspace.openStoreToRead()
        let id = try LeadLookup(store).find(lead)
        guard let newest = try store.lead(id) else { throw ExitStatus.foundWrong }
        let record = try shownRecord(newest, in: store)
        let output = Output()
        let style = output.style
        var listing = Listing(format.format, to: output)
        listing.text(try head(record, store, style))
        if format.format == .json,
            let moment = try store.moments(of: id, from: record.lastMoment, limit: 1).first
        {
            let json = try whole(LeadSummary(record, changed: moment.at), record, store)
            listing.element(json: json, text: [])
        }
        let moments = shownMoments(of: record)
        if moments.lowerBound > 1 { tellEarlier(than: moments.lowerBound, listing, style) }
        try show(moments, of: id, in: store, to: &listing, try timeline(of: record, in: store, style))
        if format.format == .text, moments.upperBound > record.lastMoment,
            let open = try openNow(record, in: store, style)
        {
            listing.text(["", open])
        }
        listing.end()
    }

    private func timeline(
        of record: LeadRecord, in store: any StoreReader, _ style: Style
    ) throws -> Timeline {
        var timeline = Timeline(style: style, namesLeads: false)
        guard format.format == .text else { return timeline }
        let titles = try store.todos(of: record.id).map { $0.todo["title"]?.string }
        timeline.todo = { number in titles.indices.contains(number - 1) ? titles[number - 1] : nil }
        return timeline
    }

    /// The lead as it is, or as it was after the moment of `--at`.
    private func shownRecord(_ newest: LeadRecord, in store: any StoreReader) throws -> LeadRecord {
        guard let at else { return newest }
        guard let record = try store.lead(newest.id, after: at) else {
            printToStandardError(
                "Lead \(newest.id.text.quotedForMessage) has no moment \(at); its newest is \(newest.lastMoment)."
            )
            throw ExitStatus.foundWrong
        }
        return record
    }

    /// The whole record: what a list has of the lead, what plugins keep for it, and the rest of ``LeadDetails``.
    private func whole(
        _ summary: LeadSummary, _ record: LeadRecord, _ store: any StoreReader
    ) throws(StoreError) -> String {
        let details = try LeadDetails(of: record, .whole, in: store)
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "lead")
        writer.field("lead", record.id.text)
        summary.writeMembers(to: &writer)
        writer.field("store", .table(record.store))
        let version = record.journey.flatMap { workspace.fileVersion(of: $0.map) }
        details.writeMembers(to: &writer, fileVersion: version)
        writer.endObject()
        return writer.text
    }

    /// In which version the lead is on its map, where the map's file has another one.
    private func version(of record: LeadRecord) -> String {
        guard let journey = record.journey, journey.phase == .active else { return "" }
        guard let version = workspace.fileVersion(of: journey.map) else {
            return ", which does not have a file any more"
        }
        if version == journey.version { return "" }
        return
            ", in version \(journey.version.text.prefix(12)); its file is newer, \(version.text.prefix(12))"
    }

    /// The numbers of the moments that the options ask for.
    private func shownMoments(of record: LeadRecord) -> Range<Int> {
        let end = min(record.lastMoment + 1, before ?? .max)
        return (all ? 1 : max(1, end - min(end, last ?? Self.defaultCount)))..<end
    }

    private func tellEarlier(than first: Int, _ listing: Listing, _ style: Style) {
        let count = counted(first - 1, "earlier moment")
        let (verb, pronoun) = first == 2 ? ("is", "it") : ("are", "them")
        let text =
            "\(count) \(verb) not shown; see \(pronoun) with --before \(first), or every moment with --all."
        if format.format == .text {
            listing.text(["", style(text, .faint)])
        } else {
            printToStandardError(text)
        }
    }

    private func show(
        _ numbers: Range<Int>, of id: LeadID, in store: any StoreReader, to listing: inout Listing,
        _ timeline: Timeline
    ) throws {
        var code = CodeLines(timeline.style)
        var next = numbers.lowerBound
        while next < numbers.upperBound {
            let count = min(Self.pageSize, numbers.upperBound - next)
            let moments = try store.moments(of: id, from: next, limit: count)
            for moment in moments {
                let text =
                    format.format == .text
                    ? [""]
                        + timeline.moment(
                            moment.number, of: id, at: moment.at, command: Command(reading: moment.command),
                            journal: moment.journal.map { JournalLine(reading: $0) })
                        + code.lines(of: moment) : []
                listing.text(text)
                if format.format == .json, let json = CodeLines.json(of: moment) {
                    listing.element(json: json, text: [])
                }
                for line in moment.journal { listing.element(json: line, text: []) }
            }
            guard let last = moments.last else { return }
            next = last.number + 1
        }
    }

    /// What is open, by the journey and the map that it began with, so that no moment is read for it. Nil
    /// when the lead is on no map.
    private func openNow(_ record: LeadRecord, in store: any StoreReader, _ style: Style) throws -> String? {
        guard let journey = record.journey, journey.phase == .active else { return nil }
        // What its triggers run is not asked here, so no plugin is needed.
        let definition = try store.map(journey.version).flatMap { stored in
            try? MapDefinition(kept: stored.source, file: stored.file)
        }
        var open = "unknown: the map that the journey began with cannot be read from the store"
        if let definition, definition.steps.count == journey.steps.count {
            let steps = zip(definition.steps, journey.steps).filter { $1 == .open }.map(\.0.pathText)
            let reason = at == nil ? why(journey, record) : ""
            open = steps.isEmpty ? "no step\(reason)" : steps.joined(separator: "  ").printable
        }
        let held =
            at == nil ? "a track is held: `do retry` asks its decider again" : "a track was held"
        return style(at == nil ? "open now" : "open then", .good) + "  \(open)"
            + (record.isHeld ? "  " + style(held, .bad) : "")
    }

    /// Why no step is open, and what changes that (R13, R17).
    private func why(_ journey: JourneyRecord, _ record: LeadRecord) -> String {
        if record.isHeld { return "" }
        guard journey.tracks.allSatisfy({ $0 == .closed }) else {
            return ": the next track opens with the lead's next command"
        }
        return ": every track is closed; a status ends the map: `do status \(record.id.text.printable) won`"
    }

    /// The lead's id, status and map, its fields, and what was noted.
    private func head(_ record: LeadRecord, _ store: any StoreReader, _ style: Style) throws -> [String] {
        var line = "\(style(record.id.text.printable, .strong))  \(style(record.status.rawValue, .good))"
        if let journey = record.journey {
            line += journey.phase == .active ? "  on \(journey.map)" : "  was on \(journey.map)"
            line += style(version(of: record), .faint)
        }
        if let agent = record.agent { line += "  agent \(Value.string(agent).forPeople.printable)" }
        if let channel = record.channel { line += "  channel \(Value.string(channel).forPeople.printable)" }
        var lines = [line]
        let width = record.fields.map(\.key.columns).max() ?? 0
        for (name, value) in record.fields.map({ ($0.key, $0.value) }) {
            let gap = String(repeating: " ", count: width - name.columns + 2)
            lines.append("  \(style(name.printable, .calm))\(gap)\(value.forPeople.printable)")
        }
        let notes = try store.notes(of: record.id).filter { $0.moment <= record.lastMoment }
        lines += newest(notes, "note", style) { note in
            let about = style("  \(note.at.forPeople)  by \(note.by)", .faint)
            return "  \(style("note:", .notice)) \(note.text.shortened.printable)\(about)"
        }
        let todos = try store.todos(of: record.id).asOf(moment: record.lastMoment)
        lines += newest(todos, "to-do", style) { todo in
            var text = (todo.todo["title"]?.string ?? "").shortened.printable
            if let due = todo.todo["due"]?.string { text += ", due \(due.printable)" }
            if let agent = todo.todo["agent"]?.string { text += ", for \(agent.printable)" }
            let about = style("  \(todo.at.forPeople)  by \(todo.by)", .faint)
            let head = style("to-do \(todo.number):", todo.done == nil ? .notice : .faint)
            guard let done = todo.done else { return "  \(head) \(text)\(about)" }
            return "  \(head) \(text)  \(style("done", .good))"
                + style("  \(done.at.forPeople)  by \(done.by.printable)", .faint)
        }
        return lines
    }

    /// A line for each, of no more than moments are shown by default unless every moment is wanted.
    private func newest<Record>(
        _ records: [Record], _ noun: String, _ style: Style, line: (Record) -> String
    ) -> [String] {
        let shown = all ? records[...] : records.suffix(Self.defaultCount)
        let left = records.count - shown.count
        let hint = "  \(counted(left, "earlier \(noun)")) \(left == 1 ? "is" : "are") not shown; see --all"
        return (left > 0 ? [style(hint, .faint)] : []) + shown.map(line)
    }
}
