import Journeys
import Signalbox
import Values

/// The answers of a stream as the lines that `do --commands` prints.
struct AnswerLines {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ answer: StreamedAnswer, to line: StreamAnswers.Line) {
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
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "error")
        writer.field("line", error.line)
        writer.field("reason", error.reason.text)
        writer.field("message", error.message)
        writer.endObject()
        add(writer.bytes)
    }

    private mutating func add(_ text: String) { add(Array(text.utf8)) }

    private mutating func add(_ line: [UInt8]) {
        bytes += line
        bytes.append(0x0A)
    }
}
