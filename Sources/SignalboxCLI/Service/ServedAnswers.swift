import DequeModule
import Foundation
import Journeys
import NIOCore
import Signalbox
import Store
import Synchronization
import Values

/// What a service answers to a stream, in the order of its lines.
final class ServedAnswers: Sendable {
    private let own: @Sendable (Answer.Accepted, Command) -> Void
    private let state = Mutex(State())
    private let lines = Mutex(CommandLines(limitBytes: .max))
    private let isOver = DispatchSemaphore(value: 0)

    private struct State {
        var expected: Deque<Expected> = []
        /// The number of the first line that is expected.
        var first = 1
        /// Why nothing more is answered.
        var failure: StoreError?
    }

    private struct Expected {
        let request: CommandLineEntry.Request
        let completion: @Sendable (Result<StreamedAnswer, StoreError>) -> Void
    }

    /// - Parameter own: gets what the engine did by itself.
    init(own: @escaping @Sendable (Answer.Accepted, Command) -> Void) { self.own = own }

    /// Expects an answer to the next line, which `send` sends.
    func expect(
        _ request: CommandLineEntry.Request,
        _ completion: @escaping @Sendable (Result<StreamedAnswer, StoreError>) -> Void, _ send: () -> Void
    ) {
        let failure = state.withLock { state in
            if state.failure == nil {
                state.expected.append(Expected(request: request, completion: completion))
                send()
            }
            return state.failure
        }
        if let failure { completion(.failure(failure)) }
    }

    /// Called with one piece after the other.
    func read(_ piece: NIOCore.ByteBuffer) {
        lines.withLock { $0.add(Array(piece.readableBytesView)) }
        while let line = lines.withLock({ lines in (try? lines.next()) ?? nil }) { read(line: line.bytes) }
    }

    private func read(line: [UInt8]) {
        let read = ServiceLine(reading: line) { number in
            state.withLock { $0.first == number ? $0.expected.first?.request : nil }
        }
        switch read {
        case .own(let command, let moment)?: own(moment, command)
        case .answer(let answer, _)?:
            let completion = state.withLock { state in
                state.first += 1
                return state.expected.removeFirst().completion
            }
            completion(.success(answer))
        case .error(_, let message)?: fail(message)
        case nil: fail("its answer is of another version")
        }
    }

    func end(_ end: ServiceConnection.End) {
        switch end {
        case .broken: fail("it ended before it had answered all")
        case .whole(let status):
            let isLeft = state.withLock { !$0.expected.isEmpty }
            if isLeft || status != 200 { fail("it answered no more") }
        }
        isOver.signal()
    }

    /// Everything that was not answered fails, and everything that is still given.
    private func fail(_ why: String) {
        let error = StoreError(
            .serviceEnded, "the service that has the store: \(why.printable)",
            advice: "look at its log, and at the leads, before you give these commands again")
        let expected = state.withLock { state in
            state.failure = state.failure ?? error
            defer { state.expected = [] }
            return state.expected
        }
        for one in expected { one.completion(.failure(error)) }
    }

    func waitForEnd() { isOver.wait() }
}
