import Foundation
import TestKit
import Testing
import Values

/// Secrets that a running service uses, in whatever it tells.
@Suite("Secrets of a service")
struct ServiceSecretTests {
    private static let password = "hunter2-of-the-mail"
    private static let key = "hunter2-of-the-webhook-0123"
    private static let token = "hunter2-of-the-plugin"
    private static var encodedKey: String { Data(key.utf8).base64EncodedString() }

    /// As they are, and as they are sent.
    private static var hidden: [String] {
        let logins = ["\0office\0\(password)", password, "office:\(password)"]
        return [password, key, encodedKey, token] + logins.map { Data($0.utf8).base64EncodedString() }
    }

    private static let plugin = """
        local token = "Bearer " .. host.secret("slack")
        return { name = "post", version = "1.0.0", api = 1, needs = { "email", "webhook" }, actions = {
          send = { run = function(event)
            host.log.info("sends with " .. tostring(token))
            host.email.send { to = "kim@example.com", subject = "Hello", text = "It begins." }
            host.webhook.send("crm", { lead = event.lead.id })
          end },
          spill = { run = function() host.lead.set { token = token } end },
        }, on = { { event = "delivery.failed", run = function(event) host.note.add(event.payload.reason) end } } }
        """

    private static let map = """
        map: m
        triggers: { open: [ { run: post.send }, { run: post.spill } ] }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """

    private static func settings(_ mail: PythonServer, _ receiver: PythonServer, more: String = "") -> String
    {
        """
        deliver:
          email:
            by: smtp
            from: office@example.com
            smtp: { host: localhost, port: \(mail.port), tls: off, user: office, password: { env: OFFICE_PASSWORD\(more) } }
          http: { private: [ 127.0.0.1 ] }
          webhooks: { crm: { url: "http://127.0.0.1:\(receiver.port)/status/410", secret: { env: CRM_SECRET } } }
        secrets: { slack: { env: SLACK_TOKEN, hosts: [ hooks.example.com ], plugins: [ post ] } }

        """
    }

    /// The path of a route, with what is there for its parameters.
    private static func path(_ route: String) -> String {
        let values = [
            ("deliveries/{id}", "deliveries/L1%2F1%2F1"), ("{lead}", "L1"), ("{map}", "m"), ("{id}", "1"),
            ("{number}", "1"), ("{name}", "post"), ("{reason}", "busy"),
        ]
        return values.reduce(route) { $0.replacing($1.0, with: $1.1) }
    }

    /// The deliveries when both were attempted.
    private static func attempted(_ service: RunningService) async throws -> String {
        var body = ""
        _ = try await holdsSoon {
            body = try service.ask("GET /v1/deliveries").body
            return body.contains("the mail server refused the login") && body.contains("dead")
        }
        return body
    }

    @Test("they are in none of its answers and in no line of its log", arguments: ["text", "json"])
    func told(format: String) async throws {
        // Another password: the login is refused, and the delivery's message says so.
        let mail = try await PythonServer("mail_server.py", ["--login", "office", "another"])
        let receiver = try await PythonServer("http_receiver.py")
        let workspace = try TemporaryWorkspace(plugins: ["post": Self.plugin], maps: ["m": Self.map])
        try workspace.write("signalbox.yaml", Self.settings(mail, receiver))
        let service = try await RunningService(
            workspace, "--log-format", format,
            environment: [
                "OFFICE_PASSWORD": Self.password, "CRM_SECRET": "whsec_" + Self.encodedKey,
                "SLACK_TOKEN": Self.token,
            ])
        let listener = try EventListener(service)
        let assigned = try service.ask("POST /v1/leads/L1/commands", [:], #"{"do":"assign","map":"m"}"#)
        #expect(assigned.status == 200)
        let request = try await receiver.program.table()
        #expect(request["headers"]?.table?["webhook-signature"]?.string?.hasPrefix("v1,") == true)
        let deliveries = try await Self.attempted(service)
        #expect(deliveries.contains("the mail server refused the login: 535"), "\(deliveries)")
        #expect(deliveries.contains("410 Gone"))
        let bulk = try service.ask("POST /v1/bulk", [:], #"{"do":"retry_incidents","expect":9}"#)
        #expect(bulk.status == 202, "\(bulk)")
        try workspace.write("signalbox.yaml", Self.settings(mail, receiver, more: ", more: 1"))
        #expect(try await service.program.tells("1 new mistake"))

        // Listeners hear without an end.
        let routes = try DescriptionTests.offeredRoutes()
            .filter { $0.hasPrefix("GET ") && $0 != "GET /v1/events" }.map(Self.path)
        #expect(routes.count > 15)
        var texts = ["\(assigned)", "\(bulk)"]
        for route in routes {
            let answer = try service.ask(route)
            #expect(answer.status == 200, "\(route): \(answer)")
            texts.append("\(answer)")
        }
        let ran = try await service.end()
        #expect(ran.errors.contains("sends with Bearer (secret slack)"))
        #expect(!listener.end().isEmpty)
        texts += [listener.text, ran.errors, ran.output]
        for text in texts {
            for secret in Self.hidden { #expect(!text.contains(secret), "\(text)") }
        }
    }
}
