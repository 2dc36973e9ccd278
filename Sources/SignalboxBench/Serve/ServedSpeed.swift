import Journeys
import Values
import Workspace

/// How many commands a service does, against the engine without it, and against requests that ask nothing of it.
struct ServedSpeed {
    /// One turn; speeds are in commands or requests a second.
    struct Turn {
        let engine: Double
        let stream: Double
        let idle: Double
        let single: Double
        /// In milliseconds, of the answer to a single command.
        let answer: (median: Double, p99: Double)
    }

    /// How many connections have a request on its way at once.
    static let connectionCount = 64

    /// What is compared takes turns, on one store for all turns; the engine has one of its own in each.
    static func measure(
        _ plan: ServeBenchmark.Plan, in place: String, _ progress: (String) -> Void
    ) throws -> [Turn] {
        let generation = try JourneyWorkload.generation(in: "\(place)/speed")
        let service = try ServedProgram(in: "\(place)/speed", connections: connectionCount)
        let commands = JourneyWorkload.commands(leads: plan.sideBySide, waves: plan.waves)
        var turns: [Turn] = []
        for round in 1...plan.rounds {
            progress("speed, round \(round) of \(plan.rounds)")
            let streamed = (1...plan.waves).flatMap { wave in
                JourneyWorkload.commands(of: ids(plan.sideBySide, "s\(round)-\(wave)"))
            }
            let lines = StreamProgram.lines(of: streamed)
            let single = requests(ids(plan.sideBySide, "c\(round)"), of: service)
            let engine = try RunningEngine.with(generation, at: "\(place)/engine-\(round).db") {
                try $0.run(commands)
            }
            let stream = try perSecond(streamed.count) {
                try ServedStream.run(lines, count: streamed.count, on: service)
            }
            let (idle, singles) = try inTurns(
                service.request("GET", "/livez"), single,
                over: KeptConnections(connectionCount, to: service.port))
            let times = singles.milliseconds.sorted()
            turns.append(
                Turn(
                    engine: engine, stream: stream, idle: idle.perSecond, single: singles.perSecond,
                    answer: (times[times.count / 2], times[times.count * 99 / 100])))
        }
        try service.end()
        return turns
    }

    /// In how many pieces a turn's requests are given, one of each kind after the other: a machine that others use too is
    /// not as fast in one second as in the next.
    private static let pieces = 8

    /// Gives `idle` as often as there are commands, in turns with them.
    private static func inTurns(
        _ idle: [UInt8], _ commands: [[[UInt8]]], over connections: KeptConnections
    ) throws -> (idle: KeptConnections.Answers, single: KeptConnections.Answers) {
        var answers = (idle: KeptConnections.Answers(), single: KeptConnections.Answers())
        for piece in 0..<pieces {
            let part = commands.map { own in
                Array(own[own.count * piece / pieces..<own.count * (piece + 1) / pieces])
            }
            answers.idle.add(
                try connections.run(part.map { [[UInt8]](repeating: idle, count: $0.count) }))
            answers.single.add(try connections.run(part))
        }
        return answers
    }

    private static func ids(_ count: Int, _ name: String) -> [LeadID] {
        (1...count).compactMap { LeadID("\(name)-\($0)") }
    }

    /// The workload of these leads for each connection, a lead's always on the same, so that they keep their order.
    static func requests(_ leads: [LeadID], of service: ServedProgram) -> [[[UInt8]]] {
        (0..<connectionCount).map { number in
            let own = stride(from: number, to: leads.count, by: connectionCount).map { leads[$0] }
            return JourneyWorkload.commands(of: own).map(service.request)
        }
    }
}
