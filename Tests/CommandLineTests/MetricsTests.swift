import Foundation
import TestKit
import Testing

/// `GET /metrics` of a service that runs.
@Suite("The metrics of the service", .enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct MetricsTests {
    private static let probe = """
        return { name = "probe", api = 1, needs = { "email" }, actions = {
          mail = { run = function() host.email.send({ to = "a@example.com", subject = "s", text = "t" }) end },
          fail = { run = function() error("the probe fails") end },
          loop = { run = function() while true do end end } } }
        """

    private static let map = """
        map: m
        triggers: { open: [ { run: probe.mail }, { run: probe.fail }, { run: probe.loop } ] }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """

    /// By name and labels.
    private static func values(_ text: String) -> [String: Double] {
        Dictionary(
            text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
                let parts = line.split(separator: " ")
                return parts.count == 2 ? Double(parts[1]).map { (String(parts[0]), $0) } : nil
            }, uniquingKeysWith: { _, _ in .nan })
    }

    @Test("they count what the engine did, and name plugins and no leads")
    func figures() async throws {
        let workspace = try TemporaryWorkspace(plugins: ["probe": Self.probe], maps: ["m": Self.map])
        try workspace.write("signalbox.yaml", "deliver: { email: { by: off } }\n")
        let service = try await RunningService(workspace)
        let before = Self.values(try service.ask("GET /metrics").body)
        #expect(before[#"signalbox_plugin_calls_total{plugin="probe"}"#] == 0)
        for lead in ["lead-one", "lead-two"] {
            let answer = try service.ask(
                "POST /v1/leads/\(lead)/commands", [:], #"{"do":"assign","map":"m"}"#)
            #expect(answer.status == 200, "\(answer.body)")
        }
        let answer = try service.ask("GET /metrics")
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        let values = Self.values(answer.body)
        #expect(values["signalbox_moments_total"] == 2)
        #expect(values["signalbox_commit_duration_seconds_count"].map { $0 == 1 || $0 == 2 } == true)
        #expect(values[#"signalbox_plugin_calls_total{plugin="probe"}"#] == 6)
        #expect(values[#"signalbox_plugin_failures_total{plugin="probe",reason="error"}"#] == 2)
        #expect(values[#"signalbox_plugin_failures_total{plugin="probe",reason="deadline"}"#] == 2)
        #expect(values[#"signalbox_plugin_cut_offs_total{plugin="probe"}"#] == 2)
        #expect(values["signalbox_call_duration_seconds_count"] == 6)
        #expect(values[#"signalbox_outbox_deliveries{state="waiting"}"#] == 2)
        #expect(values[#"signalbox_queue_commands{lane="1"}"#] == 0)
        #expect(values["process_resident_memory_bytes"].map { $0 > 1_000_000 } == true)
        #expect(values["process_cpu_seconds_total"].map { $0 > 0 } == true)
        #expect(values["process_open_fds"].map { $0 > 5 } == true)
        let started = try #require(values["process_start_time_seconds"])
        #expect(abs(started - Date().timeIntervalSince1970) < 600)
        #expect(!answer.body.contains("lead-one"))
        _ = try await service.end()
    }

    @Test("the age of the outbox is the time since the moment of the first delivery that waits")
    func oldestAge() async throws {
        let workspace = try TemporaryWorkspace(plugins: ["probe": Self.probe], maps: ["m": Self.map])
        try workspace.write("signalbox.yaml", "deliver: { email: { by: off } }\n")
        let service = try await RunningService(workspace)
        func age() throws -> Double {
            let values = Self.values(try service.ask("GET /metrics").body)
            return try #require(values["signalbox_outbox_oldest_age_seconds"])
        }
        func assign(_ lead: String) throws {
            let answer = try service.ask(
                "POST /v1/leads/\(lead)/commands", [:], #"{"do":"assign","map":"m"}"#)
            #expect(answer.status == 200)
        }
        #expect(try age() == 0)
        let before = Date()
        try assign("L1")
        let after = Date()
        var shown = 0.0
        var hasSecond = false
        while shown < 1 {
            let least = Date().timeIntervalSince(after)
            shown = try age()
            let most = Date().timeIntervalSince(before)
            // The store's times are whole milliseconds.
            let isRight = shown > least - 0.002 && shown < most + 0.002
            #expect(isRight, "\(least) \(shown) \(most)")
            if !isRight { break }
            // One that comes later is younger.
            if shown > 0.2, !hasSecond {
                try assign("L2")
                hasSecond = true
            }
        }
        _ = try await service.end()
    }

    @Test("a plugin that is removed is not in them, and each reload is")
    func reload() async throws {
        let workspace = try TemporaryWorkspace()
        let service = try await RunningService(workspace)
        #expect(try service.ask("GET /metrics").body.contains(#"{plugin="probe"}"#))
        try workspace.remove("plugins/probe.lua")
        #expect(try await service.program.tells("reloaded"))
        let answer = try service.ask("GET /metrics")
        #expect(!answer.body.contains("probe"))
        let values = Self.values(answer.body)
        let reloads = ["ok", "mistakes"].compactMap { values["signalbox_reloads_total{result=\"\($0)\"}"] }
        #expect(reloads.reduce(0, +) >= 1)
        _ = try await service.end()
    }

    @Test("a caller needs a token for them")
    func access() async throws {
        let service = try await RunningService(TemporaryWorkspace(), token: "")
        #expect(try service.ask("GET /metrics").status == 401)
        _ = try await service.end()
    }

    @Test("the page names each of them, with its kind and what it says, and no other")
    func page() async throws {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        let page = try String(
            contentsOf: root.appendingPathComponent("docs/operations.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").compactMap { line -> String? in
            let form = /\| `((?:signalbox|process)_[a-z_]+)` \| ([a-z]+) \|.*\| (.+) \|/
            guard let row = line.wholeMatch(of: form)
            else { return nil }
            return "\(row.1) \(row.2) \(row.3)"
        }
        let workspace = try TemporaryWorkspace(plugins: ["probe": Self.probe], maps: ["m": Self.map])
        let service = try await RunningService(workspace)
        _ = try service.ask("POST /v1/leads/L/commands", [:], #"{"do":"assign","map":"m"}"#)
        let lines = try service.ask("GET /metrics").body.split(separator: "\n")
        var helps: [Substring: Substring] = [:]
        var found: [String] = []
        for line in lines {
            if let help = line.wholeMatch(of: /# HELP ([a-z_]+) (.+)/) { helps[help.1] = help.2 }
            if let type = line.wholeMatch(of: /# TYPE ([a-z_]+) ([a-z]+)/) {
                found.append("\(type.1) \(type.2) \(helps[type.1] ?? "")")
            }
        }
        #expect(found == rows.sorted())
        _ = try await service.end()
    }
}
