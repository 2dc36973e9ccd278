import Foundation
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

/// What leaves the building, on the command line and over HTTP.
@Suite("Deliveries, as people see them")
struct DeliveriesTests {
    private static let map = """
        map: m
        triggers: { open: [ { run: post.send } ] }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """

    private static let plugin = """
        return { name = "post", api = 1, needs = { "email", "webhook" }, actions = { send = { run = function(event)
          host.email.send { to = { "kim@x", "lee@x" }, subject = "Hello", text = "It begins." }
          host.webhook.send("crm", { lead = event.lead.id })
        end } } }
        """

    /// The leads `a/b` and `L2`, each with a mail to two and a webhook. `a/b/1/1` is dead after two attempts, `a/b/1/2`
    /// is unknown, `L2/1/3` is delivered, and the others wait.
    private func workspace() async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace(plugins: ["post": Self.plugin], maps: ["m": Self.map])
        let given = try await workspace.give(
            #"{"do":"assign","lead":"a/b","map":"m"}"#, #"{"do":"assign","lead":"L2","map":"m"}"#)
        #expect(given.status == 0 && given.objects.lines("delivery").count == 6)
        try settle(in: workspace)
        return workspace
    }

    private func settle(in workspace: TemporaryWorkspace) throws {
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readWrite)
        defer { store.settle() }
        let later = Timestamp("2100-01-01T00:00:00Z")!
        func attempt(
            _ id: String, _ outcome: DeliveryAttempt.Outcome, _ message: String?,
            _ next: DeliverySettlement.Next
        ) throws {
            let found = try DeliveryID(id).flatMap { try store.delivery($0) }
            let row = try #require(found).row
            try store.beginAttempts([row], at: later)
            try store.settle(
                [DeliverySettlement(row: row, outcome: outcome, message: message, next: next)], at: later)
        }
        try attempt("a/b/1/1", .failed, "450 come again", .again(due: later))
        try attempt("a/b/1/1", .failed, "550 no such user", .dead)
        try attempt("a/b/1/2", .unknown, "the connection broke", .unknown)
        try attempt("L2/1/3", .delivered, nil, .delivered)
    }

    @Test("they are listed by lead, kind, destination, state and time, the latest first")
    func list() async throws {
        let workspace = try await workspace()
        func ids(_ words: String...) async throws -> [String] {
            let ran = try await RunningProgram(
                ["deliveries"] + words + ["--format", "jsonl", "-w", workspace.folder]
            ).end()
            #expect(ran.status == 0, "\(ran.errors)")
            #expect(ran.objects.allSatisfy { $0["type"] == "delivery" && $0["payload"] == nil })
            return ran.objects.compactMap { $0["id"]?.string }
        }
        #expect(try await ids() == ["L2/1/3", "L2/1/2", "L2/1/1", "a/b/1/3", "a/b/1/2", "a/b/1/1"])
        #expect(try await ids("--lead", "a/b") == ["a/b/1/3", "a/b/1/2", "a/b/1/1"])
        #expect(try await ids("--kind", "webhook") == ["L2/1/3", "a/b/1/3"])
        #expect(try await ids("--to", "kim@x") == ["L2/1/1", "a/b/1/1"])
        #expect(try await ids("--to", "KIM@x") == [])
        #expect(try await ids("--state", "waiting", "--kind", "email") == ["L2/1/2", "L2/1/1"])
        #expect(try await ids("--state", "unknown") == ["a/b/1/2"])
        #expect(try await ids("--since", "1h").count == 6)
        #expect(try await ids("--since", "2100-01-01T00:00:00Z") == [])
        #expect(try await ids("--before", "L2/1/1", "--limit", "2") == ["a/b/1/3", "a/b/1/2"])

        let text = try await workspace.run("deliveries", "--limit", "2")
        #expect(text.output.hasPrefix("delivery  state"))
        #expect(text.output.contains("L2/1/3    delivered  webhook  crm"))
        #expect(text.errors == "These are the latest 2; go on with --before \"L2/1/2\".\n")
        #expect(
            try await workspace.run("deliveries", "--lead", "L2", "--state", "dead").output
                == "No deliveries.\n")
        let unknown = try await workspace.run("deliveries", "--before", "L2/9/9")
        #expect(unknown.status == 1 && unknown.errors == "There is no delivery \"L2/9/9\".\n")
        #expect(try await workspace.run("deliveries", "--lead", "nobody").status == 1)
    }

    @Test("one is shown with what it says and its attempts")
    func show() async throws {
        let workspace = try await workspace()
        let shown = try await workspace.run("deliveries", "show", "a/b/1/1", "--format", "jsonl")
        let delivery = try #require(shown.objects.first)
        #expect(delivery["state"] == "dead" && delivery["attempt_count"] == 2 && delivery["mail"] == nil)
        #expect(delivery["payload"]?.table?["subject"] == "Hello")
        #expect(delivery["message"] == "550 no such user")
        let attempts = delivery["attempts"]?.list?.compactMap(\.table) ?? []
        #expect(attempts.map { $0["attempt"] } == [1, 2])
        #expect(attempts.map { $0["outcome"] } == ["failed", "failed"])
        #expect(attempts.map { $0["message"] } == ["450 come again", "550 no such user"])
        let text = try await workspace.run("deliveries", "show", "a/b/1/1").output
        #expect(text.hasPrefix("delivery a/b/1/1  dead\n  email to kim@x\n  lead a/b, moment 1  "))
        #expect(text.contains("  attempt 2  failed: 550 no such user  "))
        #expect(text.hasSuffix("  Send it again with: signalbox deliveries retry a/b/1/1\n"))
        let other = try await workspace.run("deliveries", "show", "a/b/1/2").output
        #expect(other.contains("  the same mail as a/b/1/1\n"))
        let waiting = try await workspace.run("deliveries", "show", "a/b/1/3").output
        #expect(waiting.contains("  to be attempted from ") && !waiting.contains("again"))
        let none = try await workspace.run("deliveries", "show", "a/b/1/4")
        #expect(none.status == 1 && none.errors == "There is no delivery \"a/b/1/4\".\n")
    }

    @Test("those that are dead or unknown are sent again: by their ids, or all that a filter means")
    func retry() async throws {
        let workspace = try await workspace()
        func states() async throws -> [String?] {
            try await workspace.run("deliveries", "--format", "jsonl").objects.map { $0["state"]?.string }
        }
        let before = ["delivered", "waiting", "waiting", "waiting", "unknown", "dead"]
        let asked = try await workspace.run("deliveries", "retry", "--kind", "email")
        #expect(asked.status == 1)
        #expect(asked.errors == "2 deliveries found.\nNothing was done; add --yes if that is meant.\n")
        let missing = try await workspace.run("deliveries", "retry", "a/b/1/1", "a/b/1/9")
        #expect(missing.status == 1 && missing.errors == "There is no delivery \"a/b/1/9\".\n")
        let none = try await workspace.run("deliveries", "retry", "--kind", "webhook", "--yes")
        #expect(none.status == 1 && none.errors == "0 deliveries found.\n")
        #expect(try await states() == before)

        let one = try await workspace.run("deliveries", "retry", "--state", "unknown", "--yes")
        #expect(one.status == 0)
        #expect(one.errors == "1 delivery found.\n1 delivery waits again; `serve` sends what waits.\n")
        #expect(try await states() == ["delivered", "waiting", "waiting", "waiting", "waiting", "dead"])
        let named = try await workspace.run("deliveries", "retry", "a/b/1/1", "L2/1/3", "a/b/1/1")
        #expect(named.status == 1)
        #expect(
            named.errors
                == "1 delivery waits again; `serve` sends what waits.\nThe others are neither dead nor unknown.\n"
        )
        #expect(try await states() == ["delivered"] + Array(repeating: "waiting", count: 5))
        let shown = try await workspace.run("deliveries", "show", "a/b/1/1", "--format", "jsonl").objects
        #expect(shown.first?["attempt_count"] == 2)
    }

    @Test("the API lists them by the same filters, in pages, and shows one with its attempts")
    func overHTTP() async throws {
        let service = try await RunningService(workspace())
        func page(_ query: String) throws -> Table? {
            try JSONReader.read(try service.ask("GET /v1/deliveries\(query)").body).table
        }
        func ids(_ page: Table?) -> [String] {
            (page?["deliveries"]?.list ?? []).compactMap { $0.table?["id"]?.string }
        }
        #expect(ids(try page("?lead=a%2Fb&kind=email")) == ["a/b/1/2", "a/b/1/1"])
        #expect(ids(try page("?to=kim%40x&state=dead")) == ["a/b/1/1"])
        #expect(ids(try page("?since=2100-01-01T00:00:00Z")) == [])
        var found: [String] = []
        var query = "?limit=4"
        for _ in 0..<9 {
            let next = try page(query)
            found += ids(next)
            guard let cursor = next?["next"]?.string else { break }
            query = "?limit=4&before=\(cursor)"
        }
        #expect(found == ["L2/1/3", "L2/1/2", "L2/1/1", "a/b/1/3", "a/b/1/2", "a/b/1/1"])
        let one = try JSONReader.read(try service.ask("GET /v1/deliveries/a%2Fb%2F1%2F1").body).table
        #expect(one?["attempts"]?.list?.count == 2 && one?["payload"]?.table?["text"] == "It begins.")
        for (request, status, reason) in [
            ("GET /v1/deliveries?state=lost", 400, "bad_request"),
            ("GET /v1/deliveries?kind=letter", 400, "bad_request"),
            ("GET /v1/deliveries?lead=", 400, "bad_request"),
            ("GET /v1/deliveries?before=7", 400, "bad_request"),
            ("GET /v1/deliveries?run=x", 400, "bad_request"),
            ("GET /v1/deliveries/a%2Fb%2F1%2F9", 404, "unknown_delivery"),
            ("GET /v1/deliveries/nonsense", 404, "unknown_delivery"),
            ("POST /v1/deliveries/a%2Fb%2F9%2F1/retry", 404, "unknown_delivery"),
            ("POST /v1/deliveries/L2%2F1%2F3/retry", 409, "cannot_send_again"),
            ("POST /v1/deliveries/L2%2F1%2F1/retry", 409, "cannot_send_again"),
        ] {
            let answer = try service.ask(request)
            #expect(
                answer.status == status && answer.body.contains("\"\(reason)\""), "\(request): \(answer.body)"
            )
            #expect(try service.ask("GET /problems/\(reason)").status == 200)
        }
        let again = try service.ask("POST /v1/deliveries/a%2Fb%2F1%2F1/retry")
        #expect(again.status == 200 && again.body == #"{"outcome":"waiting","id":"a/b/1/1"}"#)
        #expect(try service.ask("POST /v1/deliveries/a%2Fb%2F1%2F1/retry").status == 409)
        #expect(ids(try page("?state=dead")) == [])
        _ = try await service.end()
    }

    @Test("only an admin sends again")
    func roles() async throws {
        let workspace = try await workspace()
        for role in ["viewer", "agent"] {
            let added = try await workspace.run("token", "add", role, "--role", role)
            let token = added.output.trimmingCharacters(in: .newlines)
            let service = try await RunningService(workspace, token: token)
            #expect(try service.ask("GET /v1/deliveries").status == 200)
            #expect(try service.ask("POST /v1/deliveries/a%2Fb%2F1%2F1/retry").status == 403)
            _ = try await service.end()
        }
        let dead = try await workspace.run("deliveries", "--state", "dead", "--format", "jsonl").objects
        #expect(dead.count == 1)
    }
}
