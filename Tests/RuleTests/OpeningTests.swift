import Testing

@Suite("Opening maps, tracks and steps")
struct OpeningTests {
    @Test("R1: assign fires map.open")
    func mapOpen() throws {
        let scenario = try Scenario(
            map: """
                triggers: { open: [ { run: probe.act, with: { set: { greeted: true } } } ] }
                tracks: [ { track: a, steps: [ { step: x } ] } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 ok set greeted=true
                """)
    }

    @Test("R3: a track fires track.open when it opens, and all its steps fire step.open in the same instant")
    func trackOpen() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    steps: [ { step: x } ]
                  - track: b
                    triggers: { open: [ { run: probe.act, with: { note: track } } ] }
                    steps:
                      - step: y
                        triggers: { open: [ { run: probe.act, with: { note: first } } ] }
                      - step: z
                        optional: true
                        triggers: { open: [ { run: probe.act, with: { note: second } } ] }
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x

                1 4 step.close a/x
                1 5 track.close a
                2 6 track.open b by engine
                2 7 step.open b/y by engine
                2 8 step.open b/z by engine
                call m/b/open/1 ok note text="track"
                call m/b/y/open/1 ok note text="first"
                call m/b/z/open/1 ok note text="second"
                """)
    }

    // The situation "First track in a map".
    @Test(
        "R6: the first track opens in the same instant as its map, so triggers on these open events fire at the same time"
    )
    func firstTrack() throws {
        let scenario = try Scenario(
            map: """
                triggers: { open: [ { run: probe.act, with: { set: { seen: map } } } ] }
                tracks:
                  - track: a
                    triggers: { open: [ { run: probe.act, with: { saw: [ lead.fields.seen ] } } ] }
                    steps:
                      - step: x
                        triggers: { open: [ { run: probe.act, with: { saw: [ lead.fields.seen ] } } ] }
                      - step: y
                        triggers: { open: [ { run: probe.act, with: { saw: [ lead.fields.seen ] } } ] }
                  - track: b
                    triggers: { open: [ { run: probe.act, with: { saw: [ lead.fields.seen ] } } ] }
                    steps: [ { step: z } ]
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
                call m/open/1 ok set seen="map"
                call m/a/open/1 ok [lead.fields.seen: nil]
                call m/a/x/open/1 ok [lead.fields.seen: nil]
                call m/a/y/open/1 ok [lead.fields.seen: nil]
                """)
    }

    // The situation "First track is a video track".
    @Test(
        "R7: a video track never stops the workflow: the next track opens in the same instant"
    )
    func firstTrackIsVideo() throws {
        let scenario = try Scenario(
            map: """
                triggers: { open: [ { run: probe.act, with: { set: { seen: map } } } ] }
                tracks:
                  - track: videos
                    kind: video
                    triggers: { open: [ { run: probe.act, with: { saw: [ lead.fields.seen ] } } ] }
                    steps: [ { step: tour } ]
                  - track: a
                    triggers: { open: [ { run: probe.act, with: { saw: [ lead.fields.seen ] } } ] }
                    steps:
                      - step: x
                        triggers: { open: [ { run: probe.act, with: { saw: [ lead.fields.seen ] } } ] }
                  - track: b
                    steps: [ { step: y } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open videos
                1 3 step.open videos/tour
                1 4 track.open a
                1 5 step.open a/x
                call m/open/1 ok set seen="map"
                call m/videos/open/1 ok [lead.fields.seen: nil]
                call m/a/open/1 ok [lead.fields.seen: nil]
                call m/a/x/open/1 ok [lead.fields.seen: nil]

                1 6 step.close a/x
                1 7 track.close a
                2 8 track.open b by engine
                2 9 step.open b/y by engine
                """)
    }

    // The situation "Multiple video tracks".
    @Test(
        "R8: several video tracks in a row open together, with the next track that is not a video, in one instant; the close events say what was watched"
    )
    func severalVideos() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    steps: [ { step: x } ]
                  - track: v
                    kind: video
                    steps: [ { step: one }, { step: two } ]
                  - track: w
                    kind: video
                    steps:
                      - step: three
                        triggers: { close: [ { run: probe.act, with: { note: watched } } ] }
                  - track: b
                    steps: [ { step: y } ]
                  - track: u
                    kind: video
                    steps: [ { step: four } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"complete","lead":"L","step":"w/three","by":"lead"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x

                1 4 step.close a/x
                1 5 track.close a
                2 6 track.open v by engine
                2 7 step.open v/one by engine
                2 8 step.open v/two by engine
                2 9 track.open w by engine
                2 10 step.open w/three by engine
                2 11 track.open b by engine
                2 12 step.open b/y by engine

                1 13 step.close w/three
                1 14 track.close w
                call m/w/three/close/1 ok note text="watched"
                """)
    }

    @Test("R8: video tracks at the end of a map open together, and a map of nothing else opens whole")
    func videosAtTheEnd() throws {
        let scenario = try Scenario(maps: [
            """
            map: m
            tracks:
              - { track: v, kind: video, steps: [ { step: one } ] }
              - { track: w, kind: video, steps: [ { step: two } ] }
            """,
            """
            map: n
            tracks:
              - { track: a, steps: [ { step: x } ] }
              - { track: v, kind: video, steps: [ { step: one } ] }
              - { track: w, kind: video, steps: [ { step: two } ] }
            """,
        ])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"assign","lead":"K","map":"n"}
            {"do":"complete","lead":"K","step":"a/x"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open v
                1 3 step.open v/one
                1 4 track.open w
                1 5 step.open w/two

                1 1 map.open n
                1 2 track.open a
                1 3 step.open a/x

                1 4 step.close a/x
                1 5 track.close a
                2 6 track.open v by engine
                2 7 step.open v/one by engine
                2 8 track.open w by engine
                2 9 step.open w/two by engine
                """)
    }

    private static let twoEmails = """
        map: m
        tracks:
          - track: offer
            kind: flex
            flex: { decide: probe.pick, with: { keep: { warm: [ visit ], cold: [ brochure ] } } }
            steps:
              - step: visit
                triggers:
                  open: [ { run: probe.act, with: { email: warm@example.com } } ]
                  close: [ { run: probe.act, with: { note: visited } } ]
                  remove: [ { run: probe.act, with: { note: no visit } } ]
              - step: brochure
                triggers:
                  open: [ { run: probe.act, with: { email: cold@example.com } } ]
                  close: [ { run: probe.act, with: { note: sent } } ]
                  remove: [ { run: probe.act, with: { note: no brochure } } ]
        """

    // The situation "Flex track with flex trigger".
    @Test(
        "R10: of two steps with an email each, the removed one never opens: it fires step.remove where step.open would have stood, and its email is not sent",
        arguments: ["warm", "cold"])
    func flexTrigger(kind: String) throws {
        let scenario = try Scenario(maps: [Self.twoEmails])
        let opening = """
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"\(kind)"}}
            """
        switch kind {
        case "warm":
            try scenario.run(
                opening,
                gives: """
                    1 1 map.open m
                    1 2 track.open offer
                    1 3 step.open offer/visit
                    1 4 step.remove offer/brochure
                    call m/offer/flex ok keep visit
                    call m/offer/visit/open/1 ok email subject="Hello" to="warm@example.com"
                    call m/offer/brochure/remove/1 ok note text="no brochure"
                    delivery email warm@example.com
                    """)
            try scenario.run(
                """
                {"do":"complete","lead":"L","step":"offer/brochure"}
                {"do":"complete","lead":"L","step":"offer/visit"}
                """,
                gives: """
                    refused step_not_open

                    1 5 step.close offer/visit
                    1 6 track.close offer
                    call m/offer/visit/close/1 ok note text="visited"
                    """)
        default:
            try scenario.run(
                opening,
                gives: """
                    1 1 map.open m
                    1 2 track.open offer
                    1 3 step.remove offer/visit
                    1 4 step.open offer/brochure
                    call m/offer/flex ok keep brochure
                    call m/offer/visit/remove/1 ok note text="no visit"
                    call m/offer/brochure/open/1 ok email subject="Hello" to="cold@example.com"
                    delivery email cold@example.com
                    """)
        }
    }

    @Test("R10: the decider chooses also when its track opens behind a video track, before anything fires")
    func flexBehindVideo() throws {
        let scenario = try Scenario(
            map: """
                triggers: { open: [ { run: probe.act, with: { set: { kind: both } } } ] }
                tracks:
                  - track: v
                    kind: video
                    steps: [ { step: one } ]
                  - track: offer
                    kind: flex
                    flex: { decide: probe.pick, with: { keep: { one: [ y ], both: [ x, y ] } } }
                    steps: [ { step: x }, { step: y } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"one"}}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open v
                1 3 step.open v/one
                1 4 track.open offer
                1 5 step.remove offer/x
                1 6 step.open offer/y
                call m/offer/flex ok keep y
                call m/open/1 ok set kind="both"
                """)
    }

    @Test("R10: a flex track without a flex trigger opens all its steps")
    func flexWithoutTrigger() throws {
        let scenario = try Scenario(
            map: """
                tracks: [ { track: a, kind: flex, steps: [ { step: x }, { step: y } ] } ]
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
                """)
    }

    @Test("R13: when no task or flex track is open and the map has tracks left, the next ones open")
    func progress() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    steps: [ { step: x } ]
                  - track: b
                    kind: flex
                    steps: [ { step: y } ]
                  - track: c
                    steps: [ { step: z } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"remove","lead":"L","step":"b/y"}
            {"do":"complete","lead":"L","step":"c/z"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x

                1 4 step.close a/x
                1 5 track.close a
                2 6 track.open b by engine
                2 7 step.open b/y by engine

                1 8 step.remove b/y
                1 9 track.close b
                2 10 track.open c by engine
                2 11 step.open c/z by engine

                1 12 step.close c/z
                1 13 track.close c
                """)
    }

    @Test("R14: a flex track all of whose steps were removed closes in an instant of its own, by the engine")
    func emptyTrack() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    kind: flex
                    flex: { decide: probe.pick, with: { keep: {} } }
                    triggers: { close: [ { run: probe.act, with: { set: { kind: some } } } ] }
                    steps: [ { step: x }, { step: y } ]
                  - track: b
                    kind: flex
                    flex: { decide: probe.pick, with: { keep: { some: [ z ] } } }
                    steps: [ { step: z } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.remove a/x
                1 4 step.remove a/y
                call m/a/flex ok keep nothing
                2 5 track.close a by engine
                call m/a/close/1 ok set kind="some"
                3 6 track.open b by engine
                3 7 step.open b/z by engine
                call m/b/flex ok keep z
                """)
    }
}
