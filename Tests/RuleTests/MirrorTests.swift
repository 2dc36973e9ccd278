import Testing

@Suite("Steps that mirror a field")
struct MirrorTests {
    private static let mirrors = """
        map: m
        tracks:
          - track: v
            kind: video
            steps: [ { step: seen, mirror: seen } ]
          - track: a
            steps:
              - { step: x, mirror: insurer }
              - { step: y }
              - { step: z, mirror: insurer, optional: true }
          - track: b
            steps: [ { step: w, mirror: insurer } ]
        """

    @Test(
        "R20: while a mirror step is open and its field has a value, the engine completes it, by mirror, each in an instant of its own"
    )
    func set() throws {
        let scenario = try Scenario(maps: [Self.mirrors])
        try scenario.begin()
        try scenario.run(
            """
            {"do":"set","lead":"L","fields":{"insurer":"public","other":1}}
            {"do":"set","lead":"L","fields":{"seen":"yes"}}
            """,
            gives: """
                1 8 step.close a/x by mirror
                2 9 step.close a/z by mirror

                1 10 step.close v/seen by mirror
                1 11 track.close v by mirror
                """)
    }

    @Test(
        "R20: a field that has its value as the track opens completes the step in an instant after the opening"
    )
    func already() throws {
        let scenario = try Scenario(maps: [Self.mirrors])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"insurer":"public"}}
            {"do":"complete","lead":"L","step":"a/y"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open v
                1 3 step.open v/seen
                1 4 track.open a
                1 5 step.open a/x
                1 6 step.open a/y
                1 7 step.open a/z
                2 8 step.close a/x by mirror
                3 9 step.close a/z by mirror

                1 10 step.close a/y
                1 11 track.close a
                2 12 track.open b by engine
                2 13 step.open b/w by engine
                3 14 step.close b/w by mirror
                3 15 track.close b by mirror
                """)
    }

    @Test(
        "R20: false and 0, a list and a table are values; the empty string and null are not",
        arguments: ["false", "0", "0.0", "[]", "{}", "\" \""])
    func values(json: String) throws {
        let scenario = try Scenario(
            map: """
                tracks: [ { track: a, steps: [ { step: x, mirror: f } ] } ]
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"set","lead":"L","fields":{"f":""}}
            {"do":"set","lead":"L","fields":{"f":null}}
            {"do":"set","lead":"L","fields":{"f":\(json)}}
            """,
            gives: """
                nothing

                nothing

                1 4 step.close a/x by mirror
                1 5 track.close a by mirror
                """)
    }

    @Test("R20: a field that a trigger sets completes the step, and one that is cleared in time does not")
    func byTrigger() throws {
        let scenario = try Scenario(
            map: """
                triggers:
                  open:
                    - { run: probe.act, with: { set: { f: 1, g: 1 } } }
                    - { run: probe.act, with: { clear: g } }
                tracks: [ { track: a, steps: [ { step: x, mirror: g }, { step: y, mirror: f } ] } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                1 4 step.open a/y
                call m/open/1 ok set f=1 g=1
                call m/open/2 ok set g=null
                conflict g won probe.act lost probe.act
                2 5 step.close a/y by mirror
                """)
    }

    @Test("R20: a mirror step is completed by hand too, and one that was removed or passed over stays so")
    func otherEnds() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    kind: flex
                    steps: [ { step: x, mirror: f }, { step: y, mirror: f }, { step: z, mirror: f, optional: true } ]
                  - track: b
                    steps: [ { step: w } ]
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"remove","lead":"L","step":"a/y"}
            {"do":"advance","lead":"L"}
            {"do":"set","lead":"L","fields":{"f":true}}
            """,
            gives: """
                1 6 step.close a/x

                1 7 step.remove a/y

                1 8 step.skip a/z
                1 9 track.close a
                2 10 track.open b by engine
                2 11 step.open b/w by engine

                nothing
                """)
    }
}
