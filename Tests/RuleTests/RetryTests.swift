import Journeys
import Store
import Testing
import Values

/// Calls that failed, and run again.
@Suite("Retries of incidents")
struct RetryTests {
    private static let plugin = [
        "p": """
        return { name = "p", api = 1, actions = {
          greet = { params = { how = { type = "string", enum = { "warmly", "briefly" } } },
            run = function(event, params)
              host.note.add(params.how .. " " .. host.text.fill("{{name}}", event.lead.fields) .. " at "
                .. event.step .. ", now " .. tostring(event.journey.steps["a/y"]))
            end },
          other = { run = function() end } },
          on = { { event = "step.close", run = function(event)
            if not event.lead.fields.name then error("nobody") end
            host.note.add("closed for " .. event.lead.fields.name)
          end } } }
        """
    ]

    private static func map(run: String) -> String {
        """
        map: m
        tracks:
          - track: a
            steps:
              - step: x
                triggers: { open: [ { run: \(run) } ] }
              - step: y
        """
    }

    private static let warmly = "p.greet, with: { how: warmly }"

    private func notes(_ scenario: Scenario) -> [String] {
        scenario.lines.flatMap { $0["effects"]?.list ?? [] }.compactMap { $0.table?["text"]?.string }
    }

    private func reasons(_ scenario: Scenario) -> [String] {
        scenario.lines.compactMap { $0["reason"]?.string }
    }

    @Test(
        "R36: with `now` a call runs on the lead as it is now, with what the newest version of its map gives")
    func now() throws {
        let store = MemoryStore()
        // Two causes: a field is missing, and the map has a text that the plugin does not take.
        let scenario = try Scenario(
            maps: [Self.map(run: "p.greet, with: { how: warmly }")], plugins: Self.plugin, store: store)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        #expect(store.incident(1)?.reason == "error")
        try scenario.run(#"{"do":"set","lead":"L","fields":{"name":"Ana"}}"#)
        try scenario.run(#"{"do":"complete","lead":"L","step":"a/y"}"#)

        // On what it saw then it fails again, whatever the lead is now.
        try scenario.run(#"{"do":"rerun","lead":"L","incident":1}"#)
        #expect(reasons(scenario) == ["error", "error"])
        try scenario.run(#"{"do":"rerun","lead":"L","incident":2,"now":true}"#)
        #expect(notes(scenario) == ["warmly Ana at x, now closed"])

        // The journey keeps its version of the map; the retry takes the newest.
        try scenario.reload(maps: [Self.map(run: "p.greet, with: { how: briefly }")], plugins: Self.plugin)
        try scenario.run(#"{"do":"rerun","lead":"L","incident":1,"now":true,"again":true}"#)
        #expect(notes(scenario) == ["briefly Ana at x, now closed"])
    }

    @Test(
        "R36: with `now` a trigger that runs another action, or is gone, is refused, and so is a call that is not kept"
    )
    func cannotRerun() throws {
        let store = MemoryStore()
        let scenario = try Scenario(maps: [Self.map(run: Self.warmly)], plugins: Self.plugin, store: store)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        try scenario.reload(maps: [Self.map(run: "p.other")], plugins: Self.plugin)
        try scenario.run(#"{"do":"rerun","lead":"L","incident":1,"now":true}"#)
        #expect(reasons(scenario) == ["cannot_rerun"])
        #expect(scenario.messages[0].contains("m/a/x/open/1"))
        try scenario.reload(maps: [], plugins: Self.plugin)
        try scenario.run(#"{"do":"rerun","lead":"L","incident":1,"now":true}"#)
        #expect(reasons(scenario) == ["cannot_rerun"])
        try scenario.run(#"{"do":"rerun","lead":"L","incident":99,"now":true}"#)
        #expect(reasons(scenario) == ["unknown_incident"])
    }

    @Test("R36: with `now` a subscription runs too")
    func subscription() throws {
        let store = MemoryStore()
        let scenario = try Scenario(maps: [Self.map(run: "p.other")], plugins: Self.plugin, store: store)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        try scenario.run(#"{"do":"complete","lead":"L","step":"a/y"}"#)
        #expect(store.incident(1)?.run == "p/on/1")
        try scenario.run(#"{"do":"set","lead":"L","fields":{"name":"Ana"}}"#)
        try scenario.run(#"{"do":"rerun","lead":"L","incident":1,"now":true}"#)
        #expect(notes(scenario) == ["closed for Ana"])
    }

    @Test(
        "R36, R29: commands of a retry go to the recorded journey, with `now` too", arguments: [false, true])
    func recordedJourney(now: Bool) throws {
        let store = MemoryStore()
        let failing = [
            "p": #"return { name = "p", api = 1, actions = { move = { run = function() error("no") end } } }"#
        ]
        let moving = [
            "p":
                #"return { name = "p", api = 1, actions = { move = { run = function() host.lead.complete("a/y") end } } }"#
        ]
        let map = Self.map(run: "p.move")
        let scenario = try Scenario(
            maps: [map, map.replacing("map: m", with: "map: n")], plugins: failing, store: store)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        try scenario.reload(maps: [map, map.replacing("map: m", with: "map: n")], plugins: moving)
        // On the journey that is there when the call runs the step is open.
        try scenario.run(#"{"do":"assign","lead":"L","map":"n"}"#)
        try scenario.reload(maps: [map, map.replacing("map: m", with: "map: n")], plugins: moving)
        try scenario.run(#"{"do":"rerun","lead":"L","incident":1,"now":\#(now)}"#)
        #expect(scenario.lines.filter { $0["type"] == "event" }.isEmpty)
        #expect(reasons(scenario) == ["journey_closed"])
        #expect(store.incident(1)?.state == .retried(moment: 3))
    }

    @Test(
        "R36: an incident is open until its retry passes, which settles it, or fails, and another takes its place"
    )
    func states() throws {
        let store = MemoryStore()
        let scenario = try Scenario(maps: [Self.map(run: Self.warmly)], plugins: Self.plugin, store: store)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        #expect(store.incident(1)?.state == .open)
        try scenario.run(#"{"do":"rerun","lead":"L","incident":1}"#)
        #expect(store.incident(1)?.state == .superseded(by: 2))
        #expect(store.incident(2)?.state == .open)
        try scenario.run(#"{"do":"set","lead":"L","fields":{"name":"Ana"}}"#)
        try scenario.run(#"{"do":"rerun","lead":"L","incident":2,"now":true}"#)
        #expect(store.incident(2)?.state == .retried(moment: 4))
        #expect(store.incident(3) == nil)
    }

    @Test("R36: only an open incident is retried, unless `again` says so, also by two commands of one commit")
    func onlyOpen() throws {
        let store = MemoryStore()
        let scenario = try Scenario(maps: [Self.map(run: Self.warmly)], plugins: Self.plugin, store: store)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        try scenario.run(#"{"do":"set","lead":"L","fields":{"name":"Ana"}}"#)
        let retry = #"{"do":"rerun","lead":"L","incident":1,"now":true}"#
        let together = try scenario.runTogether("\(retry)\n\(retry)")
        #expect(together.map { $0.first?["type"] } == ["call", "refused"])
        #expect(together[1][0]["reason"] == "cannot_rerun")
        #expect(together[1][0]["message"]?.string?.contains("retried in moment 3") == true)
        try scenario.run(retry)
        #expect(reasons(scenario) == ["cannot_rerun"])
        try scenario.run(#"{"do":"rerun","lead":"L","incident":1,"now":true,"again":true}"#)
        #expect(notes(scenario).count == 1)
        #expect(store.incident(1)?.state == .retried(moment: 4))

        try scenario.run(#"{"do":"rerun","lead":"L","incident":1,"again":true}"#)
        #expect(store.incident(1)?.state == .superseded(by: 2))
        #expect(store.dismiss([1, 2]) == 1)
        try scenario.run(#"{"do":"rerun","lead":"L","incident":2}"#)
        #expect(scenario.messages.first?.contains("incident 2 is not open: dismissed") == true)
    }

    @Test(
        "R36: an incident of a decider is settled by the retry that opens its track, and not by one that fails"
    )
    func deciders() throws {
        let store = MemoryStore()
        let scenario = try Scenario(
            maps: [
                """
                map: m
                tracks:
                  - track: a
                    kind: flex
                    flex: { decide: d.pick }
                    steps: [ { step: x } ]
                  - track: b
                    kind: flex
                    flex: { decide: d.never }
                    steps: [ { step: x } ]
                """
            ],
            plugins: [
                "d": """
                return { name = "d", api = 1, deciders = {
                  pick = { decide = function(event)
                    if not event.lead.fields.ready then error("not ready") end
                    return { keep = { "x" } }
                  end },
                  never = { decide = function() error("never") end } } }
                """
            ], store: store)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        try scenario.run(#"{"do":"assign","lead":"M","map":"m"}"#)
        try scenario.run(#"{"do":"retry","lead":"L"}"#)
        #expect((1...3).map { store.incident($0)?.state } == [.open, .open, .open])
        // Both at once, as a stream may give them.
        _ = try scenario.runTogether(
            """
            {"do":"set","lead":"L","fields":{"ready":true}}
            {"do":"retry","lead":"L"}
            {"do":"complete","lead":"L","step":"a/x"}
            """)
        #expect(
            store.incident(1)?.state == .retried(moment: 4) && store.incident(3)?.state == .retried(moment: 4)
        )
        #expect(store.incident(2)?.lead == LeadID("M") && store.incident(2)?.state == .open)
        // The next track is held, and stays so.
        #expect(store.incident(4)?.trigger == "m/b/flex" && store.incident(4)?.state == .open)
        try scenario.run(#"{"do":"retry","lead":"L"}"#)
        #expect(store.incident(4)?.state == .open && store.incident(5)?.state == .open)
        try scenario.run(#"{"do":"rerun","lead":"L","incident":4}"#)
        #expect(reasons(scenario) == ["cannot_rerun"])
    }
}
