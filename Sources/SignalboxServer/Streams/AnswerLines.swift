import Journeys
import Signalbox
import Values

/// The answers of a stream as lines.
struct AnswerLines {
    private(set) var bytes: [UInt8] = []
    private let form: Form

    /// How moments are written.
    enum Form: Sendable {
        /// As `do --commands` prints them: the lines of each one's journal.
        case lines
        /// Each answer whole, as one ``ServiceLine``, for the command line.
        case whole
    }

    init(_ form: Form) { self.form = form }

    mutating func add(_ answer: StreamedAnswer, to line: StreamAnswers.Line) {
        if case .whole = form { return add(ServiceLine.answer(answer, line: line.number).json) }
        switch answer {
        case .command(.accepted(let accepted)):
            // A moment in which nothing fired has none.
            if !accepted.journalBytes.isEmpty { add(accepted.journalBytes) }
        case .command(.repeated(let lead, let id, let moment)):
            add(RepeatedLine(lead: lead, line: line.number, id: id, moment: moment).json)
        case .command(.refused(let refusal)), .release(let refusal?):
            add(RefusedLine(refusal, of: line.request.lead, given: line.given, line: line.number).json)
        case .release(nil):
            if case .release(let plugin) = line.request {
                add(ReleasedLine(plugin: plugin, line: line.number).json)
            }
        }
    }

    mutating func add(forbidden objection: String, _ line: StreamAnswers.Line) {
        add(
            RefusedLine(
                lead: line.request.lead, line: line.number, command: line.given,
                reason: ProblemReason.forbidden.text, message: objection
            ).json)
    }

    mutating func add(_ error: StreamAnswers.EndingError) {
        if case .whole = form { return add(ServiceLine.error(line: error.line, message: error.message).json) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "error")
        writer.field("line", error.line)
        writer.field("reason", error.reason.text)
        writer.field("message", error.message)
        writer.endObject()
        add(writer.bytes)
    }

    /// What the engine did by itself for a lead of the stream.
    mutating func add(own command: Command, _ moment: Answer.Accepted) {
        switch form {
        case .whole: add(ServiceLine.own(command, moment).json)
        case .lines: for line in moment.journal { add("\(line.dropLast()),\"line\":null}") }
        }
    }

    private mutating func add(_ text: String) { add(Array(text.utf8)) }

    private mutating func add(_ line: [UInt8]) {
        bytes += line
        bytes.append(0x0A)
    }
}
