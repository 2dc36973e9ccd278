/// Connections that are kept, each with one request at a time.
///
/// Owner: one thread at a time.
final class KeptConnections {
    private let connections: [ServedConnection]

    /// An answer to a request.
    struct Answered {
        /// Of the connection.
        let number: Int
        let status: Int
        let body: [UInt8]
        /// Since the request was sent.
        let milliseconds: Double
    }

    init(_ count: Int, to port: Int) throws {
        connections = try (0..<count).map { _ in try ServedConnection(to: port) }
    }

    /// Gives one request after the other on each connection, until `next` has none for the one with this number.
    func run(next: (Int) -> [UInt8]?, answered: (Answered) throws -> Void) throws {
        var sent = [ContinuousClock.Instant](repeating: .now, count: connections.count)
        func give(_ number: Int) -> Bool {
            guard let request = next(number) else { return false }
            sent[number] = .now
            connections[number].send(request)
            return true
        }
        var busy = connections.indices.filter(give)
        var waiting = Waiting()
        while !busy.isEmpty {
            waiting.begin()
            for number in busy { waiting.add(connections[number]) }
            try waiting.wait()
            var ended: [Int] = []
            for (place, number) in busy.enumerated() where waiting.happened(at: place) {
                let connection = connections[number]
                connection.flush()
                connection.receive()
                guard try connection.reader.readAnswer() else {
                    if connection.isOver {
                        throw BenchmarkError(description: "the service closed a connection without an answer")
                    }
                    continue
                }
                try answered(
                    Answered(
                        number: number, status: connection.reader.status, body: connection.reader.takeBody(),
                        milliseconds: (ContinuousClock.now - sent[number]) / .milliseconds(1)))
                if !give(number) { ended.append(number) }
            }
            if !ended.isEmpty { busy.removeAll(where: ended.contains) }
        }
    }

    /// Gives the requests, on each connection those of its number. Each must be answered with 200.
    ///
    func run(_ requests: [[[UInt8]]]) throws -> Answers {
        var given = [Int](repeating: 0, count: requests.count)
        var times: [Double] = []
        let began = ContinuousClock.now
        try run { number in
            guard given[number] < requests[number].count else { return nil }
            defer { given[number] += 1 }
            return requests[number][given[number]]
        } answered: { answer in
            guard answer.status == 200 else { throw ServedProgram.unexpected(answer.status, answer.body) }
            times.append(answer.milliseconds)
        }
        return Answers(milliseconds: times, seconds: (ContinuousClock.now - began) / .seconds(1))
    }

    /// How long requests took that were given side by side.
    struct Answers {
        /// Of each, in the order of their ends.
        private(set) var milliseconds: [Double] = []
        /// Of all together.
        private(set) var seconds = 0.0

        var perSecond: Double { Double(milliseconds.count) / seconds }

        /// Adds what was given at another time.
        mutating func add(_ others: Answers) {
            milliseconds += others.milliseconds
            seconds += others.seconds
        }
    }
}
