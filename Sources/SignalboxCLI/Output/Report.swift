import Journeys
import Signalbox
import Values

/// Shows the results of commands, in each format.
struct Report {
    /// What a person is shown in text.
    enum Detail {
        /// Every moment.
        case everything
        /// What was refused and what failed: for many commands at once.
        case noteworthy
        /// What failed; what was refused is told elsewhere.
        case incidents
        /// How much failed, by trigger and message, at the end.
        case summary
    }

    private var listing: Listing
    private let timeline: Timeline
    private let detail: Detail
    private let output: Output
    private(set) var counts = Counts()
    private var summary = IncidentSummary()

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

    /// - Parameter traceback: that of an incident, where it is shown with its call.
    init(
        format: Format, detail: Detail, namesLeads: Bool, to output: Output,
        traceback: @escaping (Int) -> String? = { _ in nil }
    ) {
        listing = Listing(format, to: output)
        timeline = Timeline(style: output.style, namesLeads: namesLeads, traceback: traceback)
        self.detail = detail
        self.output = output
    }

    /// `line` is the command's place in its file; nil for one that came from none.
    mutating func answer(_ answer: Answer, to command: Command, given: Value, line: Int?) {
        switch answer {
        case .accepted(let accepted):
            counts.accepted += 1
            if accepted.hasIncidents { counts.incidents += 1 }
            show(accepted, command)
        case .refused(let refusal):
            counts.refused += 1
            let refused = RefusedLine(refusal, of: command, given: given, line: line)
            let text = isOfRefusals ? timeline.refused(refused) : []
            listing.element(json: refused.json, text: text)
        case .repeated(let lead, let id, let moment):
            counts.repeated += 1
            let repeated = RepeatedLine(lead: lead, line: line, id: id, moment: moment)
            listing.element(
                json: repeated.json, text: detail == .everything ? timeline.repeated(repeated) : [])
        }
    }

    func end() {
        listing.text(summary.lines(output.style, within: output.columns))
        listing.end()
    }

    private var isOfRefusals: Bool {
        switch detail {
        case .everything, .noteworthy: true
        case .incidents, .summary: false
        }
    }

    /// In text a moment is one element; in JSON each of its lines is.
    private mutating func show(_ accepted: Answer.Accepted, _ command: Command) {
        guard listing.isText else {
            for line in accepted.journal { listing.element(json: line, text: []) }
            return
        }
        if detail == .summary {
            if accepted.hasIncidents { summary.add(accepted.journal) }
            return
        }
        guard detail == .everything || accepted.hasIncidents else { return }
        listing.text(
            timeline.moment(
                accepted.moment, of: accepted.lead, at: accepted.at, command: command,
                journal: accepted.journal.map { JournalLine(reading: $0) }))
    }
}
