import Foundation
import Journeys
import Logging
import Plugins
import SQLiteStore
import Store
import TestKit
import Testing
import Values
import Workspace

@testable import Signalbox

/// Tracks that were held before the engine started (R34).
@Suite("Held when the engine starts", .timeLimit(.minutes(20)))
struct HeldAtStartTests {
    private static func chooser(_ body: String) -> String {
        "return { name = \"chooser\", api = 1, deciders = { pick = { decide = function(event) \(body) end } } }"
    }
    private static let failing = chooser("error(\"not yet\")")
    private static let good = chooser("return { keep = { \"a\" } }")
    private static let map = """
        map: flex
        tracks: [ { track: two, kind: flex, flex: { decide: chooser.pick }, steps: [ { step: a }, { step: b } ] } ]
        """

    private let folder: TemporaryFolder
    private let workspace: TemporaryWorkspace

    init() throws {
        folder = try TemporaryFolder()
        workspace = try TemporaryWorkspace([
            "maps/flex.yaml": Self.map, "plugins/chooser.lua": Self.failing,
            "plugins/other.lua": Self.good.replacing("chooser", with: "other"),
        ])
    }

    /// Runs an engine on the workspace and the store's file as another process would.
    private func run(_ body: (RunningEngine) async throws -> Void) async throws {
        let running = try RunningEngine(
            in: workspace, store: try SQLiteStore(at: folder("signalbox.db"), mode: .readWrite))
        try await body(running)
        try await running.stop()
    }

    private func hold(_ count: Int) async throws {
        try await run { running in
            for lead in 1...count {
                try await running.accept("L\(lead)", .assign(MapID("flex"), LeadChanges()))
            }
            #expect(try running.store.heldLeads(after: nil, limit: .max).count == count)
        }
    }

    /// Waits until what has to be asked at the start is asked: a lead is held by a plugin that comes only now, and what
    /// a plugin that is loaded holds is asked after that.
    private func settle(_ running: RunningEngine) async throws {
        try running.workspace.write(
            "maps/late.yaml", Self.map.replacing("flex\n", with: "late\n").replacing("chooser", with: "late"))
        try running.workspace.write("plugins/late.lua", Self.failing.replacing("chooser", with: "late"))
        try await running.until("late") { running.engine.generation.version(of: "late") != nil }
        try await running.until("late's map") {
            running.engine.generation.rulebook.maps[MapID("late")] != nil
        }
        let lead = UUID().uuidString
        try await running.accept(lead, .assign(MapID("late"), LeadChanges()))
        try running.workspace.write("plugins/late.lua", Self.good.replacing("chooser", with: "late"))
        try await running.until("late is asked again") {
            try running.store.lead(LeadID(lead)!)?.isHeld == false
        }
    }

    @Test("a decider of another version than the one that failed is asked again, over pages of leads")
    func otherVersion() async throws {
        try await hold(250)
        try workspace.write("plugins/chooser.lua", Self.good)
        try await run { running in
            try await running.until("nothing is held") {
                try running.store.heldLeads(after: nil, limit: 1).isEmpty
            }
            #expect(try running.store.counts().incidents == 250)
            let last = try #require(try running.store.moments(of: LeadID("L7")!, from: 2, limit: 9).first)
            #expect(last.by == "engine" && last.command.table?["do"] == "retry")
        }
    }

    @Test("one of the same version is not, however often the engine starts")
    func sameVersion() async throws {
        try await hold(3)
        for _ in 1...2 {
            try await run { running in try await settle(running) }
            try FileManager.default.removeItem(atPath: workspace.path("maps/late.yaml"))
            try workspace.remove("plugins/late.lua")
        }
        try await run { running in
            for lead in 1...3 {
                let last = try running.store.lead(LeadID("L\(lead)")!)?.lastMoment
                #expect(last == 1)
            }
            let incidents = try running.store.incidents(of: LeadID("L1")!, before: nil, limit: 9)
            #expect(incidents.count == 1)
        }
    }

    @Test(
        "what a version held after it was loaded is not asked again because it was, but with other settings it is"
    )
    func heldByLoaded() async throws {
        try await run { running in
            try await running.accept("L1", .assign(MapID("flex"), LeadChanges()))
            let held = HeldTracks(
                engine: running.engine, logger: Logger(label: "test"), retried: { _, _ in },
                isStopped: { false })
            await held.ask(HeldTracks.Loaded(plugins: ["chooser"]))
            #expect(try running.store.counts().incidents == 1)
            await held.ask(HeldTracks.Loaded(plugins: ["chooser"], withOtherSettings: ["chooser"]))
            #expect(try running.store.counts().incidents == 2)
        }
    }

    @Test("a new version that fails too is asked once, not at every start")
    func failsAgain() async throws {
        try await hold(2)
        try workspace.write("plugins/chooser.lua", Self.failing + " -- 2")
        for _ in 1...3 {
            try await run { running in
                try await running.until("asked") {
                    try running.store.incidents(of: LeadID("L2")!, before: nil, limit: 9).count == 2
                }
            }
        }
        try await run { running in
            let incidents = try running.store.incidents(of: nil, before: nil, limit: 99)
            let held = try running.store.heldLeads(after: nil, limit: 9)
            #expect(incidents.count == 4 && held.count == 2)
        }
    }

    @Test("one that was not there when it was asked is asked when it is")
    func missing() async throws {
        try await run { running in
            try running.workspace.remove("plugins/chooser.lua")
            try await running.until("gone") { running.engine.generation.plugins["chooser"] == nil }
            let held = try await running.accept("L1", .assign(MapID("flex"), LeadChanges()))
            #expect(held.hasIncidents)
            #expect(
                try running.store.heldLeads(after: nil, limit: 9) == [
                    HeldLead(id: LeadID("L1")!, plugin: "chooser")
                ])
        }
        try workspace.write("plugins/chooser.lua", Self.good)
        try await run { running in
            try await running.until("nothing is held") {
                try running.store.heldLeads(after: nil, limit: 1).isEmpty
            }
        }
    }
}
