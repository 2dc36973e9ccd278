import Testing
import Values

@Suite("Order")
struct OrderTests {
    @Test(
        "R22: a lead's events are numbered from 1 without gaps and so are its moments, refused commands not counted"
    )
    func numbers() throws {
        let scenario = try Scenario(
            map: """
                tracks: [ { track: a, steps: [ { step: x } ] } ]
                """)
        try scenario.run(
            """
            {"do":"set","lead":"L","fields":{"a":1}}
            {"do":"assign","lead":"L","map":"nowhere"}
            {"do":"assign","lead":"L","map":"m"}
            {"do":"advance","lead":"L"}
            {"do":"assign","lead":"K","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"status","lead":"L","to":"won"}
            {"do":"assign","lead":"L","map":"m"}
            """,
            gives: """
                nothing

                refused unknown_map

                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x

                refused required_steps_open

                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x

                1 4 step.close a/x
                1 5 track.close a

                1 6 map.close m won cancelled nothing

                1 7 map.open m
                1 8 track.open a
                1 9 step.open a/x
                """)
        #expect(scenario.lines.compactMap { $0["moment"]?.integer } == [2, 2, 2, 1, 1, 1, 3, 3, 4, 5, 5, 5])
    }

    @Test(
        "R23: inside an instant that opens, the order is the map's own, depth first, with step.remove in its step's place"
    )
    func opening() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - { track: z, kind: video, steps: [ { step: b }, { step: a } ] }
                  - { track: y, kind: video, steps: [ { step: d } ] }
                  - track: x
                    kind: flex
                    flex: { decide: probe.pick, with: { keep: { k: [ f, h ] } } }
                    steps: [ { step: h }, { step: g }, { step: f }, { step: e } ]
                """)
        // The answer's order does not matter: the map's does.
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"k"}}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open z
                1 3 step.open z/b
                1 4 step.open z/a
                1 5 track.open y
                1 6 step.open y/d
                1 7 track.open x
                1 8 step.open x/h
                1 9 step.remove x/g
                1 10 step.open x/f
                1 11 step.remove x/e
                call m/x/flex ok keep f, h
                """)
    }

    @Test(
        "R23: inside an instant that closes, steps come in their order, then track.close; map.close is alone"
    )
    func closing() throws {
        let scenario = try Scenario(
            map: """
                finish: won
                tracks:
                  - track: a
                    steps:
                      - { step: z, optional: true }
                      - { step: y, optional: true }
                      - { step: x, optional: true }
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/y"}
            """)
        try scenario.run(
            """
            {"do":"advance","lead":"L"}
            """,
            gives: """
                1 7 step.skip a/z
                1 8 step.skip a/x
                1 9 track.close a
                2 10 map.close m won cancelled nothing by engine
                """)
    }

    private static func subscriber(_ name: String, _ subscriptions: String) -> String {
        """
        local function log(text)
          return function() host.log.info(text) end
        end
        return { name = "\(name)", api = 1, on = { \(subscriptions) } }
        """
    }

    @Test(
        "R24: for one event, the map file's triggers run in file order; then subscriptions by priority, plugin name and declaration"
    )
    func triggers() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                triggers:
                  open:
                    - { run: probe.act, with: { note: first } }
                    - { run: probe.act, with: { note: second } }
                tracks:
                  - track: a
                    steps:
                      - step: x
                        triggers: { open: [ { run: probe.act, with: { note: third } } ] }
                """
            ],
            plugins: [
                "zoo": Self.subscriber(
                    "zoo",
                    """
                    { event = "map.open", run = log "late" },
                    { event = "map.*", priority = 10, run = log "early" },
                    { event = "step.open", at = "a/x", run = log "step" },
                    """),
                "ant": Self.subscriber(
                    "ant",
                    """
                    { event = "map.*", map = "m", run = log "wild" },
                    { event = "map.open", run = log "exact" },
                    { event = "map.open", priority = -1, run = log "last" },
                    { event = "map.open", map = "n", run = log "another map" },
                    """),
            ])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 ok note text="first"
                call m/open/2 ok note text="second"
                call zoo/on/2 #1 ok [early]
                call ant/on/1 #1 ok [wild]
                call ant/on/2 #1 ok [exact]
                call zoo/on/1 #1 ok [late]
                call ant/on/3 #1 ok [last]
                call m/a/x/open/1 ok note text="third"
                call zoo/on/3 #3 ok [step]
                """)
    }

    @Test("R24: subscriptions match by the event's name, its map and its place")
    func matching() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                tracks:
                  - { track: ab, kind: video, steps: [ { step: x } ] }
                  - { track: a, steps: [ { step: x }, { step: y } ] }
                """
            ],
            plugins: [
                "ear": Self.subscriber(
                    "ear",
                    """
                    { event = "step.*", at = "a/*", run = log "steps of a" },
                    { event = "step.close", at = "*/x", run = log "every x" },
                    { event = "step.open", at = "a*/x", run = log "x of a..." },
                    { event = "track.*", at = "a", run = log "track a" },
                    { event = "step.*", map = "other", run = log "another map" },
                    """)
            ])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"complete","lead":"L","step":"ab/x"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open ab
                1 3 step.open ab/x
                1 4 track.open a
                1 5 step.open a/x
                1 6 step.open a/y
                call ear/on/3 #3 ok [x of a...]
                call ear/on/4 #4 ok [track a]
                call ear/on/1 #5 ok [steps of a]
                call ear/on/3 #5 ok [x of a...]
                call ear/on/1 #6 ok [steps of a]

                1 7 step.close a/x
                call ear/on/1 #7 ok [steps of a]
                call ear/on/2 #7 ok [every x]

                1 8 step.close ab/x
                1 9 track.close ab
                call ear/on/2 #8 ok [every x]
                """)
    }

    @Test(
        "R25: a trigger whose `when` is false or nil makes no call and the journal says so; any other value lets it run"
    )
    func conditions() throws {
        let scenario = try Scenario(
            map: """
                triggers:
                  open:
                    - { run: probe.act, with: { note: a }, when: lead.fields.score > 50 }
                    - { run: probe.act, with: { note: b }, when: lead.fields.score > 90 }
                    - { run: probe.act, with: { note: c }, when: lead.fields.missing }
                    - { run: probe.act, with: { note: d }, when: "0" }
                    - { run: probe.act, with: { note: e }, when: event.name == "map.open" and event.map == "m" and lead.id == "L" }
                    - { run: probe.act, with: { note: f }, when: "lead.fields.missing.deeper" }
                    - { run: probe.act, with: { note: g } }
                tracks: [ { track: a, steps: [ { step: x } ] } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"score":80}}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 ok note text="a"
                call m/open/2 skipped
                call m/open/3 skipped
                call m/open/4 ok note text="d"
                call m/open/5 ok note text="e"
                call m/open/6 failed error
                call m/open/7 ok note text="g"
                incident error m/open/6
                """)
    }
}
