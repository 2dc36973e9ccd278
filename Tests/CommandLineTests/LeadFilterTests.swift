import Foundation
import Journeys
import Store
import TestKit
import Testing
import Values

@testable import SignalboxServer

/// The leads at a step, and those with a held track.
@Suite("Leads by step, and held ones")
struct LeadFilterTests {
    private static let map = """
        map: m
        tracks:
          - { track: a, steps: [ { step: x }, { step: y } ] }
          - { track: b, kind: flex, flex: { decide: choose.some }, steps: [ { step: z } ] }
        """

    private static let chooser = """
        return { name = "choose", api = 1, deciders = { some = { decide = function() error("no choice") end } } }
        """

    private func filled() async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace(plugins: ["choose": Self.chooser], maps: ["m": Self.map])
        // L1 is at x and y, L2 at y, L3 held, L4 over, L5 on no map.
        _ = try await workspace.give(
            #"{"do":"assign","lead":"L1","map":"m"}"#, #"{"do":"assign","lead":"L2","map":"m"}"#,
            #"{"do":"complete","lead":"L2","step":"a/x"}"#, #"{"do":"assign","lead":"L3","map":"m"}"#,
            #"{"do":"complete","lead":"L3","step":"a/x"}"#, #"{"do":"complete","lead":"L3","step":"a/y"}"#,
            #"{"do":"assign","lead":"L4","map":"m"}"#, #"{"do":"status","lead":"L4","to":"won"}"#,
            #"{"do":"set","lead":"L5","fields":{"n":1}}"#)
        return workspace
    }

    @Test("the API lists the leads at a step of a map in any version, and those with a held track")
    func filters() async throws {
        let workspace = try await filled()
        // The second step is the first now. Leads that began before stay at their step.
        try workspace.write(
            "maps/m.yaml", "map: m\ntracks: [ { track: a, steps: [ { step: y }, { step: w } ] } ]\n")
        _ = try await workspace.give(#"{"do":"assign","lead":"L6","map":"m"}"#)
        let service = try await RunningService(workspace)
        func ids(_ query: String) throws -> [String] {
            let page = try JSONReader.read(try service.ask("GET /v1/leads?\(query)").body).table
            return (page?["leads"]?.list ?? []).compactMap { $0.table?["id"]?.string }
        }
        #expect(try ids("map=m&step=a/x") == ["L1"])
        #expect(try ids("map=m&step=a%2Fy") == ["L1", "L2", "L6"])
        #expect(try ids("map=m&step=a/w") == ["L6"])
        #expect(try ids("map=m&step=a/y&match=l2") == ["L2"])
        #expect(try ids("map=m&step=a/y&status=won") == [])
        #expect(try ids("map=m&step=b/z") == [] && ids("map=m&step=none") == [])
        #expect(try ids("map=other&step=a/y") == [])
        #expect(try ids("held=true") == ["L3"])
        #expect(try ids("held=true&map=m&status=open") == ["L3"])
        #expect(try ids("held=true&map=m&step=a/y") == [])
        #expect(try ids("held=false") == ["L1", "L2", "L4", "L5", "L6"])
        #expect(try service.ask("GET /v1/leads?step=a/y").status == 400)
        #expect(try service.ask("GET /v1/leads?held=yes").status == 400)
        _ = try await service.end()
        let listed = try await workspace.run("leads", "--held", "--format", "jsonl")
        #expect(listed.objects.map { $0["lead"] } == ["L3"])
    }

    @Test("a search whose time is over answers what it found, and goes on behind what it looked at")
    func paging() throws {
        let store = MemoryStore()
        var samples = SampleMoments()
        let map = StoredMap(
            id: MapID("m"), version: MapVersion("v1"), file: "m.yaml",
            source: Array("map: m\ntracks: [ { track: a, steps: [ { step: x }, { step: y } ] } ]\n".utf8))
        // Every third is at the step.
        try store.commit(
            (0..<250).map { number in
                samples.next("L\(1_000 + number)") { moment in
                    moment.maps = [map]
                    moment.lead.journey = JourneyRecord(
                        number: 1, map: map.id, version: map.version, phase: .active, tracks: [.open],
                        steps: [.open, number % 3 == 0 ? .open : .closed])
                }
            })
        // The last page of those that are full is empty.
        for (limit, isOver, pages) in [(500, true, 3), (500, false, 1), (7, false, 13)] {
            var found: [String] = []
            var after: LeadID?
            var count = 0
            repeat {
                let search = StepSearch(for: "a/y", matching: LeadFilter(map: map.id), in: store) { isOver }
                let page = try search.page(after: after, limit: limit)
                found += page.leads.map(\.id.text)
                after = page.next
                count += 1
            } while after != nil && count < 99
            #expect(found == (0..<250).filter { $0 % 3 == 0 }.map { "L\(1_000 + $0)" })
            #expect(count == pages, "limit \(limit)")
        }
    }
}
