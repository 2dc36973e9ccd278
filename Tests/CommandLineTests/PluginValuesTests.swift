import SQLiteStore
import Store
import TestKit
import Testing
import Values

/// `store`: what plugins keep for all leads.
@Suite("The values of plugins, at the command line")
struct PluginValuesTests {
    private static let keeper = """
        return { name = "keeper", api = 1, actions = {
          keep = { run = function(event)
            host.store.add("leads", 1)
            host.store.set("last", { lead = event.lead.id })
            host.lead.store.set("seen", true)
          end } } }
        """

    private func workspace() async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace(
            plugins: ["keeper": Self.keeper],
            maps: ["buyer": TemporaryWorkspace.map("buyer", running: "{ run: keeper.keep }")])
        let ran = try await workspace.give(
            #"{"do":"assign","lead":"L1","map":"buyer"}"#,
            #"{"do":"complete","lead":"L1","step":"qualify/call"}"#)
        #expect(ran.status == 0, "\(ran.output)")
        return workspace
    }

    @Test("values are listed, read, set and taken away, and the plugin sees what is left")
    func values() async throws {
        let workspace = try await workspace()
        let list = try await workspace.run("store", "list", "keeper", "--format", "jsonl")
        #expect(
            list.output == """
                {"key":"last","value":{"lead":"L1"}}
                {"key":"leads","value":1}

                """)
        #expect(
            try await workspace.run("store", "list", "keeper").output
                == "key    value\nlast   {\"lead\":\"L1\"}\nleads  1\n")
        #expect(try await workspace.run("store", "get", "keeper", "leads").output == "1\n")
        let set = try await workspace.run(
            "store", "set", "keeper", "leads:=41", #"note=a "text""#, "list:=[1,2]")
        #expect(set.status == 0 && set.output == "")
        #expect(try await workspace.run("store", "get", "keeper", "note").output == "a \"text\"\n")
        #expect(
            try await workspace.run("store", "get", "keeper", "note", "--format", "json").output
                == "\"a \\\"text\\\"\"\n")
        _ = try await workspace.give(
            #"{"do":"assign","lead":"L2","map":"buyer"}"#,
            #"{"do":"complete","lead":"L2","step":"qualify/call"}"#)
        #expect(try await workspace.run("store", "get", "keeper", "leads").output == "42\n")
        let some = try await workspace.run("store", "clear", "keeper", "leads", "note")
        #expect(some.status == 0 && some.errors == "2 values of plugin \"keeper\" were taken away.\n")
        let keys = try await workspace.run("store", "list", "keeper", "--limit", "1", "--format", "jsonl")
        #expect(keys.objects.map { $0["key"] } == ["last"])
        #expect(keys.errors.contains(#"go on with --after "last""#))
        let rest = try await workspace.run(
            "store", "list", "keeper", "--after", "last", "--format", "jsonl")
        #expect(rest.objects.map { $0["key"] } == ["list"])
        #expect(try await workspace.run("store", "clear", "keeper", "--all").status == 1)
        #expect(try await workspace.run("store", "list", "keeper", "--format", "jsonl").objects.count == 2)
        #expect(try await workspace.run("store", "clear", "keeper", "--all", "--yes").status == 0)
        #expect(
            try await workspace.run("store", "list", "keeper").output == "Plugin \"keeper\" keeps nothing.\n")
    }

    @Test("what a plugin keeps for one lead is listed")
    func ofLead() async throws {
        let workspace = try await workspace()
        let list = try await workspace.run(
            "store", "list", "keeper", "--lead", "L1", "--format", "jsonl")
        #expect(list.output == "{\"key\":\"seen\",\"value\":true}\n")
        #expect(try await workspace.run("store", "list", "keeper", "--lead", "L9").status == 1)
    }

    @Test("what is not there or cannot be is told, and nothing is changed")
    func mistakes() async throws {
        let workspace = try await workspace()
        let none = try await workspace.run("store", "get", "keeper", "none")
        #expect(none.status == 1 && none.errors == "Plugin \"keeper\" keeps nothing under \"none\".\n")
        let part = try await workspace.run("store", "clear", "keeper", "leads", "none")
        #expect(part.status == 1 && part.errors.contains("under \"none\"; nothing was done"))
        for words in [
            ["set", "keeper", "leads"], ["set", "keeper", "=1"], ["set", "keeper", "a:=null"],
            ["set", "keeper", "a:=["], ["set", "keeper"], ["set", "engine", "keeper=1"],
            ["set", "Keeper", "a=1"], ["clear", "keeper"], ["clear", "keeper", "a", "--all"],
            ["clear", "engine", "--all"],
        ] {
            let ran = try await RunningProgram(["store"] + words + ["-w", workspace.folder]).end()
            #expect(ran.status == 64, "\(words): \(ran.errors)")
        }
        #expect(try await workspace.run("store", "get", "keeper", "leads").output == "1\n")
    }

    @Test(
        "a service that has the store makes the changes, and its plugins see them at once", arguments: [1, 4])
    func served(lanes: Int) async throws {
        let workspace = try await workspace()
        try workspace.write("signalbox.yaml", "lanes: \(lanes)\n")
        let service = try await RunningService(workspace)
        // The lane of the lead has worked with the value.
        for command in [["do", "assign", "L2", "buyer"], ["do", "complete", "L2", "qualify/call"]] {
            #expect(try await RunningProgram(command + ["-w", workspace.folder]).end().status == 0)
        }
        let set = try await workspace.run("store", "set", "keeper", "leads:=41", "note=a")
        #expect(set.status == 0 && set.output == "" && set.errors == "", "\(set.errors)")
        for command in [["do", "assign", "L3", "buyer"], ["do", "complete", "L3", "qualify/call"]] {
            #expect(try await RunningProgram(command + ["-w", workspace.folder]).end().status == 0)
        }
        #expect(try await workspace.run("store", "get", "keeper", "leads").output == "42\n")
        let none = try await workspace.run("store", "clear", "keeper", "leads", "none")
        #expect(none.status == 1 && none.errors.contains("nothing was done"))
        let some = try await workspace.run("store", "clear", "keeper", "leads")
        #expect(some.status == 0 && some.errors == "1 value of plugin \"keeper\" was taken away.\n")
        #expect(try await workspace.run("store", "get", "keeper", "leads").status == 1)
        #expect(try await workspace.run("store", "clear", "keeper", "--all", "--yes").status == 0)
        #expect(
            try await workspace.run("store", "list", "keeper").output == "Plugin \"keeper\" keeps nothing.\n")
        _ = try await service.end()
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readOnly)
        let audited = try store.audit(before: nil, limit: 100).map {
            "\($0.entry.action): \($0.entry.result)"
        }
        #expect(
            audited.filter { $0.hasPrefix("store") } == [
                "store clear keeper 2 values: changed 2", "store clear keeper leads: changed 1",
                "store set keeper 2 values: changed 2",
            ])
    }

    @Test("what a value cannot be is told by the service as by the command line")
    func servedMistakes() async throws {
        let workspace = try await workspace()
        let deep = "deep:=" + String(repeating: "[", count: 130) + String(repeating: "]", count: 130)
        let alone = try await workspace.run("store", "set", "keeper", deep)
        let service = try await RunningService(workspace)
        let served = try await workspace.run("store", "set", "keeper", deep)
        #expect(alone.status != 0 && served.status != 0)
        #expect(try await workspace.run("store", "get", "keeper", "deep").status == 1)
        _ = try await service.end()
    }
}
