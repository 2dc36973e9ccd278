import Testing

@Suite("Deciders that fail")
struct HeldTracksTests {
    private static func map(fallback: String = "") -> String {
        """
        map: m
        tracks:
          - track: v
            kind: video
            steps: [ { step: one } ]
          - track: a
            kind: flex
            flex: { decide: probe.pick, with: { keep: { k: [ z ] } }\(fallback) }
            triggers: { open: [ { run: probe.act, with: { note: opened } } ] }
            steps: [ { step: x }, { step: y }, { step: z } ]
          - track: b
            steps: [ { step: w } ]
        """
    }

    @Test("R34: if the map gives a fallback, that decides; the failure is an incident all the same")
    func fallback() throws {
        let scenario = try Scenario(maps: [Self.map(fallback: ", fallback: [ z, x ]")])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"boom"}}
            {"do":"retry","lead":"L"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open v
                1 3 step.open v/one
                1 4 track.open a
                1 5 step.open a/x
                1 6 step.remove a/y
                1 7 step.open a/z
                call m/a/flex failed error fallback z, x
                call m/a/open/1 ok note text="opened"
                incident error m/a/flex

                refused nothing_held
                """)
    }

    @Test("R34: the fallback `all` keeps every step, and an empty one keeps none")
    func fallbackAll() throws {
        let scenario = try Scenario(maps: [Self.map(fallback: ", fallback: all")])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"boom"}}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open v
                1 3 step.open v/one
                1 4 track.open a
                1 5 step.open a/x
                1 6 step.open a/y
                1 7 step.open a/z
                call m/a/flex failed error fallback x, y, z
                call m/a/open/1 ok note text="opened"
                incident error m/a/flex
                """)
        let empty = try Scenario(maps: [Self.map(fallback: ", fallback: []")])
        try empty.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"boom"}}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open v
                1 3 step.open v/one
                1 4 track.open a
                1 5 step.remove a/x
                1 6 step.remove a/y
                1 7 step.remove a/z
                call m/a/flex failed error fallback nothing
                call m/a/open/1 ok note text="opened"
                incident error m/a/flex
                2 8 track.close a by engine
                3 9 track.open b by engine
                3 10 step.open b/w by engine
                """)
    }

    @Test(
        "R34: without a fallback the track is held: it does not open, nothing of it fires, the rest of the instant happens, progress waits and advance is refused"
    )
    func held() throws {
        let scenario = try Scenario(maps: [Self.map()])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"boom"}}
            {"do":"advance","lead":"L"}
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"remove","lead":"L","step":"a/x"}
            {"do":"complete","lead":"L","step":"v/one"}
            {"do":"set","lead":"L","fields":{"kind":"k"}}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open v
                1 3 step.open v/one
                call m/a/flex failed error instant=1
                incident error m/a/flex

                refused track_held

                refused step_not_open

                refused step_not_open

                1 4 step.close v/one
                1 5 track.close v

                nothing
                """)
    }

    @Test(
        "R34: retry asks the decider again and opens the track in a moment of its own; if it fails again the track stays held and there is another incident"
    )
    func retry() throws {
        let scenario = try Scenario(maps: [Self.map()])
        try scenario.begin(fields: #"{"kind":"boom"}"#)
        try scenario.run(
            """
            {"do":"retry","lead":"L"}
            {"do":"set","lead":"L","fields":{"kind":"k"}}
            {"do":"retry","lead":"L","by":"agent:kim"}
            {"do":"retry","lead":"L"}
            {"do":"complete","lead":"L","step":"a/z"}
            """,
            gives: """
                call m/a/flex failed error
                incident error m/a/flex

                nothing

                1 4 track.open a
                1 5 step.remove a/x
                1 6 step.remove a/y
                1 7 step.open a/z
                call m/a/flex ok keep z
                call m/a/open/1 ok note text="opened"

                refused nothing_held

                1 8 step.close a/z
                1 9 track.close a
                2 10 track.open b by engine
                2 11 step.open b/w by engine
                """)
    }

    @Test("R34: retry on a lead without a journey or with nothing held is refused")
    func nothingHeld() throws {
        let scenario = try Scenario(maps: [Self.map()])
        try scenario.run(
            """
            {"do":"set","lead":"L","fields":{"kind":"k"}}
            {"do":"retry","lead":"L"}
            {"do":"assign","lead":"L","map":"m"}
            {"do":"retry","lead":"L"}
            """,
            gives: """
                nothing

                refused no_journey

                1 1 map.open m
                1 2 track.open v
                1 3 step.open v/one
                1 4 track.open a
                1 5 step.remove a/x
                1 6 step.remove a/y
                1 7 step.open a/z
                call m/a/flex ok keep z
                call m/a/open/1 ok note text="opened"

                refused nothing_held
                """)
    }

    @Test("R34: a held track ends with its journey, and its steps are not among the cancelled")
    func heldAndClosed() throws {
        let scenario = try Scenario(maps: [Self.map()])
        try scenario.begin(fields: #"{"kind":"boom"}"#)
        try scenario.run(
            """
            {"do":"status","lead":"L","to":"lost"}
            {"do":"retry","lead":"L"}
            """,
            gives: """
                1 4 map.close m lost cancelled v/one

                refused journey_closed
                """)
    }

    private static let answers: [(reason: String, answer: String)] = [
        ("answer", "nil"),
        ("answer", "true"),
        ("answer", "\"x\""),
        ("answer", "{}"),
        ("answer", "{ \"x\" }"),
        ("answer", "{ reason = \"none\" }"),
        ("answer", "{ keep = { \"x\" }, remove = { \"y\" } }"),
        ("answer", "{ keep = {}, remove = {} }"),
        ("answer", "{ keep = \"x\" }"),
        ("answer", "{ keep = true }"),
        ("answer", "{ keep = { x = true } }"),
        ("answer", "{ keep = { 1 } }"),
        ("answer", "{ keep = { { \"x\" } } }"),
        ("answer", "{ keep = { \"x\", \"nowhere\" } }"),
        ("answer", "{ remove = { \"nowhere\" } }"),
        ("answer", "{ keep = { \"a/x\" } }"),
        ("answer", "{ keep = { \"z\" } }"),
        ("answer", "{ keep = { \"x\" }, reason = 1 }"),
        ("value", "{ keep = { print } }"),
        ("value", "function() end"),
        ("error", "error(\"no\", 0)"),
        ("budget", "(function() while true do end end)()"),
    ]

    @Test(
        "R34: a decider fails also by an answer that is not exactly one of keep and remove, or that names a step that the track does not have",
        arguments: answers)
    func badAnswer(reason: String, answer: String) throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                tracks:
                  - track: a
                    kind: flex
                    flex: { decide: bad.answer }
                    steps: [ { step: x }, { step: y } ]
                  - track: b
                    steps: [ { step: z } ]
                """
            ],
            plugins: [
                "bad": """
                return { name = "bad", api = 1, deciders = { answer = { decide = function()
                  host.log.info("asked")
                  return \(answer)
                end } } }
                """
            ],
            settings: "plugins: { limits: { deadline: 10s, instructions: 100000 } }")
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"advance","lead":"L"}
            """,
            gives: """
                1 1 map.open m
                call m/a/flex failed \(reason) [asked] instant=1
                incident \(reason) m/a/flex

                refused track_held
                """)
    }

    private static let goodAnswers: [(answer: String, shown: String, kept: [Bool])] = [
        ("{ keep = {} }", "keep nothing", [false, false]),
        ("{ keep = host.list {} }", "keep nothing", [false, false]),
        ("{ remove = {} }", "remove nothing", [true, true]),
        ("{ keep = { \"y\", \"y\" } }", "keep y, y", [false, true]),
        ("{ remove = { \"y\" }, reason = \"cold\" }", "remove y because cold", [true, false]),
        ("{ keep = { \"x\" }, more = 1 }", "keep x", [true, false]),
    ]

    @Test(
        "R34: an answer that is exactly one of keep and remove decides, an empty one too",
        arguments: goodAnswers)
    func goodAnswer(answer: String, shown: String, kept: [Bool]) throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                tracks:
                  - track: a
                    kind: flex
                    flex: { decide: good.answer }
                    steps: [ { step: x }, { step: y } ]
                """
            ],
            plugins: [
                "good": """
                return { name = "good", api = 1, deciders = { answer = { decide = function()
                  return \(answer)
                end } } }
                """
            ])
        let closing = kept.contains(true) ? "" : "\n2 5 track.close a by engine"
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.\(kept[0] ? "open" : "remove") a/x
                1 4 step.\(kept[1] ? "open" : "remove") a/y
                call m/a/flex ok \(shown)\(closing)
                """)
    }
}
