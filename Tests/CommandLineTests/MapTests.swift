import Foundation
import TestKit
import Testing
import Values

/// `GET /v1/maps` and `/v1/maps/{map}`, asked of a service that runs.
@Suite("Maps over HTTP")
struct MapTests {
    private static let plugin = """
        return { name = "greeter", api = 1,
          actions = { greet = { params = { text = { type = "string" } }, run = function() end } },
          deciders = { keep = { decide = function() return { keep = { "a" } } end } } }
        """

    private static let buyer = """
        map: buyer
        title: Buyers
        finish: won
        triggers: { open: [ { run: greeter.greet, with: { text: "hello" }, when: "true" } ] }
        tracks:
          - track: intro
            kind: video
            title: Watch
            steps: [ { step: film, mirror: seen } ]
          - track: talk
            steps:
              - { step: call, title: Call, triggers: { close: [ { run: greeter.greet } ] } }
              - { step: visit, optional: true }
          - track: last
            kind: flex
            flex: { decide: greeter.keep, fallback: [ a ] }
            steps: [ { step: a }, { step: b } ]
        """

    private static func plain(_ map: String, step: String = "s") -> String {
        "map: \(map)\ntracks: [ { track: t, steps: [ { step: \(step) } ] } ]"
    }

    private func service() async throws -> (RunningService, TemporaryWorkspace) {
        let workspace = try TemporaryWorkspace(
            plugins: ["greeter": Self.plugin],
            maps: ["buyer": Self.buyer, "other": Self.plain("other"), "zoo": Self.plain("zoo")])
        return (try await RunningService(workspace), workspace)
    }

    private func give(_ command: String, to lead: String, _ service: RunningService) throws {
        let answer = try service.ask("POST /v1/leads/\(lead)/commands", [:], command)
        #expect(answer.status == 200, "\(answer.body)")
    }

    private func table(_ path: String, _ service: RunningService) throws -> Table {
        let answer = try service.ask("GET \(path)")
        #expect(answer.status == 200, "\(answer.body)")
        return try #require(try JSONReader.read(answer.body).table)
    }

    /// The leads at each step, as `PATH N`, with a question mark where it is not said for how long.
    private func steps(_ of: Table) -> [String] {
        (of["steps"]?.list ?? []).compactMap(\.table).map { step in
            let isTimed = step["median_ms"]?.integer != nil && step["p90_ms"]?.integer != nil
            return "\(step["step"]?.string ?? "") \(step["leads"]?.json ?? "")\(isTimed ? "" : "?")"
        }
    }

    private func stepsInTracks(of map: Table) -> [String] {
        (map["tracks"]?.list ?? []).compactMap(\.table).flatMap(steps)
    }

    @Test("a map is told as its file says it, and how many leads are at each step")
    func one() async throws {
        let (service, _) = try await service()
        for lead in ["L1", "L2", "L3", "L4"] {
            try give(#"{"do":"assign","map":"buyer"}"#, to: lead, service)
        }
        try give(#"{"do":"complete","step":"talk/call"}"#, to: "L2", service)
        try give(#"{"do":"advance"}"#, to: "L2", service)
        try give(#"{"do":"status","to":"lost"}"#, to: "L3", service)
        try give(#"{"do":"assign","map":"other"}"#, to: "L4", service)
        let map = try table("/v1/maps/buyer", service)
        #expect(map["map"] == "buyer" && map["state"] == "available" && map["file"] == "maps/buyer.yaml")
        #expect(map["title"] == "Buyers" && map["finish"] == "won" && map["leads"] == 2)
        #expect(map["failing"] == nil && map["mistakes"] == nil)
        #expect(
            map["triggers"]?.json
                == #"[{"name":"buyer/open/1","on":"map.open","run":"greeter.greet","when":"true","with":{"text":"hello"}}]"#
        )
        #expect(
            stepsInTracks(of: map) == [
                "intro/film 2", "talk/call 1", "talk/visit 1", "last/a 1", "last/b 0?",
            ])
        let tracks = (map["tracks"]?.list ?? []).compactMap(\.table)
        #expect(tracks.map { $0["kind"] } == ["video", "task", "flex"])
        #expect(tracks[0]["title"] == "Watch")
        #expect(
            tracks[2]["flex"]?.json == #"{"decide":"greeter.keep","fallback":["a"],"name":"buyer/last/flex"}"#
        )
        let first = tracks[1]["steps"]?.list?.first?.table
        #expect(first?["title"] == "Call")
        #expect(
            first?["triggers"]?.json
                == #"[{"name":"buyer/talk/call/close/1","on":"step.close","run":"greeter.greet"}]"#)
        #expect(tracks[1]["steps"]?.list?.last?.table?["optional"] == true)
        #expect(tracks[0]["steps"]?.list?.first?.table?["mirror"] == "seen")
        let versions = (map["versions"]?.list ?? []).compactMap(\.table)
        #expect(versions.map { $0["version"] } == [map["version"]])
        #expect(versions.map { $0["leads"] } == [2])
        #expect(versions.map(steps) == [["intro/film 2", "talk/call 1", "talk/visit 1", "last/a 1"]])
        _ = try await service.end()
    }

    @Test("leads on earlier versions are told with theirs, also at steps that are gone, and after the map is")
    func versions() async throws {
        let (service, workspace) = try await service()
        for lead in ["L1", "L2"] { try give(#"{"do":"assign","map":"other"}"#, to: lead, service) }
        let before = try table("/v1/maps/other", service)
        try workspace.write(
            "maps/other.yaml",
            "map: other\ntracks: [ { track: new, steps: [ { step: n } ] }, { track: t, steps: [ { step: s } ] } ]"
        )
        #expect(try await service.program.tells("reloaded"))
        try give(#"{"do":"assign","map":"other"}"#, to: "L3", service)
        let after = try table("/v1/maps/other", service)
        #expect(after["leads"] == 3 && after["version"] != before["version"])
        #expect(stepsInTracks(of: after) == ["new/n 1", "t/s 2"])
        let versions = (after["versions"]?.list ?? []).compactMap(\.table)
        #expect(versions.map { $0["version"] } == [after["version"], before["version"]])
        #expect(versions.map(steps) == [["new/n 1"], ["t/s 2"]])

        try workspace.write("maps/other.yaml", "map: other\ntracks: []")
        #expect(try await service.program.tells("maps/other.yaml"))
        #expect(try table("/v1/maps/other", service)["failing"]?.list?.isEmpty == false)
        try workspace.remove("maps/other.yaml")
        #expect(try await service.program.tells("maps removed: other"))
        let removed = try table("/v1/maps/other", service)
        #expect(removed["leads"] == 3 && removed["tracks"] == nil)
        #expect(
            (removed["versions"]?.list ?? []).compactMap(\.table).flatMap(steps).sorted() == [
                "new/n 1", "t/s 2",
            ])
        for lead in ["L1", "L2", "L3"] { try give(#"{"do":"status","to":"won"}"#, to: lead, service) }
        #expect(try service.ask("GET /v1/maps/other").status == 404)
        _ = try await service.end()

        // And the same after a new start.
        let next = try await RunningService(workspace)
        #expect(try next.ask("GET /v1/maps/other").status == 404)
        _ = try await next.end()
    }

    @Test("the list has the maps of the workspace page by page, with what is wrong with them")
    func list() async throws {
        let (service, workspace) = try await service()
        try give(#"{"do":"assign","map":"zoo"}"#, to: "L1", service)
        try workspace.write("plugins/broken.lua", "return {")
        try workspace.write(
            "maps/needy.yaml", Self.plain("needy") + "\ntriggers: { open: [ { run: broken.act } ] }")
        #expect(try await service.program.tells("needy"))
        let all = (try table("/v1/maps", service)["maps"]?.list ?? []).compactMap(\.table)
        #expect(all.map { $0["map"] } == ["buyer", "needy", "other", "zoo"])
        #expect(all.map { $0["state"] } == ["available", "unavailable", "available", "available"])
        #expect(all.map { $0["leads"] } == [0, 0, 0, 1])
        #expect(all[1]["mistakes"]?.list?.first?.string?.contains("broken") == true)
        #expect(stepsInTracks(of: try table("/v1/maps/needy", service)) == ["t/s 0?"])
        var seen: [Value?] = []
        var next: String? = ""
        while let place = next {
            let page = try table("/v1/maps?limit=3" + (place.isEmpty ? "" : "&after=\(place)"), service)
            let maps = (page["maps"]?.list ?? []).compactMap(\.table)
            #expect((1...3).contains(maps.count))
            seen += maps.map { $0["map"] }
            next = page["next"]?.string
        }
        #expect(seen == all.map { $0["map"] })
        _ = try await service.end()
    }
}
