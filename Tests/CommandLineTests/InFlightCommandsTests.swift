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
struct CommandWindowTests {
    private let window = CommandWindow()

    private func given(_ line: Int, bytes: Int = 1) -> CommandWindow.Given {
        CommandWindow.Given(
            line: line, content: .command(Command(lead: LeadID("L1")!, order: .advance), given: .null),
            bytes: bytes)
    }

    private let answer = Result<Answer, StoreError>.success(
        .repeated(lead: LeadID("L1")!, id: "a", moment: 1))

    private func lines(_ shown: [CommandWindow.Shown]?) -> [Int]? { shown?.map(\.given.line) }

    @Test("what is answered out of turn is shown in turn, with what was no command in its place")
    func order() {
        for line in 1...3 { #expect(window.add(given(line)) == line - 1) }
        #expect(window.add(CommandWindow.Given(line: 4, content: .unfit("no lead"), bytes: 0)) == 3)
        #expect(window.add(given(5)) == 4)
        window.answer(1, answer)
        window.answer(0, answer)
        #expect(lines(window.take()) == [1, 2])
        window.answer(4, answer)
        window.answer(2, answer)
        #expect(lines(window.take()) == [3, 4, 5])
        window.close()
        #expect(window.take() == nil)
    }

    @Test("who gives waits for room, as long as more is wanted", arguments: [1, 8 << 20])
    func room(bytes: Int) throws {
        let limit = min(CommandWindow.countLimit, CommandWindow.bytesLimit / bytes)
        for line in 1...limit { _ = window.add(given(line, bytes: bytes)) }
        let added = Mutex<[Int?]>([])
        let giver = SandboxThread(name: "giver") { [self] in
            for line in [limit + 1, limit + 2] {
                let number = window.add(given(line, bytes: bytes))
                added.withLock { $0.append(number) }
            }
        }
        let thread = try #require(giver)
        usleep(20_000)
        #expect(added.withLock { $0.isEmpty })
        window.answer(0, answer)
        #expect(lines(window.take()) == [1])
        while added.withLock({ $0.isEmpty }) { usleep(1000) }
        window.refuse()
        thread.join()
        #expect(added.withLock { $0 } == [limit, nil])
    }

    @Test("a line larger than all the room is taken alone")
    func large() {
        #expect(window.add(given(1, bytes: CommandWindow.bytesLimit * 2)) == 0)
        window.answer(0, answer)
        #expect(lines(window.take()) == [1])
    }
}
