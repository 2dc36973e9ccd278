import Foundation
import Journeys
import Values

/// Whether a service's memory grows by requests that it refuses, and whether others are served meanwhile.
struct RefusedRequests {
    /// How many were answered in another way than a refusal.
    let wrong: Int
    /// By how much the service's memory grew over the second half, in which nothing came that had not come before.
    let growthMiB: Double
    let residentMiB: Double
    /// Of single commands meanwhile.
    let servedPerSecond: Double
    let servedMilliseconds: (median: Double, p99: Double)

    /// How many are under way at once.
    private static let together = 32
    /// How many connections give commands that are to be done.
    private static let servedTogether = 4

    static func measure(
        _ plan: ServeBenchmark.Plan, in place: String, _ progress: (String) -> Void
    ) throws -> RefusedRequests {
        progress("refused requests")
        _ = try JourneyWorkload.generation(in: "\(place)/refused")
        let service = try ServedProgram(
            in: "\(place)/refused", connections: plan.halfOpen + together + servedTogether)
        let served = Alongside { isEnding in try serve(service, until: isEnding) }
        var wrong = 0
        var resident: [Double] = []
        let refused = Result {
            for _ in 1...2 {
                let open = try (0..<plan.halfOpen).map { try halfOpen($0, to: service) }
                wrong += try give(plan.refused, to: service)
                resident.append(try service.residentMiB())
                withExtendedLifetime(open) {}
            }
        }
        let answers = try served.end()
        let times = answers.milliseconds.sorted()
        try refused.get()
        try service.end()
        return RefusedRequests(
            wrong: wrong, growthMiB: resident[1] - resident[0], residentMiB: resident[1],
            servedPerSecond: answers.perSecond,
            servedMilliseconds: (
                times[times.count / 2],
                times[times.count * 99 / 100]
            ))
    }

    /// A connection on which a part of a request came, or nothing, and no more comes.
    private static func halfOpen(_ number: Int, to service: ServedProgram) throws -> ServedConnection {
        let connection = try ServedConnection(to: service.port)
        let whole = service.request(
            "POST", "/v1/leads/open/commands", body: Array(#"{"do":"set","fields":{}}"#.utf8))
        connection.send(Array(whole.prefix(number % whole.count)))
        return connection
    }

    /// Gives single commands, which must all be done.
    private static func serve(
        _ service: ServedProgram, until isEnding: () -> Bool
    ) throws -> KeptConnections.Answers {
        let connections = try KeptConnections(servedTogether, to: service.port)
        var given = 0
        var times: [Double] = []
        let began = ContinuousClock.now
        try connections.run { number in
            guard !isEnding(), let lead = LeadID("served-\(number)") else { return nil }
            given += 1
            let changes = LeadChanges(fields: ["n": .integer(Int64(given))])
            return service.request(Command(lead: lead, order: .set(changes)))
        } answered: { answer in
            guard answer.status == 200 else { throw ServedProgram.unexpected(answer.status, answer.body) }
            times.append(answer.milliseconds)
        }
        return KeptConnections.Answers(
            milliseconds: times, seconds: (ContinuousClock.now - began) / .seconds(1))
    }

    // MARK: Refused

    private struct UnderWay {
        let connection: ServedConnection
        let end: BadRequest.End
    }

    /// Gives so many, each on a connection of its own. Answers how many were not refused as they must be.
    private static func give(_ count: Int, to service: ServedProgram) throws -> Int {
        let kinds = BadRequest.allCases.map { (bytes: $0.bytes(for: service), end: $0.end) }
        var given = 0
        var wrong = 0
        var underWay: [UnderWay] = []
        var waiting = Waiting()
        while given < count || !underWay.isEmpty {
            while given < count, underWay.count < together {
                let kind = kinds[given % kinds.count]
                given += 1
                let connection = try ServedConnection(to: service.port)
                connection.send(kind.bytes)
                if case .none = kind.end { continue }
                underWay.append(UnderWay(connection: connection, end: kind.end))
            }
            if underWay.isEmpty { continue }
            waiting.begin()
            for one in underWay { waiting.add(one.connection) }
            try waiting.wait()
            var left: [UnderWay] = []
            for (place, one) in underWay.enumerated() {
                guard waiting.happened(at: place) else {
                    left.append(one)
                    continue
                }
                switch try isRefused(one) {
                case true?: break
                case false?: wrong += 1
                case nil: left.append(one)
                }
            }
            underWay = left
        }
        return wrong
    }

    /// Nil where it is not answered yet.
    private static func isRefused(_ one: UnderWay) throws -> Bool? {
        one.connection.receive()
        let isWhole = try one.connection.reader.readAnswer()
        if !isWhole {
            one.connection.flush()
            if !one.connection.isOver { return nil }
        }
        let reader = one.connection.reader
        switch one.end {
        case .status(let statuses): return isWhole ? statuses.contains(reader.status) : reader.status == 0
        case .streamError:
            let text = String(decoding: reader.body, as: UTF8.self)
            return isWhole && reader.status == 200 && text.contains(#""type":"error""#)
        case .none: return true
        }
    }
}
