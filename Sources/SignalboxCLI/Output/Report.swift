import Journeys
import Signalbox
import Values

/// Shows what became of commands, in each format.
struct Report {
    /// What a person is shown in text.
    enum Detail {
        /// Every moment.
        case everything
        /// What was refused and what failed: for many commands at once.
        case noteworthy
        /// What failed; what was refused is told elsewhere.
        case incidents
    }

    private var listing: Listing
    private let timeline: Timeline
    private let detail: Detail
    private let output: Output
    private(set) var counts = Counts()

    struct Counts {
        var accepted = 0
        var repeated = 0
        var refused = 0
        var incidents = 0
        var foundWrong: Bool { refused > 0 || incidents > 0 }

        /// `19 accepted, 4 refused, 2 with incidents`.
        var summary: String {
            var parts = ["\(accepted) accepted"]
            if repeated > 0 { parts.append("\(repeated) repeated") }
            parts.append("\(refused) refused")
            if incidents > 0 { parts.append("\(incidents) with incidents") }
            return parts.joined(separator: ", ")
        }
    }

    init(format: Format, detail: Detail, namesLeads: Bool, to output: Output) {
        listing = Listing(format, to: output)
        timeline = Timeline(style: output.style, namesLeads: namesLeads)
        self.detail = detail
        self.output = output
    }

    /// `line` is the command's place in its file; nil for one that came from none.
    mutating func answer(_ answer: Answer, to command: Command, given: Value, line: Int?) {
        switch answer {
        case .accepted(let accepted):
            counts.accepted += 1
            if accepted.hasIncidents { counts.incidents += 1 }
            show(accepted, given)
        case .refused(let refusal):
            counts.refused += 1
            listing.element(
                json: Self.json(refusal, of: command, given: given, line: line),
                text: detail == .incidents
                    ? [] : timeline.refused(refusal, lead: command.lead.text, command: given))
        case .repeated(let lead, let id, let moment):
            counts.repeated += 1
            listing.element(
                json: Self.json(repeated: lead, id: id, moment: moment, line: line),
                text: detail == .everything
                    ? timeline.repeated(lead: lead.text, id: id.text, moment: moment) : [])
        }
    }

    func end() { listing.end() }

    private mutating func show(_ accepted: Answer.Accepted, _ given: Value) {
        // In text a moment is one element; in JSON each of its lines is.
        let shown = detail == .everything || accepted.hasIncidents
        var text =
            shown
            ? timeline.moment(
                accepted.moment, of: accepted.lead.text, at: accepted.at, command: given,
                journal: accepted.journal) : []
        for line in accepted.journal {
            listing.element(json: line, text: text)
            text = []
        }
        // A moment in which nothing fired has no lines of its own.
        if accepted.journal.isEmpty, !text.isEmpty { listing.text(text) }
    }

    private static func json(_ refusal: Refusal, of command: Command, given: Value, line: Int?) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "refused")
        writer.field("lead", command.lead.text)
        if let line { writer.field("line", line) }
        writer.field("command", given)
        writer.field("reason", refusal.reason.rawValue)
        writer.field("message", refusal.message)
        writer.endObject()
        return writer.text
    }

    private static func json(repeated lead: LeadID, id: CommandID, moment: Int, line: Int?) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "repeated")
        writer.field("lead", lead.text)
        if let line { writer.field("line", line) }
        writer.field("id", id.text)
        writer.field("moment", moment)
        writer.endObject()
        return writer.text
    }
}
