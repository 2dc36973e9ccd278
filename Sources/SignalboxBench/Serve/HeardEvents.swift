import Foundation
import Journeys
import Values

/// Whether listeners of `/v1/events` hear everything that is committed, and what that costs in memory.
struct HeardEvents {
    /// How many lines were not heard by one that was to hear them.
    let missed: Int
    /// How many lines were heard.
    let heard: Int
    /// The time in which the moments were to come, to the time in which they came and were told.
    let pace: Double
    /// By how much the service's memory grew while they listened, at most.
    let growthMiB: Double
    let residentMiB: Double

    /// How many moments a second come.
    static let momentsPerSecond = 1000.0
    /// How many listeners hear everything.
    static let wideCount = 10
    /// How long a listener may take for its last lines.
    private static let lateLimit = Duration.seconds(30)
    /// How long what has come waits until it is looked for.
    private static let restMicroseconds: UInt32 = 5_000
    /// How often memory is looked at.
    private static let lookMicroseconds: UInt32 = 200_000

    static func measure(
        _ plan: ServeBenchmark.Plan, in place: String, _ progress: (String) -> Void
    ) throws -> HeardEvents {
        progress("listeners")
        _ = try JourneyWorkload.generation(in: "\(place)/events")
        let service = try ServedProgram(in: "\(place)/events", connections: plan.listeners + wideCount)
        // What the service keeps of leads and of their moments is not what listeners cost.
        let earlier = JourneyWorkload.commands(of: ids(plan.listeners, "earlier"))
        try ServedStream.run(StreamProgram.lines(of: earlier), count: earlier.count, on: service)

        let leads = ids(plan.listeners, "lead")
        let before = try service.residentMiB()
        let listeners = try (leads.map { $0 } + [LeadID?](repeating: nil, count: wideCount)).map {
            try EventListener(service, of: $0)
        }
        for listener in listeners { try listener.waitUntilHeard() }
        let memory = Alongside { isEnding in
            var most = try service.residentMiB()
            while !isEnding() {
                usleep(lookMicroseconds)
                most = max(most, try service.residentMiB())
            }
            return most
        }
        let told = Result { try tell(JourneyWorkload.commands(of: leads), to: listeners, by: service) }
        let most = try memory.end()
        let (expected, pace) = try told.get()
        let missed = try listeners.map { try $0.missed(of: expected) }
        try service.end()
        return HeardEvents(
            missed: missed.reduce(0, +), heard: listeners.map(\.count).reduce(0, +), pace: pace,
            growthMiB: most - before, residentMiB: most)
    }

    private static func ids(_ count: Int, _ name: String) -> [LeadID] {
        (1...count).compactMap { LeadID("\(name)-\($0)") }
    }

    /// Gives the commands at an even rate, and listens until everybody has heard as many lines as there are for it, or
    /// it takes too long.
    private static func tell(
        _ commands: [Command], to listeners: [EventListener], by service: ServedProgram
    ) throws -> (expected: ExpectedLines, pace: Double) {
        let lines = commands.map { StreamProgram.lines(of: [$0]) }
        let earlier = try service.momentCount()
        let stream = try ServedStream(service)
        var expected = ExpectedLines()
        var answer = LineReader()
        let began = ContinuousClock.now
        var given = 0
        while true {
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            let target = min(commands.count, Int(seconds * momentsPerSecond))
            if given < target {
                stream.send(Array(lines[given..<target].joined()))
                given = target
                if given == commands.count { stream.finish() }
            }
            let isWhole = try stream.go()
            try answer.read(stream.connection.reader.takeBody()) { try expected.add($0) }
            for listener in listeners { try listener.receive() }
            if isWhole { break }
            usleep(restMicroseconds)
        }
        let answered = ContinuousClock.now
        while listeners.contains(where: { $0.count < expected.lines(for: $0.lead).count }),
            ContinuousClock.now - answered < lateLimit
        {
            usleep(restMicroseconds)
            for listener in listeners { try listener.receive() }
        }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        guard try service.momentCount() - earlier == commands.count else {
            throw BenchmarkError(description: "not every command that listeners were to hear of was accepted")
        }
        return (expected, Double(commands.count) / momentsPerSecond / seconds)
    }
}

/// The lines of the moments that listeners are to hear, as the stream of their commands answered them.
struct ExpectedLines {
    private var all: [Int] = []
    private var ofLead: [LeadID: [Int]] = [:]

    mutating func add(_ line: ArraySlice<UInt8>) throws {
        guard let table = (try? JSONReader.read(Array(line)))?.table, table["moment"]?.integer != nil,
            let lead = table["lead"]?.string.flatMap({ LeadID($0) })
        else {
            throw BenchmarkError(
                description: "a command was answered \(String(decoding: line.prefix(300), as: UTF8.self))")
        }
        let hash = EventListener.hash(of: line)
        all.append(hash)
        ofLead[lead, default: []].append(hash)
    }

    /// Those of the lead, or all, in their order: by their hashes.
    func lines(for lead: LeadID?) -> [Int] { lead.map { ofLead[$0] ?? [] } ?? all }
}
