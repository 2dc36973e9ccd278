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
    /// How many kinds of incidents are shown, those with the most.
    private static let kindsShown = 20

    struct Counts {
        var accepted = 0
        var repeated = 0
        var refused = 0
        var released = 0
        /// Lines that were not commands, and were skipped.
        var skipped = 0
        /// Moments of the engine's own.
        var own = 0
        var incidents = 0
        var foundWrong: Bool { refused > 0 || skipped > 0 || incidents > 0 }

        /// `19 accepted, 4 refused, 2 with incidents`.
        var summary: String {
            var parts = ["\(accepted) accepted"]
            if repeated > 0 { parts.append("\(repeated) repeated") }
            parts.append("\(refused) refused")
            if released > 0 { parts.append("\(released) released") }
            if skipped > 0 { parts.append("\(skipped) skipped") }
            if own > 0 { parts.append("\(own) by the engine itself") }
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

    /// - Parameters:
    ///   - command: evaluated only where it is shown: of many commands, most are not. So is `given`.
    ///   - line: the command's place in its file; nil for one that came from none.
    mutating func answer(
        _ answer: Answer, to command: @autoclosure () -> Command, given: @autoclosure () -> Value, line: Int?
    ) {
        switch answer {
        case .accepted(let accepted):
            counts.accepted += 1
            if accepted.hasIncidents { counts.incidents += 1 }
            show(accepted, of: command)
        case .refused(let refusal):
            refused(refusal, of: command().lead, given: given(), line: line)
        case .repeated(let lead, let id, let moment):
            counts.repeated += 1
            let repeated = RepeatedLine(lead: lead, line: line, id: id, moment: moment)
            listing.element(
                json: repeated.json, text: detail == .everything ? timeline.repeated(repeated) : [])
        }
    }

    /// A release of a plugin, and why it was not done.
    mutating func release(of plugin: String, _ refusal: Refusal?, given: Value, line: Int?) {
        if let refusal { return refused(refusal, of: nil, given: given, line: line) }
        counts.released += 1
        let released = ReleasedLine(plugin: plugin, line: line)
        let text = timeline.released(released)
        listing.element(json: released.json, text: text)
    }

    /// What the engine did by itself: its lines have a `line` that is null.
    mutating func own(_ command: Command, _ accepted: Answer.Accepted) {
        counts.own += 1
        if accepted.hasIncidents { counts.incidents += 1 }
        show(accepted, of: { command }, isOwn: true)
    }

    /// A line that is not a command, and is passed over.
    mutating func skip(_ mistake: CommandsFile.LineError) {
        counts.skipped += 1
        printToStandardError("\(mistake); the line is skipped")
    }

    private mutating func refused(_ refusal: Refusal, of lead: LeadID?, given: Value, line: Int?) {
        counts.refused += 1
        let refused = RefusedLine(refusal, of: lead, given: given, line: line)
        let text = isOfRefusals ? timeline.refused(refused) : []
        listing.element(json: refused.json, text: text)
    }

    func end() {
        listing.text(
            summary.lines("trigger", limit: Self.kindsShown, output.style, within: output.columns))
        listing.end()
    }

    private var isOfRefusals: Bool {
        switch detail {
        case .everything, .noteworthy: true
        case .incidents, .summary: false
        }
    }

    /// In text a moment is one element; in JSON each of its lines is.
    private mutating func show(
        _ accepted: Answer.Accepted, of command: () -> Command, isOwn: Bool = false
    ) {
        guard listing.isText else {
            for line in accepted.journal {
                listing.element(json: isOwn ? "\(line.dropLast()),\"line\":null}" : line, text: [])
            }
            return
        }
        if detail == .summary {
            if accepted.hasIncidents { sumUp(accepted) }
            return
        }
        guard detail == .everything || accepted.hasIncidents else { return }
        listing.text(
            timeline.moment(
                accepted.moment, of: accepted.lead, at: accepted.at, command: command(),
                journal: accepted.journal.map { JournalLine(reading: $0) }))
    }

    private mutating func sumUp(_ accepted: Answer.Accepted) {
        for line in accepted.journal {
            guard case .incident(let incident) = JournalLine(reading: line) else { continue }
            summary.add(
                incident.trigger, incident.reason, incident.message, number: incident.incident ?? 0)
        }
    }
}
