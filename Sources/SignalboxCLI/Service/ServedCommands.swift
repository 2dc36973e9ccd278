import DequeModule
import Foundation
import Journeys
import NIOCore
import Signalbox
import Store
import Synchronization
import Values

/// A stream of commands that the service does which has the store.
final class ServedCommands: CommandTaker {
    let inFlight = InFlightCommands()
    /// The service reads the workspace, and its log says what does not load.
    let hasMistakes = false
    private let signals: HeardSignals
    private let answers: ServedAnswers
    private let connection: ServiceConnection

    init(_ service: RunningService, until interruption: Interruption) throws(StoreError) {
        let answers = ServedAnswers(own: inFlight.add)
        self.answers = answers
        connection = try service.stream {
            answers.read($0)
        } ended: {
            answers.end($0)
        }
        signals = HeardSignals(until: interruption)
    }

    func submit(
        _ request: CommandLineEntry.Request, given: Value,
        completion: @escaping @Sendable (Result<StreamedAnswer, StoreError>) -> Void
    ) {
        answers.expect(request, completion) { connection.send(Array(given.json.utf8) + [0x0A]) }
    }

    func end(showing own: (Command, Answer.Accepted) -> Void) {
        connection.finish()
        answers.waitForEnd()
        signals.end()
        inFlight.close()
        while let rest = inFlight.take() {
            for case .own(let command, let moment) in rest { own(command, moment) }
        }
        signals.restore()
    }
}

extension RunningService {
    /// Gives commands that are there already, and shows their results in their order. Ends the command where the service
    /// does not answer all of them.
    func give(_ commands: [(request: CommandLineEntry.Request, given: Value)], in report: inout Report) throws
    {
        let interruption = try Interruption()
        let served = try ServedCommands(self, until: interruption)
        let (_, failure) = try CommandStream(served, until: interruption).run { stream in
            for (index, command) in commands.enumerated() {
                let isWanted = stream.give(command.request, given: command.given, line: index + 1, bytes: 0)
                if !isWanted || interruption.isAsked { break }
            }
        } showing: { shown in
            for one in shown {
                switch one {
                case .answer(let answer, let command, let given, _):
                    report.answer(answer, to: command, given: given, line: nil)
                case .released(let plugin, let refusal, let given, _):
                    report.release(of: plugin, refusal, given: given, line: nil)
                // It is not these commands' result.
                case .own, .unfit: break
                }
            }
        }
        served.end { _, _ in }
        if let failure {
            printToStandardError("\(failure.error)")
            throw ExitStatus.of(failure.error)
        }
    }

    /// Lets a plugin be called again that is quarantined.
    func release(_ plugin: String) throws {
        let verb = GrammarVerb.release.rawValue
        var report = Report(
            format: .text, detail: .noteworthy, namesLeads: true, to: Output(outlivesReader: true))
        try give(
            [(.release(plugin: plugin), ["do": .string(verb), "plugin": .string(plugin)])], in: &report)
        if report.counts.foundWrong { throw ExitStatus.foundWrong }
    }
}

/// What a service answers to a stream, in the order of its lines.
final class ServedAnswers: Sendable {
    private let own: @Sendable (Answer.Accepted, Command) -> Void
    private let state = Mutex(State())
    private let isOver = DispatchSemaphore(value: 0)

    private struct State {
        var expected: Deque<Expected> = []
        /// The number of the first line that is expected.
        var first = 1
        /// The beginning of a line that is not whole yet.
        var partial: [UInt8] = []
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
        var lines = state.withLock { state in
            let bytes = state.partial + piece.readableBytesView
            state.partial = []
            return bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        }
        let rest = lines.removeLast()
        state.withLock { $0.partial = Array(rest) }
        for line in lines { read(line: Array(line)) }
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
