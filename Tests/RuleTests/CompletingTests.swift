import Testing

@Suite("Completing, advancing, removing")
struct CompletingTests {
    private static let twoTracks = """
        map: m
        tracks:
          - track: a
            triggers: { close: [ { run: probe.act, with: { note: done } } ] }
            steps:
              - step: x
                triggers: { close: [ { run: probe.act, with: { note: x } } ] }
              - step: y
              - step: z
          - track: b
            steps: [ { step: w } ]
        """

    @Test("R4: complete, by the lead or by the agent, fires step.close")
    func stepClose() throws {
        let scenario = try Scenario(maps: [Self.twoTracks])
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x","by":"lead"}
            {"do":"complete","lead":"L","step":"a/y","by":"agent:kim"}
            {"do":"complete","lead":"L","step":"a/y","by":"agent:kim"}
            {"do":"complete","lead":"L","step":"b/w","by":"agent:kim"}
            {"do":"complete","lead":"L","step":"a/nowhere","by":"agent:kim"}
            {"do":"complete","lead":"L","step":"a","by":"agent:kim"}
            """,
            gives: """
                1 6 step.close a/x
                call m/a/x/close/1 ok note text="x"

                1 7 step.close a/y

                refused step_not_open

                refused step_not_open

                refused unknown_step

                refused unknown_step
                """)
    }

    @Test(
        "R5: a track fires track.close when all its steps are completed, in the same instant as the last step.close",
        arguments: [["a/x", "a/y", "a/z"], ["a/z", "a/y", "a/x"]])
    func trackClose(order: [String]) throws {
        let scenario = try Scenario(maps: [Self.twoTracks])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"\(order[0])"}
            {"do":"complete","lead":"L","step":"\(order[1])"}
            """)
        let call = order[2] == "a/x" ? "\ncall m/a/x/close/1 ok note text=\"x\"" : ""
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"\(order[2])"}
            """,
            gives: """
                1 8 step.close \(order[2])
                1 9 track.close a\(call)
                call m/a/close/1 ok note text="done"
                2 10 track.open b by engine
                2 11 step.open b/w by engine
                """)
    }

    @Test("R5: removed steps do not count")
    func removedDoNotCount() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    kind: flex
                    flex: { decide: probe.pick, with: { keep: { warm: [ x, y ] } } }
                    steps: [ { step: x }, { step: y }, { step: z } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"warm"}}
            {"do":"remove","lead":"L","step":"a/x"}
            """)
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/y"}
            """,
            gives: """
                1 7 step.close a/y
                1 8 track.close a
                """)
    }

    @Test(
        "R9: a video step fires step.close whenever it is watched, also long after the lead moved on; advance does not touch it"
    )
    func watchedLater() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: v
                    kind: video
                    triggers: { close: [ { run: probe.act, with: { note: all watched } } ] }
                    steps:
                      - step: one
                        triggers: { close: [ { run: probe.act, with: { note: one watched } } ] }
                      - step: two
                  - track: a
                    steps: [ { step: x, optional: true } ]
                  - track: b
                    steps: [ { step: y } ]
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"v/two","by":"lead","at":"2026-03-01T00:00:00Z"}
            {"do":"advance","lead":"L","at":"2026-03-02T00:00:00Z"}
            {"do":"complete","lead":"L","step":"b/y","at":"2026-03-03T00:00:00Z"}
            {"do":"complete","lead":"L","step":"v/one","by":"lead","at":"2027-03-03T00:00:00Z"}
            """,
            gives: """
                1 7 step.close v/two

                1 8 step.skip a/x
                1 9 track.close a
                2 10 track.open b by engine
                2 11 step.open b/y by engine

                1 12 step.close b/y
                1 13 track.close b

                1 14 step.close v/one
                1 15 track.close v
                call m/v/one/close/1 ok note text="one watched"
                call m/v/close/1 ok note text="all watched"
                """)
    }

    private static let optionalSteps = """
        map: m
        tracks:
          - track: a
            steps:
              - step: call
              - step: survey
                optional: true
                triggers:
                  close: [ { run: probe.act, with: { note: survey } } ]
                  skip: [ { run: probe.act, with: { note: no survey } } ]
              - step: gift
                optional: true
          - track: b
            steps: [ { step: y } ]
        """

    // The situation "Optional steps".
    @Test(
        "R11: when only optional steps are open, advance moves on: they fire step.skip, never step.close, so the trigger never fires"
    )
    func optionalStep() throws {
        let scenario = try Scenario(maps: [Self.optionalSteps])
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/call"}
            {"do":"advance","lead":"L"}
            {"do":"complete","lead":"L","step":"a/survey"}
            """,
            gives: """
                1 6 step.close a/call

                1 7 step.skip a/survey
                1 8 step.skip a/gift
                1 9 track.close a
                call m/a/survey/skip/1 ok note text="no survey"
                2 10 track.open b by engine
                2 11 step.open b/y by engine

                refused step_not_open
                """)
    }

    @Test("R12: advance with a required step still open is refused, and the refusal names those steps")
    func advanceTooEarly() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: v
                    kind: video
                    steps: [ { step: one } ]
                  - track: a
                    steps: [ { step: x }, { step: y, optional: true }, { step: z }, { step: w } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/w"}
            """)
        try scenario.run(
            """
            {"do":"advance","lead":"L"}
            """,
            gives: """
                refused required_steps_open
                """)
        #expect(scenario.messages == ["still to be completed: a/x, a/z"])
    }

    @Test("R12: a track whose last required step closes stays open until its optional ones are completed too")
    func optionalCompleted() throws {
        let scenario = try Scenario(maps: [Self.optionalSteps])
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/gift"}
            {"do":"complete","lead":"L","step":"a/call"}
            {"do":"complete","lead":"L","step":"a/survey"}
            """,
            gives: """
                1 6 step.close a/gift

                1 7 step.close a/call

                1 8 step.close a/survey
                1 9 track.close a
                call m/a/survey/close/1 ok note text="survey"
                2 10 track.open b by engine
                2 11 step.open b/y by engine
                """)
    }

    @Test("R12: advance without a current track is refused")
    func nothingToAdvance() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: v
                    kind: video
                    steps: [ { step: one } ]
                  - track: a
                    steps: [ { step: x } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            """)
        try scenario.run(
            """
            {"do":"advance","lead":"L"}
            """,
            gives: """
                refused no_current_track
                """)
    }

    @Test(
        "R15: an open step of a flex track may be removed by hand, with track.close if it was the last one open"
    )
    func removeByHand() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    kind: flex
                    triggers: { close: [ { run: probe.act, with: { note: closed } } ] }
                    steps:
                      - step: x
                        triggers:
                          close: [ { run: probe.act, with: { note: never } } ]
                          remove: [ { run: probe.act, with: { note: removed } } ]
                      - step: y
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"remove","lead":"L","step":"a/y"}
            {"do":"remove","lead":"L","step":"a/y"}
            {"do":"remove","lead":"L","step":"a/x"}
            """,
            gives: """
                1 5 step.remove a/y

                refused step_not_open

                1 6 step.remove a/x
                1 7 track.close a
                call m/a/x/remove/1 ok note text="removed"
                call m/a/close/1 ok note text="closed"
                """)
    }

    @Test("R15: outside a flex track remove is refused")
    func removeElsewhere() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: v
                    kind: video
                    steps: [ { step: one } ]
                  - track: a
                    steps: [ { step: x, optional: true } ]
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"remove","lead":"L","step":"v/one"}
            {"do":"remove","lead":"L","step":"a/x"}
            {"do":"remove","lead":"L","step":"a/y"}
            """,
            gives: """
                refused not_flex

                refused not_flex

                refused unknown_step
                """)
    }
}
