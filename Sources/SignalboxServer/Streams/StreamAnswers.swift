import DequeModule
import Journeys
import Signalbox
import Store
import Synchronization
import Values

/// The lines of a stream from when they are given until their answers are taken, in the order of the lines.
///
/// One task adds lines, the engine answers them, and another task takes what is answered from the front. Lines that are under
/// way are bounded, and whoever adds waits for room, which the engine makes. Answers that nobody takes are bounded too,
/// and end the stream.
final class StreamAnswers: Sendable {
    /// How many lines are under way at once.
    static let underWayLimit = 1_000
    /// How many bytes these have together, if there is more than one.
    static let underWayLimitBytes = 16 << 20
    /// How many bytes of answers wait to be taken.
    static let heldLimitBytes = 64 << 20
    /// How many bytes are taken at once, and one answer more.
    private static let takenTogetherBytes = 256 << 10

    /// One line that was given.
    struct Line: Sendable {
        let number: Int
        let request: CommandLineEntry.Request
        let given: Value
        /// Of its text.
        let bytes: Int
    }

    enum Outcome: Sendable {
        case answered(StreamedAnswer)
        /// The caller may not give it, and why.
        case forbidden(String)
        case failed(StoreError)
    }

    struct Answered: Sendable {
        let line: Line
        let outcome: Outcome
        /// Nil where it was kept with its moment.
        let audit: AuditLog.Place?

        /// About as many as it will be written in.
        fileprivate var bytes: Int {
            switch outcome {
            case .answered(.command(.accepted(let accepted))): accepted.journalBytes.count
            case .answered, .forbidden, .failed: line.bytes + 256
            }
        }
    }

    /// What is taken from the front.
    enum Taken: Sendable {
        case answered(Answered)
        /// What the engine did by itself.
        case own(Command, Answer.Accepted)

        var answered: Answered? {
            switch self {
            case .answered(let answered): answered
            case .own: nil
            }
        }

        fileprivate var bytes: Int {
            switch self {
            case .answered(let answered): answered.bytes
            case .own(_, let moment): moment.journalBytes.count + 256
            }
        }
    }

    /// What ends the answer before the end of the stream.
    struct EndingError: Error, Sendable {
        /// The first line that was not done.
        let line: Int
        let reason: ProblemReason
        let message: String
    }

    enum Place: Sendable {
        case number(Int)
        /// Too many answers wait to be taken.
        case full
        /// Nobody takes answers any more.
        case unwanted
    }

    private let state = Mutex(State())

    private struct State {
        /// Nil for those that are under way.
        var slots: Deque<Answered?> = []
        /// The number of the first slot.
        var first = 0
        /// The number behind the last that was answered.
        var answeredEnd = 0
        /// What the engine did by itself, each before the first that was not answered then.
        var own: Deque<(before: Int, moment: Taken)> = []
        var underWay = 0
        var underWayBytes = 0
        var heldBytes = 0
        /// How many lines may be under way now: few until answers have shown how long they are.
        var window = 16
        /// About as long are answers of this stream: the longest of the last ones.
        var typicalBytes = 0
        var isClosed = false
        var isAbandoned = false
        var error: EndingError?
        /// The task that waits for room.
        var adder: CheckedContinuation<Void, Never>?
        /// The task that waits for answers.
        var taker: CheckedContinuation<Void, Never>?

        /// Whether something can be taken.
        var isFrontAnswered: Bool {
            (slots.first.map { $0 != nil } ?? false) || (own.first.map { $0.before <= first } ?? false)
        }

        /// Nil where it has to wait for room.
        mutating func add(bytes: Int) -> Place? {
            if isAbandoned { return .unwanted }
            if heldBytes > heldLimitBytes { return .full }
            guard underWay == 0 || hasRoom(bytes) else { return nil }
            underWay += 1
            underWayBytes += bytes
            slots.append(nil)
            return .number(first + slots.count - 1)
        }

        private func hasRoom(_ bytes: Int) -> Bool {
            underWay < min(window, underWayLimit) && bytes <= underWayLimitBytes - underWayBytes
                && heldBytes + (underWay + 1) * typicalBytes <= heldLimitBytes
        }

        mutating func noteLength(_ bytes: Int) {
            window += 1
            typicalBytes = max(bytes, typicalBytes - typicalBytes / 16)
        }

        /// The task that waits for answers, which is to be woken.
        mutating func wokenTaker() -> CheckedContinuation<Void, Never>? {
            defer { taker = nil }
            return taker
        }

        /// Empty at the end; nil where it has to wait for answers.
        mutating func take() -> [Taken]? {
            var taken: [Taken] = []
            var bytes = 0
            while bytes < takenTogetherBytes, let next = takeFirst() {
                bytes += next.bytes
                taken.append(next)
            }
            heldBytes -= bytes
            return taken.isEmpty && !(isClosed && slots.isEmpty) ? nil : taken
        }

        private mutating func takeFirst() -> Taken? {
            if let next = own.first, next.before <= first {
                own.removeFirst()
                return next.moment
            }
            guard let answered = slots.first ?? nil else { return nil }
            slots.removeFirst()
            first += 1
            return .answered(answered)
        }
    }

    /// Adds a line as soon as there is room.
    func add(bytes: Int) async -> Place {
        while true {
            if let place = addNow(bytes: bytes) { return place }
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    // Room may have come meanwhile.
                    let waits = !state.isAbandoned && state.underWay > 0
                    if waits { state.adder = continuation }
                    return waits
                }
                if !waits { continuation.resume() }
            }
        }
    }

    /// Nil where it has to wait for room.
    func addNow(bytes: Int) -> Place? { state.withLock { $0.add(bytes: bytes) } }

    func answer(_ number: Int, _ answered: Answered) {
        let waiting = state.withLock { state in
            state.underWay -= 1
            state.underWayBytes -= answered.line.bytes
            state.heldBytes += answered.bytes
            state.noteLength(answered.bytes)
            state.slots[number - state.first] = answered
            state.answeredEnd = max(state.answeredEnd, number + 1)
            defer { state.adder = nil }
            return [state.adder, state.isFrontAnswered ? state.wokenTaker() : nil]
        }
        for continuation in waiting { continuation?.resume() }
    }

    /// Adds what the engine did by itself, behind everything that was answered before.
    func add(own moment: Answer.Accepted, of command: Command) {
        let taker = state.withLock { state in
            let own = Taken.own(command, moment)
            state.heldBytes += own.bytes
            state.own.append((before: max(state.answeredEnd, state.first), moment: own))
            return state.isFrontAnswered ? state.wokenTaker() : nil
        }
        taker?.resume()
    }

    /// What is answered from the front on, some at a time. Nil at the end.
    func take() async -> [Taken]? {
        while true {
            if let taken = state.withLock({ $0.take() }) { return taken.isEmpty ? nil : taken }
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    let waits = !state.isFrontAnswered && !(state.isClosed && state.slots.isEmpty)
                    if waits { state.taker = continuation }
                    return waits
                }
                if !waits { continuation.resume() }
            }
        }
    }

    /// Nothing more will be added, for the stream is at its end or because of an error.
    func close(_ error: EndingError? = nil) {
        let waiting = state.withLock { state in
            state.isClosed = true
            state.error = error
            return state.wokenTaker()
        }
        waiting?.resume()
    }

    /// Nobody takes answers any more.
    func abandon() {
        let waiting = state.withLock { state in
            state.isAbandoned = true
            defer { state.adder = nil }
            return state.adder
        }
        waiting?.resume()
    }

    /// Why it was closed before the end of the stream.
    var error: EndingError? { state.withLock { $0.error } }
}
