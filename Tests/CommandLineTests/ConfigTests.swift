import Foundation
import TestKit
import Testing
import Values

@testable import Workspace

@Suite("Settings as they are shown")
struct ConfigTests {
    private static let settings = """
        lanes: 4
        deliver:
          email: { by: smtp, from: office@example.com, smtp: { host: mail.example.com, user: office, password: { env: SMTP_PASSWORD } } }
          webhooks:
            crm: { url: "https://crm.example.com/hook", secret: { file: run/crm }, events: [ step.close, map.* ] }
        secrets: { slack: { env: SIGNALBOX_SLACK, hosts: [ hooks.example.com ], plugins: [ probe ] } }
        """

    private static let environment = [
        "SIGNALBOX_SERVE_RATE": "50", "SIGNALBOX_SERVE_MASK": "email,phone", "SMTP_PASSWORD": "hunter2",
        "SIGNALBOX_SLACK": "hunter2",
    ]

    private func workspace() throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace()
        try workspace.write("signalbox.yaml", Self.settings)
        try workspace.write("run/crm", "hunter2\n")
        return workspace
    }

    @Test("each setting is shown with its value and where that came from, and no secret")
    func text() async throws {
        let ran = try await workspace().run("config", environment: Self.environment)
        #expect(ran.status == 0 && ran.errors == "")
        let rows = ran.output.split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        #expect(rows.first == "setting value from")
        for row in [
            "store data/signalbox.db default", "lanes 4 signalbox.yaml:1", "zone UTC default",
            "serve.rate 50 SIGNALBOX_SERVE_RATE", "serve.mask email, phone SIGNALBOX_SERVE_MASK",
            "deliver.email.from office@example.com signalbox.yaml:3",
            "deliver.email.smtp.password.env SMTP_PASSWORD signalbox.yaml:3",
            "deliver.email.smtp.password.file none default",
            "deliver.webhooks.crm.secret.file run/crm signalbox.yaml:5",
            "deliver.webhooks.crm.events step.close, map.* signalbox.yaml:5",
            "secrets.slack.env SIGNALBOX_SLACK signalbox.yaml:6", "limits.moment.bytes 16MiB default",
            "serve.stop_within 10s default", "retention.history none default",
        ] { #expect(rows.contains(row), "\(row)") }
        #expect(!ran.output.contains("hunter2"))
        #expect(rows.count == 1 + SettingKey.all.count + 6)
    }

    @Test("as JSON each has its value in its type, and the line or the variable")
    func json() async throws {
        let workspace = try workspace()
        let lines = try await workspace.run("config", "--format", "jsonl", environment: Self.environment)
        let list = try await workspace.run("config", "--format", "json", environment: Self.environment)
        #expect(lines.status == 0 && list.status == 0)
        #expect(try JSONReader.read(list.output).list == lines.objects.map { .table($0) })
        func one(_ name: String) -> Table? { lines.objects.first { $0["setting"]?.string == name } }
        #expect(
            one("lanes")
                == ["setting": "lanes", "value": 4, "from": "file", "file": "signalbox.yaml", "line": 1])
        #expect(
            one("serve.mask") == [
                "setting": "serve.mask", "value": ["email", "phone"], "from": "environment",
                "variable": "SIGNALBOX_SERVE_MASK",
            ])
        #expect(
            one("deliver.email.repeat_unknown")
                == ["setting": "deliver.email.repeat_unknown", "value": false, "from": "default"])
        #expect(one("retention.ids") == ["setting": "retention.ids", "value": .null, "from": "default"])
    }

    @Test("a variable holds for the other commands too, and an unknown one ends them")
    func holds() async throws {
        let workspace = try TemporaryWorkspace()
        let given = try await workspace.run(
            "do", "assign", "a", "buyer", environment: ["SIGNALBOX_STORE": "data/other.db"])
        #expect(given.status == 0, "\(given.errors)")
        #expect(workspace.exists("data/other.db") && !workspace.exists("data/signalbox.db"))
        for command in ["config", "leads", "plugins"] {
            let ran = try await workspace.run(command, environment: ["SIGNALBOX_STOER": "x"])
            #expect(ran.status == 65 && ran.output == "")
            #expect(ran.errors.hasPrefix("SIGNALBOX_STOER: "))
            #expect(ran.errors.hasSuffix("did you mean \"SIGNALBOX_STORE\"?\n"))
        }
        let checked = try await workspace.run("check", environment: ["SIGNALBOX_LANES": "none"])
        #expect(checked.status == 65)
        #expect(checked.output.hasPrefix("SIGNALBOX_LANES: `lanes` must be"))
    }

    @Test("on a terminal of 80 columns no line is wider, and every setting's name is whole")
    func terminal() async throws {
        let workspace = try workspace()
        // `script` runs a command on a terminal of its own; not every machine has it.
        let shell =
            #"command -v script >/dev/null || exit 3; exec script -qec "stty cols 80; '$0' config -w '$WORKSPACE'" /dev/null"#
        let ran = try await RunningProgram(
            ["x"],
            environment: Self.environment.merging([
                "TERM": "xterm", "WORKSPACE": workspace.folder, "NO_COLOR": "1",
            ]) { $1 }, shell: shell
        ).end()
        guard ran.status != 3 else { return }
        let lines = ran.output.split(whereSeparator: \.isNewline)
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(ran.output)")
        for key in SettingKey.all { #expect(lines.contains { $0.hasPrefix(key.path + " ") }, "\(key.path)") }
    }
}
