import Journeys
import LuaSandbox
import Signalbox
import Store
import Synchronization
import Values

/// Gives an engine the commands of a file as they are read, and shows their results in the order of
/// the file, each as soon as it is durable.
final class CommandStream: Sendable {
    private let taker: any CommandTaker
    private let interruption: Interruption
    private let inFlight: InFlightCommands

    /// The interruption is requested when the store fails.
    init(_ taker: any CommandTaker, until interruption: Interruption) {
        self.taker = taker
        inFlight = taker.inFlight
        self.interruption = interruption
    }

    /// The first line that the store failed, and how. None after it was done.
    struct StoreFailure: Error {
        let line: Int
        let error: StoreError

        /// What it means for the lines of the file.
        ///
        /// - Parameter done: what a line that is done is: `done` or `imported`.
        func consequence(_ done: String = "done") -> String {
            error.code == .serviceEnded
                ? "What came before line \(line) is done; line \(line) and those after it may be."
                : "Nothing was \(done) from line \(line) on; what came before is done."
        }
    }

    /// Gives what a line asks for as soon as there is room. False when no more is wanted, because the store failed.
    func give(_ request: CommandLineEntry.Request, given: Value, line: Int, bytes: Int) -> Bool {
        let place = InFlightCommands.Given(line: line, content: .request(request, given: given), bytes: bytes)
        guard let number = inFlight.add(place) else { return false }
        taker.submit(request, given: given) { [inFlight] in inFlight.answer(number, $0) }
        return true
    }

    /// Gives what is not a command, to be shown in its place. False when no more is wanted.
    func give(unfit message: String, line: Int) -> Bool {
        inFlight.add(InFlightCommands.Given(line: line, content: .unfit(message), bytes: 0)) != nil
    }

    /// What one place of the file came to.
    enum Shown {
        case answer(Answer, to: InFlightCommands.Given)
        /// A release, and why it was not done.
        case released(plugin: String, Refusal?, InFlightCommands.Given)
        case unfit(String, line: Int)
        /// What the engine did by itself.
        case own(Command, Answer.Accepted)
    }

    /// Shows everything that `read` gives, and answers what it answered. Throws where there is no room for a thread.
    ///
    /// - Parameters:
    ///   - read: runs on a thread of its own.
    ///   - show: gets what there is to show.
    ///   - pause: is called behind so many of them, when more may be long in coming.
    func run<End: Sendable>(
        reading read: @escaping @Sendable (CommandStream) -> End, showing show: (Shown) -> Void,
        pausing pause: (_ shown: Int) -> Void = { _ in }
    ) throws(StoreError) -> (end: End, failure: StoreFailure?) {
        let end = ReadingEnd<End>()
        let thread = try SandboxThread.start("reader") {
            let reached = read(self)
            end.value.withLock { $0 = reached }
            self.inFlight.close()
        }
        var failure: StoreFailure?
        while let taken = inFlight.take() {
            var count = 0
            for item in taken where failure == nil {
                switch Self.shown(item) {
                case .success(let one):
                    show(one)
                    count += 1
                case .failure(let storeFailure):
                    failure = storeFailure
                    inFlight.refuse()
                    interruption.ask()
                }
            }
            pause(count)
        }
        thread.join()
        guard let end = end.value.withLock({ $0 }) else { preconditionFailure("the reader did not end") }
        return (end, failure)
    }

    private static func shown(_ item: InFlightCommands.Shown) -> Result<Shown, StoreFailure> {
        switch item {
        case .own(let command, let moment): return .success(.own(command, moment))
        case .given(let given, .failure(let error)?):
            return .failure(StoreFailure(line: given.line, error: error))
        case .given(let given, .success(.command(let answer))?): return .success(.answer(answer, to: given))
        case .given(let given, .success(.release(let refusal))?):
            guard case .request(.release(let plugin), _) = given.content else {
                preconditionFailure("line \(given.line) gave no release")
            }
            return .success(.released(plugin: plugin, refusal, given))
        case .given(let given, nil):
            guard case .unfit(let message) = given.content else {
                preconditionFailure("line \(given.line) was taken before it was answered")
            }
            return .success(.unfit(message, line: given.line))
        }
    }
}

/// What the reading thread leaves.
private final class ReadingEnd<End: Sendable>: Sendable {
    let value = Mutex<End?>(nil)
}
