import Testing

@Suite("What is simultaneous")
struct SimultaneityTests {
    @Test("R26: every call in an instant, and its decider, sees the lead as it was when the instant began")
    func oneSnapshot() throws {
        let scenario = try Scenario(
            map: """
                triggers:
                  open:
                    - { run: probe.act, with: { set: { f: 2 }, agent: kim, store: { k: 2 } } }
                    - { run: probe.act, with: { saw: [ lead.fields.f, lead.agent ], saw_store: k, copy: { f: g } } }
                    - { run: probe.act, with: { note: never }, when: lead.fields.f == 2 }
                tracks:
                  - track: a
                    kind: flex
                    flex: { decide: probe.pick, with: { keep: {}, saw: [ lead.fields.f ] } }
                    steps: [ { step: x } ]
                    triggers:
                      close: [ { run: probe.act, with: { saw: [ lead.fields.f, lead.fields.g, lead.agent ], saw_store: k } } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"f":1}}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.remove a/x
                call m/a/flex ok keep nothing [lead.fields.f: 1]
                call m/open/1 ok set f=2; set agent="kim"; store.set key="k" value=2
                call m/open/2 ok set g=1 [lead.fields.f: 1] [lead.agent: nil] [k is nil] reads={"k":null}
                call m/open/3 skipped
                2 4 track.close a by engine
                call m/a/close/1 ok [lead.fields.f: 2] [lead.fields.g: 1] [lead.agent: kim] [k is 2] reads={"k":2}
                """)
    }

    @Test(
        "R26: the journey is seen as the instant leaves it: a trigger on the last step.close sees its track closed"
    )
    func journeyAfter() throws {
        let scenario = try Scenario(
            map: """
                triggers:
                  open: [ { run: probe.act, with: { saw: [ journey.tracks, journey.steps ] } } ]
                  close: [ { run: probe.act, with: { saw: [ lead.status, journey.tracks, journey.steps ] } } ]
                tracks:
                  - track: a
                    steps:
                      - step: x
                        triggers: { close: [ { run: probe.act, with: { saw: [ journey.tracks ] } } ] }
                      - step: y
                        optional: true
                        triggers: { skip: [ { run: probe.act, with: { saw: [ journey.tracks, journey.steps ] } } ] }
                  - track: b
                    steps: [ { step: z } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"advance","lead":"L"}
            {"do":"status","lead":"L","to":"won"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                1 4 step.open a/y
                call m/open/1 ok [journey.tracks: {"a":"open","b":"waiting"}] [journey.steps: {"a/x":"open","a/y":"open","b/z":"waiting"}]

                1 5 step.close a/x
                call m/a/x/close/1 ok [journey.tracks: {"a":"open","b":"waiting"}]

                1 6 step.skip a/y
                1 7 track.close a
                call m/a/y/skip/1 ok [journey.tracks: {"a":"closed","b":"waiting"}] [journey.steps: {"a/x":"closed","a/y":"skipped","b/z":"waiting"}]
                2 8 track.open b by engine
                2 9 step.open b/z by engine

                1 10 map.close m won cancelled b/z
                call m/close/1 ok [lead.status: won] [journey.tracks: {"a":"closed","b":"cancelled"}] [journey.steps: {"a/x":"closed","a/y":"skipped","b/z":"cancelled"}]
                """)
    }

    @Test("R26: a decider sees the journey before the opening: its own answer is still missing")
    func deciderBefore() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: v
                    kind: video
                    steps: [ { step: one } ]
                  - track: a
                    kind: flex
                    flex:
                      decide: probe.pick
                      with: { keep: { k: [ x ] }, saw: [ id, seq, name, track, steps, journey.tracks, journey.steps ] }
                    steps: [ { step: x }, { step: y } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"k"}}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open v
                1 3 step.open v/one
                1 4 track.open a
                1 5 step.open a/x
                1 6 step.remove a/y
                call m/a/flex ok keep x [id: nil] [seq: nil] [name: track.open] [track: a] [steps: ["x","y"]] [journey.tracks: {"a":"waiting","v":"waiting"}] [journey.steps: {"a/x":"waiting","a/y":"waiting","v/one":"waiting"}]
                """)
    }

    @Test(
        "R27: effects apply in event order, then trigger order, then call order; the last value of a field wins and the journal records the conflict"
    )
    func conflict() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                triggers:
                  open:
                    - { run: probe.act, with: { set: { f: 1, g: 1, h: 1, i: 1 } } }
                    - { run: probe.act, with: { set: { f: 2, g: 1 } } }
                tracks:
                  - track: a
                    triggers: { open: [ { run: probe.act, with: { set: { f: 3, h: 2 }, copy: { from: i } } } ] }
                    steps:
                      - step: x
                        triggers: { close: [ { run: probe.act, with: { saw: [ lead.fields ] } } ] }
                """
            ],
            plugins: [
                "late": """
                return { name = "late", api = 1, on = { { event = "map.open", run = function()
                  host.lead.set { h = 3 }
                  host.lead.set { h = 4, j = 1 }
                  host.lead.set { j = 2 }
                end } } }
                """
            ])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"from":9}}
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 ok set f=1 g=1 h=1 i=1
                call m/open/2 ok set f=2 g=1
                call late/on/1 #1 ok set h=3; set h=4 j=1; set j=2
                call m/a/open/1 ok set f=3 h=2; set i=9
                conflict f won probe.act lost probe.act, probe.act
                conflict h won probe.act lost probe.act, late/on/1
                conflict i won probe.act lost probe.act

                1 4 step.close a/x
                1 5 track.close a
                call m/a/x/close/1 ok [lead.fields: {"f":3,"from":9,"g":1,"h":2,"i":9,"j":2}]
                """)
    }

    @Test("R27: fields are the same, and their values differ, by their bytes")
    func conflictByBytes() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                triggers: { open: [ { run: speller.composed }, { run: speller.decomposed } ] }
                tracks:
                  - track: a
                    steps:
                      - { step: x, mirror: "e\u{301}2" }
                      - { step: y, triggers: { close: [ { run: speller.looks } ] } }
                """
            ],
            plugins: [
                "speller": """
                return { name = "speller", api = 1, actions = {
                  composed = { run = function()
                    host.lead.set { name = "\u{e9}", ["\u{e9}"] = 1, number = 1, zero = 0.0, same = "\u{e9}" }
                    host.store.set("\u{e9}", 1)
                    host.lead.store.set("\u{e9}", 1)
                  end },
                  decomposed = { run = function()
                    host.lead.set { name = "e\u{301}", ["e\u{301}"] = 2, number = 1.0, zero = -0.0, same = "\u{e9}" }
                    host.store.set("e\u{301}", 2)
                    host.lead.store.set("e\u{301}", 2)
                  end },
                  looks = { run = function(event)
                    for _, key in ipairs { "\u{e9}", "e\u{301}" } do
                      host.log.info(event.lead.fields[key] .. host.store.get(key) .. host.lead.store.get(key))
                    end
                  end },
                } }
                """
            ])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"\u{e9}2":true}}
            {"do":"complete","lead":"L","step":"a/y"}
            """)
        let conflicts = scenario.conflicts
        #expect(conflicts == ["name", "number", "zero"])
        #expect(scenario.logs == ["111", "222"])
    }

    @Test(
        "R27: fields, agent, notes, to-dos, mail and stored values apply at the end of the instant; what an action returns is ignored"
    )
    func atTheEnd() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                triggers:
                  open:
                    - { run: probe.act, with: { agent: kim, note: hi, todo: call, email: l@example.com, store: { k: 1 }, count: n } }
                    - { run: teller.returns }
                    - { run: probe.act, with: { count: n } }
                tracks:
                  - track: a
                    steps:
                      - step: x
                        triggers: { close: [ { run: probe.act, with: { saw_store: n } } ] }
                """
            ],
            plugins: [
                "teller": """
                return { name = "teller", api = 1, actions = { returns = { run = function()
                  return { keep = {}, ["do"] = "status", to = "won" }
                end } } }
                """
            ])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 ok set agent="kim"; note text="hi"; todo title="call"; email subject="Hello" to="l@example.com"; store.set key="k" value=1; store.add amount=1 key="n"
                call m/open/2 ok
                call m/open/3 ok store.add amount=1 key="n"
                delivery email l@example.com

                1 4 step.close a/x
                1 5 track.close a
                call m/a/x/close/1 ok [n is 2] reads={"n":2}
                """)
    }

    @Test("R27: a call sees its own stored values at once, and adding to one reads nothing")
    func ownStoredValues() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                triggers: { open: [ { run: keeper.adds }, { run: keeper.looks } ] }
                tracks:
                  - track: a
                    steps: [ { step: x, optional: true, triggers: { skip: [ { run: keeper.looks }, { run: keeper.adds } ] } } ]
                """
            ],
            plugins: [
                "keeper": """
                local function look(store)
                  host.log.info(tostring(store.get("n")))
                end
                return { name = "keeper", api = 1, actions = {
                  adds = { run = function()
                    host.lead.store.add("n", 1)
                    look(host.lead.store)
                    host.lead.store.add("n", 0.5)
                    look(host.lead.store)
                    host.lead.store.set("n", nil)
                    look(host.lead.store)
                    host.lead.store.add("n", 2)
                    look(host.lead.store)
                    host.store.add("total", 1)
                  end },
                  looks = { run = function() look(host.lead.store) end },
                } }
                """
            ])
        let effects = """
            store.add amount=1 key="n" lead=true; store.add amount=0.5 key="n" lead=true; \
            store.set key="n" lead=true value=null; store.add amount=2 key="n" lead=true; store.add amount=1 key="total"
            """
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"advance","lead":"L"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 ok \(effects) [1] [1.5] [nil] [2]
                call m/open/2 ok [nil]

                1 4 step.skip a/x
                1 5 track.close a
                call m/a/x/skip/1 ok [2]
                call m/a/x/skip/2 ok \(effects) [3] [3.5] [nil] [2]
                """)
    }

    @Test("R27: deciders and `when` may read and log; asking for an effect fails them")
    func noEffects() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                triggers:
                  open:
                    - { run: probe.act, with: { note: a }, when: "host.log.info('asked') or lead.fields.f == 1" }
                    - { run: probe.act, with: { note: b }, when: "host.lead.set { f = 2 } or true" }
                tracks:
                  - track: a
                    kind: flex
                    flex: { decide: greedy.sets, fallback: [ x ] }
                    steps: [ { step: x }, { step: y } ]
                  - track: b
                    kind: flex
                    flex: { decide: greedy.commands, fallback: all }
                    steps: [ { step: z } ]
                """
            ],
            plugins: [
                "greedy": """
                return { name = "greedy", api = 1, deciders = {
                  sets = { decide = function(event)
                    host.log.info("before")
                    pcall(host.lead.set, { f = 2 })
                    return { keep = { "y" } }
                  end },
                  commands = { decide = function(event)
                    host.lead.status("won")
                    return { keep = {} }
                  end },
                } }
                """
            ])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"f":1}}
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                1 4 step.remove a/y
                call m/a/flex failed refused fallback x [before]
                call m/open/1 ok note text="a" [asked]
                call m/open/2 failed error
                incident refused m/a/flex
                incident error m/open/2

                1 5 step.close a/x
                1 6 track.close a
                2 7 track.open b by engine
                2 8 step.open b/z by engine
                call m/b/flex failed refused fallback z
                incident refused m/b/flex
                """)
    }

    @Test(
        "R28: closing and opening are different instants: what a trigger on step.close sets is seen by the decider of the next track"
    )
    func closingBeforeOpening() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    steps:
                      - step: x
                        triggers: { close: [ { run: probe.act, with: { set: { kind: warm } } } ] }
                  - track: b
                    kind: flex
                    flex: { decide: probe.pick, with: { keep: { warm: [ y ], cold: [ z ] } } }
                    steps: [ { step: y }, { step: z } ]
                """)
        try scenario.begin(fields: #"{"kind":"cold"}"#)
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                call m/a/x/close/1 ok set kind="warm"
                2 6 track.open b by engine
                2 7 step.open b/y by engine
                2 8 step.remove b/z by engine
                call m/b/flex ok keep y
                """)
    }
}
