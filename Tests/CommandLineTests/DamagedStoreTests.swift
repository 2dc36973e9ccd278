import Foundation
import TestKit
import Testing
import Values

@Suite("A store with something that does not read back")
struct DamagedStoreTests {
    @Test(
        "the list shows all other leads, names the damaged one and ends with 1",
        arguments: ["text", "json", "jsonl"])
    func leads(format: String) async throws {
        let workspace = try await TemporaryWorkspace.damaged()
        let ran = try await workspace.run("leads", "--format", format)
        #expect(ran.status == 1)
        #expect(ran.output.contains("L1") && !ran.output.contains("L2") && ran.output.contains("L3"))
        #expect(ran.errors == "Lead \"L2\" is damaged: a lead's record has no proper `status`\n")
        #expect(try await workspace.run("lead", "L2").status == 65)
        #expect(try await workspace.run("lead", "L3").status == 0)
    }

    @Test("a backup and a restore have all that is there, name the damaged lead and end with 1")
    func copies() async throws {
        let workspace = try await TemporaryWorkspace.damaged()
        let file = workspace.path("b.db")
        for command in [["backup", file], ["restore", file]] {
            let ran = try await workspace.run(command[0], command[1])
            #expect(ran.status == 1)
            #expect(ran.output.contains("3 leads, 3 moments"))
            #expect(ran.errors.contains("Lead \"L2\" is damaged: "))
        }
        #expect(try await workspace.run("lead", "L1").status == 0)
    }

    @Test("commands for the damaged lead are refused, those for others in the stream are done")
    func commands() async throws {
        let workspace = try await TemporaryWorkspace.damaged()
        let ran = try await workspace.give(
            #"{"do":"complete","lead":"L1","step":"qualify/call"}"#,
            #"{"do":"complete","lead":"L2","step":"qualify/call"}"#,
            #"{"do":"complete","lead":"L3","step":"qualify/call"}"#)
        #expect(ran.status == 1)
        #expect(ran.objects.lines("refused").map { $0["reason"] } == ["lead_damaged"])
        #expect(ran.objects.lines("refused").map { $0["line"] } == [2])
        #expect(Set(ran.objects.lines("event").compactMap { $0["lead"]?.string }) == ["L1", "L3"])
    }

    @Test("a store with infinite numbers of an earlier version is brought up, listed and backed up")
    func infinite() async throws {
        let workspace = try TemporaryWorkspace()
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("SQLiteStoreTests/Fixtures/infinite.db")
        try workspace.write("data/signalbox.db", [UInt8](try Data(contentsOf: fixture)))
        let older = try await workspace.run("leads")
        #expect(older.status == 65 && older.errors.contains("give a command"))
        #expect(try await workspace.run("do", "set", "cy", "name=Cy").status == 0)
        let leads = try await workspace.run("leads", "--format", "jsonl")
        #expect(leads.status == 0 && leads.errors == "")
        #expect(leads.objects.map { $0["lead"] } == ["ana", "bea", "cy", "dora"])
        #expect(try await workspace.run("lead", "cy").status == 0)
        #expect(try await workspace.run("backup", workspace.path("b.db")).status == 0)
        #expect(try await workspace.run("restore", workspace.path("b.db")).status == 0)
    }

    @Test("sums that are too large leave a store that every command reads")
    func sums() async throws {
        let workspace = try TemporaryWorkspace(
            plugins: [
                "p": """
                return { name = "p", api = 1, actions = {
                  all = { run = function() host.store.add("n", 1.7e308) end },
                  lead = { run = function() host.lead.store.add("n", 1.7e308) end } } }
                """
            ],
            maps: [
                "m": TemporaryWorkspace.map(
                    "m", running: "{ run: p.all }, { run: p.all }, { run: p.lead }, { run: p.lead }")
            ])
        let lines = [
            #"{"do":"assign","lead":"L1","map":"m"}"#,
            #"{"do":"complete","lead":"L1","step":"qualify/call"}"#,
        ]
        try workspace.write("commands.jsonl", lines.joined(separator: "\n"))
        let simulated = try await workspace.run(
            "simulate", "--commands", workspace.path("commands.jsonl"), "--format", "jsonl")
        let ran = try await workspace.give(lines[0], lines[1])
        for result in [simulated, ran] {
            #expect(result.status == 1)
            #expect(
                result.objects.lines("incident").map { $0["reason"] } == ["invalid_value", "invalid_value"])
            // That of the value for all leads is known last.
            #expect(
                result.objects.lines("incident").map { $0["run"] } == ["p.lead", "p.all"])
        }
        #expect(try await workspace.journal(of: "L1").lines("incident").count == 2)
        for command in [
            ["leads"], ["lead", "L1"], ["backup", workspace.path("b.db")], ["do", "set", "L1", "a=1"],
        ] {
            let after = try await RunningProgram(command + ["-w", workspace.folder]).end()
            #expect(after.status == 0, "\(command): \(after.errors)")
        }
    }

    @Test("a lead shows on which code its moments ran, where that changes")
    func code() async throws {
        let workspace = try TemporaryWorkspace()
        for lead in ["L1", "L2"] { try await workspace.run("do", "assign", lead, "buyer").expect(0) }
        try await workspace.run("do", "complete", "L1", "qualify/call").expect(0)
        try await workspace.run("do", "assign", "L1", "other").expect(1)
        try workspace.write("plugins/probe.lua", TemporaryWorkspace.probe.replacing("1.0.0", with: "1.0.1"))
        try await workspace.run("do", "complete", "L2", "qualify/call").expect(0)

        let text = try await workspace.run("lead", "L1").output
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("  code  ") })
        #expect(line.hasPrefix("  code  probe 1.0.0 ") && line.contains("; host 0."))
        #expect(text.components(separatedBy: "  code  ").count == 2)
        let json = try await workspace.run("lead", "L2", "--format", "json").output
        let elements = try #require(try JSONReader.read(json).list?.compactMap(\.table))
        let moments = elements.lines("moment")
        #expect(moments.map { $0["moment"] } == [2])
        let plugin = try #require(moments[0]["code"]?.table?["plugins"]?.list?.first?.table)
        #expect(plugin["plugin"] == "probe" && plugin["version"] == "1.0.1")
        #expect(try await workspace.journal(of: "L2").lines("moment") == [])

        let hash = try #require(plugin["settings"]?.string)
        let settings = try await workspace.run(
            "plugins", "show", "probe", "--source", String(hash.prefix(10)))
        #expect(settings.status == 0)
        #expect(try JSONReader.read(settings.output).table?["granted"] == [])
        let code = try #require(plugin["hash"]?.string)
        let source = try await workspace.run("plugins", "show", "probe", "--source", code).output
        #expect(source == TemporaryWorkspace.probe.replacing("1.0.0", with: "1.0.1"))
    }
}

extension TemporaryWorkspace {
    /// A workspace with the leads `L1` to `L3`, of which the record of `L2` is damaged.
    static func damaged() async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace()
        for lead in ["L1", "L2", "L3"] { try await workspace.run("do", "assign", lead, "buyer").expect(0) }
        let file = workspace.path("data/signalbox.db")
        var bytes = try #require(FileManager.default.contents(atPath: file))
        let record = Data(#"{"id":"L2","status":"#.utf8)
        // It is in the lead's row and in that of its first moment.
        for _ in 1...2 {
            let place = try #require(bytes.range(of: record))
            bytes.replaceSubrange(place, with: Data(#"{"id":"L2","statuX":"#.utf8))
        }
        #expect(bytes.range(of: record) == nil)
        try bytes.write(to: URL(fileURLWithPath: file))
        return workspace
    }
}

extension Ran {
    fileprivate func expect(_ status: Int32, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(self.status == status, "\(errors)", sourceLocation: sourceLocation)
    }
}
