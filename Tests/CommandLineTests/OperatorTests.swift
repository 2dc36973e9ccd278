import Foundation
import TestKit
import Testing
import Values

@Suite("The command line while a service runs")
struct OperatorTests {
    /// In the name of the folder in which a socket is made.
    private static let randomBytes = 6

    private static let plugin = """
        return { name = "probe", api = 1, actions = {
          look = { run = function(event)
            if event.lead.fields.loops then while true do end end
            if event.lead.fields.fails then error("it fails") end
            host.note.add("seen")
          end } } }
        """
    private static let map =
        "map: buyer\ntriggers: { open: [ { run: probe.look } ] }\ntracks: [ { track: qualify, steps: [ { step: call } ] } ]\n"

    private static func workspace() throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace(plugins: ["probe": plugin], maps: ["buyer": map])
        try workspace.write("signalbox.yaml", "plugins: { limits: { instructions: 5000, deadline: 2s } }\n")
        return workspace
    }

    private static let lines =
        [
            #"{"do":"assign","lead":"L1","map":"buyer","id":"c1","by":"form"}"#,
            #"{"do":"assign","lead":"Ü","map":"buyer","fields":{"n":1e400,"a":1}}"#,
            #"{"do":"assign","lead":"Ü","map":"buyer","fields":{"a":1.0,"text":"two\nlines \u2028"}}"#,
            #"{"do":"set","lead":"L1","fields":{"n":12345678901234567}}"#,
            #"{"do":"assign","lead":"L1","map":"buyer","id":"c1","by":"form"}"#,
            #"{"do":"complete","lead":"L1","step":"qualify/call"}"#, "{",
            #"{"do":"complete","lead":"L1","step":"qualify/call"}"#,
            #"{"do":"release","plugin":"probe"}"#, #"{"do":"release","plugin":"prob"}"#,
            #"{"do":"assign","lead":"L2","map":"buyer","fields":{"fails":true}}"#,
            #"{"do":"rerun","lead":"L2","incident":1}"#, #"{"do":"advance","lead":"nobody"}"#,
        ].map { $0 + "\n" }.joined()

    private static func withoutTime(_ objects: [Table]) -> [Table] {
        objects.map { object in
            var object = object
            object["at"] = nil
            return object
        }
    }

    /// Without times, and without numbers of incidents, which lanes take in blocks.
    private static func withoutTime(_ text: String) -> String {
        text.replacing(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/, with: "")
            .replacing(/in [0-9.]+ s, [0-9]+ a second/, with: "").replacing(/incident \d+/, with: "incident")
    }

    @Test("commands are done by the service, and shown as those of a store that nobody has")
    func sameAsAlone() async throws {
        let alone = try Self.workspace()
        let served = try Self.workspace()
        let service = try await RunningService(served)
        for format in ["jsonl", "text"] {
            let options = ["do", "--commands", "-", "--skip-bad-lines", "--format", format]
            let input = Array(Self.lines.replacingOccurrences(of: "L", with: format).utf8)
            let expected = try await RunningProgram(
                options + ["-w", alone.folder], input: .bytes(input)
            ).end()
            let shown = try await RunningProgram(
                options + ["-w", served.folder], input: .bytes(input)
            ).end()
            #expect(shown.status == 1 && expected.status == 1)
            if format == "jsonl" {
                #expect(Self.withoutTime(shown.objects) == Self.withoutTime(expected.objects))
                #expect(shown.objects.count > 10)
            } else {
                #expect(Self.withoutTime(shown.output) == Self.withoutTime(expected.output))
            }
            #expect(Self.withoutTime(shown.errors) == Self.withoutTime(expected.errors))
        }
        for command in [["do", "set", "L9", "name=Kim"], ["do", "complete", "L9", "qualify/call"]] {
            let expected = try await RunningProgram(command + ["-w", alone.folder]).end()
            let shown = try await RunningProgram(command + ["-w", served.folder]).end()
            #expect(shown.status == expected.status && shown.errors == expected.errors)
            #expect(shown.output.contains("by operator") == expected.output.contains("by operator"))
        }
        #expect(try service.ask("GET /v1/leads/L9").body.contains("Kim"))
        let ended = try await service.end()
        #expect(ended.status == 0)
        let lead = try await served.run("lead", "jsonl1", "--format", "jsonl")
        #expect(lead.objects.first?["by"] == "form")
    }

    @Test("an import, incidents, plugins and tokens go to the service too")
    func others() async throws {
        let workspace = try Self.workspace()
        let service = try await RunningService(workspace)
        try workspace.write("leads.csv", "ID,fails\na,\nb,yes\nc,yes\n")
        let imported = try await workspace.run(
            "import", workspace.path("leads.csv"), "--map", "buyer", "--id", "ID")
        #expect(imported.status == 1 && imported.errors.contains("3 assigned, 0 left out, 2 with incidents"))
        let again = try await workspace.run(
            "import", workspace.path("leads.csv"), "--map", "buyer", "--id", "ID")
        #expect(again.status == 0 && again.errors.contains("3 imported before"))

        // The leads are of several lanes, and either was first.
        let incidents = try await workspace.run("incidents", "--format", "jsonl").objects
        let first = try #require(incidents.first { $0["incident"] == 1 }?["lead"])
        #expect(["b", "c"].contains(first))
        let retried = try await workspace.run("incidents", "retry", "1", "--format", "jsonl")
        #expect(retried.status == 1)
        #expect(retried.objects.lines("call").first?["lead"] == first)
        let dismissed = try await workspace.run("incidents", "dismiss", "2")
        #expect(dismissed.status == 0 && dismissed.errors == "1 incident dismissed.\n", "\(dismissed.errors)")
        #expect(try await workspace.run("incidents", "dismiss", "2").status == 1)

        for number in 1...5 {
            _ = try await workspace.run("do", "assign", "loop\(number)", "buyer", "loops:=true")
        }
        #expect(try service.ask("GET /v1/plugins/probe").body.contains(#""state":"quarantined""#))
        let released = try await workspace.run("plugins", "release", "probe")
        #expect(released.status == 0 && released.errors == "The plugin probe is called again.\n")
        #expect(try service.ask("GET /v1/plugins/probe").body.contains(#""state":"loaded""#))

        let token = try await workspace.run("token", "add", "kim", "--role", "viewer").output
            .trimmingCharacters(in: CharacterSet.newlines)
        let access = ["Authorization": "Bearer \(token)"]
        #expect(try service.ask("GET /v1/leads", access).status == 200)
        let taken = try await workspace.run("token", "add", "kim", "--role", "admin")
        #expect(taken.status == 1 && taken.errors.contains("there is already a token \"kim\""))
        #expect(try await workspace.run("token", "revoke", "kim").status == 0)
        #expect(try service.ask("GET /v1/leads", access).status == 401)
        let restored = try await workspace.run("backup", workspace.path("copy.db"))
        #expect(restored.status == 0)
        #expect(try await workspace.run("restore", workspace.path("copy.db")).status == 1)
        _ = try await service.end()
    }

    @Test("deliveries are sent again by the service at once")
    func deliveries() async throws {
        let server = try await PythonServer("http_receiver.py")
        let workspace = try TemporaryWorkspace(
            plugins: [
                "post": """
                return { name = "post", api = 1, needs = { "webhook" }, actions = { send = { run = function()
                  host.webhook.send("crm", { n = 1 })
                end } } }
                """
            ],
            maps: ["buyer": Self.map.replacingOccurrences(of: "probe.look", with: "post.send")])
        try workspace.write(
            "signalbox.yaml",
            """
            deliver:
              http: { private: [ 127.0.0.1 ] }
              webhooks: { crm: { url: "http://127.0.0.1:\(server.port)/status/400", secret: { file: secret } } }

            """)
        try workspace.write("secret", "whsec_c2VjcmV0IG9mIHRoZSBjcm0uLi4uLi4=\n")
        let service = try await RunningService(workspace)
        #expect(try await workspace.run("do", "assign", "L1", "buyer").status == 0)
        let first = try await server.program.table()
        var isDead = false
        for _ in 0..<1000 where !isDead {
            isDead = try service.ask("GET /v1/deliveries/L1%2F1%2F1").body.contains(#""state":"dead""#)
            if !isDead { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(isDead)
        let again = try await workspace.run("deliveries", "retry", "L1/1/1")
        #expect(again.status == 0 && again.errors.hasPrefix("1 delivery waits again"), "\(again.errors)")
        let second = try await server.program.table()
        #expect(
            first["headers"]?.table?["webhook-id"] == second["headers"]?.table?["webhook-id"]
                && first["headers"]?.table?["webhook-id"] != nil)
        #expect(first["body"] == second["body"])
        _ = try await service.end()
    }

    @Test("what the engine does by itself is in the stream, with a `line` that is null")
    func ownMoments() async throws {
        let chooser = { (body: String) in
            #"return { name = "chooser", api = 1, deciders = { pick = { decide = function() \#(body) end } } }"#
        }
        let workspace = try TemporaryWorkspace(
            plugins: ["chooser": chooser("error(\"not yet\")")],
            maps: [
                "flex": """
                map: flex
                tracks:
                  - { track: two, kind: flex, flex: { decide: chooser.pick }, steps: [ { step: a }, { step: b } ] }
                """
            ])
        let service = try await RunningService(workspace)
        #expect(try await workspace.run("do", "assign", "other", "flex").status == 1)
        let program = try RunningProgram(
            ["do", "--commands", "-", "--format", "jsonl", "-w", workspace.folder], input: .open)
        try program.send(#"{"do":"assign","lead":"L1","map":"flex"}"# + "\n")
        #expect(try await program.shows(#""lead":"L1","moment":1"#))
        let stream = try OpenStream(service)
        stream.send(lines: [#"{"do":"assign","lead":"L2","map":"flex"}"#])
        let types = try stream.lines(3).map { $0["type"]?.string }
        #expect(types == ["event", "call", "incident"])
        try workspace.write("plugins/chooser.lua", chooser(#"return { keep = { "a" } }"#))
        #expect(try await program.shows(#""lead":"L1","moment":2"#))
        try program.send(#"{"do":"complete","lead":"L1","step":"two/a"}"# + "\n")
        let ran = try await program.end()
        #expect(ran.errors.contains("1 by the engine itself"), "\(ran.errors)")
        #expect(ran.objects.allSatisfy { $0["lead"] == "L1" })
        for object in ran.objects {
            let isOwn = object["moment"] == 2
            #expect((object["line"] == .null) == isOwn && (object["line"] == nil) == !isOwn)
        }
        #expect(ran.objects.contains { $0["moment"] == 3 })
        stream.finish()
        let rest = try stream.lines()
        #expect(rest.contains { $0["lead"] == "L2" && $0["moment"] == 2 && $0["line"] == .null }, "\(rest)")
        #expect(rest.allSatisfy { $0["lead"] == "L2" })
        _ = try await service.end()
    }

    @Test("the socket is its user's alone, and elsewhere where its path would be too long")
    func socket() async throws {
        let workspace = try Self.workspace()
        let shortest = workspace.path("data//signalbox.db.socket./s").utf8.count + Self.randomBytes
        // The middle one is too long for SwiftNIO, and not for Linux.
        for length in [0, 106, 200] {
            let name = String(repeating: "d", count: max(1, length - shortest))
            let store = "data/\(name)/signalbox.db"
            try workspace.write("signalbox.yaml", "store: \(store)\n")
            let program = try RunningProgram(
                ["serve", "-w", workspace.folder, "--listen", "127.0.0.1:0"],
                environment: ["TMPDIR": "/tmp"])
            #expect(try await program.tells("Signalbox serves"))
            #expect(try await workspace.run("do", "set", "L1", "a=1").status == 0)
            let lock = try String(contentsOfFile: workspace.path(store + ".lock"), encoding: .utf8)
            let lines = lock.split(separator: "\n").map(String.init)
            #expect(lines.count == 2 && lines[0] == "\(program.processID)")
            let beside = workspace.path(store + ".socket")
            #expect(
                (URL(fileURLWithPath: lines[1]).lastPathComponent == "signalbox.db.socket")
                    == FileManager.default.fileExists(atPath: beside))
            let mode = try FileManager.default.attributesOfItem(atPath: lines[1])[.posixPermissions] as? Int
            #expect(mode == 0o600)
            program.signal(SIGTERM)
            #expect(try await program.end().status == 0)
            #expect(!FileManager.default.fileExists(atPath: lines[1]))
            #expect(try await workspace.run("do", "set", "L1", "a=2").status == 0)
        }
    }

    @Test("after a service that was killed, commands go to the store again")
    func killed() async throws {
        let workspace = try Self.workspace()
        let service = try await RunningService(workspace)
        #expect(try await workspace.run("do", "assign", "L1", "buyer").status == 0)
        let stream = try RunningProgram(
            ["do", "--commands", "-", "-w", workspace.folder], input: .open)
        try stream.send(#"{"do":"set","lead":"L1","fields":{"a":1}}"# + "\n")
        try stream.send(#"{"do":"advance","lead":"nobody"}"# + "\n")
        #expect(try await stream.shows("unknown_lead"))
        service.program.signal(SIGKILL)
        _ = try await service.program.end()
        try stream.send(#"{"do":"set","lead":"L1","fields":{"a":2}}"# + "\n")
        let broken = try await stream.end()
        #expect(broken.status == 1)
        #expect(
            broken.errors.contains("What came before line 3 is done; line 3 and those after it may be."),
            "\(broken.errors)")
        let done = try await workspace.run("do", "complete", "L1", "qualify/call")
        #expect(done.status == 0 && done.output.contains("moment 3"), "\(done.output)\(done.errors)")
    }
}
