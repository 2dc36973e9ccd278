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

/// Leads in stores that earlier versions of the program wrote go on (see `SQLiteStoreTests/Fixtures`).
@Suite("Leads in stores of earlier forms go on")
struct StoredFormTests {
    private static var fixtures: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("SQLiteStoreTests/Fixtures")
    }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(_ name: String) throws -> SQLiteStore {
        let path = folder("signalbox.db")
        try FileManager.default.copyItem(
            atPath: Self.fixtures.appendingPathComponent("\(name).db").path, toPath: path)
        return try SQLiteStore(at: path, mode: .readWrite)
    }

    private func engine(_ store: any Store, _ tree: some FileTree) throws -> SerialEngine {
        try SerialEngine(
            store: store, generation: try Generation(reading: tree),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp("2026-12-01T09:00:00Z")! })
    }

    private func answer(_ engine: SerialEngine, _ lead: String, _ order: Order) throws -> String {
        switch try engine.handle([Command(lead: LeadID(lead)!, order: order)])[0] {
        case .accepted(let accepted): accepted.hasIncidents ? "incidents" : "done"
        case .refused(let refusal): refusal.reason.rawValue
        case .repeated: "repeated"
        }
    }

    @Test(
        "R19: on the maps that the store keeps, with the workspace and without its maps",
        arguments: [1, 2, 3, 4, 7, 8, 9, 14, 15])
    func maps(form: Int) throws {
        let store = try open("form-\(form)")
        var engine = try engine(store, DiskTree(root: Self.fixtures.appendingPathComponent("workspace").path))
        #expect(try answer(engine, "ben", .set(LeadChanges(fields: ["score": 1]))) == "done")
        #expect(try answer(engine, "ben", .retry) == "done")
        #expect(try answer(engine, "ana", .assign(MapID("second"), LeadChanges())) == "done")
        #expect(try answer(engine, "ben", .rerun(1, now: false, again: false)) == "unknown_incident")
        engine = try self.engine(store, MemoryTree([:]))
        #expect(try answer(engine, "ben", .complete("offer/call")) == "done")
        for lead in ["ana", "cleo", "dov"] {
            #expect(try answer(engine, lead, .complete("only/done")) == "done", "\(lead)")
        }
        try StoreContents(of: store).requireWhole()
    }

    @Test("a lead with an infinite value goes on, and what is added to it is an incident or a sum")
    func infinite() throws {
        let store = try open("infinite")
        var files: [String: String] = [:]
        for (file, name) in [("plugins/sums.lua", "sums.lua"), ("maps/sums.yaml", "sums.yaml")] {
            files[file] = try String(contentsOf: Self.fixtures.appendingPathComponent(name), encoding: .utf8)
        }
        let engine = try engine(store, MemoryTree(files))
        #expect(try answer(engine, "cy", .complete("adds/all")) == "incidents")
        #expect(try answer(engine, "bea", .complete("adds/lead")) == "incidents")
        #expect(try answer(engine, "cy", .complete("adds/wrap")) == "incidents")
        try StoreContents(of: store).requireWhole()
        #expect(try store.value("n", of: "sums") == .double(.greatestFiniteMagnitude))
        #expect(
            try store.lead(LeadID("cy")!)?.store["sums"]?.table?["n"] == .double(.greatestFiniteMagnitude))
        #expect(try store.lead(LeadID("cy")!)?.store["sums"]?.table?["i"] == .integer(.max))
    }
}
