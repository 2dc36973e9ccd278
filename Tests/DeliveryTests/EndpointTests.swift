import Foundation
import Journeys
import Store
import TestKit
import Testing
import Values
import Workspace

@testable import Delivery

@Suite("a courier and a real receiver")
struct EndpointTests {
    private let bench = CourierBench()
    private let folder: TemporaryFolder
    private let transfers: Transfers

    init() throws {
        folder = try TemporaryFolder()
        transfers = try #require(Transfers())
        try Data("c2VjcmV0IG9mIHRoZSBjcm0uLi4uLi4=".utf8).write(to: URL(fileURLWithPath: folder("secret")))
        bench.settings.privateHosts = ["127.0.0.1"]
    }

    private func courier() -> Courier {
        let bench = bench
        return bench.courier(
            SettingsCarrier(
                folder: folder.path, store: bench.store, storeID: storeID, transfers: transfers,
                settings: { bench.settings }, clock: { bench.clock.now }))
    }

    private func set(_ endpoint: String, to path: String, of server: PythonServer) {
        bench.settings.webhooks[endpoint] = .init(
            url: "http://127.0.0.1:\(server.port)/\(path)", secrets: [.file("secret")])
    }

    private func delivery() throws -> StoredDelivery {
        try #require(bench.deliveries(to: "crm").first)
    }

    @Test(
        "after 410 an endpoint gets nothing more until the settings change or the next run, and others go on",
        arguments: [true, false])
    func gone(settingsChange: Bool) async throws {
        let server = try await PythonServer("http_receiver.py")
        set("gone", to: "status/410", of: server)
        set("good", to: "good", of: server)
        try bench.call(["gone", "gone", "gone", "good"], as: "L1")
        let first = courier()
        func comesBack(_ courier: Courier) async throws {
            try await wait { bench.count(to: "gone", .delivered) == 4 }
        }
        try await bench.run(first) {
            try await wait { bench.told.count == 1 }
            for lead in ["L2", "L3"] { try bench.call(["gone", "good"], as: lead) }
            try await bench.look(first)
            bench.clock.advance(.seconds(86_400))
            try await bench.look(first)
            #expect(bench.deliveries(to: "gone").map(\.attempts) == [1, 0, 0, 0, 0])
            set("gone", to: "back", of: server)
            try await bench.look(first)
            #expect(bench.count(to: "gone", .waiting) == 4)
            if settingsChange {
                await first.settingsChanged()
                try await comesBack(first)
            }
        }
        if !settingsChange {
            let next = courier()
            try await bench.run(next) { try await comesBack(next) }
        }
        #expect(bench.told.map(\.state) == [.dead])
        let paths = try await server.program.end().map { $0["path"]?.string }
        #expect(paths.filter { $0 == "/status/410" }.count == 1)
        #expect(paths.filter { $0 == "/back" }.count == 4)
        #expect(paths.filter { $0 == "/good" }.count == bench.count(to: "good", .delivered))
        #expect(bench.count(to: "good", .delivered) == 6)
    }

    @Test(
        "an endpoint is called again when its Retry-After says, but not before the pause and not after the deadline",
        arguments: [("120", 120), ("1", 30), ("10000000", 259_200)])
    func retryAfter(_ told: String, _ seconds: Int) async throws {
        let server = try await PythonServer("http_receiver.py")
        set("crm", to: "status/429/\(told)", of: server)
        set("good", to: "good", of: server)
        try bench.call(["crm"], as: "L1")
        let time = start.adding(.seconds(seconds))
        let courier = courier()
        try await bench.run(courier) {
            try await wait {
                bench.deliveries(to: "crm").allSatisfy { $0.state == .waiting && $0.attempts == 1 }
            }
            #expect(try delivery().due == time)
            set("crm", to: "back", of: server)
            bench.clock.advance(.seconds(seconds - 1))
            try await bench.look(courier)
            #expect(try delivery().attempts == 1)
            try await bench.advance(.seconds(1)) { bench.count(to: "crm", .delivered) == 1 }
        }
        let attempts = try bench.store.attempts(of: delivery().id)
        #expect(attempts.map(\.outcome) == [.failed, .delivered])
        #expect(attempts.first?.message == "HTTP/1.1 429 Too Many Requests")
        let began = try #require(attempts.last?.began)
        #expect(began >= time && began < time.adding(.seconds(10)))
    }

    /// The time limit of requests, of which a test waits for a shorter one, and what follows.
    private struct ImpatientCarrier: Carrier {
        let transfers: Transfers
        let server: PythonServer

        func isOpen(_ channel: String) -> Bool { true }

        func attempt(_ delivery: StoredDelivery) async -> AttemptEnd {
            let request = WebhookRequest(delivery, storeID: storeID)
            let isFirst = delivery.attempts == 0
            let end = await transfers.perform(
                Transfer(
                    url: "http://127.0.0.1:\(server.port)/\(isFirst ? "stall" : "hook")",
                    content: .request(
                        headers: request.headers(signedWith: [Array("key".utf8)], at: start),
                        body: request.body),
                    reachesPrivate: true, limit: .seconds(isFirst ? 2 : 30)))
            return SettingsCarrier.end(ofRequest: end, now: start)
        }
    }

    @Test("a request without an answer ends by its limit, and is made again under the same id")
    func stalled() async throws {
        let server = try await PythonServer("http_receiver.py")
        try bench.call(["crm"], as: "L1")
        let courier = bench.courier(ImpatientCarrier(transfers: transfers, server: server))
        try await bench.run(courier) {
            try await wait {
                bench.deliveries(to: "crm").allSatisfy { $0.state == .waiting && $0.attempts == 1 }
            }
            try await bench.advance(.seconds(30), thenBy: .seconds(1)) {
                bench.count(to: "crm", .delivered) == 1
            }
        }
        let attempts = try bench.store.attempts(of: delivery().id)
        #expect(attempts.map(\.outcome) == [.unknown, .delivered])
        #expect(attempts.first?.message?.hasPrefix("the request was sent, and no answer came: ") == true)
        let requests = try await server.program.end()
        #expect(requests.map { $0["path"] } == ["/stall", "/hook"])
        #expect(Set(requests.map { $0["headers"]?.table?["webhook-id"] }).count == 1)
        #expect(bench.told.isEmpty)
    }

    @Test(
        "a request without an answer ends after half a minute",
        .enabled(if: ProcessInfo.processInfo.environment["SIGNALBOX_LONG_TESTS"] != nil))
    func requestLimit() async throws {
        let server = try await PythonServer("http_receiver.py")
        set("crm", to: "stall", of: server)
        try bench.call(["crm"], as: "L1")
        let courier = courier()
        let began = ContinuousClock.now
        try await bench.run(courier) {
            try await wait {
                bench.deliveries(to: "crm").allSatisfy { $0.state == .waiting && $0.attempts == 1 }
            }
        }
        #expect(began.duration(to: .now) >= .seconds(30))
        let attempts = try bench.store.attempts(of: delivery().id)
        #expect(attempts.map(\.outcome) == [.unknown])
        // By the clock of what made the request: this test may be kept waiting by others.
        let message = try #require(attempts.first?.message)
        let match = try #require(
            message.firstMatch(of: /timed out after ([0-9]+) milliseconds/), "\(message)")
        #expect((30_000..<45_000).contains(try #require(Int(match.1))))
    }
}
