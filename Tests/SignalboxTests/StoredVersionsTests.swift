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

/// Every version of a plugin that ran, and of a template that mail names, is kept with the moment that used
/// it first.
@Suite("Versions that ran are kept")
struct KeptVersionsTests {
    private static func greeting(_ version: String, body: String = "") -> String {
        """
        return { name = "greeting", version = "\(version)", api = 1, needs = { "email" }, actions = {
          hello = { run = function(event)
            \(body)
            host.email.send { to = "a@example.com", template = require("text").template } end },
          loop = { run = function() error("no") end } } }
        """
    }

    private static let map = """
        map: m
        triggers: { open: [ { run: greeting.hello } ] }
        tracks:
          - { track: t, steps: [ { step: s, triggers: { close: [ { run: greeting.loop } ] } } ] }
        """

    private static let files = [
        "maps/m.yaml": map, "plugins/greeting/init.lua": greeting("1"),
        "plugins/greeting/text.lua": "return { template = \"welcome\" }",
        "plugins/idle.lua": "return { name = \"idle\", api = 1, actions = { a = { run = function() end } } }",
        "templates/welcome.txt": "Hello", "templates/welcome.html": "<p>Hello",
        "templates/other.txt": "Other",
    ]

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

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

    @Test("a plugin is kept with the first moment that called it, with all its files, once")
    func plugins() throws {
        var tree = MemoryTree(Self.files)
        let first = try Generation(reading: tree)
        let path = folder("signalbox.db")
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            let engine = try engine(store, first)
            try accept(engine, "L1", .set(LeadChanges(fields: ["n": 1])))
            #expect(try store.versions(of: .plugin, named: nil) == [])
            try accept(engine, "L1", .assign(MapID("m"), LeadChanges()))
            let kept = try store.versions(of: .plugin, named: nil)
            let hash = try #require(first.loaded("greeting")).source.hash
            #expect(
                kept == [
                    StoredVersion(
                        kind: .plugin, name: "greeting", hash: hash, declared: "1",
                        since: Timestamp("2026-11-22T09:00:00Z")!)
                ])
            let source = try #require(try store.source(of: .plugin, named: "greeting", hash: hash))
            #expect(
                Dictionary(uniqueKeysWithValues: source.files.map { ($0.name, $0.bytes) }) == [
                    "greeting/init.lua": Array(Self.greeting("1").utf8),
                    "greeting/text.lua": Array("return { template = \"welcome\" }".utf8),
                ])

            tree.put("plugins/greeting/init.lua", Self.greeting("2"))
            engine.install(Generation(reading: tree, after: first))
            #expect(try store.versions(of: .plugin, named: nil).count == 1)
            try accept(engine, "L2", .assign(MapID("m"), LeadChanges()))
            try accept(engine, "L3", .assign(MapID("m"), LeadChanges()))
            #expect(try store.versions(of: .plugin, named: "greeting").map(\.declared) == ["1", "2"])
            engine.install(first)
            try accept(engine, "L4", .assign(MapID("m"), LeadChanges()))
            #expect(try store.versions(of: .plugin, named: nil).count == 2)
        }
        // Another process finds what is kept, and keeps nothing of it twice.
        let store = try SQLiteStore(at: path, mode: .readWrite)
        try accept(try engine(store, first), "L5", .assign(MapID("m"), LeadChanges()))
        #expect(try store.versions(of: .plugin, named: nil).map(\.declared) == ["1", "2"])
        try StoreContents(of: store).requireWhole()
    }

    @Test("an incident names the version whose files are kept, also of a call that was not made")
    func incidents() throws {
        var tree = MemoryTree(Self.files)
        let generation = try Generation(reading: tree)
        let store = try SQLiteStore(at: folder("signalbox.db"), mode: .readWrite)
        let engine = try engine(store, generation)
        try accept(engine, "L1", .assign(MapID("m"), LeadChanges()), .complete("t/s"))
        let hash = try #require(generation.loaded("greeting")).source.hash
        let failed = try #require(try store.incident(1))
        #expect(failed.plugin == "greeting" && failed.pluginVersion == "1" && failed.pluginHash == hash)
        #expect(try store.source(of: .plugin, named: "greeting", hash: hash) != nil)

        tree.put(
            "plugins/greeting/init.lua",
            "return { name = \"greeting\", api = 1, actions = { bye = { run = function() end } } }")
        let without = Generation(reading: tree, after: generation)
        engine.install(without)
        try accept(engine, "L2", .assign(MapID("m"), LeadChanges()))
        let missing = try #require(try store.incident(2))
        #expect(
            missing.reason == "unavailable" && missing.pluginHash == without.loaded("greeting")?.source.hash)
        let kept = try #require(missing.pluginHash)
        #expect(try store.source(of: .plugin, named: "greeting", hash: kept) != nil)

        for name in ["init", "text"] { tree.remove("plugins/greeting/\(name).lua") }
        engine.install(Generation(reading: tree, after: without))
        try accept(engine, "L3", .assign(MapID("m"), LeadChanges()))
        let gone = try #require(try store.incident(3))
        #expect(gone.plugin == "greeting" && gone.pluginHash == nil && gone.pluginVersion == nil)
        #expect(try store.versions(of: .plugin, named: nil).count == 2)
    }

    @Test("a template is kept with the first mail that names it, and each mail knows which version it named")
    func templates() throws {
        var tree = MemoryTree(Self.files)
        let first = try Generation(reading: tree)
        let store = try SQLiteStore(at: folder("signalbox.db"), mode: .readWrite)
        let engine = try engine(store, first)
        try accept(engine, "L1", .assign(MapID("m"), LeadChanges()))
        tree.put("templates/welcome.txt", "Good day")
        let second = Generation(reading: tree, after: first)
        engine.install(second)
        try accept(engine, "L2", .assign(MapID("m"), LeadChanges()))
        try accept(engine, "L3", .assign(MapID("m"), LeadChanges()))
        for name in ["txt", "html"] { tree.remove("templates/welcome.\(name)") }
        engine.install(Generation(reading: tree, after: second))
        try accept(engine, "L4", .assign(MapID("m"), LeadChanges()))
        let failed = try #require(try store.incident(1))
        #expect(failed.reason == "value" && failed.message.contains("there is no template \"welcome\""))

        let hashes = [first, second].map { $0.templates["welcome"]?.hash }
        #expect(hashes[0] != nil && hashes[1] != nil && hashes[0] != hashes[1])
        #expect(
            try store.outbox(after: 0, limit: 9).map(\.templateHash) == [
                hashes[0], hashes[1], hashes[1],
            ])
        #expect(try store.versions(of: .template, named: nil).map(\.hash) == hashes)
        let hash = try #require(hashes[1])
        let kept = try #require(try store.source(of: .template, named: "welcome", hash: hash))
        #expect(kept.files.map(\.name) == ["welcome.html", "welcome.txt"])
        #expect(kept.files.map(\.bytes) == [Array("<p>Hello".utf8), Array("Good day".utf8)])
    }

    @Test("what went with a commit that failed goes again with the next")
    func failedCommit() throws {
        let memory: any Store = MemoryStore()
        let engine = try engine(
            FailingStore(memory, failing: 1, of: .commits), try Generation(reading: MemoryTree(Self.files)))
        #expect(throws: StoreError.self) {
            try accept(engine, "L1", .assign(MapID("m"), LeadChanges()))
        }
        #expect(try memory.versions(of: .plugin, named: nil) == [])
        try accept(engine, "L1", .assign(MapID("m"), LeadChanges()))
        #expect(try memory.versions(of: .plugin, named: nil).count == 1)
        #expect(try memory.versions(of: .template, named: nil).count == 1)
    }

    @Test("with several lanes and commits that fail, every version that a committed call was of is kept")
    func lanes() throws {
        for failing in 1...4 {
            let memory: any Store = MemoryStore()
            let engine = try Engine(
                store: FailingStore(memory, failing: failing, of: .commits),
                generation: try Generation(reading: MemoryTree(Self.files)), lanes: 4,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                clock: { Timestamp("2026-11-22T09:00:00Z")! })
            for number in 1...40 {
                engine.submit(
                    Command(lead: LeadID("L\(number)")!, order: .assign(MapID("m"), LeadChanges()))
                ) { _ in
                }
            }
            engine.stop()
            let ran = try memory.counts().moments > 0
            #expect(try memory.versions(of: .plugin, named: "greeting").count == (ran ? 1 : 0))
            #expect(try memory.versions(of: .template, named: "welcome").count == (ran ? 1 : 0))
        }
    }
}
