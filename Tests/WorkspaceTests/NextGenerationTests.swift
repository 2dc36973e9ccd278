import Journeys
import TestKit
import Testing
import Values

@testable import Plugins
@testable import Workspace

/// What holds when a workspace is read again, whatever was done to it.
@Suite("The next generation")
struct NextGenerationTests {
    private static let settings: String =
        "plugins: { each: { greeting: { settings: { sender: a@example.com } } } }\n"
    private static let start: MemoryTree = MemoryTree([
        "signalbox.yaml": settings,
        "maps/m.yaml": map("m"), "maps/plain.yaml": map("plain", run: "other.act"),
        "plugins/greeting.lua": greeting("1"), "plugins/other.lua": other,
    ])

    private static func greeting(_ version: String, needs: String = "\"email\"", body: String = "") -> String
    {
        """
        return { name = "greeting", version = "\(version)", api = 1, needs = { \(needs) },
          settings = { sender = { type = "string", required = true } },
          actions = { hello = { params = { n = { type = "integer", default = \(version) } },
            run = function() end } },
          deciders = { choose = { decide = function() return { keep = {} } end } }, \(body) }
        """
    }
    private static let other = """
        return { name = "other", api = 1, actions = { act = { run = function() end } } }
        """
    private static func map(_ id: String, run: String = "greeting.hello", title: String = "One") -> String {
        """
        map: \(id)
        title: \(title)
        triggers: { open: [ { run: \(run), when: lead.channel == "form" } ] }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """
    }

    private let first: Generation
    private var tree: MemoryTree = Self.start

    init() throws { first = try Generation(reading: Self.start) }

    private func definition(_ generation: Generation, _ id: String) -> MapDefinition? {
        if case .available(let definition)? = generation.rulebook.maps[MapID(id)] { definition } else { nil }
    }

    /// Those of the first trigger on the map's opening, as a call of this generation gets them.
    private func parameters(_ generation: Generation, _ id: String) throws -> Table? {
        guard let trigger = definition(generation, id)?.triggers[.open].first else { return nil }
        return try generation.loaded(trigger.run.plugin)?.manifest.complete(
            trigger.parameters, for: trigger.run)
    }

    private func failing(_ generation: Generation, _ plugin: String) -> [String]? {
        if case .loaded(_, let failing)? = generation.plugins[plugin] {
            failing.map(\.description)
        } else {
            nil
        }
    }

    @Test("nothing changed: every plugin is the very one, and nothing is said")
    func unchanged() {
        let next = Generation(reading: tree, after: first)
        #expect(next.loaded("greeting") === first.loaded("greeting"))
        #expect(next.loaded("other") === first.loaded("other"))
        #expect(next.loaded("other") != nil)
        #expect(definition(next, "m")?.version == definition(first, "m")?.version)
        #expect(next.mistakes == [])
        #expect(GenerationChanges(from: first, to: next).isEmpty)
    }

    @Test("a changed plugin is loaded, and the others are the very ones")
    mutating func changed() throws {
        tree.put("plugins/greeting.lua", Self.greeting("2"))
        let next = Generation(reading: tree, after: first)
        #expect(next.version(of: "greeting") == "2")
        #expect(failing(next, "greeting") == [])
        #expect(next.loaded("other") === first.loaded("other"))
        // What its actions declare counts for the maps at once.
        #expect(try parameters(next, "m") == ["n": 2])
        var changes = GenerationChanges(from: first, to: next)
        #expect(changes.description == "plugins loaded: greeting")
        changes.loaded = []
        #expect(changes.isEmpty)
    }

    @Test("a plugin that does not load leaves the last good version, and both are said")
    mutating func broken() throws {
        tree.put("plugins/greeting.lua", "return {")
        let next = Generation(reading: tree, after: first)
        #expect(next.loaded("greeting") === first.loaded("greeting"))
        let mistakes = try #require(failing(next, "greeting"))
        #expect(
            mistakes.count == 1 && mistakes[0].hasPrefix("plugins/greeting.lua:1: the plugin does not load"))
        #expect(next.mistakes.map(\.description) == mistakes)
        #expect(definition(next, "m") != nil)
        #expect(GenerationChanges(from: first, to: next).mistakes == next.mistakes)

        tree.put("plugins/greeting.lua", Self.greeting("1"))
        let mended = Generation(reading: tree, after: next)
        #expect(mended.loaded("greeting") === first.loaded("greeting"))
        #expect(mended.mistakes == [])
        #expect(GenerationChanges(from: next, to: mended).mended == next.mistakes)
    }

    @Test("a plugin whose file cannot be read is as one that does not load")
    mutating func unreadable() {
        tree.fail("plugins/greeting.lua", .wrongKind, kind: .other)
        let next = Generation(reading: tree, after: first)
        #expect(next.loaded("greeting") === first.loaded("greeting"))
        #expect(failing(next, "greeting") == ["plugins/greeting.lua: it is not a regular file"])
    }

    @Test("a removed plugin is gone; its maps stay, and say it")
    mutating func removed() {
        tree.remove("plugins/greeting.lua")
        let next = Generation(reading: tree, after: first)
        #expect(next.plugins["greeting"] == nil)
        #expect(definition(next, "m")?.version == definition(first, "m")?.version)
        #expect(
            next.fileMistakes.map(\.description) == [
                "maps/m.yaml:3:28: there is no plugin \"greeting\""
            ])
        let changes = GenerationChanges(from: first, to: next)
        #expect(changes.removed == ["greeting"] && changes.loaded == [] && changes.removedMaps == [])

        tree.put("plugins/greeting.lua", "return {")
        let broken = Generation(reading: tree, after: next)
        #expect(broken.loaded("greeting") == nil && broken.pluginMistakes.count == 1)
        #expect(definition(broken, "m") != nil && broken.fileMistakes == [])

        tree.put("plugins/greeting.lua", Self.greeting("1"))
        let back = Generation(reading: tree, after: broken)
        #expect(back.version(of: "greeting") == "1" && back.mistakes == [])
        #expect(GenerationChanges(from: broken, to: back).loaded == ["greeting"])
    }

    @Test("an action that its plugin has no more leaves the map as it was, with what the plugin is now")
    mutating func actionGone() {
        tree.put("plugins/other.lua", Self.other.replacing("act =", with: "act2 ="))
        let next = Generation(reading: tree, after: first)
        #expect(next.loaded("other")?.manifest.action("act2") != nil)
        #expect(definition(next, "plain")?.triggers[.open][0].run.description == "other.act")
        #expect(next.fileMistakes.count == 1)
    }

    @Test("of two files with one name the one that was there stays, until it goes")
    mutating func twoWithOneName() {
        // In byte order the folder would come first: "." comes before "/", so give the file the later name.
        tree.remove("plugins/other.lua")
        tree.put("plugins/other/init.lua", Self.other)
        let folder = Generation(reading: tree, after: first)
        #expect(folder.loaded("other")?.source.file == "plugins/other/init.lua")
        tree.put("plugins/other.lua", Self.other.replacing("api = 1", with: "version = \"new\", api = 1"))
        let both = Generation(reading: tree, after: folder)
        #expect(both.loaded("other") === folder.loaded("other"))
        #expect(
            both.mistakes.map(\.description) == [
                "plugins/other.lua: there is a plugin \"other\" already, in plugins/other/init.lua; this one is not loaded"
            ])
        tree.remove("plugins/other/init.lua")
        let one = Generation(reading: tree, after: both)
        #expect(one.version(of: "other") == "new" && one.mistakes == [])
    }

    @Test(
        "a map with mistakes keeps its last good version",
        arguments: [
            "map: m\ntracks: x", "", "map: [", map("m", run: "greeting.gone"), map("n"),
            map("m").replacing("when: lead.channel", with: "when: lead. .channel"),
            map("m").replacing("when: lead.channel", with: "when: led.channel"),
            map("m").replacing("when: lead.channel", with: "when: lead.chanel"),
        ])
    mutating func brokenMap(text: String) throws {
        tree.put("maps/m.yaml", text)
        tree.put("maps/plain.yaml", Self.map("plain", run: "other.act", title: "Two"))
        let next = Generation(reading: tree, after: first)
        let kept = try #require(definition(next, "m"))
        #expect(kept.version == definition(first, "m")?.version && kept.title == "One")
        #expect(next.source(of: kept.version)?.bytes == Array(Self.map("m").utf8))
        #expect(definition(next, "plain")?.title == "Two")
        #expect(next.fileMistakes.count >= 1)
        #expect(next.fileMistakes.allSatisfy { $0.place.file == "maps/m.yaml" })
        #expect(GenerationChanges(from: first, to: next).maps == [MapID("plain")])

        tree.put("maps/m.yaml", Self.map("m", title: "Three"))
        let mended = Generation(reading: tree, after: next)
        #expect(definition(mended, "m")?.title == "Three" && mended.mistakes == [])
    }

    @Test("a kept map goes by what its plugins declare now")
    mutating func keptMapWithNewPlugin() throws {
        tree.put("maps/m.yaml", "map: [")
        tree.put("plugins/greeting.lua", Self.greeting("7"))
        let next = Generation(reading: tree, after: first)
        #expect(try parameters(next, "m") == ["n": 7])
    }

    @Test("a removed map takes no new journeys, and is not a mistake")
    mutating func removedMap() {
        tree.remove("maps/m.yaml")
        let next = Generation(reading: tree, after: first)
        #expect(next.rulebook.maps[MapID("m")] == nil && next.rulebook.maps.count == 1)
        #expect(next.mistakes == [])
        #expect(GenerationChanges(from: first, to: next).removedMaps == [MapID("m")])
    }

    @Test("folders that cannot be listed leave what there was")
    mutating func unlisted() {
        tree.fail("maps", .refused("Input/output error"), kind: .folder)
        tree.fail("plugins", .refused("Input/output error"), kind: .folder)
        let next = Generation(reading: tree, after: first)
        #expect(next.loaded("greeting") === first.loaded("greeting") && next.plugins.count == 2)
        #expect(next.rulebook.maps.count == 2 && definition(next, "m") != nil)
        #expect(
            next.mistakes.map(\.description) == [
                "maps: the maps cannot be read: it cannot be read: Input/output error",
                "plugins: the plugins cannot be read: it cannot be read: Input/output error",
            ])
    }

    @Test("a workspace that is not there leaves everything, and says so")
    mutating func noWorkspace() {
        tree.fail(".", .missing, kind: .folder)
        let next = Generation(reading: tree, after: first)
        #expect(next.plugins.count == 2 && next.rulebook.maps.count == 2)
        #expect(next.mistakes.map(\.place.file) == ["."])
        #expect(Generation(reading: Self.start, after: next).mistakes == [])
    }

    @Test("settings with mistakes leave those that there were; without a file there are the defaults")
    mutating func brokenSettings() {
        tree.put("signalbox.yaml", "lanes: x")
        let broken = Generation(reading: tree, after: first)
        #expect(broken.loaded("greeting") === first.loaded("greeting"))
        #expect(broken.settings.plugins.each.keys.sorted() == ["greeting"])
        #expect(broken.mistakes.map(\.place.file) == ["signalbox.yaml"])
        #expect(!GenerationChanges(from: first, to: broken).hasOtherSettings)

        tree.remove("signalbox.yaml")
        let none = Generation(reading: tree, after: broken)
        #expect(none.settings.plugins.each.isEmpty)
        #expect(none.loaded("greeting") === first.loaded("greeting"))
        #expect(failing(none, "greeting")?.count == 1)
        #expect(GenerationChanges(from: broken, to: none).hasOtherSettings)
    }

    @Test(
        "a plugin is loaded again for other settings, grants and limits of its own, not for those of others")
    mutating func otherSettings() {
        tree.put("signalbox.yaml", Self.settings + "limits: { queue: 5 }\n")
        let same = Generation(reading: tree, after: first)
        #expect(same.loaded("greeting") === first.loaded("greeting"))
        for (text, hasEmail) in [
            (Self.settings.replacing("a@", with: "b@"), true),
            (Self.settings.replacing("{ each", with: "{ limits: { deadline: 70ms }, each"), true),
            (Self.settings.replacing("{ each", with: "{ grant: { other: [ email ] }, each"), false),
        ] {
            tree.put("signalbox.yaml", text)
            let next = Generation(reading: tree, after: same)
            #expect(next.loaded("greeting") !== first.loaded("greeting"))
            #expect(next.loaded("greeting")?.granted == (hasEmail ? [.email] : []))
            #expect(next.mistakes == [])
        }
    }

    @Test("what the operator takes away is taken from the last good version too")
    mutating func revoked() {
        tree.put("plugins/greeting.lua", "return {")
        tree.put("signalbox.yaml", Self.settings.replacing("{ each", with: "{ grant: { other: [] }, each"))
        let next = Generation(reading: tree, after: first)
        #expect(next.loaded("greeting")?.version == "1")
        #expect(next.loaded("greeting")?.granted == [])
        #expect(failing(next, "greeting")?.count == 1)
    }

    @Test("a map whose plugin never loaded is not available, and is when it loads")
    mutating func neverLoaded() {
        tree.put("maps/late.yaml", Self.map("late", run: "late.act"))
        tree.put("plugins/late.lua", "return nil")
        let failed = Generation(reading: tree, after: first)
        guard case .unavailable? = failed.rulebook.maps[MapID("late")] else {
            Issue.record("the map is there")
            return
        }
        tree.put("plugins/late.lua", Self.other.replacing("other", with: "late"))
        let next = Generation(reading: tree, after: failed)
        #expect(definition(next, "late") != nil && next.mistakes == [])
    }
}

extension NextGenerationTests {
    @Test("of fifty arenas, one is built again for the one plugin that changed")
    mutating func arenas() throws {
        var tree = Self.start
        for number in 0..<50 {
            tree.put(
                "plugins/p\(number).lua",
                "return { name = \"p\(number)\", api = 1, actions = { act = { run = function() end } } }")
        }
        let before = try Generation(reading: tree)
        let runner = PluginRunner(before.catalogue, for: before.rulebook)
        func callAll() {
            for number in 0..<50 {
                let name = FunctionName(described: "p\(number).act")!
                let run = runner.call(
                    name, event: [:], parameters: .none, at: Timestamp(milliseconds: 0), seed: 1)
                guard case .effects = run.result.outcome else {
                    Issue.record("\(run.result.outcome)")
                    continue
                }
            }
        }
        callAll()
        #expect(runner.builtCount == 50)
        tree.put(
            "plugins/p7.lua",
            "return { name = \"p7\", api = 1, actions = { act = { run = function() end } } } -- 2")
        tree.put("maps/m.yaml", Self.map("m", title: "Two"))
        let after = Generation(reading: tree, after: before)
        runner.adopt(after.catalogue, for: after.rulebook)
        callAll()
        callAll()
        #expect(runner.builtCount == 51)
    }
}
