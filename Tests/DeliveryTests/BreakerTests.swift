import Journeys
import Store
import TestKit
import Testing
import Values
import Workspace

@testable import Delivery

@Suite("a courier whose receivers do not answer")
struct BreakerTests {
    private let bench = CourierBench()
    private let carrier = HeldCarrier()

    private let down = AttemptEnd(.failed(canPass: true), "no connection", isOfChannel: true)
    private let arrived = AttemptEnd(.delivered, "ok")

    @Test(
        "five failures leave a destination alone, then one delivery tries it, and only one that arrives opens it"
    )
    func breaker() async throws {
        let count = 40
        for number in 1...count { try bench.call(["dead"], as: "L\(number)") }
        let courier = bench.courier(carrier)
        try await bench.run(courier) {
            let tried = try await failFiveTimes(courier)
            try await probe(courier, after: CircuitBreaker.firstPause, from: start, tried: tried)
            // The attempt takes a while, so this delivery's next one comes that much later than the destination opens.
            bench.clock.advance(.seconds(15))
            carrier.end(down)
            try await wait { bench.count(to: "dead", .sending) == 0 }
            try await bench.look(courier)
            #expect(carrier.begun.count == tried + 1)
            try await probe(
                courier, after: CircuitBreaker.firstPause * 2, from: bench.clock.now, tried: tried + 1)
            carrier.end(arrived)
            // As many at once as before, and at once: the clock does not move.
            try await wait { carrier.held == Courier.width }
            carrier.endAll(arrived)
            try await wait { bench.count(to: "dead", .delivered) == count - 1 }
            let last = try #require(bench.deliveries(to: "dead").first { $0.state == .waiting })
            #expect(last.id == carrier.begun[tried])
            try await bench.advance(.seconds(15)) { bench.count(to: "dead", .delivered) == count }
        }
        #expect(bench.told.isEmpty)
        #expect(bench.count(to: "good", .waiting) == 0)
    }

    /// Answers how many attempts there were: with four failures the destination is as good as any, with the fifth none
    /// begins.
    private func failFiveTimes(_ courier: Courier) async throws -> Int {
        func failed() -> Int {
            bench.deliveries(to: "dead").filter { $0.state == .waiting && $0.attempts > 0 }.count
        }
        try await wait { carrier.held == Courier.width }
        let tried = Courier.width + 4
        carrier.end(down, first: 4)
        try await wait { carrier.begun.count == tried }
        carrier.end(down, first: 1)
        try await wait { failed() == 5 }
        try await bench.look(courier)
        #expect(carrier.begun.count == tried)
        // Those that were under way then say nothing new.
        carrier.end(down)
        try await wait { failed() == tried }
        try await bench.look(courier)
        #expect(carrier.begun.count == tried)
        return tried
    }

    /// Expects that nothing is tried before the pause is over, and then one delivery alone, which it leaves under way.
    private func probe(
        _ courier: Courier, after pause: Duration, from failure: Timestamp, tried: Int
    ) async throws {
        bench.clock.advance(pause - .seconds(1))
        try await bench.look(courier)
        #expect(carrier.begun.count == tried)
        try await bench.advance(.seconds(1)) { carrier.begun.count > tried }
        try await bench.look(courier)
        #expect(carrier.begun.count == tried + 1 && carrier.held == 1)
        let last = try #require(carrier.begun.last)
        let began = try #require(bench.store.attempts(of: last).last).began
        #expect(began >= failure.adding(pause) && began < failure.adding(pause + .seconds(10)))
    }

    @Test("a stop that comes to its limit leaves what is under way, and the next run loses none of it")
    func abandoned() async throws {
        var samples = SampleMoments()
        try bench.store.commit([
            samples.next("L1") { moment in
                for _ in 1...2 { moment.send(["to": "kim"], to: "kim", by: "plugin:p") }
                for _ in 1...2 { moment.send(["endpoint": "crm"], .webhook, to: "crm", by: "plugin:p") }
            }
        ])
        let ids = (1...4).map { DeliveryID(LeadID("L1")!, moment: 1, number: $0) }
        func states() -> [DeliveryState?] { ids.map { bench.store.delivery($0)?.state } }
        // Its attempts go on until this test is over, as if the process were still there.
        defer { carrier.endAll(arrived) }
        try await bench.run(bench.courier(carrier), stoppingWithin: .milliseconds(10)) {
            try await wait { carrier.held == 2 }
        }
        #expect(states() == [.sending, .waiting, .sending, .waiting])
        #expect(carrier.begun.count == 2 && bench.told.isEmpty)
        let next = HeldCarrier()
        next.endAll(arrived)
        try await bench.run(bench.courier(next)) {
            try await bench.advance(.seconds(30), thenBy: .seconds(1)) {
                states() == [.unknown, .delivered, .delivered, .delivered]
            }
        }
        #expect(next.begun.sorted { $0.number < $1.number } == Array(ids.dropFirst()))
        #expect(bench.told.map(\.delivery) == [ids[0]] && bench.told.map(\.state) == [.unknown])
        #expect(bench.store.attempts(of: ids[2]).map(\.outcome) == [.unknown, .delivered])
    }
}
