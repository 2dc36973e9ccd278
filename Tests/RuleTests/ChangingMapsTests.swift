import TestKit
import Testing

@Suite("Changing the map")
struct ChangingMapsTests {
    private static let old = """
        map: old
        triggers:
          leave:
            - run: probe.act
              with:
                saw: [ lead.status, outcome, cancelled, lead.fields.brought, lead.channel, lead.agent, journey.map ]
                set: { kind: warm }
                complete: [ a/x, offer/call ]
          close: [ { run: probe.act, with: { note: never } } ]
        tracks:
          - track: v
            kind: video
            steps: [ { step: one } ]
          - track: a
            steps: [ { step: x }, { step: y } ]
        """
    private static let new = """
        map: new
        triggers: { open: [ { run: probe.act, with: { saw: [ lead.status, lead.fields ] } } ] }
        tracks:
          - track: offer
            kind: flex
            flex:
              decide: probe.pick
              with: { keep: { warm: [ call ], cold: [ letter ] }, saw: [ lead.fields.kind, lead.status ] }
            steps: [ { step: call }, { step: letter } ]
        """

    @Test(
        "R18: assign to another map first fires map.leave, alone in its instant, cancels what is open, and opens the new map in the very next instant"
    )
    func leave() throws {
        let scenario = try Scenario(maps: [Self.old, Self.new])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"old","fields":{"kind":"cold"}}
            """)
        // The deciders of the new map see what triggers on map.leave set. Their commands come after its
        // opening, for the journey that is over: they are refused.
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"new","fields":{"brought":1},"channel":"web","agent":"kim"}
            """,
            gives: """
                1 7 map.leave old left cancelled v/one, a/x, a/y
                call old/leave/1 ok set kind="warm"; complete a/x; complete offer/call [lead.status: open] [outcome: left] [cancelled: ["v/one","a/x","a/y"]] [lead.fields.brought: 1] [lead.channel: web] [lead.agent: kim] [journey.map: old]
                2 8 map.open new
                2 9 track.open offer
                2 10 step.open offer/call
                2 11 step.remove offer/letter
                call new/offer/flex ok keep call [lead.fields.kind: warm] [lead.status: open]
                call new/open/1 ok [lead.status: open] [lead.fields: {"brought":1,"kind":"warm"}]
                incident journey_closed old/leave/1
                incident journey_closed old/leave/1
                """)
    }

    @Test("R18: the new map opens before the agenda, and what map.leave asks for comes after that")
    func newMapBeforeAgenda() throws {
        let scenario = try Scenario(maps: [
            """
            map: old
            triggers: { leave: [ { run: probe.act, with: { emit: [ left ], status: lost } } ] }
            tracks:
              - track: a
                steps:
                  - step: x
                    triggers:
                      close:
                        - { run: probe.act, with: { assign: new } }
                        - { run: probe.act, with: { emit: [ after ] } }
            """,
            """
            map: new
            tracks: [ { track: b, steps: [ { step: y } ] } ]
            """,
        ])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"old"}
            """)
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                call old/a/x/close/1 ok assign new
                call old/a/x/close/2 ok emit probe.after
                2 6 map.leave old left cancelled nothing by plugin:probe
                call old/leave/1 ok emit probe.left; status lost
                3 7 map.open new by plugin:probe
                3 8 track.open b by plugin:probe
                3 9 step.open b/y by plugin:probe
                4 10 probe.after by plugin:probe
                5 11 probe.left by plugin:probe
                6 12 map.close new lost cancelled b/y by plugin:probe
                """)
    }

    @Test(
        "R18: assign to the map that the lead is active on, or to one that does not exist, is refused before anything is left"
    )
    func refusedAssign() throws {
        let scenario = try Scenario(maps: [Self.old, Self.new])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"old"}
            """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"old","fields":{"kind":"cold"}}
            {"do":"assign","lead":"L","map":"nowhere","fields":{"kind":"cold"}}
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"assign","lead":"L","map":"new"}
            """,
            gives: """
                refused already_on_map

                refused unknown_map

                1 7 step.close a/x

                1 8 map.leave old left cancelled v/one, a/y
                call old/leave/1 ok set kind="warm"; complete a/x; complete offer/call [lead.status: open] [outcome: left] [cancelled: ["v/one","a/y"]] [lead.fields.brought: nil] [lead.channel: nil] [lead.agent: nil] [journey.map: old]
                2 9 map.open new
                2 10 track.open offer
                2 11 step.open offer/call
                2 12 step.remove offer/letter
                call new/offer/flex ok keep call [lead.fields.kind: warm] [lead.status: open]
                call new/open/1 ok [lead.status: open] [lead.fields: {"kind":"warm"}]
                incident journey_closed old/leave/1
                incident journey_closed old/leave/1
                """)
    }

    @Test("R18: an effect's assign to the same or to an unknown map is an incident, and nothing is left")
    func refusedAssignOfAnEffect() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    steps:
                      - step: x
                        triggers:
                          close:
                            - { run: probe.act, with: { assign: m } }
                            - { run: probe.act, with: { assign: nowhere } }
                      - step: y
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"complete","lead":"L","step":"a/y"}
            """,
            gives: """
                1 5 step.close a/x
                call m/a/x/close/1 ok assign m
                call m/a/x/close/2 ok assign nowhere
                incident already_on_map m/a/x/close/1
                incident unknown_map m/a/x/close/2

                1 6 step.close a/y
                1 7 track.close a
                """)
    }

    @Test(
        "R18: after map.close a lead may be assigned to any map, also the same; the status is open before its opening"
    )
    func again() throws {
        let scenario = try Scenario(
            map: """
                triggers: { open: [ { run: probe.act, with: { saw: [ lead.status, journey.steps ] } } ] }
                tracks:
                  - track: a
                    kind: flex
                    flex: { decide: probe.pick, with: { keep: { warm: [ x ] }, saw: [ lead.status ] } }
                    steps: [ { step: x } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"warm"}}
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"status","lead":"L","to":"won"}
            """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            """,
            gives: """
                1 7 map.open m
                1 8 track.open a
                1 9 step.open a/x
                call m/a/flex ok keep x [lead.status: open]
                call m/open/1 ok [lead.status: open] [journey.steps: {"a/x":"open"}]
                """)
    }

    @Test("R18: assign may bring fields, channel and agent, which are set first")
    func brings() throws {
        let scenario = try Scenario(
            map: """
                triggers:
                  open: [ { run: probe.act, with: { saw: [ lead.fields, lead.channel, lead.agent, lead.status ] } } ]
                tracks: [ { track: a, steps: [ { step: x } ] } ]
                """)
        try scenario.run(
            """
            {"do":"set","lead":"L","fields":{"old":1,"gone":2},"channel":"phone","agent":"lee"}
            {"do":"status","lead":"L","to":"lost"}
            {"do":"assign","lead":"L","map":"m","fields":{"new":true,"gone":null},"channel":"web","agent":"kim"}
            """,
            gives: """
                nothing

                nothing

                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 ok [lead.fields: {"new":true,"old":1}] [lead.channel: web] [lead.agent: kim] [lead.status: open]
                """)
    }

    @Test("R19: it keeps it also when the map's file is gone at the next start")
    func keepsVersionOfRemovedMap() throws {
        let folder = try TemporaryFolder()
        let scenario = try Scenario(maps: [Self.version("former")], file: folder("signalbox.db"))
        try scenario.begin()
        try scenario.restart(maps: [])
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"assign","lead":"K","map":"m"}
            {"do":"complete","lead":"L","step":"b/former"}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                2 6 track.open b by engine
                2 7 step.open b/former by engine
                call m/b/former/open/1 ok note text="former"

                refused unknown_map

                1 8 step.close b/former
                1 9 track.close b
                """)
    }

    private static func version(_ step: String) -> String {
        """
        map: m
        tracks:
          - track: a
            steps: [ { step: x } ]
          - track: b
            steps:
              - step: \(step)
                triggers: { open: [ { run: probe.act, with: { note: \(step) } } ] }
        """
    }

    @Test("R19: a journey keeps the version of the map that it began with, also over a restart")
    func keepsVersion() throws {
        let folder = try TemporaryFolder()
        let scenario = try Scenario(maps: [Self.version("former")], file: folder("signalbox.db"))
        try scenario.begin()
        try scenario.restart(maps: [Self.version("latter")])
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"complete","lead":"L","step":"b/former"}
            {"do":"assign","lead":"K","map":"m"}
            {"do":"complete","lead":"K","step":"a/x"}
            {"do":"assign","lead":"L","map":"m"}
            {"do":"status","lead":"L","to":"closed"}
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"b/former"}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                2 6 track.open b by engine
                2 7 step.open b/former by engine
                call m/b/former/open/1 ok note text="former"

                1 8 step.close b/former
                1 9 track.close b

                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x

                1 4 step.close a/x
                1 5 track.close a
                2 6 track.open b by engine
                2 7 step.open b/latter by engine
                call m/b/latter/open/1 ok note text="latter"

                refused already_on_map

                1 10 map.close m closed cancelled nothing

                1 11 map.open m
                1 12 track.open a
                1 13 step.open a/x

                refused unknown_step
                """)
    }
}
