import Foundation
import TestKit
import Testing
import Values

@Suite("A new workspace")
struct InitTests {
    /// Ends with the value.
    private let place: TemporaryFolder

    init() throws { place = try TemporaryFolder() }

    private var folder: String { place.path + "/new workspace" }

    private func run(_ arguments: String...) async throws -> Ran {
        try await RunningProgram(arguments).end()
    }

    private func text(_ file: String) -> String? {
        FileManager.default.contents(atPath: "\(folder)/\(file)").map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("it has nothing wrong or surprising, and its map runs")
    func runs() async throws {
        let made = try await run("init", folder)
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.output.contains("made  maps/new-buyer.yaml"))
        #expect(made.output.contains("simulate -w '\(folder)' --commands '\(folder)/commands.jsonl'"))
        let checked = try await run("check", "-w", folder)
        #expect(
            checked.status == 0 && checked.output == "1 map, 8 plugins: nothing is wrong.\n",
            "\(checked.output)")
        let simulated = try await run(
            "simulate", "-w", folder, "--commands", "\(folder)/commands.jsonl", "--format", "jsonl")
        #expect(simulated.status == 0, "\(simulated.errors)")
        #expect(
            simulated.objects.contains {
                $0["event"]?.string == "map.close" && $0["outcome"]?.string == "won"
            })
    }

    @Test("the specs of its plugins pass")
    func specs() async throws {
        #expect(try await run("init", folder).status == 0)
        let tested = try await run("test", "-w", folder)
        #expect(tested.status == 0, "\(tested.output)")
    }

    @Test("a file that is there stays as it is, and what editors read is made for it")
    func keeps() async throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: "\(folder)/maps", withIntermediateDirectories: true)
        let own = "map: new-buyer\ntracks: [ { track: only, steps: [ { step: one } ] } ]\n"
        try Data(own.utf8).write(to: URL(fileURLWithPath: "\(folder)/maps/new-buyer.yaml"))
        try manager.createSymbolicLink(atPath: "\(folder)/.luarc.json", withDestinationPath: "nowhere")
        let made = try await run("init", folder)
        #expect(made.status == 0, "\(made.errors)")
        #expect(
            made.output.contains("kept  maps/new-buyer.yaml") && made.output.contains("kept  .luarc.json"))
        #expect(text("maps/new-buyer.yaml") == own)
        #expect(!manager.fileExists(atPath: "\(folder)/nowhere"))
        #expect(text(".signalbox/workspace.lua")?.contains(#""only/one""#) ?? false)
        let again = try await run("init", folder)
        #expect(!again.output.contains("made"))
    }

    @Test("luacheck has nothing to say, and takes the definitions for Lua")
    func luacheck() async throws {
        #expect(try await run("init", folder).status == 0)
        #expect(try luacheck(["--quiet", "."]) == 0)
        let definitions = [".signalbox/signalbox.lua", ".signalbox/specs.lua", ".signalbox/workspace.lua"]
        #expect(try luacheck(["--quiet", "--no-config", "--only", "0", "--"] + definitions) == 0)
    }

    private func luacheck(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["luacheck"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardOutput = FileHandle.standardError
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test("`types` makes what changed anew, and says so")
    func types() async throws {
        #expect(try await run("init", folder).status == 0)
        #expect(try await run("types", "-w", folder).output == "Nothing changed.\n")
        #expect(
            try await run("do", "assign", "ana", "new-buyer", "-w", folder).status == 0)
        #expect(try await run("do", "set", "ana", "colour=red", "-w", folder).status == 0)
        #expect(try await run("types", "-w", folder).output == "made  .signalbox/workspace.lua\n")
        #expect(text(".signalbox/workspace.lua")?.contains("---@field colour any\n") ?? false)
    }

    @Test("a service makes what changed anew when a file is saved, where the folder is there")
    func service() async throws {
        let workspace = try TemporaryWorkspace()
        let without = try await RunningService(workspace)
        #expect(try await without.end().errors.contains("for editors") == false)
        #expect(!workspace.exists(".signalbox"))
        #expect(try await workspace.run("types").status == 0)
        let service = try await RunningService(workspace)
        try workspace.write(
            "maps/second.yaml", "map: second\ntracks: [ { track: t, steps: [ { step: new } ] } ]\n")
        try #require(await service.program.tells("made anew for editors: .signalbox/workspace.lua"))
        let path = workspace.path(".signalbox/workspace.lua")
        #expect(try String(contentsOfFile: path, encoding: .utf8).contains(#""t/new""#))
        #expect(try await service.end().status == 0)
    }

    @Test("a folder that cannot be made is an error in words")
    func unmade() async throws {
        let file = place.path + "/file"
        try Data().write(to: URL(fileURLWithPath: file))
        let ran = try await run("init", file + "/workspace")
        #expect(ran.status == 65 && ran.errors.contains(file), "\(ran.errors)")
        #expect(try await run("init", "").status == 64)
    }
}
