import Foundation
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

@Suite("What is removed for good")
struct RemovalTests {
    private static let map =
        "map: buyer\ntriggers: { open: [ { run: probe.look } ] }\ntracks: [ { track: qualify, steps: [ { step: call } ] } ]\n"
    private static let plugin = """
        return { name = "probe", api = 1, needs = { "email" }, actions = {
          look = { run = function(event)
            host.note.add("seen")
            host.email.send { to = "ada@example.com", subject = "Hello", text = "Ada" }
          end } } }
        """

    private static func workspace() throws -> TemporaryWorkspace {
        try TemporaryWorkspace(plugins: ["probe": plugin], maps: ["buyer": map])
    }

    @Test("`erase` removes a lead, once, with or without a service", arguments: [false, true])
    func erased(served: Bool) async throws {
        let workspace = try Self.workspace()
        let assigned = try await workspace.run("do", "assign", "L1", "buyer", "name=Ada", "--id", "c1")
        #expect(assigned.status == 0)
        let service = served ? try await RunningService(workspace) : nil
        let tried = try await workspace.run("erase", "L1", "--dry-run")
        #expect(tried.status == 0, "\(tried.errors)")
        #expect(try await workspace.run("lead", "L1").output.contains("Ada"))

        let erased = try await workspace.run("erase", "L1", "--by", "kim", "--id", "e1")
        #expect(erased.output.contains("what was known of the lead is removed"))
        #expect(
            erased.status == 0 && erased.output.contains("moment 2  erase")
                && erased.output.contains("by kim"), "\(erased.output)")
        #expect(try await workspace.run("lead", "L1").status == 1)
        #expect(try await workspace.run("leads", "--format", "jsonl").output.isEmpty)
        #expect(try await workspace.run("deliveries", "--format", "jsonl").output.isEmpty)
        let again = try await workspace.run("erase", "L1", "--format", "jsonl")
        #expect(again.status == 1 && again.objects.first?["reason"] == "unknown_lead")
        let repeated = try await workspace.run(
            "erase", "L1", "--by", "kim", "--id", "e1", "--format", "jsonl")
        #expect(repeated.status == 0 && repeated.objects.first?["moment"] == 2)
        let former = try await workspace.run(
            "do", "assign", "L1", "buyer", "name=Ada", "--id", "c1", "--format", "jsonl")
        #expect(former.objects.first?["type"] == "repeated")
        if let service {
            #expect(try service.ask("GET /v1/leads/L1").status == 404)
            #expect(try service.ask("GET /v1/leads/L1/moments").status == 404)
            let refused = try service.ask("POST /v1/leads/L1/commands", [:], #"{"do":"erase"}"#)
            #expect(refused.status == 404 && refused.body.contains("unknown_lead"))
        }
        #expect(try await workspace.run("do", "set", "L1", "name=Grace").status == 0)
        let lead = try await workspace.run("lead", "L1", "--format", "json")
        #expect(lead.output.contains("Grace") && !lead.output.contains("Ada"))
        if let service {
            let body = try service.ask("POST /v1/leads/L1/commands", [:], #"{"do":"erase"}"#).body
            #expect(body == #"{"outcome":"accepted","moment":4,"lines":[]}"#)
            #expect(try await service.end().status == 0)
        }
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readOnly)
        let audit = try store.audit(before: nil, limit: 99).map(\.entry)
        #expect(
            audit.contains { $0.token == "kim" && $0.result == "removed 1 moment, 1 note and 1 delivery" })
        #expect(audit.allSatisfy { $0.lead != "L1" })
        #expect(try await workspace.run("backup", workspace.path("copy.db")).status == 0)
    }

    @Test(
        "a service removes what is older than `retention` allows, when it starts and when the setting changes"
    )
    func retention() async throws {
        let workspace = try Self.workspace()
        try workspace.write("signalbox.yaml", "retention: { ids: 30d }\n")
        do {
            var samples = SampleMoments()
            let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readWrite)
            try store.commit(
                (1...3).map { number in
                    samples.next("L1", commandID: "c\(number)") { moment in
                        moment.lead.fields = ["n": .integer(Int64(number))]
                    }
                })
        }
        let service = try await RunningService(workspace)
        #expect(try await service.program.tells("allows: 3 ids of commands"))
        #expect(try service.ask("GET /v1/leads/L1/moments").body.contains(#""moment":3"#))
        try workspace.write("signalbox.yaml", "retention: { ids: 30d, history: 1y }\n")
        #expect(try await service.program.tells("allows: 3 moments"))
        #expect(try service.ask("GET /v1/leads/L1/moments").body == #"{"moments":[]}"#)
        #expect(try service.ask("GET /v1/leads/L1").body.contains(#""n":3"#))
        #expect(try await service.end().status == 0)
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readOnly)
        let audit = try store.audit(before: nil, limit: 9).map(\.entry)
        #expect(audit.map(\.result) == ["removed 3 moments", "removed 3 ids of commands"])
        #expect(audit.allSatisfy { $0.action == "retention" && $0.token == "engine" })
    }
}
