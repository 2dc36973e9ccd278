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

/// Every map that a moment opens is kept with it (R19), also one that the lead does not stay on.
@Suite("Every map that a moment opened is kept")
struct MapsOfMomentTests {
    private static let router = """
        return { name = "router", version = "1", api = 1, actions = {
          on = { params = { map = { type = "string", required = true } },
            run = function(_, params) host.lead.assign(params.map) end },
          fail = { run = function(event) error("not on " .. event.map) end },
          note = { run = function(event) host.note.add("on " .. event.map) end } } }
        """

    /// A map that sends its leads on as it opens, and fails.
    private static func routing(_ name: String, to next: String, run: String = "fail") -> String {
        """
        map: \(name)
        triggers: { open: [ { run: router.\(run) }, { run: router.on, with: { map: \(next) } } ] }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """
    }

    private static let last = "map: last\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n"

    private static let files = [
        "plugins/router.lua": router, "maps/first.yaml": routing("first", to: "second"),
        "maps/second.yaml": routing("second", to: "last"), "maps/last.yaml": last,
    ]

    private func engine(_ store: any Store, _ generation: Generation) throws -> SerialEngine {
        try SerialEngine(
            store: store, generation: generation,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
    }

    private func accepted(_ engine: SerialEngine, _ order: Order) throws -> Answer.Accepted? {
        let answer = try engine.handle([Command(lead: LeadID("L")!, order: order)])[0]
        guard case .accepted(let accepted) = answer else {
            Issue.record("\(answer)")
            return nil
        }
        return accepted
    }

    @Test("a call on a map that only routed runs again after the map's file changed, also in another process")
    func routed() throws {
        let folder = try TemporaryFolder()
        let path = folder("signalbox.db")
        var tree = MemoryTree(Self.files)
        let first = try Generation(reading: tree)
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            _ = try accepted(try engine(store, first), .assign(MapID("first"), LeadChanges()))
            #expect(try store.lead(LeadID("L")!)?.journey?.map == MapID("last"))
            for name in ["first", "second", "last"] {
                guard case .available(let definition)? = first.rulebook.maps[MapID(name)] else {
                    Issue.record("map \(name) is not there")
                    continue
                }
                #expect(
                    try store.map(definition.version)?.source
                        == Array(try #require(Self.files["maps/\(name).yaml"]).utf8))
            }
        }
        for name in ["first", "second"] {
            tree.put("maps/\(name).yaml", Self.routing(name, to: "last", run: "note"))
        }
        tree.put("plugins/router.lua", Self.router.replacing("error(\"not", with: "host.note.add(\"again"))
        let store = try SQLiteStore(at: path, mode: .readWrite)
        let engine = try engine(store, Generation(reading: tree, after: first))
        for incident in 1...2 {
            #expect(try accepted(engine, .rerun(incident, now: false, again: false))?.hasIncidents == false)
        }
        #expect(try store.notes(of: LeadID("L")!).map(\.text) == ["again on first", "again on second"])
    }

    @Test("a map that was kept with a commit that failed is kept with the next")
    func failedCommit() throws {
        let memory = MemoryStore()
        let generation = try Generation(reading: MemoryTree(Self.files))
        let engine = try engine(FailingStore(memory, failing: 1, of: .commits), generation)
        #expect(throws: StoreError.self) {
            try engine.handle([Command(lead: LeadID("L")!, order: .assign(MapID("first"), LeadChanges()))])
        }
        _ = try accepted(engine, .assign(MapID("first"), LeadChanges()))
        for (_, availability) in generation.rulebook.maps {
            guard case .available(let definition) = availability else { continue }
            #expect(memory.map(definition.version) != nil)
        }
    }
}
