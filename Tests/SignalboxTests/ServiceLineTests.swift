import Journeys
import Store
import Testing
import Values

@testable import Signalbox

@Suite("A service's answer to the command line")
struct ServiceLineTests {
    private let lead = LeadID("a/\"Ü")!

    private var moment: Answer.Accepted {
        Answer.Accepted(
            lead: lead, moment: 7, at: Timestamp("2026-11-22T09:00:00.123Z")!,
            journal: MomentJournal(
                Array("{\"type\":\"event\",\"n\":1.0}\n{\"text\":\"two\\nlines\"}".utf8)),
            hasIncidents: true)
    }

    private func read(_ line: ServiceLine, _ request: CommandLineEntry.Request) -> ServiceLine? {
        ServiceLine(reading: Array(line.json.utf8)) { $0 == 3 ? request : nil }
    }

    @Test("what is read is what was written, the lines of a journal byte for byte")
    func same() throws {
        let command = CommandLineEntry.Request.command(Command(lead: lead, order: .advance))
        let release = CommandLineEntry.Request.release(plugin: "probe")
        let refusal = Refusal(.stepNotOpen, "t/s is \"not\" open")
        let answers: [(StreamedAnswer, CommandLineEntry.Request)] = [
            (.command(.accepted(moment)), command), (.command(.refused(refusal)), command),
            (.command(.repeated(lead: lead, id: CommandID("k"), moment: 2)), command),
            (.release(nil), release), (.release(refusal), release),
        ]
        for (answer, request) in answers {
            guard case .answer(let found, 3)? = read(.answer(answer, line: 3), request) else {
                Issue.record("\(answer)")
                continue
            }
            #expect("\(found)" == "\(answer)")
            // The request of another line, and none at all.
            #expect(
                ServiceLine(reading: Array(ServiceLine.answer(answer, line: 4).json.utf8)) { _ in nil } == nil
            )
        }
        let own = Command(lead: lead, order: .retry, by: "engine")
        guard case .own(let found, let accepted)? = read(.own(own, moment), command) else {
            Issue.record("not read")
            return
        }
        #expect(found == own && accepted.journalBytes == moment.journalBytes && accepted.at == moment.at)
        guard case .error(3, "why")? = read(.error(line: 3, message: "why"), command) else {
            Issue.record("not read")
            return
        }
    }

    @Test("what is of another form is not taken for an answer")
    func others() {
        let command = CommandLineEntry.Request.command(Command(lead: lead, order: .advance))
        for text in [
            "", "[]", "{}", #"{"type":"new","line":3}"#, #"{"type":"accepted","line":3}"#,
            #"{"type":"released","line":3}"#, #"{"type":"refused","line":3,"reason":"new","message":""}"#,
            #"{"type":"refused","reason":"busy","message":""}"#,
            #"{"type":"own","command":{"do":"dance"},"lead":"a"}"#,
        ] {
            #expect(ServiceLine(reading: Array(text.utf8)) { _ in command } == nil, "\(text)")
        }
    }
}
