import ArgumentParser
import Foundation
import Plugins
import TestKit
import Testing
import Values
import Workspace

@testable import SignalboxCLI

/// Which plugins a command loads that calls few of them. The commands run in this process: what another program kept it
/// would pass over.
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

    private func workspace() throws -> TemporaryWorkspace {
        var plugins = ["probe": TemporaryWorkspace.probe]
        for number in 10..<70 { plugins["slow\(number)"] = Self.slow("slow\(number)") }
        let workspace = try TemporaryWorkspace(
            plugins: plugins, maps: ["buyer": TemporaryWorkspace.buyer, "other": Self.other])
        try workspace.write("signalbox.yaml", "plugins: { limits: { deadline: 1s } }")
        return workspace
    }

    /// Gives a command, and answers whether all was well.
    @discardableResult
    private func run(_ workspace: TemporaryWorkspace, _ arguments: String...) throws -> Bool {
        var command = try SignalboxCommand.parseAsRoot(arguments + ["-w", workspace.folder])
        do {
            try command.run()
            return true
        } catch let end as ExitCode where end == ExitStatus.foundWrong {
            return false
        }
    }

    /// The plugins that a command loads, as it reads the workspace.
    private func loaded(_ workspace: TemporaryWorkspace) throws -> [String] {
        let generation = try WorkspaceOption.parse(["-w", workspace.folder]).load()
        return generation.plugins.keys.sorted().filter { generation.loaded($0)?.isRecalled != true }
    }

    @Test("a lone command that calls none of sixty slow plugins loads none of them, once all were loaded")
    func lone() async throws {
        let workspace = try workspace()
        var commands = 0
        var left: [String]
        // Each loads some more, as long as there is time.
        repeat {
            commands += 1
            try run(workspace, "do", "assign", "L\(commands)", "buyer")
            left = try loaded(workspace)
        } while !left.isEmpty && commands < 61
        #expect(left == [])
        #expect(try run(workspace, "do", "complete", "L1", "qualify/call"))
        #expect(try await workspace.journal(of: "L1").lines("call").map { $0["run"] } == ["probe.set"])
        // Those that listen are loaded when they are called, and do what they did.
        #expect(try run(workspace, "do", "assign", "M", "other"))
        let calls = try await workspace.journal(of: "M").lines("call")
        #expect(calls.count == 60)
        #expect(calls.allSatisfy { $0["outcome"] == "ok" })
        // One that changed is loaded, and only that one; a dry run keeps nothing.
        try workspace.write("plugins/slow33.lua", Self.slow("slow33") + "\n-- changed")
        #expect(try loaded(workspace) == ["slow33"])
        #expect(try run(workspace, "do", "set", "L1", "n=1", "--dry-run"))
        #expect(try loaded(workspace) == ["slow33"])
        try workspace.write("commands.jsonl", #"{"do":"set","lead":"L1","fields":{"n":1}}"#)
        #expect(try run(workspace, "do", "--commands", workspace.path("commands.jsonl")))
        #expect(try loaded(workspace) == [])
    }

    @Test("where the file cannot be written, commands do without")
    func unwritable() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("data/signalbox.db.plugins/in the way", "")
        #expect(try run(workspace, "do", "assign", "L", "buyer"))
        #expect(try await workspace.journal(of: "L").events.contains("map.open"))
        #expect(try loaded(workspace) == ["probe"])
    }

    @Test(
        "a call of a plugin that declares something else than was kept fails, and the next command loads it")
    func lie() async throws {
        let workspace = try TemporaryWorkspace()
        #expect(try run(workspace, "do", "assign", "L", "buyer"))
        #expect(try loaded(workspace) == [])
        let file = "data/signalbox.db.plugins"
        var lines = try String(contentsOfFile: workspace.path(file), encoding: .utf8)
            .split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        let checked = String(lines[1].dropFirst(65)).replacing(#""1.0.0""#, with: #""9.0.0""#)
        lines[1] = "\(SHA256.hexadecimal(of: checked.utf8)) \(checked)"
        try workspace.write(file, lines.joined(separator: "\n") + "\n")
        #expect(try !run(workspace, "do", "complete", "L", "qualify/call"))
        let failed = try await workspace.journal(of: "L")
        #expect(failed.lines("call").map { $0["reason"] } == ["unavailable"])
        let number = try #require(failed.lines("incident").first?["incident"]?.integer)
        #expect(try run(workspace, "incidents", "retry", "\(number)"))
        #expect(try await workspace.journal(of: "L").lines("call").last?["outcome"] == "ok")
    }
}
