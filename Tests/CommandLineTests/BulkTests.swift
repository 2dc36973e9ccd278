import Foundation
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

@Suite("The same with many at once")
struct BulkTests {
    private static let map =
        "map: buyer\ntriggers: { open: [ { run: probe.look } ] }\ntracks: [ { track: qualify, steps: [ { step: call } ] } ]\n"

    /// Fails for each lead, or for those with the field `hard` alone.
    private static func plugin(failsForAll: Bool) -> String {
        """
        return { name = "probe", api = 1, needs = { "email" }, actions = {
          look = { run = function(event)
            host.email.send { to = "kim@example.com", subject = "Hello", text = "It begins." }
            if \(failsForAll) or event.lead.fields.hard then error("it fails") end
          end } } }
        """
    }

    /// With so many open incidents of leads `L1` and on, of which the last is hard.
    private static func workspace(_ count: Int) async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace(
            plugins: ["probe": plugin(failsForAll: true)], maps: ["buyer": map])
        // As many failures in a row as there are.
        try workspace.write("signalbox.yaml", "plugins: { limits: { deadline: 10s } }\n")
        let lines = (1...count).map { number in
            #"{"do":"assign","lead":"L\#(number)","map":"buyer","fields":{"hard":\#(number == count)}}"#
        }
        _ = try await workspace.run("do", "--commands", "-", input: Array(lines.joined(separator: "\n").utf8))
        try workspace.write("plugins/probe.lua", plugin(failsForAll: false))
        return workspace
    }

    private static func table(_ exchange: HTTPExchange) throws -> Table {
        try JSONReader.read(exchange.body).table ?? Table()
    }

    /// The bulk when it is over.
    private static func over(_ number: Int, of service: RunningService) throws -> Table {
        for _ in 0..<5_000 {
            let bulk = try table(service.ask("GET /v1/bulk/\(number)"))
            if bulk["state"] == "over" { return bulk }
        }
        return try table(service.ask("GET /v1/bulk/\(number)"))
    }

    @Test(
        "incidents run again: first it says how many, then it does no more than was expected, and says what failed"
    )
    func incidents() async throws {
        let service = try await RunningService(Self.workspace(30))
        func ask(_ body: String) throws -> HTTPExchange { try service.ask("POST /v1/bulk", [:], body) }
        let told = try ask(#"{"do":"retry_incidents","filter":{"plugin":"probe"},"dry_run":true}"#)
        #expect(told.status == 200)
        #expect(try Self.table(told)["count"] == 30)
        #expect(try Self.table(told)["samples"]?.list?.count == 20)
        #expect(
            try Self.table(ask(#"{"do":"retry_incidents","filter":{"lead":"L7"},"dry_run":true}"#))["count"]
                == 1)
        for (body, status, reason) in [
            (#"{"do":"retry_incidents"}"#, 400, "bad_request"),
            (#"{"do":"cancel_runs","expect":1}"#, 400, "bad_request"),
            (#"{"do":"retry_incidents","expect":-1}"#, 400, "bad_request"),
            (#"{"do":"retry_incidents","expect":30.5}"#, 400, "bad_request"),
            (#"{"do":"retry_incidents","expect":29.0}"#, 409, "too_many"),
            (#"{"do":"retry_incidents","expect":1,"now":true}"#, 400, "bad_request"),
            (#"{"do":"retry_incidents","filter":{"to":"x"},"expect":99}"#, 400, "bad_request"),
            (#"{"do":"retry_deliveries","filter":{"state":"waiting"},"expect":99}"#, 400, "bad_request"),
            (#"{"do":"retry_incidents","expect":29}"#, 409, "too_many"), ("[]", 400, "bad_request"),
        ] {
            let answer = try ask(body)
            #expect(answer.status == status && answer.body.contains("\"\(reason)\""), "\(answer.body)")
        }
        #expect(try service.ask("GET /v1/bulk/1").status == 404)

        let begun = try ask(#"{"do":"retry_incidents","filter":{"plugin":"probe"},"expect":30}"#)
        #expect(begun.status == 202 && begun.body == #"{"id":1,"count":30}"#)
        let bulk = try Self.over(1, of: service)
        #expect(bulk["done"] == 29 && bulk["failed"] == 1 && bulk["count"] == 30, "\(bulk)")
        #expect(bulk["filter"] == ["plugin": "probe"] && bulk["do"] == "retry_incidents")
        let failure = bulk["failures"]?.list?.first?.table
        #expect(failure?["incident"] == 30 && failure?["reason"] == "failed")
        let open = try Self.table(service.ask("GET /v1/incidents"))["incidents"]?.list ?? []
        #expect(open.compactMap { $0.table?["lead"] } == ["L30"])
        let events = try service.ask("GET /v1/leads/L1/moments").body
        #expect(events.contains(#""id":"bulk/1/1""#) && events.contains(#""by":"api:"#))
        _ = try await service.end()
    }

    @Test("deliveries are sent again")
    func deliveries() async throws {
        let workspace = try await Self.workspace(5)
        do {
            let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readWrite)
            let rows = try store.outbox(after: 0, limit: 99).map(\.row)
            #expect(rows.isEmpty, "a call that fails sends nothing")
        }
        #expect(try await workspace.run("incidents", "retry", "--plugin", "probe", "--yes").status == 1)
        do {
            let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readWrite)
            let waiting = try store.outbox(after: 0, limit: 99)
            #expect(waiting.count == 4)
            let at = Timestamp("2100-01-01T00:00:00Z")!
            try store.beginAttempts(waiting.map(\.row), at: at)
            try store.settle(
                waiting.map { DeliverySettlement(row: $0.row, outcome: .failed, message: "no", next: .dead) },
                at: at)
        }
        let service = try await RunningService(workspace)
        let told = try service.ask(
            "POST /v1/bulk", [:], #"{"do":"retry_deliveries","filter":{"kind":"email"},"dry_run":true}"#)
        #expect(try Self.table(told)["count"] == 4)
        #expect(
            try service.ask("POST /v1/bulk", [:], #"{"do":"retry_deliveries","expect":4}"#).status == 202)
        #expect(try Self.over(1, of: service)["done"] == 4)
        #expect(try Self.table(service.ask("GET /v1/deliveries?state=dead"))["deliveries"] == [])
        _ = try await service.end()
    }

    @Test("a bulk that a process left undone goes on in the next, and does nothing twice")
    func restarted() async throws {
        let workspace = try await Self.workspace(3)
        do {
            let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readWrite)
            let incidents = try store.incidents(of: nil, before: nil, limit: 9).reversed()
            let number = try store.addBulk(
                NewBulk(
                    .retryIncidents, filter: [:], by: "kim", at: Timestamp("2026-01-01T00:00:00Z")!,
                    items: incidents.map { NewBulk.Item($0.number, of: $0.lead) }))
            #expect(number == 1)
        }
        // As the process before did it, without a note of that.
        let first = try await workspace.give(
            #"{"do":"rerun","lead":"L1","incident":1,"by":"api:kim","id":"bulk/1/1"}"#)
        #expect(first.status == 0)
        let service = try await RunningService(workspace)
        let bulk = try Self.over(1, of: service)
        #expect(bulk["done"] == 2 && bulk["failed"] == 1)
        let moments = try Self.table(service.ask("GET /v1/leads/L1/moments"))["moments"]?.list
        #expect(moments?.count == 2)
        _ = try await service.end()
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readOnly)
        let audit = try store.audit(before: nil, limit: 9).map(\.entry)
        #expect(audit.allSatisfy { $0.token == "kim" && $0.request == "bulk/1" } && audit.count == 3)
    }

    @Test("one incident is run again by its number")
    func incident() async throws {
        let service = try await RunningService(Self.workspace(2))
        func retry(_ number: Int, _ body: String? = nil) throws -> HTTPExchange {
            try service.ask("POST /v1/incidents/\(number)/retry", [:], body)
        }
        let retried = try retry(1)
        #expect(
            retried.status == 200 && retried.body.hasPrefix(#"{"outcome":"accepted","moment":2,"lines":["#))
        #expect(try retry(1).status == 409)
        #expect(try retry(1, #"{"again":true,"now":true,"id":"x"}"#).status == 200)
        #expect(
            try retry(1, #"{"again":true,"now":true,"id":"x"}"#).body.hasPrefix(#"{"outcome":"repeated""#))
        #expect(try retry(1, #"{"lead":"L2"}"#).status == 400)
        #expect(try retry(1, #"{"nwo":true}"#).status == 400)
        #expect(try retry(9).status == 404)
        _ = try await service.end()
    }
}
