import Foundation
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

/// The service and its description, held together by requests that are made from the description.
@Suite("The API keeps to its description")
struct ConformanceTests {
    private static let map = """
        map: m
        triggers: { open: [ { run: greeting.send }, { run: greeting.set }, { run: greeting.fail },
                            { run: greeting.send, when: "false" } ] }
        tracks:
          - track: t
            steps: [ { step: s }, { step: u } ]
          - track: f
            kind: flex
            flex: { decide: greeting.keep }
            steps: [ { step: a }, { step: b } ]
        """

    private static let plugin = """
        return { name = "greeting", version = "1.0.0", api = 1, summary = "Does a bit of everything.",
          needs = { "email", "webhook" },
          actions = {
            send = { run = function(event)
              host.email.send { to = { "kim@x", "lee@x" }, subject = "Hello", text = "It begins." }
              host.webhook.send("crm", { lead = event.lead.id })
              host.note.add("written")
              host.todo.add { title = "Call" }
              host.lead.set { greeted = true }
              host.log.info("a line", { n = 1 })
            end },
            set = { run = function()
              host.lead.set { greeted = 2 }
              host.bus.emit("greeting.done", { n = 1 })
            end },
            fail = { run = function() error("the plugin fails") end },
          },
          deciders = { keep = { decide = function(event)
            if event.lead.fields.bad then error("it cannot decide") end
            return { keep = { "a" }, reason = "as told" }
          end } } }
        """

    private static let gone = """
        return { name = "gone", api = 1,
          on = { { event = "map.open", run = function() host.note.add("seen") end } } }
        """

    /// Leads at several places of a map, one of them held, and on a map that was removed; incidents, dead deliveries, a plugin
    /// that does not load, with a map that needs it, and one that was removed. `check_api.py` knows them by their names.
    private func service() async throws -> RunningService {
        let workspace = try TemporaryWorkspace(
            plugins: ["greeting": Self.plugin, "gone": Self.gone],
            maps: ["m": Self.map, "left": "map: left\ntracks: [ { track: t, steps: [ { step: s } ] } ]"])
        try workspace.write(
            "signalbox.yaml", "serve: { rate: 100000 }\ndeliver: { email: { by: off } }\n")
        let given = try await workspace.give(
            #"{"do":"assign","lead":"L1","map":"m"}"#, #"{"do":"assign","lead":"c","map":"m","id":"k"}"#,
            #"{"do":"complete","lead":"c","step":"t/s"}"#, #"{"do":"complete","lead":"c","step":"t/u"}"#,
            #"{"do":"assign","lead":"a/b","map":"m","fields":{"bad":true}}"#,
            #"{"do":"complete","lead":"a/b","step":"t/s"}"#, #"{"do":"complete","lead":"a/b","step":"t/u"}"#,
            #"{"do":"set","lead":"new","fields":{"n":1.5}}"#, #"{"do":"assign","lead":"over","map":"m"}"#,
            #"{"do":"status","lead":"over","to":"lost"}"#, #"{"do":"assign","lead":"last","map":"left"}"#,
            #"{"do":"todo.done","lead":"L1","todo":1}"#)
        #expect(given.objects.lines("refused").isEmpty)
        let types = Set(given.objects.compactMap { $0["type"]?.string })
        #expect(types == ["event", "call", "conflict", "incident", "delivery", "todo"])
        try kill(["L1/1/1", "L1/1/2", "L1/1/3"], in: workspace)
        try workspace.remove("plugins/gone.lua")
        try workspace.remove("maps/left.yaml")
        let service = try await RunningService(workspace)
        try workspace.write("plugins/broken.lua", "return {")
        try workspace.write(
            "maps/unable.yaml",
            "map: unable\ntriggers: { open: [ { run: broken.act } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]"
        )
        #expect(try await service.program.tells("unable"))
        return service
    }

    private func kill(_ ids: [String], in workspace: TemporaryWorkspace) throws {
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readWrite)
        defer { store.settle() }
        let now = Timestamp("2026-11-22T09:00:00Z")!
        for id in ids {
            let found = try DeliveryID(id).flatMap { try store.delivery($0) }
            let row = try #require(found).row
            try store.beginAttempts([row], at: now)
            try store.settle(
                [DeliverySettlement(row: row, outcome: .failed, message: "550 no", next: .dead)], at: now)
        }
    }

    @Test("requests by the description get answers by the description")
    func conformance() async throws {
        let service = try await service()
        #expect(try service.ask("GET /v1/leads?held=true").body.contains(#"{"leads":[{"id":"a/b","#))
        #expect(try service.ask("GET /v1/plugins/gone").body.contains(#""state":"removed""#))
        #expect(try service.ask("GET /v1/plugins/broken").body.contains(#""state":"failed""#))
        #expect(try service.ask("GET /v1/maps/left").body.contains(#""state":"removed","leads":1"#))
        let program = try PythonProgram(
            "check_api.py", ["http://127.0.0.1:\(service.port)", service.token, "20"])
        let answer = try #require(try await program.end().last)
        #expect(answer["passed"] == true, "\(answer["output"]?.string ?? "")")
        let ran = try await service.end()
        #expect(ran.status == 0 && !ran.errors.contains("a request failed"), "\(ran.errors)")
    }
}
