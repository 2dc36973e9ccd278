import Delivery
import Foundation
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

@Suite("the service, killed while it sends")
struct DeliveryKillTests {
    private static let kills =
        ProcessInfo.processInfo.environment["SIGNALBOX_LONG_TESTS"] == nil ? 8 : 200
    private static let seed =
        ProcessInfo.processInfo.environment["SIGNALBOX_SEED"].flatMap(UInt64.init) ?? .random(in: 0...9999)

    @Test("no delivery is lost, none leaves under another id, and no mail twice (R39, R54, R55)")
    func killed() async throws {
        print("killing the service, SIGNALBOX_SEED=\(Self.seed)")
        var random = SeededRandom(seed: Self.seed)
        let mail = try await PythonServer("mail_server.py")
        let receiver = try await PythonServer("http_receiver.py")
        let workspace = try Self.workspace(mail: mail.port, hook: receiver.port)
        var lead = 0
        var answered: [LeadID] = []
        for _ in 0..<Self.kills {
            let service = try await Service(workspace)
            let patience = ContinuousClock.now + .milliseconds(Int.random(in: 0...150, using: &random))
            while ContinuousClock.now < patience {
                lead += 1
                // The service may be gone at any point.
                guard let status = try? service.assign("L\(lead)") else { break }
                if status == 200, let id = LeadID("L\(lead)") { answered.append(id) }
            }
            service.program.signal(SIGKILL)
            _ = try await service.program.end()
        }
        try await Self.settle(workspace)
        try Self.verify(workspace, answered)
        try await Self.verify(
            workspace, letters: try await mail.program.end(), requests: try await receiver.program.end())
    }

    /// Lets the service send what is left.
    private static func settle(_ workspace: TemporaryWorkspace) async throws {
        let service = try await Service(workspace)
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readOnly)
        for _ in 0..<3000 {
            let counts = try store.outboxFigures().counts
            if counts[.waiting] == 0, counts[.sending] == 0 { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        service.program.signal(SIGTERM)
        let ran = try await service.program.end()
        #expect(ran.status == 0, "\(ran.errors)")
    }

    /// Each command that was answered has left its letter and its call, and none has left one of them alone.
    private static func verify(_ workspace: TemporaryWorkspace, _ answered: [LeadID]) throws {
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readOnly)
        let all = try store.deliveries(matching: .all, before: nil, limit: .max)
        let kinds = Dictionary(grouping: all, by: \.id.lead).mapValues { deliveries in
            deliveries.sorted { $0.id.number < $1.id.number }.map(\.kind)
        }
        #expect(!answered.isEmpty)
        for lead in Set(answered).union(kinds.keys) {
            #expect(kinds[lead] == [.email, .webhook], "deliveries of \(lead) are missing")
        }
        print("\(answered.count) commands answered, \(kinds.count) kept")
    }

    private static func verify(
        _ workspace: TemporaryWorkspace, letters: [Table], requests: [Table]
    ) async throws {
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readOnly)
        let storeID = try store.storeID()
        let all = try store.deliveries(matching: .all, before: nil, limit: .max)
        #expect(!all.isEmpty)
        let sentMail = try letters.map { letter in
            let bytes = try #require(Data(base64Encoded: letter["bytes"]?.string ?? ""))
            let text = String(decoding: bytes, as: UTF8.self)
            return String(text.components(separatedBy: "Message-ID: <")[1].prefix { $0 != "@" })
        }
        let sentHooks = requests.compactMap { $0["headers"]?.table?["webhook-id"]?.string }
        #expect(Set(sentMail).count == sentMail.count, "a letter was sent twice")
        var known: Set<String> = []
        for delivery in all {
            let name = OutsideID(delivery.id, storeID: storeID).text
            known.insert(name)
            switch (delivery.kind, delivery.state) {
            case (.email, .delivered): #expect(sentMail.contains(name), "\(delivery.id) is lost")
            case (.webhook, .delivered): #expect(sentHooks.contains(name), "\(delivery.id) is lost")
            // Nobody knows, and it is not sent again.
            case (.email, .unknown): break
            case (_, .waiting), (_, .sending), (_, .dead), (_, .unknown):
                Issue.record("\(delivery.id) is \(delivery.state): \(delivery.message ?? "")")
            }
        }
        #expect(known.isSuperset(of: sentMail) && known.isSuperset(of: sentHooks))
        let unknown = all.filter { $0.state == .unknown }.count
        print("\(all.count) deliveries, \(unknown) of them unknown, \(sentHooks.count) requests")
    }

    private static func workspace(mail: Int, hook: Int) throws -> TemporaryWorkspace {
        try TemporaryWorkspace([
            "signalbox.yaml": """
            deliver:
              email: { by: smtp, from: office@example.com, smtp: { host: localhost, port: \(mail), tls: off } }
              http: { private: [ 127.0.0.1 ] }
              retry: { first: 1s, longest: 1s, deadline: 1h }
              webhooks: { crm: { url: "http://127.0.0.1:\(hook)/hook", secret: { file: secret } } }
            """,
            "secret": "whsec_c2VjcmV0IG9mIHRoZSBjcm0uLi4uLi4=\n",
            "maps/m.yaml": """
            map: m
            triggers: { open: [ { run: post.send } ] }
            tracks: [ { track: t, steps: [ { step: s } ] } ]
            """,
            "plugins/post.lua": """
            return { name = "post", version = "1.0.0", api = 1, needs = { "email", "webhook" }, actions = {
              send = { run = function(event)
                host.email.send { to = "kim@example.com", subject = "Hello", text = event.lead.id }
                host.webhook.send("crm", { lead = event.lead.id })
              end },
            } }
            """,
        ])
    }
}

private struct Service {
    let program: RunningProgram
    private let port: Int
    private let token: String

    init(_ workspace: TemporaryWorkspace) async throws {
        program = try RunningProgram(["serve", "-w", workspace.root, "--listen", "127.0.0.1:0"])
        try #require(await program.tells("Signalbox serves http://127.0.0.1:"))
        port = try #require(
            Int(program.told.components(separatedBy: "http://127.0.0.1:")[1].prefix { $0.isNumber }))
        token = try String(contentsOfFile: workspace.path("data/signalbox.db.token"), encoding: .utf8)
            .trimmingCharacters(in: .newlines)
    }

    /// Answers the status.
    func assign(_ lead: String) throws -> Int {
        try HTTPExchange(
            "POST /v1/leads/\(lead)/commands", at: port, headers: ["Authorization": "Bearer \(token)"],
            body: #"{"do":"assign","map":"m"}"#
        ).status
    }
}
