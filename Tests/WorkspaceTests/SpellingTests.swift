import Foundation
import Journeys
import LuaSandbox
import Plugins
import TestKit
import Testing
import Values

@testable import Workspace

/// Two spellings of one accented letter are two texts wherever a workspace is read.
@Suite("Spellings of names and keys in a workspace")
struct SpellingTests {
    private static let composed = "\u{e9}"
    private static let decomposed = "e\u{301}"

    @Test("keys of a table in a map are two keys")
    func keys() throws {
        let map = """
            map: m
            triggers: { open: [ { run: p.act, with: { fields: { \(Self.composed): 1, \(Self.decomposed): 2 } } } ] }
            tracks: [ { track: a, steps: [ { step: x } ] } ]
            """
        let plugin = """
            return { name = "p", api = 1, actions = { act = {
              params = { fields = { type = "table" } }, run = function() end } } }
            """
        let generation = try Generation(reading: MemoryTree(["maps/m.yaml": map, "plugins/p.lua": plugin]))
        guard case .available(let definition)? = generation.rulebook.maps[MapID("m")] else {
            Issue.record("\(generation.mistakes)")
            return
        }
        let fields = definition.triggers[.open][0].parameters.table["fields"]?.table
        #expect(fields?[Self.composed] == 1 && fields?[Self.decomposed] == 2 && fields?.count == 2)
    }

    @Test("map files are two files, each with its own mistake, told when it is new")
    func mapFiles() throws {
        let map = "map: m\ntracks: [ { track: a, steps: [ { step: x } ] } ]\n"
        var tree = MemoryTree(["signalbox.yaml": ""])
        let first = try Generation(reading: tree)
        tree.put("maps/\(Self.composed).yaml", map)
        let next = Generation(reading: tree, after: first)
        #expect(GenerationChanges(from: first, to: next).mistakes.count == 1)
        tree.put("maps/\(Self.decomposed).yaml", map)
        let last = Generation(reading: tree, after: next)
        // Its name, and that the map is there twice.
        #expect(last.mistakes.count == 3)
        let news = GenerationChanges(from: next, to: last)
        #expect(news.mistakes.count == 2 && news.mended == [])
    }

    @Test("modules of a plugin are two modules")
    func modules() throws {
        var tree = MemoryTree([
            "plugins/p/init.lua": "return require '\(Self.composed)' .. require '\(Self.decomposed)'"
        ])
        tree.put("plugins/p/\(Self.composed).lua", "return 'one'")
        tree.put("plugins/p/\(Self.decomposed).lua", "return 'two'")
        let listing = PluginListing(reading: "plugins", of: tree)
        #expect(listing.mistakes == [])
        let source = try #require(listing.plugins.first)
        #expect(source.modules.count == 2)
        let sandbox = try Sandbox(Program(main: source.main, modules: source.modules))
        #expect(sandbox.exports == .string("onetwo"))
    }

    @Test("a link into a folder whose name only looks like the workspace's leads out of it")
    func linkOut() throws {
        let folder = try TemporaryFolder()
        let files = FileManager.default
        for name in [Self.composed, Self.decomposed] {
            try files.createDirectory(atPath: folder("\(name)/maps"), withIntermediateDirectories: true)
        }
        try "map: m\n".write(
            toFile: folder("\(Self.decomposed)/maps/m.yaml"), atomically: false, encoding: .utf8)
        try files.createSymbolicLink(
            atPath: folder("\(Self.composed)/maps/m.yaml"),
            withDestinationPath: folder("\(Self.decomposed)/maps/m.yaml"))
        let tree = DiskTree(root: folder(Self.composed))
        #expect(throws: FileError.leadsOut) {
            try tree.read("maps/m.yaml", top: "maps", limitBytes: 100)
        }
    }
}
