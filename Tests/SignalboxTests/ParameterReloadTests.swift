import Journeys
import Logging
import Plugins
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

/// Reloads of a plugin's declaration while its map's file stays, on several lanes.
@Suite("Parameters over a reload")
struct ParameterReloadTests {
    private static let map = """
        map: m
        tracks:
          - track: t
            steps:
              - { step: a, triggers: { close: [ { run: p.say, with: { code: 012 } } ] } }
              - { step: b, triggers: { close: [ { run: p.say, with: { code: 012 } } ] } }
        """

    private static func tree(_ declared: String) -> MemoryTree {
        MemoryTree([
            "maps/m.yaml": map,
            "plugins/p.lua": """
            return { name = "p", api = 1, actions = { say = { params = { \(declared) },
              run = function(_, params) host.note.add(host.json.encode(params)) end } } }
            """,
        ])
    }

    private func engine(_ store: any Store, _ generation: Generation, lanes: Int) throws -> Engine {
        try Engine(
            store: store, generation: generation, lanes: lanes,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
    }

    /// What the calls of the lead's newest moment got, or the reason for which they failed.
    private func complete(_ step: String, _ lead: LeadID, _ engine: Engine) async throws -> [String] {
        let answer = try await engine.handle(Command(lead: lead, order: .complete("t/\(step)")))
        guard case .accepted(let moment) = answer else { return ["\(answer)"] }
        return try moment.journal.compactMap { line in
            let table = try JSONReader.read(line).table
            guard table?["type"] == "call" else { return nil }
            return table?["effects"]?.list?.first?.table?["text"]?.string ?? table?["reason"]?.string
        }
    }

    @Test(
        "leads in memory and leads that are read get the same, on every lane, as does a new engine",
        arguments: [1, 4],
        [
            ("code = { type = 'integer' }", #"{"code":12}"#),
            (
                "code = { type = 'string' }, more = { type = 'integer', default = 1 }",
                #"{"code":"012","more":1}"#
            ),
            ("code = { type = 'boolean' }", "params"), ("", "params"),
        ])
    func lanes(lanes: Int, change: (declared: String, got: String)) async throws {
        let store = MemoryStore()
        let leads = (1...24).map { LeadID("L\($0)")! }
        let first = try Generation(reading: Self.tree("code = { type = 'string' }"))
        let next = Generation(reading: Self.tree(change.declared), after: first)
        // A map that does not fit any more is reported, and stays.
        #expect(next.fileMistakes.isEmpty == (change.got != "params"))

        let former = try engine(store, first, lanes: lanes)
        for lead in leads {
            _ = try await former.handle(Command(lead: lead, order: .assign(MapID("m"), LeadChanges())))
        }
        former.stop()
        let running = try engine(store, first, lanes: lanes)
        // Every other lead is in memory when the plugin changes.
        for lead in leads.enumerated().filter({ $0.offset % 2 == 0 }).map(\.element) {
            #expect(try await complete("a", lead, running) == [#"{"code":"012"}"#])
        }
        running.install(next)
        for lead in leads { #expect(try await complete("b", lead, running) == [change.got]) }
        let newcomer = LeadID("new")!
        _ = try await running.handle(Command(lead: newcomer, order: .assign(MapID("m"), LeadChanges())))
        #expect(try await complete("b", newcomer, running) == [change.got])
        running.stop()

        let later = try engine(store, next, lanes: lanes)
        defer { later.stop() }
        #expect(try await complete("a", newcomer, later) == [change.got])
        #expect(try await complete("a", leads[1], later) == [change.got])
    }
}
