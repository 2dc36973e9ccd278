import Authoring
import Journeys
import Plugins
import Store
import TestKit
import Testing
import Values
import Workspace

@Suite("The list of what would run")
struct TriggerListingTests {
    private func listed() throws -> [ListedTrigger] {
        let generation = try Generation(
            reading: MemoryTree([
                "maps/m.yaml": """
                map: m
                triggers:
                  leave: [ { run: p.act } ]
                  open:
                    - run: p.act
                    - { run: p.act, when: lead.channel }
                tracks:
                  - track: t
                    kind: flex
                    flex: { decide: p.choose, fallback: all }
                    steps:
                      - { step: a, triggers: { close: [ { run: p.act } ] } }
                      - step: b

                """,
                "plugins/p.lua": """
                return { name = "p", api = 1, actions = { act = { run = function() end } },
                  deciders = { choose = { decide = function() return { keep = {} } end } },
                  on = {
                    { event = "step.*", at = "t/a", run = function() end },
                    { event = "step.close", priority = 5, run = function() end },
                    { event = "p.asked", run = function() end },
                    { event = "map.open", map = "other", run = function() end },
                  } }
                """,
            ]))
        try #require(generation.mistakes.isEmpty, "\(generation.mistakes)")
        return try #require(TriggerListing(of: MapID("m"), in: generation)).triggers
    }

    @Test("each event of each place has its triggers in the order of R24, with where they are written")
    func order() throws {
        let lines = try listed().map { one in
            "\(one.event) \(one.at ?? "-") \(one.number) \(one.trigger)\(one.when.map { " when \($0)" } ?? "") \(one.place)"
        }
        #expect(
            lines == [
                "map.open - 1 m/open/1 maps/m.yaml:5:7",
                "map.open - 2 m/open/2 when lead.channel maps/m.yaml:6:7",
                "map.leave - 1 m/leave/1 maps/m.yaml:3:12", "track.open t 0 m/t/flex maps/m.yaml:10:11",
                "step.open t/a 1 p/on/1 plugins/p.lua", "step.close t/a 1 m/t/a/close/1 maps/m.yaml:12:41",
                "step.close t/a 2 p/on/2 plugins/p.lua", "step.close t/a 3 p/on/1 plugins/p.lua",
                "step.remove t/a 1 p/on/1 plugins/p.lua",
                "step.close t/b 1 p/on/2 plugins/p.lua", "p.asked - 1 p/on/3 plugins/p.lua",
            ])
    }

    @Test("what is listed is what runs, in the same order")
    func runs() throws {
        let listed = try listed().filter { $0.event == "step.close" && $0.at == "t/a" }.map(\.trigger)
        let played = try Played([
            "maps/m.yaml": """
            map: m
            tracks: [ { track: t, steps: [ { step: a, triggers: { close: [ { run: p.act } ] } }, { step: b } ] } ]

            """,
            "plugins/p.lua": """
            return { name = "p", api = 1, actions = { act = { run = function() end } },
              on = {
                { event = "step.*", at = "t/a", run = function() end },
                { event = "step.close", priority = 5, run = function() end },
              } }
            """,
        ])
        try played.give(.assign(MapID("m"), LeadChanges()), .complete("t/a"))
        let moment = try #require(try played.store.moments(of: LeadID("L1")!, from: 2, limit: 1).first)
        let called = moment.journal.compactMap { line in
            if case .call(let call) = JournalLine(reading: line) { call.trigger } else { nil }
        }
        #expect(called == listed)
    }
}
