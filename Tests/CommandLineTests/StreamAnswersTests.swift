import Journeys
import Signalbox
import Store
import Testing
import Values

@testable import SignalboxServer

@Suite("The answers of a stream")
struct StreamAnswersTests {
    private let answers = StreamAnswers()
    private let place = AuditLog(MemoryStore()).note(
        AuditEntry(
            at: Timestamp(milliseconds: 0), token: "", address: "", request: "", action: "", result: ""))

    private func answer(_ number: Int, bytes: Int = 1, of answers: StreamAnswers? = nil) {
        let line = StreamAnswers.Line(
            number: number + 1, request: .command(Command(lead: LeadID("L1")!, order: .advance)),
            given: .null, bytes: bytes)
        (answers ?? self.answers).answer(
            number, .init(line: line, outcome: .forbidden("no"), audit: place))
    }

    private func number(_ place: StreamAnswers.Place?) -> Int? {
        guard case .number(let number) = place else { return nil }
        return number
    }

    @Test("what is answered out of turn is taken in turn, and after the close there is an end")
    func order() async {
        for number in 0..<4 { #expect(self.number(await answers.add(bytes: 1)) == number) }
        answer(1)
        answer(0)
        #expect(await answers.take()?.compactMap(\.answered?.line.number) == [1, 2])
        answer(3)
        answers.close(.init(line: 5, reason: .badRequest, message: "not a command"))
        let rest = Task { await answers.take()?.compactMap(\.answered?.line.number) }
        answer(2)
        #expect(await rest.value == [3, 4])
        #expect(await answers.take() == nil)
        #expect(answers.error?.line == 5)
    }

    @Test(
        "what the engine did by itself is taken behind what was answered before it, and before what was not")
    func own() async {
        let own = Answer.Accepted(
            lead: LeadID("L1")!, moment: 9, at: Timestamp(milliseconds: 0), journal: MomentJournal([]),
            hasIncidents: false)
        for _ in 0..<3 { _ = await answers.add(bytes: 1) }
        answer(1)
        answers.add(own: own, of: Command(lead: own.lead, order: .retry))
        answer(0)
        answer(2)
        answers.close()
        #expect(await answers.take()?.map(\.answered?.line.number) == [1, 2, nil, 3])
        #expect(await answers.take() == nil)
    }

    @Test("a long stream knows its last leads")
    func leads() {
        let leads = StreamLeads(limit: 2)
        let ids = ["A", "B", "A", "C"].map { LeadID($0)! }
        for id in ids { leads.add(id) }
        #expect(!leads.has(ids[0]) && leads.has(ids[1]) && leads.has(ids[3]))
    }

    @Test("whoever adds waits while too many lines, or too long ones, are under way")
    func room() async {
        for (count, bytes) in [(16, 1), (2, StreamAnswers.underWayLimitBytes / 2)] {
            let answers = StreamAnswers()
            for _ in 0..<count { _ = await answers.add(bytes: bytes) }
            let next = Task { await answers.add(bytes: bytes) }
            answer(0, bytes: bytes, of: answers)
            #expect(number(await next.value) == count)
        }
        // One alone may be longer.
        #expect(number(await StreamAnswers().add(bytes: .max)) == 0)
    }

    @Test("the more lines were answered, the more may be under way; the more answers wait, the fewer")
    func window() {
        for (answered, bytes, expected) in [(0, 1, 16), (100, 1, 116), (60, 1 << 20, 3), (2_000, 1, 1_000)] {
            let answers = StreamAnswers()
            for number in 0..<answered {
                #expect(self.number(answers.addNow(bytes: bytes)) == number)
                answer(number, bytes: bytes, of: answers)
            }
            var count = 0
            while answers.addNow(bytes: bytes) != nil { count += 1 }
            #expect(count == expected)
        }
    }

    @Test("nothing more is taken in while too many bytes of answers wait, and then it is")
    func held() async {
        var number = 0
        while true {
            guard case .number(let added) = await answers.add(bytes: 1 << 20) else { break }
            number = added
            answer(added, bytes: 1 << 20)
        }
        #expect(number == (StreamAnswers.heldLimitBytes >> 20) - 1)
        guard case .full = await answers.add(bytes: 1) else { return #expect(Bool(false), "not full") }
        #expect(await answers.take()?.isEmpty == false)
        #expect(self.number(await answers.add(bytes: 1)) == number + 1)
    }

    @Test("where nobody takes answers, nobody waits for room")
    func abandoned() async {
        _ = await answers.add(bytes: StreamAnswers.underWayLimitBytes)
        let next = Task { await answers.add(bytes: 1) }
        answers.abandon()
        guard case .unwanted = await next.value else { return #expect(Bool(false), "wanted") }
        // The engine answers what it was given.
        answer(0, bytes: StreamAnswers.underWayLimitBytes)
    }
}
