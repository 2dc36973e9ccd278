import Foundation
import SQLiteStore
import Store
import TestKit
import Testing
import Values

/// What `serve` writes to standard error.
@Suite("The log of the service")
struct ServiceLogTests {
    /// Runs a service on a store with a damaged lead, asks for it and saves a plugin that does not load.
    private func ran(_ format: String) async throws -> (ran: Ran, request: String, token: String) {
        let workspace = try await TemporaryWorkspace.damaged()
        let service = try await RunningService(workspace, "--log-format", format)
        let answer = try service.ask("GET /v1/leads/L2")
        #expect(answer.status == 500)
        #expect(try service.ask("GET /v1/leads/L9").status == 404)
        let request = try #require(try JSONReader.read(answer.body).table?["request"]?.string)
        try workspace.write("plugins/other.lua", "return {")
        #expect(try await service.program.tells("1 new mistake"))
        return (try await service.end(), request, service.token)
    }

    @Test("as JSON, each line is an object with its time, level and message, and the rest as members")
    func json() async throws {
        let (ran, request, token) = try await ran("json")
        let lines = try ran.errors.split(separator: "\n").map {
            try #require(try JSONReader.read(String($0)).table)
        }
        for line in lines {
            #expect(line["at"]?.string.flatMap { Timestamp($0) } != nil)
            #expect(["info", "warning", "error"].contains(line["level"]?.string))
            #expect(line["message"]?.string?.isEmpty == false)
        }
        #expect(lines.contains { $0["message"]?.string?.hasPrefix("Signalbox serves http://") == true })
        let reload = try #require(lines.first { $0["mistakes"] != nil })
        #expect(reload["level"] == "warning")
        #expect(reload["mistakes"]?.list?.first?.string?.hasPrefix("plugins/other.lua:1") == true)

        let failed = lines.filter { $0["request_id"] != nil }
        #expect(failed.count == 1)
        #expect(failed.first?["request_id"]?.string == request)
        #expect(failed.first?["level"] == "error")
        #expect(failed.first?["method"] == "GET" && failed.first?["path"] == "/v1/leads/L2")
        #expect(failed.first?["reason"] == "internal_error" && failed.first?["status"] == "500")
        #expect(failed.first?["error"]?.string?.contains("damaged") == true)
        #expect(!ran.errors.contains(token))
    }

    @Test("as text, a request that failed is one line with its id")
    func text() async throws {
        let (ran, request, token) = try await ran("text")
        let failed = ran.errors.split(separator: "\n").filter { $0.hasPrefix("a request failed; ") }
        #expect(failed.count == 1)
        #expect(
            failed.first?.contains(
                "path: /v1/leads/L2; reason: internal_error; request_id: \(request); status: 500") == true)
        #expect(ran.errors.contains("\nplugins/other.lua:1"))
        #expect(!ran.errors.contains(token))
    }

    @Test("what a plugin logs has its lead, its moment and the request that gave the command")
    func plugins() async throws {
        for format in ["json", "text"] {
            let workspace = try TemporaryWorkspace(
                plugins: [
                    "say": """
                    return { name = "say", version = "1.0.0", api = 1, actions = { hello = {
                      run = function(event) host.log.warn("changed", { seq = event.seq }) end } } }
                    """
                ],
                maps: [
                    "m": """
                    map: m
                    triggers: { open: [ { run: say.hello } ] }
                    tracks: [ { track: t, steps: [ { step: s, triggers: { close: [ { run: say.hello } ] } } ] } ]
                    """
                ])
            let service = try await RunningService(workspace, "--log-format", format)
            let (assign, complete) = (#"{"do":"assign","map":"m"}"#, #"{"do":"complete","step":"t/s"}"#)
            for (lead, command) in [("L1", assign), ("L2", assign), ("L1", complete)] {
                #expect(try service.ask("POST /v1/leads/\(lead)/commands", [:], command).status == 200)
            }
            let told = try await service.end().errors.split(separator: "\n").filter { $0.contains("changed") }
            let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readOnly)
            let requests = try store.audit(before: nil, limit: 9).reversed().map(\.entry.request)
            #expect(told.count == 3 && Set(requests).count == 3)
            for (line, (lead, moment, request)) in zip(
                told, [("L1", "1", requests[0]), ("L2", "1", requests[1]), ("L1", "2", requests[2])])
            {
                if format == "json" {
                    let object = try JSONReader.read(String(line)).table
                    #expect(object?["lead"] == .string(lead) && object?["moment"] == .string(moment))
                    #expect(object?["request_id"] == .string(request) && object?["run"] == "say.hello")
                } else {
                    let members = "; lead: \(lead); moment: \(moment); request_id: \(request); run: "
                    #expect(line.contains(members))
                }
            }
        }
    }

    @Test("a place that is taken is in the log")
    func taken() async throws {
        let service = try await RunningService(TemporaryWorkspace())
        let other = try TemporaryWorkspace()
        let ran = try await other.run(
            "serve", "--listen", "127.0.0.1:\(service.port)", "--log-format", "json")
        #expect(ran.status == 65)
        let lines = try ran.errors.split(separator: "\n").map { try JSONReader.read(String($0)).table }
        let told = lines.filter { $0?["message"]?.string?.contains("--listen") == true }
        #expect(told.map { $0?["level"] } == ["error"])
        _ = try await service.end()
    }
}
