import Foundation
import TestKit
import Testing
import Values

/// A plugin's secrets, whatever runs the plugin.
@Suite("Secrets of plugins")
struct PluginSecretTests {
    private static let hidden = "hunter2-of-the-token"

    private func workspace() throws -> TemporaryWorkspace {
        let plugin = """
            local token = "Bearer " .. host.secret("slack")
            return { name = "probe", version = "1.0.0", api = 1, actions = {
              tell = { run = function() host.log.info(tostring(token)) host.note.add("sent " .. tostring(token)) end },
              spill = { run = function() host.lead.set { token = token } end },
              guess = { run = function() host.note.add(host.secret("slak")) end },
            } }
            """
        let workspace = try TemporaryWorkspace(
            plugins: ["probe": plugin],
            maps: [
                "tell": TemporaryWorkspace.map("tell", running: "{ run: probe.tell }"),
                "spill": TemporaryWorkspace.map("spill", running: "{ run: probe.spill }"),
                "guess": TemporaryWorkspace.map("guess", running: "{ run: probe.guess }"),
            ])
        try workspace.write(
            "signalbox.yaml",
            "secrets: { slack: { env: SLACK_TOKEN, hosts: [ hooks.example.com ], plugins: [ probe ] } }\n")
        return workspace
    }

    private static let messages = [
        ("spill", "effect.fields.token is a secret, which only headers and URLs of requests take"),
        ("guess", "host.secret: \"slak\" is not a secret that probe may use: signalbox.yaml needs"),
    ]

    @Test("try, simulate and do give the plugin the name alone, and fail where it is let out")
    func everywhere() async throws {
        let workspace = try workspace()
        let environment = ["SLACK_TOKEN": Self.hidden]
        var runs: [Ran] = []
        func run(_ arguments: String..., input: String = "") async throws -> Ran {
            let ran = try await RunningProgram(
                arguments + ["-w", workspace.folder], input: .bytes(Array(input.utf8)),
                environment: environment
            ).end()
            runs.append(ran)
            return ran
        }
        let event = #"{"name":"step.close","lead":{"id":"a","fields":{}}}"#
        let told = try await run("try", "probe.tell", "--event", "-", "--format", "jsonl", input: event)
        #expect(told.status == 0)
        #expect(told.objects.first?["effects"] == [["do": "note", "text": "sent Bearer (secret slack)"]])
        for (action, message) in Self.messages {
            let tried = try await run("try", "probe.\(action)", "--event", "-", input: event)
            #expect(tried.status == 1 && (tried.output + tried.errors).contains(message))
        }
        for (action, _) in [("tell", "")] + Self.messages {
            let lines = """
                {"do":"assign","lead":"\(action)","map":"\(action)"}
                {"do":"complete","lead":"\(action)","step":"qualify/call"}
                """
            for command in [["simulate"], ["do", "--dry-run"], ["do"]] {
                let ran = try await RunningProgram(
                    command + ["--commands", "-", "--format", "jsonl", "-w", workspace.folder],
                    input: .bytes(Array(lines.utf8)), environment: environment
                ).end()
                runs.append(ran)
                #expect(ran.status == (action == "tell" ? 0 : 1), "\(command) \(action): \(ran.errors)")
            }
            let journal = try await run("lead", action)
            #expect(journal.output.contains("(secret slack)") == (action == "tell"))
        }
        let incidents = try await run("incidents", "--format", "jsonl")
        #expect(incidents.objects.count == 2)
        for (_, message) in Self.messages {
            #expect(incidents.objects.contains { $0["message"]?.string?.contains(message) == true })
        }
        #expect(try await run("check").status == 0)
        for ran in runs { #expect(!(ran.output + ran.errors).contains(Self.hidden)) }
        let store = try Data(contentsOf: URL(fileURLWithPath: workspace.path("data/signalbox.db")))
        #expect(store.range(of: Data(Self.hidden.utf8)) == nil)
    }
}
