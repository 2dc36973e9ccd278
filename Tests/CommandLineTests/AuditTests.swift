import Foundation
import SQLiteStore
import Store
import TestKit
import Testing
import Values

@Suite("The audit log")
struct AuditTests {
    @Test("each change over the API is in it with its token, address, request and result")
    func changes() async throws {
        let workspace = try TemporaryWorkspace(
            plugins: ["post": "return { name = 'post', api = 1 }"],
            maps: ["m": "map: m\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n"])
        func token(_ name: String, _ role: String) async throws -> String {
            try await workspace.run("token", "add", name, "--role", role).output
                .trimmingCharacters(in: .newlines)
        }
        let admin = try await token("root", "admin")
        let agent = ["Authorization": "Bearer \(try await token("kim", "agent"))"]
        let viewer = ["Authorization": "Bearer \(try await token("eve", "viewer"))"]
        let service = try await RunningService(workspace, token: admin)
        let commands = "POST /v1/leads/a%2Fb/commands"
        _ = try service.ask(commands, [:], #"{"do":"assign","map":"m","id":"1","fields":{"phone":"555"}}"#)
        _ = try service.ask(commands, [:], #"{"do":"assign","map":"m","id":"1","fields":{"phone":"555"}}"#)
        _ = try service.ask(commands, agent, #"{"do":"complete","step":"t/none"}"#)
        _ = try service.ask(commands, agent, #"{"do":"retry"}"#)
        // Neither reads nor tries change anything, and what is not a command says nothing of a change.
        _ = try service.ask("\(commands)?dry_run=true", [:], #"{"do":"advance"}"#)
        _ = try service.ask("GET /v1/leads/a%2Fb")
        _ = try service.ask(commands, [:], "{")
        _ = try service.ask("POST /v1/plugins/post/release")
        _ = try service.ask("POST /v1/deliveries/a%2Fb%2F1%2F1/retry")
        _ = try service.ask(commands, viewer, #"{"do":"advance"}"#)
        _ = try service.ask("GET /v1/leads", viewer)
        let stream = try OpenStream(service)
        stream.send(lines: [
            #"{"do":"set","lead":"L2","fields":{"n":1}}"#, #"{"do":"advance","lead":"L2"}"#,
            #"{"do":"release","plugin":"none"}"#, "[]",
        ])
        stream.finish()
        #expect(try stream.lines().last?["type"] == "error")
        _ = try await service.end()

        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readOnly)
        let entries = try store.audit(before: nil, limit: 99).reversed().map(\.entry)
        let marks = entries.map { "\($0.token) \($0.action) \($0.lead ?? "-") \($0.result)" }
        // Those of a stream in the order in which they were answered, which is that of each lead.
        #expect(
            marks.prefix(7) + marks.dropFirst(7).sorted() == [
                "root assign m a/b accepted 1", "root assign m a/b repeated 1",
                "kim complete t/none a/b unknown_step", "kim retry a/b forbidden",
                "root release post - not_quarantined", "root send a/b/1/1 again a/b unknown_delivery",
                "eve POST /v1/leads/a%2Fb/commands - forbidden",
                "root advance L2 no_journey", "root release none - unknown_plugin", "root set L2 accepted 1",
            ])
        #expect(entries.allSatisfy { $0.address == "127.0.0.1" && $0.at.milliseconds > 1_700_000_000_000 })
        let requests = entries.map(\.request)
        #expect(Set(requests).count == 8 && Set(requests.suffix(3)).count == 1)
    }

    @Test("what was answered is in it when the service is killed")
    func killed() async throws {
        let workspace = try TemporaryWorkspace()
        let service = try await RunningService(workspace)
        let stream = try OpenStream(service)
        let count = 500
        stream.send(lines: (1...count).map { #"{"do":"assign","lead":"L\#($0)","map":"buyer"}"# })
        // Each is a map, a track and two steps that open.
        #expect(try stream.lines(count * 4).count == count * 4)
        service.program.signal(SIGKILL)
        _ = try await service.program.end()
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readWrite)
        let entries = try store.audit(before: nil, limit: .max)
        #expect(entries.count == count && entries.allSatisfy { sameBytes($0.entry.result, "accepted 1") })
    }
}
