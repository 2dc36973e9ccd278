import Foundation
import TestKit
import Testing
import Values

/// `serve` and `token`, run as their users run them.
@Suite("The service")
struct ServeTests {
    private static let map = """
        map: m
        triggers: { open: [ { run: greeter.greet } ] }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """

    private static func workspace() throws -> TemporaryWorkspace {
        try TemporaryWorkspace(plugins: ["greeter": greeter("hello")], maps: ["m": map])
    }

    private static func greeter(_ text: String) -> String {
        """
        return { name = "greeter", api = 1, actions = { greet = { run = function() host.note.add("\(text)") end } } }
        """
    }

    @Test("a command that is answered is there after the end and a new start")
    func commands() async throws {
        let workspace = try Self.workspace()
        let service = try await RunningService(workspace)
        let command = #"{"do":"assign","map":"m","fields":{"name":"Kim"}}"#
        let first = try service.ask("POST /v1/leads/a%2Fb/commands", ["Idempotency-Key": "k"], command)
        #expect(first.status == 200)
        #expect(first.body.contains(#""outcome":"accepted","moment":1"#))
        #expect(first.body.contains(#""by":"api:start""#))
        let again = try service.ask("POST /v1/leads/a%2Fb/commands", ["Idempotency-Key": "k"], command)
        #expect(again.body == first.body.replacingOccurrences(of: "accepted", with: "repeated"))
        let ran = try await service.end()
        #expect(ran.status == 0 && !ran.wasKilled)

        let next = try await RunningService(workspace)
        let lead = try JSONReader.read(try next.ask("GET /v1/leads/a%2Fb").body).table
        #expect(lead?["id"] == "a/b")
        #expect(lead?["moments"] == 1)
        #expect(lead?["notes"]?.list?.first?.table?["text"] == "hello")
        #expect(try next.ask("GET /v1/leads").body.contains(#""id":"a/b""#))
        let other = try next.ask(
            "POST /v1/leads/a%2Fb/commands", ["Idempotency-Key": "k"], #"{"do":"set","fields":{"n":1}}"#)
        #expect(other.status == 422 && other.body.contains("id_reused"))
        let moments = try next.ask("GET /v1/leads/a%2Fb/moments")
        #expect(moments.body.contains(#""event":"map.open""#))
        _ = try await next.end()
    }

    @Test("the header Idempotency-Key is the command's id, and refused beside another")
    func keys() async throws {
        let service = try await RunningService(Self.workspace())
        func assign(_ key: String?, _ id: String? = nil) throws -> HTTPExchange {
            let member = id.map { #","id":"\#($0)""# } ?? ""
            return try service.ask(
                "POST /v1/leads/L1/commands", key.map { ["Idempotency-Key": $0] } ?? [:],
                #"{"do":"assign","map":"m"\#(member)}"#)
        }
        for id in ["other", "k"] {
            let refused = try assign("k", id)
            let problem = try JSONReader.read(refused.body).table
            #expect(refused.status == 400 && problem?["reason"] == "bad_request", "\(refused)")
            #expect(problem?["detail"]?.string?.contains("Idempotency-Key") == true)
        }
        #expect(try service.ask("GET /v1/leads/L1").status == 404)
        #expect(try assign("k").body.hasPrefix(#"{"outcome":"accepted","moment":1,"#))
        #expect(try assign("k").body.hasPrefix(#"{"outcome":"repeated","moment":1,"#))
        // The same id in either place.
        #expect(try assign(nil, "k").body.hasPrefix(#"{"outcome":"repeated","moment":1,"#))
        #expect(try assign("another").status == 409)
        _ = try await service.end()
    }

    @Test("what a dry run would do is shown, and not stored")
    func dryRun() async throws {
        let service = try await RunningService(Self.workspace())
        let tried = try service.ask(
            "POST /v1/leads/L1/commands?dry_run=true", [:], #"{"do":"assign","map":"m"}"#)
        #expect(tried.status == 200 && tried.body.contains(#""event":"step.open""#))
        #expect(try service.ask("GET /v1/leads/L1").status == 404)
        _ = try await service.end()
    }

    @Test("a saved plugin is in the next answers")
    func hotReload() async throws {
        let workspace = try Self.workspace()
        let service = try await RunningService(workspace)
        try workspace.write("plugins/greeter.lua", Self.greeter("good evening"))
        #expect(try await service.program.tells("reloaded"))
        let answer = try service.ask("POST /v1/leads/L1/commands", [:], #"{"do":"assign","map":"m"}"#)
        #expect(answer.body.contains("good evening"))
        _ = try await service.end()
    }

    @Test("each mistake of a request is a problem with its reason")
    func problems() async throws {
        let service = try await RunningService(Self.workspace())
        let commands = "POST /v1/leads/L1/commands"
        let cases: [(String, String?, Int, String)] = [
            (commands, "{", 400, "bad_request"), (commands, "[]", 400, "bad_request"),
            (commands, #"{"do":"dance"}"#, 400, "bad_request"),
            (commands, #"{"do":"assign","lead":"L2","map":"m"}"#, 400, "bad_request"),
            (commands, #"{"do":"assign","map":"m","more":1}"#, 400, "bad_request"),
            (commands, #"{"do":"assign","map":"none"}"#, 409, "unknown_map"),
            (commands, #"{"do":"complete","step":"t/s"}"#, 404, "unknown_lead"),
            (commands, #"{"do":"set","fields":{"":1}}"#, 422, "invalid_field"),
            (commands, #"{"do":"release","plugin":"greeter"}"#, 400, "bad_request"),
            ("GET /v1/incidents?state=closed", nil, 400, "bad_request"),
            ("GET /v1/leads?limit=501", nil, 400, "bad_request"),
            ("GET /v1/leads?stauts=open", nil, 400, "bad_request"),
            ("GET /v1/leads?after=%21", nil, 400, "bad_request"),
            ("GET /v1/leads/%FF", nil, 400, "bad_request"),
            ("GET /v1/leads/none", nil, 404, "unknown_lead"),
            ("GET /v1/incidents/1", nil, 404, "unknown_incident"),
            ("GET /v1/plugins/none", nil, 404, "unknown_plugin"),
            ("GET /v1/maps/none", nil, 404, "not_found"),
            ("GET /v1/maps?after=%21", nil, 400, "bad_request"),
            ("GET /v1/maps/m?limit=1", nil, 400, "bad_request"),
            ("POST /v1/plugins/greeter/release", nil, 409, "not_quarantined"),
            ("GET /v1/none", nil, 404, "not_found"),
            ("DELETE /v1/leads/L1", nil, 405, "method_not_allowed"),
            ("POST /v1/leads", "{", 405, "method_not_allowed"),
            ("GET /v1/commands", nil, 405, "method_not_allowed"),
            ("POST /livez", nil, 405, "method_not_allowed"),
            (commands, String(repeating: " ", count: (1 << 20) + 1), 413, "too_large"),
        ]
        for (method, body, status, reason) in cases {
            let answer = try service.ask(method, [:], body)
            let problem = try JSONReader.read(answer.body).table
            #expect(answer.status == status, "\(method) \(body?.prefix(60) ?? "")")
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(problem?["reason"]?.string == reason, "\(answer.body)")
            let type = try #require(problem?["type"]?.string)
            #expect(try service.ask("GET \(type)").status == 200)
        }
        #expect(try service.ask("GET /livez").body == "ok\n")
        #expect(try service.ask("GET /readyz").status == 200)
        _ = try await service.end()
    }

    @Test("a method that a path does not have is told with those that it has, to whoever may read")
    func methods() async throws {
        let service = try await RunningService(Self.workspace())
        for (method, allowed) in [
            ("PUT /v1/leads/L1", "GET"), ("GET /v1/leads/L1/commands", "POST"), ("DELETE /v1/bulk", "POST"),
            ("OPTIONS /readyz", "GET"), ("PATCH /metrics", "GET"),
        ] {
            let answer = try service.ask(method)
            #expect(answer.status == 405 && answer.headers["allow"] == allowed, "\(method): \(answer)")
        }
        #expect(try service.ask("PUT /v1/leads/L1", ["Authorization": "Bearer none"]).status == 401)
        #expect(try service.ask("PUT /v1/none", ["Authorization": "Bearer none"]).status == 404)
        #expect(try service.ask("PUT /livez", ["Authorization": "Bearer none"]).status == 405)
        _ = try await service.end()
    }

    @Test(
        "a body that says it is too large is refused before it comes, and one that breaks off is the caller's mistake"
    )
    func bodies() async throws {
        let service = try await RunningService(Self.workspace())
        let cases = [
            ("Content-Length: 1048577", "{", 413), ("Content-Length: 1000000000000", "{", 413),
            ("Transfer-Encoding: chunked", "no size\r\n{}\r\n", 400),
        ]
        for (header, body, status) in cases {
            let connection = try HTTPConnection(to: service.port)
            connection.write(
                """
                POST /v1/leads/L1/commands HTTP/1.1\r
                Host: 127.0.0.1:\(service.port)\r
                Authorization: Bearer \(service.token)\r
                \(header)\r
                \r
                \(body)
                """)
            let answer = try #require(connection.read())
            #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 \(status) "), "\(header)")
        }
        let ran = try await service.end()
        #expect(!ran.errors.contains("failed"), "\(ran.errors)")
    }

    @Test("a request needs a token whose role allows it, and a host that the service knows")
    func access() async throws {
        let workspace = try Self.workspace()
        var tokens: [String: String] = [:]
        for role in ["viewer", "agent", "admin"] {
            let ran = try await RunningProgram(
                ["token", "add", role, "--role", role, "-w", workspace.folder]
            ).end()
            #expect(ran.status == 0)
            tokens[role] = ran.output.trimmingCharacters(in: CharacterSet.newlines)
        }
        let revoked = try await RunningProgram(
            ["token", "add", "old", "--role", "admin", "-w", workspace.folder]
        ).end().output.trimmingCharacters(in: CharacterSet.newlines)
        #expect(
            try await RunningProgram(["token", "revoke", "old", "-w", workspace.folder]).end().status == 0)
        let taken = try await RunningProgram(
            ["token", "add", "agent", "--role", "admin", "-w", workspace.folder]
        ).end()
        #expect(taken.status == 1 && taken.output.isEmpty)
        let list = try await RunningProgram(["token", "list", "--format", "jsonl", "-w", workspace.folder])
            .end()
        #expect(list.objects.map { $0["token"]?.string } == ["viewer", "agent", "admin", "old"])
        #expect(!list.output.contains(revoked))

        let service = try await RunningService(workspace, token: "")
        let work = ("POST /v1/leads/L1/commands", #"{"do":"set","fields":{"a":1}}"#)
        let reading = [
            "/v1/leads", "/v1/leads/L1", "/v1/leads/L1/moments", "/v1/leads/L1/explain", "/v1/incidents",
            "/v1/incidents/1",
            "/metrics", "/v1/maps", "/v1/maps/m",
            "/v1/plugins", "/v1/plugins/greeter", "/v1/deliveries", "/v1/deliveries/L1%2F1%2F1",
            // Endless where it is allowed, and refused here for its query.
            "/v1/events?none=1", "/v1/bulk/1",
        ]
        let allowed: [(String, String?, [String])] =
            reading.map { ("GET \($0)", nil, ["viewer", "agent", "admin"]) } + [
                (work.0, work.1, ["agent", "admin"]), (work.0, #"{"do":"retry"}"#, ["admin"]),
                (work.0, #"{"do":"rerun","incident":1}"#, ["admin"]),
                ("POST /v1/leads/none/commands", #"{"do":"erase"}"#, ["admin"]),
                (work.0 + "?dry_run=true", work.1, ["agent", "admin"]),
                ("POST /v1/commands", #"{"do":"set","lead":"L1","fields":{"a":1}}"#, ["agent", "admin"]),
                ("POST /v1/plugins/greeter/release", nil, ["admin"]),
                ("POST /v1/deliveries/L1%2F1%2F1/retry", nil, ["admin"]),
                ("POST /v1/incidents/1/retry", nil, ["admin"]),
                ("POST /v1/bulk", #"{"do":"retry_incidents","dry_run":true}"#, ["admin"]),
            ]
        for (method, body, roles) in allowed {
            #expect(try service.ask(method, [:], body).status == 401)
            for wrong in ["nonsense", revoked] {
                #expect(try service.ask(method, ["Authorization": "Bearer \(wrong)"], body).status == 401)
            }
            for (role, token) in tokens {
                let answer = try service.ask(method, ["Authorization": "Bearer \(token)"], body)
                #expect((answer.status != 403) == roles.contains(role), "\(method) as \(role)")
                #expect(answer.status != 401)
            }
        }
        let agent = ["Authorization": "Bearer \(tokens["agent"]!)"]
        func speak(for author: String) throws -> Int {
            try service.ask(work.0, agent, #"{"do":"set","fields":{"a":2},"by":"\#(author)"}"#).status
        }
        #expect(try speak(for: "agent:kim") == 200)
        #expect(try speak(for: "lead") == 200)
        #expect(try speak(for: "operator") == 403)
        let foreign = ["Host": "other.example", "Authorization": "Bearer \(tokens["viewer"]!)"]
        #expect(try service.ask("GET /v1/leads", foreign).status == 403)
        _ = try await service.end()
    }

    @Test("with a certificate it speaks HTTPS alone; what cannot be used as one is said")
    func encrypted() async throws {
        let certificate = try Certificate()
        let other = try Certificate()
        let workspace = try Self.workspace()
        func settings(_ certificate: String, _ key: String) throws {
            try workspace.write(
                "signalbox.yaml",
                "serve: { listen: \"127.0.0.1:0\", tls: { certificate: \"\(certificate)\", key: \"\(key)\" } }\n"
            )
        }
        for (wrong, key, part) in [
            (certificate.key, certificate.key, "a certificate in PEM form cannot be read from it"),
            (
                certificate.certificate, certificate.certificate,
                "a private key in PEM form cannot be read from it"
            ),
            ("none.pem", certificate.key, "none.pem: a certificate in PEM form"),
            (certificate.certificate, other.key, "the private key is another certificate's"),
        ] {
            try settings(wrong, key)
            let ran = try await workspace.run("serve")
            #expect(ran.status == 65 && ran.errors.contains("serve.tls: "), "\(ran.errors)")
            #expect(ran.errors.contains(part), "\(ran.errors)")
        }
        // A path from the workspace's folder.
        try FileManager.default.copyItem(atPath: certificate.key, toPath: workspace.path("service.key"))
        try settings(certificate.certificate, "service.key")
        let token = try await workspace.run("token", "add", "kim", "--role", "viewer").output
            .trimmingCharacters(in: CharacterSet.newlines)
        let program = try RunningProgram(["serve", "-w", workspace.folder])
        #expect(try await program.tells("Signalbox serves https://127.0.0.1:"))
        let port = try #require(
            program.told.components(separatedBy: "https://127.0.0.1:").last?.prefix { $0.isNumber })
        func ask(trusting authority: String) async throws -> Table {
            try await PythonProgram("https_client.py", [String(port), authority, "/v1/leads", token]).table()
        }
        let answer = try await ask(trusting: certificate.certificate)
        #expect(answer["status"] == 200 && answer["body"] == #"{"leads":[]}"#, "\(answer)")
        let distrusted = try await ask(trusting: other.certificate)
        #expect(distrusted["error"] == "CERTIFICATE_VERIFY_FAILED", "\(distrusted)")
        #expect(throws: (any Error).self) { try HTTPExchange("GET /livez", at: Int(port) ?? 0) }
        program.signal(SIGTERM)
        #expect(try await program.end().status == 0)
    }

    @Test("a list goes on where its page ended")
    func paging() async throws {
        let service = try await RunningService(Self.workspace())
        for number in 1...5 {
            _ = try service.ask(
                "POST /v1/leads/L\(number)/commands", [:], #"{"do":"set","fields":{"n":1}}"#)
        }
        var found: [String?] = []
        var query = "?limit=2"
        while true {
            let page = try JSONReader.read(try service.ask("GET /v1/leads\(query)").body).table
            found += (page?["leads"]?.list ?? []).map { $0.table?["id"]?.string }
            guard let next = page?["next"]?.string else { break }
            query = "?limit=2&after=\(next)"
        }
        #expect(found == ["L1", "L2", "L3", "L4", "L5"])
        _ = try await service.end()
    }

    @Test("the token of a run is in a file of its owner, and gone after the end")
    func firstToken() async throws {
        let workspace = try Self.workspace()
        let service = try await RunningService(workspace)
        let file = workspace.path(RunningService.tokenFile)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let ran = try await service.end()
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(!ran.errors.contains(service.token) && ran.errors.contains(RunningService.tokenFile))
        let next = try await RunningService(workspace, token: service.token)
        #expect(try next.ask("GET /v1/leads").status == 401)
        _ = try await next.end()
    }

    @Test(
        "a request that does not come to its end delays the end by no more than is allowed, and a second signal not at all"
    )
    func halfRequests() async throws {
        for isImpatient in [false, true] {
            let workspace = try Self.workspace()
            try workspace.write("signalbox.yaml", "serve: { stop_within: \(isImpatient ? "10m" : "1s") }\n")
            let service = try await RunningService(workspace)
            let host = "Host: 127.0.0.1:\(service.port)\r\n"
            let connection = try HTTPConnection(to: service.port)
            connection.write(
                "GET /livez HTTP/1.1\r\n\(host)\r\nPOST /v1/leads/L1/commands HTTP/1.1\r\n\(host)Authorization: Bearer \(service.token)\r\nContent-Length: 100\r\n\r\n{"
            )
            // The first is answered, so the second is being read.
            #expect(connection.read() != nil)
            #expect(try service.ask("GET /v1/leads").status == 200)
            service.program.signal(SIGTERM)
            if isImpatient {
                #expect(try await service.program.tells("Stopping"))
                service.program.signal(SIGTERM)
            }
            let ran = try await service.program.end()
            #expect(ran.wasKilled == isImpatient)
        }
    }

    @Test("it does not start where requests would come from other machines unencrypted, or the port is taken")
    func start() async throws {
        let workspace = try Self.workspace()
        for place in ["0.0.0.0:0", "127.evil.example:0"] {
            let ran = try await RunningProgram(
                ["serve", "-w", workspace.folder, "--listen", place]
            ).end()
            #expect(ran.status == 65 && ran.errors.contains("serve.plain"))
        }
        let malformed = try await RunningProgram(
            ["serve", "-w", workspace.folder, "--listen", "nowhere"]
        ).end()
        #expect(malformed.status == 64 && malformed.errors.contains("HOST:PORT"))
        let service = try await RunningService(workspace)
        let second = try Self.workspace()
        let other = try await RunningProgram(
            ["serve", "-w", second.folder, "--listen", "127.0.0.1:\(service.port)"]
        ).end()
        #expect(other.status == 65 && other.errors.contains("--listen"))
        _ = try await service.end()
    }
}
