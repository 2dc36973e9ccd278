import Authoring
import Journeys
import Plugins
import Store
import TestKit
import Testing
import Values

@Suite("What is explained of a lead's triggers")
struct ExplainTests {
    private static let probe = """
        return { name = "probe", api = 1, needs = { "email" },
          actions = {
            act = { run = function(event) host.lead.set { at = event.name } end },
            quiet = { run = function() end },
            fail = { run = function() error("no luck") end },
            mail = { run = function() host.email.send { to = "a@example.com", subject = "s", text = "t" } end },
          },
          deciders = {
            choose = { decide = function(event)
              if event.lead.fields.broken then error("broken") end
              return { keep = { "b" }, reason = "only b" }
            end },
          },
          on = {
            { event = "step.close", at = "f/*", run = function() host.note.add("closed") end },
            { event = "map.close", run = function() end },
            { event = "probe.asked", run = function() end },
            { event = "step.open", at = "none/x", run = function() end },
            { event = "step.open", map = "other", run = function() end },
          },
        }
        """

    private static let map = """
        map: m
        triggers:
          open: [ { run: probe.act } ]
          close: [ { run: probe.quiet } ]
          leave: [ { run: probe.quiet } ]
        tracks:
          - track: t
            triggers: { close: [ { run: probe.quiet } ] }
            steps:
              - step: a
                triggers: { close: [ { run: probe.act, when: "lead.fields.n > 5 and event.by ~= 'kim'" }, { run: probe.fail } ] }
              - step: o
                optional: true
                triggers: { close: [ { run: probe.act } ], skip: [ { run: probe.quiet } ] }
          - track: f
            kind: flex
            flex: { decide: probe.choose }
            steps:
              - step: b
                triggers: { open: [ { run: probe.mail } ], remove: [ { run: probe.act } ] }
              - step: c
                triggers: { open: [ { run: probe.act } ], remove: [ { run: probe.act } ] }

        """

    private func played(_ changes: [String: String] = [:]) throws -> Played {
        try Played(
            ["maps/m.yaml": Self.map, "plugins/probe.lua": Self.probe]
                .merging(changes) { _, changed in changed })
    }

    @Test("each trigger of the map, then each subscription that the map can run, has one verdict")
    func wholeJourney() throws {
        let played = try played()
        try played.give(.assign(MapID("m"), LeadChanges(fields: ["n": 3])))
        #expect(
            try played.verdicts() == [
                "m/open/1 fired", "m/close/1 not_reached", "m/leave/1 not_reached", "m/t/close/1 not_reached",
                "m/t/a/close/1 not_reached", "m/t/a/close/2 not_reached", "m/t/o/close/1 not_reached",
                "m/t/o/skip/1 not_reached", "m/f/flex not_reached", "m/f/b/open/1 not_reached",
                "m/f/b/remove/1 not_reached", "m/f/c/open/1 not_reached", "m/f/c/remove/1 not_reached",
                "probe/on/1 not_reached", "probe/on/2 not_reached", "probe/on/3 not_reached",
            ])
        #expect(try played.verdict("m/f/b/open/1").steps.map(\.description) == ["t/a", "t/o"])
        #expect(try played.verdict("m/open/1").effects?.count == 1)

        try played.give(.complete("t/a"), .advance, .status(.won))
        #expect(
            try played.verdicts() == [
                "m/open/1 fired", "m/close/1 fired", "m/leave/1 went_otherwise", "m/t/close/1 fired",
                "m/t/a/close/1 when_false", "m/t/a/close/2 failed", "m/t/o/close/1 passed_over",
                "m/t/o/skip/1 fired", "m/f/flex fired", "m/f/b/open/1 fired", "m/f/b/remove/1 map_ended",
                "m/f/c/open/1 step_removed", "m/f/c/remove/1 fired", "probe/on/1 map_ended",
                "probe/on/2 fired", "probe/on/3 map_ended",
            ])
        let condition = try played.verdict("m/t/a/close/1")
        #expect(condition.moment == 2)
        #expect(condition.values.map(\.path.text) == ["lead.fields.n", "event.by"])
        #expect(condition.values.map(\.value) == [3, "operator"])
        #expect(try played.verdict("m/t/a/close/2").incident == 1)
        #expect(try played.verdict("m/f/c/open/1").message.contains("by probe.choose in moment 3: only b"))
        #expect(try played.verdict("m/close/1").effects?.isEmpty == true)
    }

    @Test("a condition's values are those of its instant, also where effects of the same moment came before")
    func valuesOfTheInstant() throws {
        let played = try Played([
            "maps/m.yaml": """
            map: m
            triggers: { open: [ { run: probe.start } ] }
            tracks:
              - track: t
                steps: [ { step: a, triggers: { close: [ { run: probe.start, when: "lead.fields.n == 2" } ] } } ]

            """,
            "plugins/probe.lua": """
            return { name = "probe", api = 1, actions = { start = { run = function()
              host.lead.set { n = 1 }
              host.lead.complete("t/a")
            end } } }
            """,
        ])
        try played.give(.assign(MapID("m"), LeadChanges(fields: ["n": 0])))
        let verdict = try played.verdict("m/t/a/close/1")
        #expect(verdict.kind == .whenFalse && verdict.moment == 1)
        #expect(verdict.values.map(\.value) == [1])
    }

    @Test("what holds a track, and what is behind it, is told with the incident")
    func heldTrack() throws {
        let played = try played()
        try played.give(
            .assign(MapID("m"), LeadChanges(fields: ["broken": true, "n": 6])), .complete("t/a"),
            .complete("t/o"))
        #expect(try played.verdict("m/f/flex").kind == .failed)
        #expect(try played.verdict("m/f/b/open/1").kind == .held)
        // The plugin's failing action made incident 1.
        #expect(try played.verdict("m/f/b/open/1").incident == 2)
        #expect(try played.verdict("m/t/a/close/1").kind == .fired)
        try played.give(.set(LeadChanges(fields: ["broken": .null])), .retry)
        #expect(try played.verdict("m/f/flex").kind == .fired)
        #expect(try played.verdict("m/f/flex").calls == 2)
        #expect(try played.verdict("m/f/b/open/1").kind == .fired)
    }

    @Test("a call that ran again for an incident is a call of the journey that its event belongs to")
    func rerun() throws {
        var played = try played()
        try played.give(
            .assign(MapID("m"), LeadChanges()), .complete("t/a"), .status(.lost),
            .assign(MapID("m"), LeadChanges()))
        #expect(try played.verdict("m/t/a/close/2", journey: 1).kind == .failed)
        // Incident 1 is of the condition: the lead does not have the field that it compares.
        let mended = Self.probe.replacing("error(\"no luck\")", with: "host.note.add(\"luck\")")
        played.install(["maps/m.yaml": Self.map, "plugins/probe.lua": mended])
        try played.give(.rerun(2, now: false, again: false))
        let verdict = try played.verdict("m/t/a/close/2", journey: 1)
        #expect(verdict.kind == .fired && verdict.calls == 2 && verdict.moment == 5)
        #expect(try played.verdict("m/t/a/close/2", journey: 2).kind == .notReached)
    }

    @Test("what a plugin lacks is told apart: it is missing, not granted, or quarantined")
    func plugins() throws {
        var played = try played(["signalbox.yaml": "plugins: { grant: { probe: [] } }\n"])
        try played.give(
            .assign(MapID("m"), LeadChanges(fields: ["n": 9])), .complete("t/a"), .complete("t/o"))
        #expect(try played.verdict("m/f/b/open/1").kind == .notGranted)
        played.install(["maps/m.yaml": Self.map])
        try played.give(.assign(MapID("m"), LeadChanges()), to: "L2")
        #expect(try played.verdict("m/open/1", of: "L2").kind == .pluginMissing)

        let loop =
            "return { name = 'loop', api = 1, actions = { go = { run = function() while true do end end } } }"
        let looping = try Played([
            "signalbox.yaml": "plugins: { limits: { instructions: 5000, deadline: 2s } }\n",
            "plugins/loop.lua": loop,
            "maps/m.yaml":
                "map: m\ntriggers: { open: [ { run: loop.go } ] }\ntracks: [ { track: t, steps: [ { step: a } ] } ]\n",
        ])
        for number in 1...6 { try looping.give(.assign(MapID("m"), LeadChanges()), to: "L\(number)") }
        #expect(try looping.verdict("m/open/1", of: "L5").kind == .failed)
        #expect(try looping.verdict("m/open/1", of: "L6").kind == .quarantined)
    }

    @Test("a trigger that only a newer version of the map has is told to be missing in the journey's (R19)")
    func otherVersion() throws {
        var played = try played()
        try played.give(.assign(MapID("m"), LeadChanges()))
        let newer = Self.map.replacing(
            "close: [ { run: probe.quiet } ]\n  leave",
            with: "close: [ { run: probe.quiet }, { run: probe.act } ]\n  leave")
        played.install(["maps/m.yaml": newer, "plugins/probe.lua": Self.probe])
        #expect(try played.verdict("m/close/2").kind == .notInVersion)
        #expect(try played.verdict("m/close/1").kind == .notReached)
        try played.give(.status(.won), .assign(MapID("m"), LeadChanges()))
        #expect(try played.verdict("m/close/2").kind == .notReached)
        #expect(try played.verdict("m/close/2", journey: 1).kind == .notInVersion)
    }

    @Test("a subscription that came after its event is told not to have been there")
    func laterSubscription() throws {
        var played = try played([
            "plugins/probe.lua": Self.probe.replacing(
                "{ event = \"map.close\", run = function() end },", with: "")
        ])
        try played.give(.assign(MapID("m"), LeadChanges()), .status(.won))
        played.install(["maps/m.yaml": Self.map, "plugins/probe.lua": Self.probe])
        #expect(try played.verdict("probe/on/2").kind == .notSubscribed)
    }

    @Test("a journey on a map that was left within the moment is explained too")
    func leftAtOnce() throws {
        let played = try Played([
            "maps/one.yaml":
                "map: one\ntriggers: { open: [ { run: go.on } ], leave: [ { run: go.nothing } ] }\ntracks: [ { track: t, steps: [ { step: a, triggers: { close: [ { run: go.nothing } ] } } ] } ]\n",
            "maps/two.yaml": "map: two\ntracks: [ { track: t, steps: [ { step: a } ] } ]\n",
            "plugins/go.lua":
                "return { name = 'go', api = 1, actions = { on = { run = function() host.lead.assign('two') end }, nothing = { run = function() end } } }",
        ])
        try played.give(.assign(MapID("one"), LeadChanges()))
        #expect(
            try played.verdicts(journey: 1) == [
                "one/open/1 fired", "one/leave/1 fired", "one/t/a/close/1 map_ended",
            ])
        #expect(try played.verdicts(journey: 2) == [])
    }

    @Test(
        "what cannot be explained is said: no map, no such journey, no such trigger, a history that was removed"
    )
    func faults() throws {
        let played = try played()
        try played.give(.set(LeadChanges(fields: ["n": 1])))
        #expect(throws: ExplainFault.self) { try played.explainer() }
        try played.give(.assign(MapID("m"), LeadChanges()))
        #expect { try played.explainer(journey: 2) } throws: { error in
            (error as? ExplainFault)?.message == "the lead has 1 journey: number 1 to 1"
        }
        #expect { try played.explainer().explanations(of: "m/opne/1") } throws: { error in
            (error as? ExplainFault)?.message.hasSuffix("did you mean \"m/open/1\"?") ?? false
        }
        try played.give(.status(.won), .assign(MapID("m"), LeadChanges()))
        let later = Timestamp(milliseconds: Played.time.milliseconds + 1)
        _ = try played.store.remove(.history, before: later, after: nil, limit: 99, at: later)
        #expect { try played.explainer(journey: 1) } throws: { error in
            (error as? ExplainFault)?.message == "what happened on journey 1 is not kept any more"
        }
        try played.give(.erase, .assign(MapID("m"), LeadChanges()))
        #expect(try played.verdict("m/open/1").moment == 6)
    }
}
