import Foundation
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

@testable import SignalboxServer

/// `serve.mask`: what the API shows, by the caller's role.
@Suite("What a viewer is not shown")
struct MaskTests {
    private static let map = """
        map: m
        triggers: { open: [ { run: post.send }, { run: post.fail }, { run: post.refuse },
          { run: post.send, when: lead.fields.phone == "x" } ] }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """

    private static let plugin = """
        return { name = "post", api = 1, needs = { "email" }, emits = { "post.sent" }, actions = {
          send = { run = function(event)
            local fields = event.lead.fields
            host.email.send { to = fields.email, cc = "hidden-copy@x", subject = fields.phone, text = fields.phone,
              values = { v = fields.phone }, headers = { ["X-Of"] = fields.phone } }
            host.store.set("phone", fields.phone)
            host.bus.emit("post.sent", { who = { { phone = fields.phone } } })
            host.lead.set { phone = fields.phone .. " again" }
            host.note.add("a note")
          end },
          fail = { run = function(event) error("it fails") end },
          refuse = { run = function(event)
            host.email.send { to = event.lead.fields.phone, subject = "s" }
          end },
        } }
        """

    /// A word in each value that the mask of ``workspace()`` hides, and nowhere else.
    private static let secret = "hidden"

    /// A lead whose masked fields are in whatever the store keeps of it, one delivery of which is dead.
    private static func workspace() async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace(plugins: ["post": plugin], maps: ["m": map])
        try workspace.write(
            "signalbox.yaml",
            """
            deliver: { email: { by: "off" } }
            serve: { mask: [ email, phone, "caf\u{E9}" ] }
            """)
        let given = try await workspace.give(
            """
            {"do":"assign","lead":"L1","map":"m","fields":{"name":"Kim","email":"hidden-mail@x","phone":"hidden-phone",\
            "more":{"of":[{"phone":{"home":"hidden-home"}}]},"caf\u{E9}":"hidden-composed","cafe\u{301}":"shown",\
            "empty":null}}
            """,
            #"{"do":"set","lead":"L1","fields":{"email":null,"phone":"hidden-other"}}"#)
        try #require(given.errors.contains("2 accepted, 0 refused, 1 with incidents"), "\(given.errors)")
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readWrite)
        defer { store.settle() }
        let at = Timestamp("2100-01-01T00:00:00Z")!
        let row = try #require(try DeliveryID("L1/1/1").flatMap { try store.delivery($0) }).row
        try store.beginAttempts([row], at: at)
        try store.settle(
            [DeliverySettlement(row: row, outcome: .failed, message: "550 no hidden-mail@x", next: .dead)],
            at: at)
        return workspace
    }

    private static func token(_ role: String, in workspace: TemporaryWorkspace) async throws -> String {
        try await workspace.run("token", "add", role, "--role", role).output
            .trimmingCharacters(in: CharacterSet.newlines)
    }

    /// Every route of leads that answers once, with a path at which there is something.
    private static let paths = [
        "/v1/leads": "/v1/leads", "/v1/leads/{lead}": "/v1/leads/L1",
        "/v1/leads/{lead}/moments": "/v1/leads/L1/moments",
        "/v1/leads/{lead}/explain": "/v1/leads/L1/explain", "/v1/maps": "/v1/maps",
        "/v1/maps/{map}": "/v1/maps/m",
        "/v1/incidents": "/v1/incidents", "/v1/incidents/{number}": "/v1/incidents/1",
        "/v1/bulk/{id}": "/v1/bulk/1", "/v1/deliveries": "/v1/deliveries",
        "/v1/deliveries/{id}": "/v1/deliveries/L1%2F1%2F1", "/v1/plugins": "/v1/plugins",
        "/v1/plugins/{name}": "/v1/plugins/post",
    ]

    @Test("no route shows a masked value to a viewer, and each shows the rest as it shows an agent all of it")
    func routes() async throws {
        let workspace = try await Self.workspace()
        let tokens = (
            viewer: try await Self.token("viewer", in: workspace),
            agent: try await Self.token("agent", in: workspace),
            admin: try await Self.token("admin", in: workspace)
        )
        let service = try await RunningService(workspace, token: tokens.viewer)
        func body(_ path: String, as token: String) throws -> String {
            let answer = try service.ask("GET \(path)", ["Authorization": "Bearer \(token)"])
            try #require(answer.status == 200, "\(path): \(answer.body)")
            return answer.body
        }
        let bulk = #"{"do":"retry_deliveries","filter":{"to":"hidden-copy@x"},"expect":9}"#
        #expect(
            try service.ask("POST /v1/bulk", ["Authorization": "Bearer \(tokens.admin)"], bulk).status == 202)
        while try !body("/v1/bulk/1", as: tokens.admin).contains(#""state":"over""#) {}

        let offered = try DescriptionTests.offeredRoutes().filter { $0.hasPrefix("GET /v1/") }
        #expect(offered.sorted() == (Self.paths.keys.map { "GET \($0)" } + ["GET /v1/events"]).sorted())
        let withSecrets: Set = [
            "/v1/leads", "/v1/leads/{lead}", "/v1/leads/{lead}/moments", "/v1/leads/{lead}/explain",
            "/v1/incidents",
            "/v1/incidents/{number}",
            "/v1/bulk/{id}", "/v1/deliveries", "/v1/deliveries/{id}",
        ]
        for (route, path) in Self.paths {
            let all = try body(path, as: tokens.agent)
            let masked = try body(path, as: tokens.viewer)
            #expect(all.contains(Self.secret) == withSecrets.contains(route), "\(path): \(all)")
            #expect(!masked.contains(Self.secret), "\(path): \(masked)")
            #expect(masked.contains(Mask.hidden) == withSecrets.contains(route), "\(path): \(masked)")
            // How long leads are at a step is another time for each request.
            if route == "/v1/maps/{map}" { continue }
            let difference = Self.difference(try JSONReader.read(masked), try JSONReader.read(all))
            #expect(difference == nil, "\(path): \(difference ?? "")")
        }
        // The second call's incident, and that of the third, whose message quotes an address.
        for number in 1...2 {
            let path = "/v1/incidents/\(number)"
            #expect(try body(path, as: tokens.agent).contains(Self.secret))
            #expect(try !body(path, as: tokens.viewer).contains(Self.secret))
        }
        let lead = try JSONReader.read(try body("/v1/leads/L1", as: tokens.viewer)).table
        #expect(
            lead?["fields"] == [
                "name": "Kim", "phone": "***", "more": ["of": [["phone": "***"]]],
                "caf\u{E9}": "***", "cafe\u{301}": "shown",
            ])
        let openapi = try body("/openapi.json", as: tokens.viewer)
        #expect(try openapi == body("/openapi.json", as: tokens.admin))
        _ = try body("/metrics", as: tokens.viewer)
        let ran = try await service.end()
        #expect(!ran.errors.contains(Self.secret))
    }

    /// Where a masked answer differs from the whole one but for what is hidden; nil where it does not.
    private static func difference(_ masked: Value, _ all: Value) -> String? {
        switch (masked, all) {
        case (.table(let masked), .table(let all)):
            if masked.count != all.count { return "\(masked.keys) are not \(all.keys)" }
            for entry in masked {
                let difference = all[entry.key].map { Self.difference(entry.value, $0) } ?? "there is none"
                if let difference { return "\(entry.key): \(difference)" }
            }
            return nil
        case (.list(let masked), .list(let all)):
            if masked.count != all.count { return "\(masked.count) items, not \(all.count)" }
            return zip(masked, all).lazy.compactMap { Self.difference($0, $1) }.first
        case (.string(Mask.hidden), _): return all.isNull ? "nothing is hidden" : nil
        case _: return masked == all ? nil : "\(masked.json) is not \(all.json)"
        }
    }

    @Test("events are masked as they are committed, and when they are read again")
    func events() async throws {
        let workspace = try await Self.workspace()
        let viewer = try await Self.token("viewer", in: workspace)
        let agent = try await Self.token("agent", in: workspace)
        let service = try await RunningService(workspace, token: viewer)
        let listener = try EventListener(service)
        let all = try EventListener(service, token: agent)
        let answer = try service.ask(
            "POST /v1/leads/L2/commands", ["Authorization": "Bearer \(agent)"],
            #"{"do":"assign","map":"m","fields":{"email":"hidden-mail@x","phone":"hidden-phone"}}"#)
        try #require(answer.status == 200, "\(answer.body)")
        let count = try #require(try JSONReader.read(answer.body).table?["lines"]?.list?.count)
        let masked = try listener.lines(count)
        let whole = try all.lines(count)
        #expect(
            !listener.text.contains(Self.secret) && listener.text.contains(Mask.hidden), "\(listener.text)")
        #expect(all.text.contains(Self.secret))
        for (masked, whole) in zip(masked, whole) {
            #expect(masked.id == whole.id)
            #expect(Self.difference(.table(masked.table), .table(whole.table)) == nil)
        }
        let later = try EventListener(service, after: masked[0].id)
        #expect(try later.lines(count - 1).map(\.table) == masked.dropFirst().map(\.table))
        #expect(!later.text.contains(Self.secret))
        _ = try await service.end()
    }

    @Test("what is looked for does not tell a viewer what it may not read")
    func filters() async throws {
        let workspace = try await Self.workspace()
        let service = try await RunningService(workspace, token: "")
        for role in ["viewer", "agent"] {
            let token = try await Self.token(role, in: workspace)
            let access = ["Authorization": "Bearer \(token)"]
            func found(_ text: String) throws -> Bool {
                try service.ask("GET /v1/leads?match=\(text)", access).body.contains(#""L1""#)
            }
            let isAgent = role == "agent"
            #expect(try found("hidden-other") == isAgent && found("hidden-composed") == isAgent)
            #expect(try found("kim") && found("l1") && found("SHOWN"))
            let stepped = try service.ask("GET /v1/leads?map=m&step=t/s&match=hidden-other", access)
            #expect(stepped.body.contains(#""L1""#) == isAgent, "\(stepped.body)")
            for address in ["hidden-mail@x", "nobody@x"] {
                let answer = try service.ask("GET /v1/deliveries?to=\(address)", access)
                #expect(answer.status == (isAgent ? 200 : 403), "\(answer.body)")
            }
            #expect(try service.ask("GET /v1/deliveries?state=dead", access).body.contains("L1/1/1"))
        }
        _ = try await service.end()
    }

    @Test("without a mask a viewer reads everything")
    func unmasked() async throws {
        let workspace = try await Self.workspace()
        try workspace.write("signalbox.yaml", #"deliver: { email: { by: "off" } }"#)
        let service = try await RunningService(
            workspace, token: try await Self.token("viewer", in: workspace))
        #expect(try service.ask("GET /v1/leads/L1").body.contains("hidden-home"))
        #expect(try service.ask("GET /v1/deliveries?to=hidden-mail@x").body.contains("L1/1/1"))
        _ = try await service.end()
    }
}

/// What is masked in a value, by its form.
@Suite("A mask")
struct MaskFormTests {
    private let mask = Mask(["email"])!

    @Test("none is there without names")
    func none() { #expect(Mask([]) == nil) }

    @Test("members of a masked name are hidden at any depth, whatever they are but null")
    func names() {
        let values: [Value] = ["a", 1, 1.5, false, ["a"], ["b": "c"], ""]
        for value in values { #expect(mask(["a": [["email": value]]]) == ["a": [["email": "***"]]]) }
        let shown: Value = ["email": .null, "Email": 1, "email ": 2, "e-mail": "email", "list": ["email"]]
        #expect(mask(shown) == shown)
        #expect(Mask(["e\u{301}"])!(["\u{E9}": 1, "e\u{301}": 2]) == ["\u{E9}": 1, "e\u{301}": "***"])
    }

    @Test("an effect that sends shows its template alone")
    func effects() {
        let mail: Value = ["do": "email", "to": "a@b", "template": "t", "more": 1, "values": ["x": 1]]
        #expect(
            mask(["effects": [mail]]) == [
                "effects": [["do": "email", "to": "***", "template": "t", "more": "***", "values": "***"]]
            ])
        #expect(
            mask(["do": "webhook", "endpoint": "crm", "payload": .null])
                == ["do": "webhook", "endpoint": "***", "payload": .null])
        let others: [Effect] = [.status(.won), .note("n"), .todo(["title": "t"]), .assign(MapID("m"))]
        for effect in others { #expect(mask(effect.value) == effect.value) }
    }

    @Test("a delivery, its line, its end and its incident show neither its addressee nor what it says")
    func deliveries() throws {
        let id = try #require(DeliveryID("L1/2/1"))
        for kind in Outgoing.Kind.allCases {
            let line = JournalEntry.delivery(
                Outgoing(id: id, kind: kind, to: "hidden", first: 1, payload: ["text": "hidden"], by: "p.a"))
            var lines = JournalLines(lead: id.lead, moment: 2)
            expectHidden(try JSONReader.read(lines.line(line, incident: nil)), ["to"])
            let end = Undelivered(
                delivery: id, kind: kind, to: "hidden", state: .dead, reason: "550 hidden", isQuiet: false)
            expectHidden(end.command.value, ["to", "reason"])
            expectHidden(
                ["id": "L1/2/1", "kind": .string(kind.rawValue), "to": "hidden", "reason": "hidden"],
                ["to", "reason"])
        }
        #expect(
            mask([
                "kind": "email", "to": "a", "payload": ["text": "b", "template": "t"], "message": "m", "n": 1,
            ])
                == [
                    "kind": "email", "to": "***", "payload": ["text": "***", "template": "t"],
                    "message": "***", "n": 1,
                ])
        for state in Undelivered.State.allCases {
            expectHidden(
                [
                    "type": "incident", "reason": .string(state.incidentReason), "message": "to hidden",
                    "n": 1,
                ],
                ["message"])
        }
        #expect(
            mask(["attempts": [["attempt": 1, "began": "t", "message": "m", "outcome": "failed"]]])
                == ["attempts": [["attempt": 1, "began": "t", "message": "***", "outcome": "failed"]]])
    }

    /// These members and no others are hidden.
    private func expectHidden(_ value: Value, _ members: [String]) {
        var expected = value.table ?? Table()
        for member in members { expected[member] = "***" }
        #expect(value.table != expected)
        #expect(mask(value) == .table(expected))
        #expect(!mask(value).json.contains("hidden"))
    }

    @Test("a value that is named beside it is hidden")
    func named() {
        #expect(
            mask(["field": "email", "from": "a", "to": "b", "n": 1])
                == ["field": "email", "from": "***", "to": "***", "n": 1])
        let changes: [(String, Value)] = [
            ("email", ["do": "store.set", "key": "email", "value": "***"]),
            ("other", ["do": "store.set", "key": "other", "value": "a"]),
        ]
        for (key, expected) in changes {
            #expect(mask(["do": "store.set", "key": .string(key), "value": "a"]) == expected)
        }
        #expect(
            mask(["do": "store.add", "key": "email", "amount": 1])
                == ["do": "store.add", "key": "email", "amount": "***"])
    }

    @Test("a filter of a bulk shows its addressee to nobody who may not read it")
    func bulks() {
        #expect(
            mask(["do": "retry_deliveries", "filter": ["to": "a@b", "lead": "L1"]])
                == ["do": "retry_deliveries", "filter": ["to": "***", "lead": "L1"]])
    }

    @Test("what a failed call says is hidden where it may quote an address")
    func messages() {
        for function in ["host.email.send", "host.webhook.send"] {
            #expect(mask(["message": .string("p.lua:1: \(function): a")]) == ["message": "***"])
        }
        let shown: Value = ["message": "p.lua:1: it fails", "text": "host.email.send"]
        #expect(mask(shown) == shown)
    }
}
