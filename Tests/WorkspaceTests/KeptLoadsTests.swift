import Foundation
import Journeys
import LuaSandbox
import TestKit
import Testing
import Values

@testable import Plugins
@testable import Workspace

/// What loading plugins gave is kept in a file, and only goes for what it was a function of.
@Suite("what was kept of loading plugins")
struct KeptLoadsTests {
    private let folder: TestKit.TemporaryWorkspace
    private var path: String { folder.path("signalbox.db.plugins") }

    private static let noon = Timestamp("2026-11-22T12:00:00Z")!

    init() throws { folder = try TestKit.TemporaryWorkspace() }

    private static let greeting = """
        local text = require "text"
        return { name = "greeting", version = "1.2", api = 1, needs = { "email", "webhook" },
          settings = { from = { type = "string", default = text }, most = { type = "number", default = 1.0 } },
          actions = { welcome = { params = { to = { type = "list", default = { "a", 2, 2.5, false } } },
            run = function() host.note.add("hello") end } },
          deciders = { pick = { decide = function() return { remove = {} } end } },
          on = { { event = "map.open", run = function() host.note.add("open") end } } }
        """

    private static let files = [
        "plugins/greeting/init.lua": greeting, "plugins/greeting/text.lua": "return 'desk@example.org'",
        "plugins/other.lua": "return { name = 'other', api = 1, actions = { a = { run = print } } }",
        "maps/m.yaml":
            "map: m\ntriggers: { open: [ { run: greeting.welcome } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
    ]

    private func read(_ changes: [String: String] = [:]) throws -> Generation {
        try Generation(reading: MemoryTree(Self.files.merging(changes) { $1 })) { _ in
            KeptLoads(reading: path)
        }
    }

    /// Which plugins were not loaded, because what was kept of them goes.
    private func recalled(_ changes: [String: String] = [:]) throws -> [String] {
        let generation = try read(changes)
        return generation.plugins.keys.sorted().filter { generation.loaded($0)?.isRecalled == true }
    }

    private func keep() throws { KeptLoads.keep(try read(), at: path, time: Self.noon) }

    private var bytes: [UInt8] {
        get throws { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
    }

    private func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

    @Test("a plugin is known again as it was loaded, and its functions are called as if it had been")
    func same() throws {
        let first = try read()
        #expect(try recalled() == [])
        KeptLoads.keep(first, at: path, time: Self.noon)
        let second = try read()
        #expect(try recalled() == ["greeting", "other"])
        for name in ["greeting", "other"] {
            let (loaded, known) = (try #require(first.loaded(name)), try #require(second.loaded(name)))
            #expect(known.version == loaded.version)
            #expect(known.keptBytes == loaded.keptBytes && known.keptBytes > 0)
            #expect(known.settingsDocument == loaded.settingsDocument)
            #expect(known.granted == loaded.granted && known.secrets == loaded.secrets)
            #expect(known.manifest.settings == loaded.manifest.settings)
            #expect(known.manifest.actions.map(\.name) == loaded.manifest.actions.map(\.name))
            #expect(known.manifest.actions.map(\.parameters) == loaded.manifest.actions.map(\.parameters))
            #expect(
                known.manifest.subscriptions.map(\.subscription.event)
                    == loaded.manifest.subscriptions.map(\.subscription.event))
        }
        let runner = PluginRunner(second.catalogue, for: second.rulebook)
        #expect(Self.note(of: "greeting.welcome", runner) == "hello")
        #expect(second.loaded("greeting")?.isDisproved == false)
    }

    /// What a call of the function writes down; else why it failed.
    private static func note(of function: String, _ runner: PluginRunner) -> String? {
        guard let name = FunctionName(function) else { return nil }
        let run = runner.call(
            name, event: [:], parameters: .none, at: Timestamp(milliseconds: 0), seed: 1)
        switch run.result.outcome {
        case .effects(let effects):
            return effects.compactMap { if case .note(let text) = $0 { text } else { nil } }.first
        case .failed(let failure): return "\(failure.reason.rawValue): \(failure.message)"
        case .answer, .skipped: return nil
        }
    }

    @Test(
        "another file, name, setting, grant, secret or limit is loaded, and the other plugin is not",
        arguments: [
            ["plugins/greeting/text.lua": "return 'desk@example.com'"],
            ["plugins/greeting/more.lua": "return 1"],
            ["plugins/greeting/init.lua": greeting + "\n-- another"],
            ["signalbox.yaml": "plugins: { each: { greeting: { settings: { from: me } } } }"],
            // The same as the default, but given.
            ["signalbox.yaml": "plugins: { each: { greeting: { settings: { from: desk@example.org } } } }"],
            ["signalbox.yaml": "plugins: { grant: { greeting: [ email ], other: [] } }"],
            ["signalbox.yaml": "secrets: { s: { env: TOKEN, hosts: [ a.example ], plugins: [ greeting ] } }"],
            ["signalbox.yaml": "plugins: { each: { greeting: { limits: { deadline: 60ms } } } }"],
            ["signalbox.yaml": "plugins: { each: { greeting: { limits: { memory: 9MiB } } } }"],
            ["signalbox.yaml": "plugins: { each: { greeting: { limits: { instructions: 1000000 } } } }"],
            ["signalbox.yaml": "plugins: { each: { greeting: { limits: { effects: 999 } } } }"],
            ["signalbox.yaml": "plugins: { each: { greeting: { limits: { log: 32KiB } } } }"],
        ])
    func inputs(_ changes: [String: String]) throws {
        try keep()
        #expect(try recalled(changes) == ["other"])
    }

    @Test("what makes no difference to loading makes none here")
    func withoutDifference() throws {
        try keep()
        let same = try recalled([
            "plugins/third.lua": "return { name = 'third', api = 1 }", "signalbox.yaml": "lanes: 2",
            "templates/t.txt": "Subject: s\n\nt",
        ])
        #expect(same == ["greeting", "other"])
    }

    @Test("a plugin that is gone or does not load is not kept any more, and failures never are")
    func gone() throws {
        try keep()
        let broken = ["plugins/other.lua": "return { name = 'other', api = 1, actions = 7 }"]
        KeptLoads.keep(try read(broken), at: path, time: Self.noon)
        #expect(try recalled() == ["greeting"])
        #expect(!String(decoding: try bytes, as: UTF8.self).contains("other"))
    }

    @Test("what another program wrote is passed over, and replaced")
    func foreign() throws {
        try keep()
        let kept = try bytes
        var other = String(decoding: kept, as: UTF8.self)
        other.replace(#""format":1"#, with: #""format":2"#)
        try write(Array(other.utf8))
        #expect(try recalled() == [])
        try keep()
        #expect(try bytes == kept)
        #expect(String(decoding: KeptLoads.header, as: UTF8.self).contains(HostVersion.text))
        #expect(Interpreter.release.contains("Lua 5.4"))
    }

    @Test("whatever one byte of it becomes, each plugin is the one that it is")
    func damaged() throws {
        try keep()
        let kept = try bytes
        var random = SeededRandom(seed: 7)
        for round in 0..<200 {
            var damaged = kept
            let place = Int.random(in: 0..<damaged.count, using: &random)
            switch round % 3 {
            case 0: damaged[place] ^= UInt8(1 << Int.random(in: 0..<8, using: &random))
            case 1: damaged.removeSubrange(place...)
            case _: damaged.insert(UInt8.random(in: 0...255, using: &random), at: place)
            }
            try write(damaged)
            let generation = try read()
            #expect(generation.mistakes.isEmpty, "byte \(place), round \(round)")
            #expect(generation.loaded("greeting")?.manifest.actions.map(\.name) == ["welcome"])
            #expect(generation.loaded("other")?.manifest.actions.map(\.name) == ["a"])
        }
    }

    @Test(
        "what others put into it with a right checksum and key is not trusted",
        arguments: [
            ("0", "null"), ("0", "[]"), ("0", #"{"table":{}}"#), ("-1", ""),
            ("9223372036854775807", ""), ("1e3", ""), ("0", #"{"function":-1}"#),
            ("0", #"{"table":{"name":"greeting","api":1,"actions":{"function":99999999999}}}"#),
            ("0", String(repeating: #"{"list":["#, count: 100_000)),
        ])
    func forged(_ kept: (bytes: String, exports: String)) throws {
        try keep()
        try forge { line in
            if !kept.exports.isEmpty { line.exports = kept.exports }
            line.keptBytes = kept.bytes
        }
        #expect(try recalled() == ["other"])
    }

    /// Writes the line of `greeting` anew, with a checksum that fits.
    private func forge(_ change: (inout (keptBytes: String, exports: String)) -> Void) throws {
        var lines = String(decoding: try bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        let index = try #require(lines.firstIndex { $0.contains(" greeting ") })
        let parts = lines[index].split(separator: " ", maxSplits: 4).map(String.init)
        var line = (keptBytes: parts[2], exports: parts[4])
        change(&line)
        let checked = "\(parts[1]) \(line.keptBytes) \(parts[3]) \(line.exports)"
        lines[index] = "\(SHA256.hexadecimal(of: checked.utf8)) \(checked)"
        try write(Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    @Test("nothing is called that declares something else than was kept, and the next reading loads it")
    func lie() throws {
        try keep()
        try forge { $0.exports.replace("welcome", with: "farewel") }
        let generation = try read([
            "maps/m.yaml": Self.files["maps/m.yaml"]!.replacing("welcome", with: "farewel")
        ])
        #expect(generation.loaded("greeting")?.isRecalled == true)
        let runner = PluginRunner(generation.catalogue, for: generation.rulebook)
        for function in ["greeting.farewel", "greeting.welcome"] {
            #expect(
                Self.note(of: function, runner)?.hasPrefix("unavailable: plugin greeting declares") == true)
        }
        #expect(generation.loaded("greeting")?.isDisproved == true)
        let again = Generation(reading: MemoryTree(Self.files), after: generation)
        #expect(again.loaded("greeting")?.isRecalled == false)
        #expect(
            Self.note(of: "greeting.welcome", PluginRunner(again.catalogue, for: again.rulebook)) == "hello")
        KeptLoads.keep(generation, at: path, time: Self.noon)
        #expect(try recalled() == ["other"])
    }

    @Test(
        "a file that is too large, no file, or a link is passed over, and where it cannot be written nothing happens"
    )
    func places() throws {
        try keep()
        let kept = try bytes
        try write(kept + [UInt8](repeating: 0x20, count: KeptLoads.fileLimitBytes))
        #expect(try recalled() == [])
        try FileManager.default.removeItem(atPath: path)
        try Data(kept).write(to: URL(fileURLWithPath: folder.path("elsewhere")))
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: folder.path("elsewhere"))
        #expect(try recalled() == [])
        // The link is replaced, and what it leads to is not touched.
        try keep()
        #expect(try recalled() == ["greeting", "other"])
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try keep()
        #expect(try recalled() == [])
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        #expect(KeptLoads(reading: folder.path("pipe")).load(of: "greeting") == nil)
        KeptLoads.keep(try read(), at: folder.path("no such folder/x"), time: Self.noon)
        #expect(!FileManager.default.fileExists(atPath: folder.path("no such folder")))
        #expect(!FileManager.default.fileExists(atPath: path + ".new"))
    }

    @Test("a plugin that needs something else once it has its settings is loaded each time")
    func changing() throws {
        let changing = """
            local needs = host.settings.from and { "email" } or {}
            return { name = "other", api = 1, needs = needs,
              settings = { from = { type = "string", default = "x" } }, actions = { a = { run = print } } }
            """
        KeptLoads.keep(try read(["plugins/other.lua": changing]), at: path, time: Self.noon)
        #expect(try recalled(["plugins/other.lua": changing]) == ["greeting"])
    }

    /// Its loop ends after a while, should nothing cut it off.
    private static let late = [
        "plugins/other.lua": "for i = 1, 1e9 do end return { name = 'other', api = 1 }",
        "signalbox.yaml": "plugins: { limits: { deadline: 3ms } }",
    ]

    private func mistakes(_ changes: [String: String], minutesLater: Int64?) throws -> [String] {
        let time = minutesLater.map { Timestamp(milliseconds: Self.noon.milliseconds + $0 * 60_000) }
        let files = Self.files.merging(Self.late) { $1 }.merging(changes) { $1 }
        return try Generation(reading: MemoryTree(files)) { _ in
            KeptLoads(reading: path, passingOverCutOffsAt: time)
        }.mistakes.map(\.description)
    }

    @Test(
        "a plugin that was cut off while it loaded is not tried again for ten minutes, and it is told",
        .enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func cutOff() throws {
        let first = try read(Self.late)
        let told = try #require(first.mistakes.first?.description)
        #expect(first.mistakes.count == 1 && told.contains("the plugin does not load: deadline"))
        KeptLoads.keep(first, at: path, time: Self.noon)
        let kept = try bytes
        for minutes: Int64 in [0, 1, 9] {
            let again = try mistakes([:], minutesLater: minutes)
            #expect(again.count == 1)
            #expect(again[0].hasPrefix(told) && again[0].contains("this was at 2026-11-22T12:00:00Z"))
            #expect(
                again[0].contains(
                    "do not try it again before 2026-11-22T12:10:00Z; signalbox check and serve do"))
        }
        // Tried again: by what asks for it, when the time is over, when the clock was set back, and after a change.
        let comment = ["plugins/other.lua": "-- another\n" + Self.late["plugins/other.lua"]!]
        let limit = ["signalbox.yaml": "plugins: { limits: { deadline: 4ms } }"]
        let setting = ["signalbox.yaml": "plugins: { limits: { deadline: 3ms } }\nlanes: 2"]
        for (changes, minutes) in [
            ([:], nil), ([:], 10), ([:], -1), (comment, 1), (limit, 1), (setting, 1),
        ] as [([String: String], Int64?)] {
            let again = try mistakes(changes, minutesLater: minutes)
            #expect(again.count == 1 && again[0].contains("deadline") && !again[0].contains("this was at"))
        }
        // One that was not tried keeps its time.
        let passed = try Generation(reading: MemoryTree(Self.files.merging(Self.late) { $1 })) { _ in
            KeptLoads(
                reading: path, passingOverCutOffsAt: Timestamp(milliseconds: Self.noon.milliseconds + 60_000))
        }
        KeptLoads.keep(passed, at: path, time: Timestamp(milliseconds: Self.noon.milliseconds + 60_000))
        #expect(try bytes == kept)
        // Once it loads, it is as any other.
        let good = try read(["signalbox.yaml": Self.late["signalbox.yaml"]!])
        KeptLoads.keep(good, at: path, time: Self.noon)
        #expect(!String(decoding: try bytes, as: UTF8.self).contains(" @"))
    }

    @Test(
        "other failures to load are not kept", arguments: ["error('x')", "return 7", "return {", "x.y = 1"])
    func otherFailures(_ source: String) throws {
        KeptLoads.keep(try read(["plugins/other.lua": source]), at: path, time: Self.noon)
        #expect(!String(decoding: try bytes, as: UTF8.self).contains("other"))
    }

    @Test("check loads every plugin")
    func check() throws {
        try keep()
        let check = WorkspaceCheck(reading: MemoryTree(Self.files))
        #expect(check.generation?.loaded("greeting")?.isRecalled == false)
    }
}
