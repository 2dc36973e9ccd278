import Foundation
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

/// What a running service sends, to real receivers.
@Suite("Sending by the service")
struct SendingTests {
    private static let post = """
        return { name = "post", version = "1.0.0", api = 1, needs = { "email", "webhook" }, actions = {
          welcome = { run = function(event)
            host.email.send { to = event.lead.fields.email, template = "welcome",
              values = { name = event.lead.fields.name } }
            host.webhook.send("crm", { lead = event.lead.id })
          end },
        }, on = { { event = "delivery.failed", run = function(event)
          host.note.add(event.payload.kind .. " to " .. event.payload.to .. ": " .. event.payload.reason)
        end } } }
        """
    private static let map = """
        map: m
        triggers: { open: [ { run: post.welcome } ] }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """

    private static func workspace(_ deliver: String) throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace(plugins: ["post": post], maps: ["m": map])
        try workspace.write("templates/welcome.txt", "Subject: Hello {{name}}\n\nDear {{name}}!\n")
        try workspace.write("signalbox.yaml", "deliver:\n" + deliver)
        try workspace.write("secret", "whsec_c2VjcmV0IG9mIHRoZSBjcm0uLi4uLi4=\n")
        return workspace
    }

    private static func crm(_ server: PythonServer, _ path: String, _ more: String = "") -> String {
        """
          http: { private: [ 127.0.0.1 ] }
          retry: { first: 1s, longest: 1s, deadline: 1m }
          webhooks: { crm: { url: "http://127.0.0.1:\(server.port)/\(path)", secret: { file: secret }\(more) } }

        """
    }

    private static func smtp(_ server: PythonServer) -> String {
        """
          email: { by: smtp, from: office@example.com, smtp: { host: localhost, port: \(server.port), tls: off } }

        """
    }

    /// What a webhook's request has as its body.
    private static func event(_ request: Table) throws -> Table {
        let body = try #require(Data(base64Encoded: request["body"]?.string ?? ""))
        return try #require(JSONReader.read(Array(body)).table)
    }

    private static let assign =
        #"{"do":"assign","map":"m","fields":{"name":"Kim","email":"kim@example.com"}}"#

    @Test("a letter becomes a file, a webhook is called, and events go to the endpoint that lists them")
    func sends() async throws {
        let server = try await PythonServer("http_receiver.py")
        let workspace = try Self.workspace(Self.crm(server, "hook", ", events: [ step.close ]"))
        let service = try await RunningService(workspace)
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let answer = try service.ask("POST /v1/leads/L1/commands", ["traceparent": trace], Self.assign)
        #expect(answer.status == 200, "\(answer.body)")
        let first = try await server.program.table()
        #expect(first["headers"]?.table?["traceparent"] == .string(trace))
        #expect(try Self.event(first)["data"] == ["lead": "L1"])
        _ = try service.ask("POST /v1/leads/L1/commands", [:], #"{"do":"complete","step":"t/s"}"#)
        let second = try await server.program.table()
        let event = try Self.event(second)
        #expect(event["type"] == "signalbox.step.close")
        #expect(second["headers"]?.table?["traceparent"] == nil)
        #expect(event["data"]?.table?["step"] == "s")
        // What was sent is settled before the service has ended.
        let ran = try await service.end()
        #expect(ran.status == 0 && !ran.wasKilled, "\(ran.errors)")
        let letters = try FileManager.default.contentsOfDirectory(atPath: workspace.path("data/mail"))
        #expect(letters.count == 1)
        let letter = try String(contentsOfFile: workspace.path("data/mail/\(letters[0])"), encoding: .utf8)
        #expect(letter.contains("\r\nSubject: Hello Kim\r\n") && letter.contains("Dear Kim!"))
        #expect(letter.hasPrefix("Delivered-To: kim@example.com\r\n"))
    }

    @Test("a `traceparent` of a stream is passed on by what its commands send, whoever gave them")
    func traced() async throws {
        let server = try await PythonServer("http_receiver.py")
        let service = try await RunningService(Self.workspace(Self.crm(server, "hook")))
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let stream = try OpenStream(service, headers: ["traceparent": trace])
        stream.send(
            lines: [#""lead":"L1""#, #""lead":"L2","by":"agent:kim""#].map { members in
                Self.assign.replacingOccurrences(of: #"{"do""#, with: "{\(members),\"do\"")
            })
        stream.finish()
        #expect(try stream.lines().lines("delivery").count == 4)
        for _ in 1...2 {
            let request = try await server.program.table()
            #expect(request["headers"]?.table?["traceparent"] == .string(trace))
        }
        _ = try await service.end()
    }

    @Test("by a mail server; what it refuses is told to the lead, in a moment of its own (R57)")
    func refused() async throws {
        let mail = try await PythonServer("mail_server.py")
        let receiver = try await PythonServer("http_receiver.py")
        let workspace = try Self.workspace(Self.smtp(mail) + Self.crm(receiver, "status/410"))
        let service = try await RunningService(workspace)
        _ = try service.ask(
            "POST /v1/leads/L1/commands", [:],
            Self.assign.replacingOccurrences(of: "kim@", with: "refused@"))
        var notes: [String] = []
        _ = try await holdsSoon {
            let lead = try JSONReader.read(try service.ask("GET /v1/leads/L1").body).table
            notes = (lead?["notes"]?.list ?? []).compactMap { $0.table?["text"]?.string }.sorted()
            return notes.count == 2
        }
        #expect(
            notes == [
                "email to refused@example.com: 550 5.1.1 there is nobody of that name",
                "webhook to crm: HTTP/1.1 410 Gone: the endpoint takes nothing any more",
            ])
        let incidents = try service.ask("GET /v1/incidents").body
        #expect(incidents.contains("delivery_dead"))
        _ = try service.ask("POST /v1/leads/L2/commands", [:], Self.assign)
        let taken = try await mail.program.table()
        #expect(taken["to"] == ["kim@example.com"] && taken["from"] == "office@example.com")
        _ = try await service.end()
    }

    @Test("what was given its time while the clock was ahead is sent once it was set right")
    func clockAhead() async throws {
        let server = try await PythonServer("http_receiver.py")
        let workspace = try Self.workspace(Self.crm(server, "hook"))
        do {
            let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readWrite)
            var samples = SampleMoments()
            func call(_ lead: String) -> MomentRecord {
                samples.next(lead) { moment in
                    let id = DeliveryID(moment.lead.id, moment: moment.lead.lastMoment, number: 1)
                    let payload: Table = ["endpoint": "crm", "payload": ["lead": .string(lead)]]
                    moment.outgoing = [.init(id: id, kind: .webhook, payload: payload, by: "plugin:post")]
                }
            }
            try store.commit([call("L1")])
            // Ten days.
            let ahead = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 + 864_000) * 1000)
            let due = Timestamp(milliseconds: ahead.milliseconds + 1_000)
            try store.beginAttempts([1], at: ahead)
            try store.settle(
                [DeliverySettlement(row: 1, outcome: .failed, message: "503", next: .again(due: due))],
                at: ahead)
            try store.commit([call("L2")])
        }
        let service = try await RunningService(workspace)
        var sent: Set<Value?> = []
        for _ in 0..<2 {
            sent.insert(try Self.event(try await server.program.table())["subject"])
        }
        #expect(sent == ["L1", "L2"])
        _ = try await service.end()
    }

    @Test("a saved setting is used by the next attempt")
    func settings() async throws {
        let server = try await PythonServer("http_receiver.py")
        let workspace = try Self.workspace(Self.crm(server, "status/503"))
        let service = try await RunningService(workspace)
        _ = try service.ask("POST /v1/leads/L1/commands", [:], Self.assign)
        #expect(try await server.program.table()["path"] == "/status/503")
        try workspace.write("signalbox.yaml", "deliver:\n" + Self.crm(server, "hook"))
        #expect(try await service.program.tells("reloaded"))
        var path: Value?
        for _ in 0..<100 where path != "/hook" { path = try await server.program.table()["path"] }
        #expect(path == "/hook")
        _ = try await service.end()
    }

    @Test("an endpoint that wants nothing any more gets what waits for it when a setting is saved")
    func gone() async throws {
        let server = try await PythonServer("http_receiver.py")
        let workspace = try Self.workspace(Self.crm(server, "status/410"))
        let service = try await RunningService(workspace)
        _ = try service.ask("POST /v1/leads/L1/commands", [:], Self.assign)
        // From here on nothing is sent to it.
        #expect(try await service.program.tells("the endpoint wants nothing any more"))
        _ = try service.ask("POST /v1/leads/L2/commands", [:], Self.assign)
        try workspace.write("signalbox.yaml", "deliver:\n" + Self.crm(server, "hook"))
        #expect(try await service.program.tells("reloaded"))
        #expect(try await server.program.table()["path"] == "/status/410")
        let next = try await server.program.table()
        #expect(next["path"] == "/hook")
        #expect(try Self.event(next)["data"] == ["lead": "L2"])
        _ = try await service.end()
        #expect(try await server.program.end() == [])
    }

    @Test("a service ends within its limit while receivers stall, and the next one knows what was under way")
    func stalled() async throws {
        let mail = try await PythonServer("mail_server.py")
        let receiver = try await PythonServer("http_receiver.py")
        let workspace = try Self.workspace(Self.smtp(mail) + Self.crm(receiver, "stall"))
        func settings(_ path: String) throws {
            try workspace.write(
                "signalbox.yaml",
                "serve: { stop_within: 1s }\ndeliver:\n" + Self.smtp(mail) + Self.crm(receiver, path))
        }
        func counts() throws -> [DeliveryState: Int] {
            try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readOnly).outboxFigures()
                .counts.filter { $0.value > 0 }
        }
        try settings("stall")
        let service = try await RunningService(workspace)
        _ = try service.ask(
            "POST /v1/leads/L1/commands", [:], Self.assign.replacingOccurrences(of: "kim@", with: "mute@"))
        let first = try await receiver.program.table()
        #expect(try await holdsSoon { try counts() == [.sending: 2] })
        let ran = try await service.end()
        #expect(!ran.wasKilled)
        // It waited for neither answer.
        #expect(try counts() == [.sending: 2])
        try settings("hook")
        let next = try await RunningService(workspace)
        let second = try await receiver.program.table()
        #expect(first["path"] == "/stall" && second["path"] == "/hook")
        #expect(first["headers"]?.table?["webhook-id"] == second["headers"]?.table?["webhook-id"])
        #expect(first["body"] == second["body"])
        #expect(try await next.end().status == 0)
        #expect(try counts() == [.unknown: 1, .delivered: 1])
    }

    @Test("a store that was restored sends what is new under ids that no receiver has seen (R54)")
    func restored() async throws {
        let mail = try await PythonServer("mail_server.py")
        let receiver = try await PythonServer("http_receiver.py")
        let workspace = try Self.workspace(Self.smtp(mail) + Self.crm(receiver, "hook"))
        /// Answers the names that the two receivers know.
        func send(_ lead: String) async throws -> [String] {
            let service = try await RunningService(workspace)
            _ = try service.ask("POST /v1/leads/\(lead)/commands", [:], Self.assign)
            let request = try await receiver.program.table()
            let letter = try await mail.program.table()
            #expect(try await service.end().status == 0)
            let bytes = try #require(Data(base64Encoded: letter["bytes"]?.string ?? ""))
            let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
            return [
                try #require(request["headers"]?.table?["webhook-id"]?.string),
                try #require(lines.first { $0.hasPrefix("Message-ID: <") }),
            ]
        }
        func deliveries() async throws -> [String] {
            try await workspace.run("deliveries", "--format", "jsonl").objects.compactMap { $0["id"]?.string }
        }
        var names = try await send("L1")
        #expect(try await workspace.run("backup", workspace.path("copy.db")).status == 0)
        names += try await send("L2")
        let before = try await deliveries()
        #expect(try await workspace.run("restore", workspace.path("copy.db")).status == 0)
        #expect(try await deliveries() == ["L1/1/2", "L1/1/1"])
        names += try await send("L2")
        // Within the store they have the ids of those that it does not know.
        #expect(try await deliveries() == before)
        #expect(names.count == 6 && Set(names).count == 6, "\(names)")
    }
}
