import Foundation
import Journeys
import LuaSandbox
import Signalbox
import Store
import Synchronization
import Testing
import Values

@testable import SignalboxCLI

@Suite("What is under way")
struct InFlightCommandsTests {
    private let inFlight = InFlightCommands()

    private func given(_ line: Int, bytes: Int = 1) -> InFlightCommands.Given {
        InFlightCommands.Given(
            line: line,
            content: .request(.command(Command(lead: LeadID("L1")!, order: .advance)), given: .null),
            bytes: bytes)
    }

    private let answer = Result<StreamedAnswer, StoreError>.success(
        .command(.repeated(lead: LeadID("L1")!, id: "a", moment: 1)))

    /// The lines that are shown; 0 for what the engine did by itself.
    private func lines(_ shown: [InFlightCommands.Shown]?) -> [Int]? {
        shown?.map { one in
            switch one {
            case .given(let given, _): given.line
            case .own: 0
            }
        }
    }

    @Test("what is answered out of turn is shown in turn, with what was no command in its place")
    func order() {
        for line in 1...3 { #expect(inFlight.add(given(line)) == line - 1) }
        #expect(inFlight.add(InFlightCommands.Given(line: 4, content: .unfit("no lead"), bytes: 0)) == 3)
        #expect(inFlight.add(given(5)) == 4)
        inFlight.answer(1, answer)
        inFlight.answer(0, answer)
        #expect(lines(inFlight.take()) == [1, 2])
        inFlight.answer(4, answer)
        inFlight.answer(2, answer)
        #expect(lines(inFlight.take()) == [3, 4, 5])
        inFlight.close()
        #expect(inFlight.take() == nil)
    }

    @Test("who gives waits for room, as long as more is wanted", arguments: [1, 8 << 20])
    func room(bytes: Int) throws {
        let limit = min(InFlightCommands.countLimit, InFlightCommands.bytesLimit / bytes)
        for line in 1...limit { _ = inFlight.add(given(line, bytes: bytes)) }
        let added = Mutex<[Int?]>([])
        let giver = SandboxThread(name: "giver") { [self] in
            for line in [limit + 1, limit + 2] {
                let number = inFlight.add(given(line, bytes: bytes))
                added.withLock { $0.append(number) }
            }
        }
        let thread = try #require(giver)
        usleep(20_000)
        #expect(added.withLock { $0.isEmpty })
        inFlight.answer(0, answer)
        #expect(lines(inFlight.take()) == [1])
        while added.withLock({ $0.isEmpty }) { usleep(1000) }
        inFlight.refuse()
        thread.join()
        #expect(added.withLock { $0 } == [limit, nil])
    }

    @Test("a line larger than all the room is taken alone")
    func large() {
        #expect(inFlight.add(given(1, bytes: InFlightCommands.bytesLimit * 2)) == 0)
        inFlight.answer(0, answer)
        #expect(lines(inFlight.take()) == [1])
    }
}
