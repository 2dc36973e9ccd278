import Foundation
import TestKit
import Testing
import Values

/// Which plugins a command loads that calls few of them.
@Suite(
    "what was kept of loading plugins, at the command line",
    .enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct KeptLoadsTests {
    /// Longer to load than a quick one may take.
    private static func slow(_ name: String) -> String {
        """
        for i = 1, 3e6 do end
        return { name = "\(name)", api = 1, on = {
          { event = "map.open", map = "other", run = function() host.note.add("opened") end } } }
        """
    }

    private static let other = "map: other\ntracks: [ { track: a, steps: [ { step: x } ] } ]\n"

    /// The plugins that a command loads, as it reads the workspace.
    private func loaded(_ workspace: TemporaryWorkspace) async throws -> [String] {
        let plugins = try await workspace.run("plugins", "--format", "jsonl").objects
        #expect(!plugins.isEmpty)
        return plugins.filter { $0["kept"] != true }.compactMap { $0["plugin"]?.string }
    }

    @Test("a lone command that calls none of sixty slow plugins loads none of them, once all were loaded")
    func lone() async throws {
        var plugins = ["probe": TemporaryWorkspace.probe]
        for number in 10..<70 { plugins["slow\(number)"] = Self.slow("slow\(number)") }
        let workspace = try TemporaryWorkspace(
            plugins: plugins, maps: ["buyer": TemporaryWorkspace.buyer, "other": Self.other])
        try workspace.write("signalbox.yaml", "plugins: { limits: { deadline: 1s } }")
        var commands = 0
        var left: [String]
        // Each loads some more, as long as there is time.
        repeat {
            commands += 1
            _ = try await workspace.run("do", "assign", "L\(commands)", "buyer")
            left = try await loaded(workspace)
        } while !left.isEmpty && commands < 61
        #expect(left == [])
        let quiet = try await workspace.run("do", "complete", "L1", "qualify/call", "--format", "jsonl")
        #expect(quiet.status == 0 && quiet.errors == "")
        #expect(quiet.objects.lines("call").map { $0["run"] } == ["probe.set"])
        // Those that listen are loaded when they are called, and do what they did.
        let loud = try await workspace.run("do", "assign", "M", "other", "--format", "jsonl")
        #expect(loud.objects.lines("call").count == 60)
        #expect(loud.objects.lines("call").allSatisfy { $0["outcome"] == "ok" })
        // One that changed is loaded, and only that one; a dry run keeps nothing.
        try workspace.write("plugins/slow33.lua", Self.slow("slow33") + "\n-- changed")
        #expect(try await loaded(workspace) == ["slow33"])
        _ = try await workspace.run("do", "set", "L1", "n=1", "--dry-run")
        #expect(try await loaded(workspace) == ["slow33"])
        _ = try await workspace.give(#"{"do":"set","lead":"L1","fields":{"n":1}}"#)
        #expect(try await loaded(workspace) == [])
    }

    @Test("a command does not wait again for a plugin that was cut off shortly before; check does")
    func cutOff() async throws {
        let endless = "for i = 1, 1e10 do end return { name = 'endless', api = 1 }"
        let workspace = try TemporaryWorkspace(plugins: [
            "probe": TemporaryWorkspace.probe, "endless": endless,
        ])
        let first = try await workspace.run("do", "assign", "L1", "buyer")
        #expect(first.errors.contains("the plugin does not load: deadline"))
        #expect(!first.errors.contains("this was at"))
        let second = try await workspace.run("do", "assign", "L2", "buyer")
        // A plugin that does not load gives its status, tried or not.
        #expect(second.status == first.status)
        #expect(second.errors.contains("the plugin does not load: deadline"))
        #expect(second.errors.contains("this was at") && second.errors.contains("do not try it again before"))
        let checked = try await workspace.run("check")
        #expect(checked.output.contains("deadline") && !checked.output.contains("this was at"), "\(checked)")
        try workspace.write("plugins/endless.lua", "return { name = 'endless', api = 1 }")
        let third = try await workspace.run("do", "assign", "L3", "buyer")
        #expect(third.status == 0 && third.errors == "", "\(third)")
    }

    @Test("where the file cannot be written, commands do without")
    func unwritable() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("data/signalbox.db.plugins/in the way", "")
        let ran = try await workspace.run("do", "assign", "L", "buyer", "--format", "jsonl")
        #expect(ran.status == 0 && ran.errors == "")
        #expect(ran.objects.events.contains("map.open"))
        #expect(try await loaded(workspace) == ["probe"])
    }

    @Test(
        "a call of a plugin that declares something else than was kept fails, and the next command loads it")
    func lie() async throws {
        let workspace = try TemporaryWorkspace()
        _ = try await workspace.run("do", "assign", "L", "buyer")
        #expect(try await loaded(workspace) == [])
        let file = "data/signalbox.db.plugins"
        var lines = try String(contentsOfFile: workspace.path(file), encoding: .utf8)
            .split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        let checked = String(lines[1].dropFirst(65)).replacing(#""1.0.0""#, with: #""9.0.0""#)
        lines[1] = "\(SHA256.hexadecimal(of: checked.utf8)) \(checked)"
        try workspace.write(file, lines.joined(separator: "\n") + "\n")
        let failed = try await workspace.run("do", "complete", "L", "qualify/call", "--format", "jsonl")
        #expect(failed.status == 1)
        #expect(failed.objects.lines("call").map { $0["reason"] } == ["unavailable"])
        let number = try #require(failed.objects.lines("incident").first?["incident"]?.integer)
        let again = try await workspace.run("incidents", "retry", "\(number)", "--format", "jsonl")
        #expect(again.objects.lines("call").map { $0["outcome"] } == ["ok"])
    }
}
