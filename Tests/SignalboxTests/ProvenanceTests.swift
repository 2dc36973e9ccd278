import Foundation
import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

/// What each moment's calls were functions of is kept with it (R37).
@Suite("Which code ran is kept with each moment")
struct ProvenanceTests {
    private static func plugin(_ name: String, _ version: String) -> String {
        """
        return { name = "\(name)", version = "\(version)", api = 1, needs = { "email" },
          settings = { text = { type = "string", default = "hello" } },
          actions = { note = { run = function() host.note.add(host.settings.text) end } },
          deciders = { all = { decide = function() return { remove = {} } end } } }
        """
    }

    private static let map = """
        map: m
        triggers: { open: [ { run: a.note }, { run: b.note, when: lead.channel == "form" } ] }
        tracks:
          - { track: t, steps: [ { step: s }, { step: u, triggers: { close: [ { run: b.note } ] } } ] }
          - { track: f, kind: flex, flex: { decide: a.all }, steps: [ { step: x } ] }
        """

    private static let files = [
        "maps/m.yaml": map, "plugins/a.lua": plugin("a", "1"), "plugins/b.lua": plugin("b", "1"),
    ]

    private func engine(_ store: any Store, _ generation: Generation) throws -> SerialEngine {
        try SerialEngine(
            store: store, generation: generation,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
    }

    private func accept(_ engine: SerialEngine, _ lead: String, _ orders: Order...) throws {
        for answer in try engine.handle(orders.map { Command(lead: LeadID(lead)!, order: $0) }) {
            guard case .accepted = answer else {
                Issue.record("\(answer)")
                return
            }
        }
    }

    private func provenances(_ store: any Store, _ lead: String) throws -> [Provenance?] {
        try store.moments(of: LeadID(lead)!, from: 1, limit: .max).map(\.provenance)
    }

    @Test("the plugins that were called, the map and the host; a moment without calls has none")
    func called() throws {
        let generation = try Generation(reading: MemoryTree(Self.files))
        let store = MemoryStore()
        let engine = try engine(store, generation)
        try accept(
            engine, "L", .set(LeadChanges(fields: ["n": 1])), .assign(MapID("m"), LeadChanges()),
            .complete("t/s"), .complete("t/u"))
        let found = try provenances(store, "L")
        #expect(found.map { $0 == nil } == [true, false, true, false])
        let first = try #require(found[1])
        guard case .available(let definition)? = generation.rulebook.maps[MapID("m")] else {
            Issue.record("the map is not there")
            return
        }
        #expect(first.host == HostVersion.text)
        #expect(HostVersion.text.hasPrefix(HostVersion.program + "+"))
        #expect(first.maps == [.init(map: "m", version: definition.version.text)])
        let a = try #require(generation.loaded("a"))
        let ofA = Provenance.Plugin(name: "a", version: "1", hash: a.source.hash, settings: a.settingsHash)
        // Of b only the condition ran, which is the map's.
        #expect(first.plugins == [ofA])
        // The action of b, and then the decider of a.
        #expect(found[3]?.plugins.map(\.name) == ["a", "b"])
        #expect(found[3]?.plugins.first == ofA)
    }

    @Test(
        "a plugin whose call passed a limit of the moment was called, and one whose call did not begin was not"
    )
    func limits() throws {
        func listener(_ name: String) -> String {
            """
            return { name = "\(name)", api = 1,
              on = { { event = "step.close", run = function() host.note.add("n") end } } }
            """
        }
        let generation = try Generation(
            reading: MemoryTree([
                "maps/m.yaml": "map: m\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
                "plugins/a.lua": listener("a"), "plugins/b.lua": listener("b"),
                "plugins/c.lua": listener("c"),
                "signalbox.yaml": "limits: { moment: { effects: 1 } }",
            ]))
        let store = MemoryStore()
        let engine = try engine(store, generation)
        try accept(engine, "L", .assign(MapID("m"), LeadChanges()), .complete("t/s"))
        let found = try #require(try provenances(store, "L")[1])
        #expect(found.plugins.map(\.name) == ["a", "b"])
    }

    @Test(
        "the names of the secrets that a plugin may use are among its settings, and nothing else of any secret"
    )
    func secrets() throws {
        func settings(_ secrets: String) throws -> (hash: String, document: String) {
            let yaml = secrets.isEmpty ? "" : "secrets: { \(secrets) }"
            let files = Self.files.merging(["signalbox.yaml": yaml]) { _, new in new }
            let plugin = try #require(try Generation(reading: MemoryTree(files)).loaded("a"))
            return (plugin.settingsHash, String(decoding: plugin.settingsDocument, as: UTF8.self))
        }
        let none = try settings("")
        #expect(!none.document.contains("secrets"))
        let one = try settings("s: { env: TOKEN, hosts: [ a.example ], plugins: [ a ] }")
        #expect(one.hash != none.hash)
        #expect(one.document.contains(#""secrets":["s"]"#) && !one.document.contains("TOKEN"))
        // Where it is kept, where it may go, and what other plugins may use makes no difference to what a call can tell.
        let elsewhere = try settings(
            "o: { env: OTHER, hosts: [ b.example ], plugins: [ b ] }, s: { file: run/s, hosts: [ b.example ], plugins: [ b, a ] }"
        )
        #expect(elsewhere.hash == one.hash)
        let two = try settings(
            "t: { env: OTHER, hosts: [ b.example ], plugins: [ a ] }, s: { env: TOKEN, hosts: [ a.example ], plugins: [ a ] }"
        )
        #expect(two.document.contains(#""secrets":["s","t"]"#))
    }

    @Test("a secret that is granted or taken away reaches the plugin with the next generation")
    func granting() throws {
        var tree = MemoryTree(Self.files)
        tree.put(
            "plugins/a.lua",
            """
            return { name = "a", api = 1,
              actions = { note = { run = function() host.note.add(tostring(host.secret("s"))) end } },
              deciders = { all = { decide = function() return { remove = {} } end } } }
            """)
        var generation = try Generation(reading: tree)
        let store = MemoryStore()
        let engine = try engine(store, generation)
        var outcomes: [Int] = []
        for (number, plugins) in ["b", "a", "b"].enumerated() {
            tree.put(
                "signalbox.yaml",
                "secrets: { s: { env: TOKEN, hosts: [ a.example ], plugins: [ \(plugins) ] } }")
            generation = Generation(reading: tree, after: generation)
            #expect(generation.mistakes == [])
            engine.install(generation)
            try accept(engine, "L\(number)", .assign(MapID("m"), LeadChanges()))
            outcomes.append(store.incidents(of: LeadID("L\(number)")!, before: nil, limit: 9).count)
        }
        #expect(outcomes == [1, 0, 1])
    }

    @Test("another version, other settings, grants or limits, and another map are other code")
    func changes() throws {
        var tree = MemoryTree(Self.files)
        var generation = try Generation(reading: tree)
        let store = MemoryStore()
        let engine = try engine(store, generation)
        var changes: [(String, String)?] = [nil, nil]
        changes.append(("plugins/a.lua", Self.plugin("a", "2")))
        for each in ["settings: { text: other }", "limits: { memory: 4MiB }"] {
            changes.append(("signalbox.yaml", "plugins: { each: { a: { \(each) } } }"))
        }
        changes.append(("signalbox.yaml", "plugins: { grant: { a: [] } }"))
        changes.append(("maps/m.yaml", Self.map + "# another\n"))
        for (number, change) in changes.enumerated() {
            if let (file, text) = change {
                tree.put(file, text)
                generation = Generation(reading: tree, after: generation)
                #expect(generation.mistakes == [])
                engine.install(generation)
            }
            try accept(engine, "L\(number)", .assign(MapID("m"), LeadChanges()))
        }
        let found = try changes.indices.map { try #require(try provenances(store, "L\($0)")[0]) }
        #expect(found[0] == found[1])
        #expect(Set(found).count == changes.count - 1)
        #expect(Set(found.map { $0.plugins[0].hash }).count == 2)
        #expect(Set(found.map { $0.plugins[0].settings }).count == 4)
        #expect(Set(found.map(\.maps)).count == 2)
        for provenance in found {
            let plugin = provenance.plugins[0]
            #expect(store.source(of: .plugin, named: "a", hash: plugin.hash) != nil)
            #expect(store.source(of: .settings, named: "a", hash: plugin.settings) != nil)
        }
    }

    @Test("settings are kept as they were, with what was granted and limited")
    func settings() throws {
        var files = Self.files
        files["signalbox.yaml"] =
            "plugins: { each: { a: { settings: { text: \"é\" }, limits: { deadline: 70ms } } } }"
        let store = MemoryStore()
        try accept(
            try engine(store, try Generation(reading: MemoryTree(files))), "L",
            .assign(MapID("m"), LeadChanges()))
        let kept = store.versions(of: .settings, named: "a")
        #expect(kept.count == 1 && store.versions(of: .settings, named: nil).count == 1)
        let source = try #require(store.source(of: .settings, named: "a", hash: kept[0].hash))
        #expect(source.files.map(\.name) == ["a.json"])
        #expect(SHA256.hexadecimal(of: source.files[0].bytes) == kept[0].hash)
        #expect(
            try JSONReader.read(source.files[0].bytes) == [
                "settings": ["text": "é"], "granted": ["email"],
                "limits": ["deadline_ms": 70, "memory_bytes": 8_388_608],
            ])
    }

    @Test("a call that failed, and one that ran again, have their code too")
    func failures() throws {
        var files = Self.files
        files["plugins/a.lua"] = """
            return { name = "a", version = "1", api = 1, actions = { note = { run = function() error("no") end } },
              deciders = { all = { decide = function() error("no") end } } }
            """
        var tree = MemoryTree(files)
        let first = try Generation(reading: tree)
        let store = MemoryStore()
        let engine = try engine(store, first)
        try accept(engine, "L", .assign(MapID("m"), LeadChanges()))
        tree.put("plugins/a.lua", Self.plugin("a", "2"))
        engine.install(Generation(reading: tree, after: first))
        try accept(engine, "L", .rerun(1, now: false, again: false))
        #expect(try provenances(store, "L").map { $0?.plugins.map(\.version) } == [["1"], ["2"]])
        #expect(try provenances(store, "L")[1]?.maps.map(\.map) == ["m"])
    }

    @Test("with several lanes and commits that fail, every committed moment with calls has its code")
    func lanes() throws {
        for failing in 1...3 {
            let memory = MemoryStore()
            let engine = try Engine(
                store: FailingStore(memory, failing: failing, of: .commits),
                generation: try Generation(reading: MemoryTree(Self.files)), lanes: 4,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                clock: { Timestamp("2026-11-22T09:00:00Z")! })
            for number in 1...40 {
                engine.submit(
                    Command(lead: LeadID("L\(number)")!, order: .assign(MapID("m"), LeadChanges()))
                ) { _ in }
            }
            engine.stop()
            let moments = memory.leads(matching: .all, after: nil, limit: .max)
                .flatMap { memory.moments(of: $0.id, from: 1, limit: .max) }
            #expect(moments.allSatisfy { $0.provenance?.plugins.map(\.name) == ["a"] })
            let kept = Set(memory.versions(of: .settings, named: "a").map(\.hash))
            let used = Set(moments.compactMap { $0.provenance?.plugins[0].settings })
            #expect(used.isSubset(of: kept))
        }
    }
}
