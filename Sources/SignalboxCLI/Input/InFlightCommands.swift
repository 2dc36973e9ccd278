import DequeModule
import Journeys
import Signalbox
import Store
import Values

/// What a file brought and is not shown yet, in the order of the file: a bounded part of it. Between it is what the
/// engine did by itself meanwhile.
///
/// One thread adds, the engine answers, and one thread takes what is answered from the front.
///
/// Owner: the thread that holds the lock, because all contents are behind it; hence `@unchecked Sendable`.
final class InFlightCommands: @unchecked Sendable {
    /// How many commands are under way at once.
    static let countLimit = 8_000
    /// How many bytes their lines have together, if there is more than one.
    static let bytesLimit = 64 << 20

    /// What is in one place of the file. A class, because it goes through many hands and never changes.
    final class Given: Sendable {
        let line: Int
        let content: Content
        /// Of its text.
        let bytes: Int

        init(line: Int, content: Content, bytes: Int) {
            self.line = line
            self.content = content
            self.bytes = bytes
        }

        enum Content: Sendable {
            case request(CommandLineEntry.Request, given: Value)
            /// What is not a command, and why.
            case unfit(String)
        }

        /// Of a line that gave one.
        var command: Command {
            guard case .request(.command(let command), _) = content else {
                preconditionFailure("line \(line) gave no command")
            }
            return command
        }

        /// As it was given; null of what is not a command.
        var value: Value {
            switch content {
            case .request(_, let given): given
            case .unfit: .null
            }
        }
    }

    enum Shown {
        /// What was given, and its result; nil for what was not a command.
        case given(Given, Result<StreamedAnswer, StoreError>?)
        /// What the engine did by itself.
        case own(Command, Answer.Accepted)
    }

    private let changed = BlockingCondition()
    /// A ring: the number of what is given, in remainder to its length, is its place.
    private var places = [Place](repeating: Place(), count: countLimit)
    private var first = 0
    private var end = 0
    /// Behind the last that was answered.
    private var answered = 0
    private var bytes = 0
    /// What the engine did by itself, each before the first that was not answered then.
    private var own: Deque<(before: Int, command: Command, moment: Answer.Accepted)> = []
    private var isClosed = false
    private var isRefusing = false

    private struct Place {
        /// Nil while the place is free.
        var given: Given?
        var result: Result<StreamedAnswer, StoreError>?
        var isDone = false
    }

    /// Adds what was given as soon as there is room, and answers its number. Nil when nothing more is wanted.
    func add(_ given: Given) -> Int? {
        changed.lock()
        defer { changed.unlock() }
        while !isRefusing, end > first,
            end - first == Self.countLimit || bytes + given.bytes > Self.bytesLimit
        {
            changed.wait()
        }
        if isRefusing { return nil }
        places[end % Self.countLimit].given = given
        if case .unfit = given.content {
            places[end % Self.countLimit].isDone = true
            if end == first { changed.broadcast() }
        }
        bytes += given.bytes
        end += 1
        return end - 1
    }

    func answer(_ number: Int, _ result: Result<StreamedAnswer, StoreError>) {
        changed.lock()
        defer { changed.unlock() }
        places[number % Self.countLimit].result = result
        places[number % Self.countLimit].isDone = true
        answered = max(answered, number + 1)
        if number == first { changed.broadcast() }
    }

    /// Adds what the engine did by itself. It is shown behind everything that was answered before.
    func add(_ moment: Answer.Accepted, of command: Command) {
        changed.lock()
        defer { changed.unlock() }
        own.append((before: max(answered, first), command: command, moment: moment))
        if own.count == 1 { changed.broadcast() }
    }

    /// Nothing more is wanted; what is under way is still answered.
    func refuse() {
        changed.lock()
        defer { changed.unlock() }
        isRefusing = true
        changed.broadcast()
    }

    /// Nothing more will be added.
    func close() {
        changed.lock()
        defer { changed.unlock() }
        isClosed = true
        changed.broadcast()
    }

    /// Waits for the answer to what was given first, and takes all that is answered from there on. Nil at
    /// the end.
    func take() -> [Shown]? {
        changed.lock()
        defer { changed.unlock() }
        while !isFrontDone, own.first.map({ $0.before > first }) ?? true {
            if isClosed, first == end { break }
            changed.wait()
        }
        var taken: [Shown] = []
        while true {
            while let next = own.first, next.before <= first {
                taken.append(.own(next.command, next.moment))
                own.removeFirst()
            }
            guard isFrontDone, let given = places[first % Self.countLimit].given.take() else { break }
            bytes -= given.bytes
            taken.append(.given(given, places[first % Self.countLimit].result.take()))
            places[first % Self.countLimit].isDone = false
            first += 1
        }
        changed.broadcast()
        return taken.isEmpty ? nil : taken
    }

    private var isFrontDone: Bool { places[first % Self.countLimit].isDone }
}
