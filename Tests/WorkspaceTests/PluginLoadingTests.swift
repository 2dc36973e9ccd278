import Journeys
import Plugins
import TestKit
import Testing

@testable import Workspace

/// What plugins may declare, and what loading all of them may cost.
@Suite("loading plugins")
struct PluginLoadingTests {
    private static func plugin(_ name: String, before: String = "", _ rest: String = "") -> String {
        "\(before)\nreturn { name = '\(name)', api = 1, \(rest) }"
    }

    @Test(
        "a plugin that declares more than a plugin may is refused",
        arguments: [
            (
                "for i = 1, 201 do t['p' .. i] = { type = 'string' } end",
                "actions = { a = { params = t, run = print } }", "201 parameters; a plugin may have 200"
            ),
            (
                "for i = 1, 201 do t['p' .. i] = { type = 'string' } end",
                "settings = t", "201 settings; a plugin may have 200"
            ),
            (
                "for i = 1, 1001 do t['a' .. i] = { run = print } end",
                "actions = t", "1001 actions and deciders; a plugin may have 1000"
            ),
            (
                "for i = 1, 10001 do t[i] = { event = 'step.open', run = print } end",
                "on = t", "10001 subscriptions; a plugin may have 10000"
            ),
        ])
    func declared(_ before: String, _ rest: String, _ message: String) throws {
        let generation = try Generation(
            reading: MemoryTree(["plugins/p.lua": Self.plugin("p", before: "local t = {} " + before, rest)]))
        #expect(generation.loaded("p") == nil)
        #expect(generation.pluginMistakes.map(\.message).contains { $0.contains(message) })
    }

    @Test("what all plugins keep in memory together has a limit, and those within it work")
    func images() throws {
        var tree = MemoryTree([:])
        for number in 10..<60 {
            let keep = "local kept = {} for i = 1, 3 do kept[i] = (i .. 'x'):rep(1000000) end"
            tree.put(
                "plugins/p\(number).lua",
                Self.plugin(
                    "p\(number)", before: keep, "actions = { a = { run = function() return kept end } }"))
        }
        var generation = try Generation(reading: tree)
        while !generation.waitingPlugins.isEmpty {
            generation = Generation(reading: tree, after: generation)
        }
        let loaded = (10..<60).filter { generation.loaded("p\($0)") != nil }
        #expect(loaded.count > 20 && loaded.count < 50)
        #expect(
            generation.pluginMistakes.allSatisfy { $0.message.contains("256 MiB that all plugins may keep") })
        #expect(generation.pluginMistakes.count == 50 - loaded.count)
    }

    @Test("of a plugin whose new version is too much beside the others, the last good one goes on")
    func newVersion() throws {
        let many = "for i = 1, 9000 do t[i] = { event = 'step.open', run = print } end"
        var tree = MemoryTree(["plugins/z.lua": Self.plugin("z")])
        for number in 10..<21 {
            tree.put(
                "plugins/p\(number).lua", Self.plugin("p\(number)", before: "local t = {} " + many, "on = t"))
        }
        var first = try Generation(reading: tree)
        while !first.waitingPlugins.isEmpty { first = Generation(reading: tree, after: first) }
        let live = try #require(first.loaded("z"))
        tree.put("plugins/z.lua", Self.plugin("z", before: "local t = {} " + many, "on = t"))
        var second = Generation(reading: tree, after: first)
        while !second.waitingPlugins.isEmpty { second = Generation(reading: tree, after: second) }
        #expect(second.loaded("z") === live)
        #expect(second.pluginMistakes.map(\.message).contains { $0.contains("9000 subscriptions") })
        #expect((10..<21).allSatisfy { second.loaded("p\($0)") != nil })
    }

    /// Takes a few hundred milliseconds to load.
    private static let slow = "for i = 1, 1e8 do end"

    @Test(
        "slow plugins do not keep quick ones waiting, and those for which there was no time are loaded next",
        .enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func slow() throws {
        var files = ["plugins/z.lua": Self.plugin("z")]
        for number in 10..<24 {
            files["plugins/p\(number).lua"] = Self.plugin("p\(number)", before: Self.slow)
        }
        let tree = MemoryTree(
            files.merging(["signalbox.yaml": "plugins: { limits: { deadline: 1s } }"]) { $1 })
        var generation = try Generation(reading: tree)
        #expect(generation.loaded("z") != nil)
        #expect(!generation.waitingPlugins.isEmpty)
        #expect(generation.waitingPlugins.count == generation.pluginMistakes.count)
        #expect(
            generation.pluginMistakes.allSatisfy { $0.message.contains("the plugin waits to be loaded") })
        var readings = 1
        while !generation.waitingPlugins.isEmpty, readings < 21 {
            let before = generation.waitingPlugins
            generation = Generation(reading: tree, after: generation)
            #expect(generation.waitingPlugins.isStrictSubset(of: before))
            readings += 1
        }
        #expect(generation.pluginMistakes.isEmpty)
        #expect((10..<24).allSatisfy { generation.loaded("p\($0)") != nil })
    }

    @Test(
        "a plugin that takes too long is not tried again before it changes",
        .enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func tooSlow() throws {
        var files = ["signalbox.yaml": "plugins: { limits: { deadline: 20ms } }"]
        for number in 10..<30 {
            files["plugins/p\(number).lua"] = Self.plugin("p\(number)", before: "while true do end")
        }
        var tree = MemoryTree(files)
        var generation = try Generation(reading: tree)
        while !generation.waitingPlugins.isEmpty {
            let before = generation.waitingPlugins
            generation = Generation(reading: tree, after: generation)
            #expect(generation.waitingPlugins.isStrictSubset(of: before))
        }
        #expect(generation.pluginMistakes.count == 20)
        #expect(generation.pluginMistakes.allSatisfy { $0.message.contains("deadline") })
        tree.put("plugins/p15.lua", Self.plugin("p15"))
        generation = Generation(reading: tree, after: generation)
        #expect(generation.loaded("p15") != nil)
        #expect(generation.pluginMistakes.count == 19)
    }

    @Test("a map has so many mistakes shown, and says how many more there are")
    func manyMistakes() throws {
        let needs = Self.plugin(
            "p",
            before: "local t = {} for i = 1, 200 do t['p' .. i] = { type = 'string', required = true } end",
            "actions = { a = { params = t, run = print } }")
        let steps = (1...400).map { "{ step: s\($0), triggers: { close: [ { run: p.a } ] } }" }
        let map =
            "map: m\ntracks:\n"
            + stride(from: 0, to: 400, by: 100).map {
                "- { track: t\($0), steps: [ \(steps[$0..<($0 + 100)].joined(separator: ", ")) ] }\n"
            }.joined()
        let tree = MemoryTree(["plugins/p.lua": needs, "maps/m.yaml": map])
        let mistakes = #expect(throws: Mistakes.self) { try Generation(reading: tree) }
        #expect(mistakes?.list.count == 501)
        #expect(mistakes?.list.contains { $0.message == "79500 more mistakes are not shown" } == true)
    }
}
