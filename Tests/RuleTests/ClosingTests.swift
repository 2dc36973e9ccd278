import Testing

@Suite("Closing a map")
struct ClosingTests {
    private static let plain = """
        map: m
        triggers: { close: [ { run: probe.act, with: { saw: [ lead.status ] } } ] }
        tracks:
          - track: v
            kind: video
            steps: [ { step: one } ]
          - track: a
            steps:
              - step: x
                triggers: { close: [ { run: probe.act, with: { note: never } } ] }
              - step: y
          - track: b
            steps: [ { step: z } ]
        """

    @Test("R2: a status change to closed, won or lost fires map.close", arguments: ["closed", "won", "lost"])
    func statusCloses(status: String) throws {
        let scenario = try Scenario(maps: [Self.plain])
        try scenario.begin()
        try scenario.run(
            """
            {"do":"status","lead":"L","to":"\(status)","by":"agent:kim"}
            """,
            gives: """
                1 7 map.close m \(status) cancelled v/one, a/x, a/y
                call m/close/1 ok [lead.status: \(status)]
                """)
    }

    @Test("R2: open, an unchanged status and a change with no active journey fire nothing and are accepted")
    func statusFiresNothing() throws {
        let scenario = try Scenario(maps: [Self.plain])
        try scenario.begin()
        try scenario.run(
            """
            {"do":"status","lead":"L","to":"open"}
            {"do":"status","lead":"L","to":"won"}
            {"do":"status","lead":"L","to":"won"}
            {"do":"status","lead":"L","to":"lost"}
            {"do":"status","lead":"L","to":"open"}
            {"do":"set","lead":"K","fields":{"a":1}}
            {"do":"status","lead":"K","to":"lost"}
            """,
            gives: """
                nothing

                1 7 map.close m won cancelled v/one, a/x, a/y
                call m/close/1 ok [lead.status: won]

                nothing

                nothing

                nothing

                nothing

                nothing
                """)
    }

    @Test("R16: map.close cancels all that is open; a later complete, advance, remove or retry is refused")
    func closedIsClosed() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    kind: flex
                    steps: [ { step: x, mirror: done }, { step: y, optional: true } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"status","lead":"L","to":"lost"}
            """)
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"advance","lead":"L"}
            {"do":"remove","lead":"L","step":"a/y"}
            {"do":"retry","lead":"L"}
            {"do":"set","lead":"L","fields":{"done":true}}
            """,
            gives: """
                refused journey_closed

                refused journey_closed

                refused journey_closed

                refused journey_closed

                nothing
                """)
    }

    @Test("R16: what is cancelled fires nothing more, also in the moment that cancels it")
    func cancelledInTheMoment() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    steps:
                      - step: x
                        triggers:
                          close:
                            - { run: probe.act, with: { set: { done: true }, status: lost, complete: [ a/z ] } }
                      - { step: y, mirror: done }
                      - step: z
                  - track: b
                    steps: [ { step: w } ]
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 6 step.close a/x
                call m/a/x/close/1 ok set done=true; complete a/z; status lost
                2 7 step.close a/z by plugin:probe
                3 8 map.close m lost cancelled a/y by plugin:probe
                """)
    }

    @Test("R17: when the last track closes, the map stays open: only the status closes it")
    func staysOpen() throws {
        let scenario = try Scenario(
            map: """
                tracks: [ { track: a, steps: [ { step: x } ] } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"status","lead":"L","to":"won"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x

                1 4 step.close a/x
                1 5 track.close a

                1 6 map.close m won cancelled nothing
                """)
    }

    @Test(
        "R17: a map with finish gives that status when every track has been opened and none is open or held")
    func finish() throws {
        let scenario = try Scenario(
            map: """
                finish: closed
                triggers: { close: [ { run: probe.act, with: { saw: [ lead.status, outcome ] } } ] }
                tracks:
                  - { track: a, steps: [ { step: x } ] }
                  - { track: b, steps: [ { step: y } ] }
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"complete","lead":"L","step":"b/y"}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                2 6 track.open b by engine
                2 7 step.open b/y by engine

                1 8 step.close b/y
                1 9 track.close b
                2 10 map.close m closed cancelled nothing by engine
                call m/close/1 ok [lead.status: closed] [outcome: closed]
                """)
    }

    @Test("R17: a map with finish waits for a video that was not watched")
    func finishWaitsForVideo() throws {
        let scenario = try Scenario(
            map: """
                finish: won
                tracks:
                  - { track: v, kind: video, steps: [ { step: one } ] }
                  - { track: a, steps: [ { step: x } ] }
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"complete","lead":"L","step":"v/one"}
            """,
            gives: """
                1 6 step.close a/x
                1 7 track.close a

                1 8 step.close v/one
                1 9 track.close v
                2 10 map.close m won cancelled nothing by engine
                """)
    }

    @Test("R17: a map with finish waits for a held track")
    func finishWaitsForHeld() throws {
        let scenario = try Scenario(
            map: """
                finish: won
                tracks:
                  - { track: a, steps: [ { step: x } ] }
                  - track: b
                    kind: flex
                    flex: { decide: probe.pick, with: { keep: {} } }
                    steps: [ { step: y } ]
                """)
        try scenario.begin(fields: #"{"kind":"boom"}"#)
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"set","lead":"L","fields":{"kind":null}}
            {"do":"retry","lead":"L"}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                call m/b/flex failed error
                incident error m/b/flex

                nothing

                1 6 track.open b
                1 7 step.remove b/y
                call m/b/flex ok keep nothing
                2 8 track.close b by engine
                3 9 map.close m won cancelled nothing by engine
                """)
    }

    @Test("R21: map.close carries the outcome and the paths of every step that was open, in map order")
    func cancelledSteps() throws {
        let scenario = try Scenario(
            map: """
                triggers: { close: [ { run: probe.act, with: { saw: [ outcome, cancelled, journey.steps ] } } ] }
                tracks:
                  - { track: z, kind: video, steps: [ { step: two }, { step: one } ] }
                  - { track: a, kind: flex, steps: [ { step: y }, { step: x }, { step: w }, { step: v, optional: true } ] }
                  - { track: b, steps: [ { step: u } ] }
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/y"}
            {"do":"remove","lead":"L","step":"a/w"}
            """)
        let states =
            #"{"a/v":"cancelled","a/w":"removed","a/x":"cancelled","a/y":"closed","b/u":"waiting","z/one":"cancelled","z/two":"cancelled"}"#
        try scenario.run(
            """
            {"do":"status","lead":"L","to":"lost"}
            """,
            gives: """
                1 12 map.close m lost cancelled z/two, z/one, a/x, a/v
                call m/close/1 ok [outcome: lost] [cancelled: ["z/two","z/one","a/x","a/v"]] [journey.steps: \(states)]
                """)
    }
}
