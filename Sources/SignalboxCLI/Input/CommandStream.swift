import Journeys
import LuaSandbox
import Signalbox
import Store
import Synchronization
import Values

/// Gives an engine the commands of a file as they are read, and shows their results in the order of
/// the file, each as soon as it is durable.
final class CommandStream: Sendable {
    private let engine: Engine
    private let interruption: Interruption
    private let inFlight = InFlightCommands()

    /// The interruption is requested when the store fails.
    init(_ engine: Engine, until interruption: Interruption) {
        self.engine = engine
        self.interruption = interruption
    }

    /// The first line that the store failed, and how. None after it was done.
    struct StoreFailure {
        let line: Int
        let error: StoreError
    }

    /// Gives a command as soon as there is room. False when no more is wanted, because the store failed.
    func give(_ command: Command, given: Value, line: Int, bytes: Int) -> Bool {
        guard
            let number = inFlight.add(
                InFlightCommands.Given(line: line, content: .command(command, given: given), bytes: bytes))
        else { return false }
        engine.submit(command, waits: true) { [inFlight] in inFlight.answer(number, $0) }
        return true
    }

    /// Gives what is not a command, to be shown in its place. False when no more is wanted.
    func give(unfit message: String, line: Int) -> Bool {
        inFlight.add(InFlightCommands.Given(line: line, content: .unfit(message), bytes: 0)) != nil
    }

    /// What one place of the file came to.
    enum Shown {
        case answer(Answer, Command, given: Value, line: Int)
        case unfit(String, line: Int)
    }

    /// Shows everything that `read` gives, and answers what it answered. Throws where there is no room for a thread.
    ///
    /// - Parameters:
    ///   - read: runs on a thread of its own.
    ///   - show: gets what there is to show, some at a time; more may be long in coming.
    func run<End: Sendable>(
        reading read: @escaping @Sendable (CommandStream) -> End, showing show: ([Shown]) -> Void
    ) throws(StoreError) -> (end: End, failure: StoreFailure?) {
        let end = ReadingEnd<End>()
        let thread = try SandboxThread.start("reader") {
            let reached = read(self)
            end.value.withLock { $0 = reached }
            self.inFlight.close()
        }
        var failure: StoreFailure?
        while let taken = inFlight.take() {
            var shown: [Shown] = []
            for item in taken where failure == nil {
                switch (item.given.content, item.result) {
                case (.unfit(let message), _):
                    shown.append(.unfit(message, line: item.given.line))
                case (.command(let command, let given), .success(let answer)?):
                    shown.append(.answer(answer, command, given: given, line: item.given.line))
                case (.command, .failure(let error)?):
                    failure = StoreFailure(line: item.given.line, error: error)
                    inFlight.refuse()
                    interruption.ask()
                case (.command, nil):
                    preconditionFailure("a command was taken before it was answered")
                }
            }
            show(shown)
        }
        thread.join()
        guard let end = end.value.withLock({ $0 }) else { preconditionFailure("the reader did not end") }
        return (end, failure)
    }
}

/// What the reading thread leaves.
private final class ReadingEnd<End: Sendable>: Sendable {
    let value = Mutex<End?>(nil)
}
