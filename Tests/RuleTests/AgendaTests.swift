import Testing
import Values

@Suite("The agenda and the engine's own moves")
struct AgendaTests {
    @Test(
        "R29: commands and custom events of effects go to the end of the moment's agenda, first in, first out"
    )
    func firstInFirstOut() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                tracks:
                  - track: a
                    kind: flex
                    steps:
                      - step: x
                        triggers:
                          close:
                            - { run: probe.act, with: { complete: [ a/y ], emit: [ one ] } }
                            - { run: probe.act, with: { emit: [ two ], remove: a/z } }
                      - step: y
                        triggers: { close: [ { run: probe.act, with: { emit: [ three ] } } ] }
                      - step: z
                        triggers: { remove: [ { run: probe.act, with: { note: last } } ] }
                      - step: w
                """
            ],
            plugins: [
                "ear": """
                return { name = "ear", api = 1, on = { { event = "probe.one", run = function(event)
                  host.bus.emit("ear.heard", { what = event.name, by = event.by })
                end } } }
                """
            ])
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 7 step.close a/x
                call m/a/x/close/1 ok emit probe.one; complete a/y
                call m/a/x/close/2 ok emit probe.two; remove a/z
                2 8 probe.one by plugin:probe
                call ear/on/1 #8 ok emit ear.heard {"by":"plugin:probe","what":"probe.one"}
                3 9 step.close a/y by plugin:probe
                call m/a/y/close/1 ok emit probe.three
                4 10 probe.two by plugin:probe
                5 11 step.remove a/z by plugin:probe
                call m/a/z/remove/1 ok note text="last"
                6 12 ear.heard {"by":"plugin:probe","what":"probe.one"} by plugin:ear
                7 13 probe.three by plugin:probe
                """)
    }

    @Test(
        "R29: the agenda is emptied before the engine's own moves: a trigger that loses the lead on step.close prevents the next track from opening"
    )
    func agendaFirst() throws {
        let scenario = try Scenario(
            map: """
                finish: won
                tracks:
                  - track: a
                    steps:
                      - step: x
                        triggers: { close: [ { run: probe.act, with: { set: { done: true }, status: lost } } ] }
                  - track: b
                    steps: [ { step: y, mirror: done } ]
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                call m/a/x/close/1 ok set done=true; status lost
                2 6 map.close m lost cancelled nothing by plugin:probe
                """)
    }

    @Test(
        "R29: the own moves come in their order: mirror steps in map order, tracks with no step left, progress, finish"
    )
    func ownMoves() throws {
        let scenario = try Scenario(
            map: """
                finish: won
                tracks:
                  - track: v
                    kind: video
                    steps: [ { step: two, mirror: f }, { step: one, mirror: f } ]
                  - track: a
                    kind: flex
                    flex: { decide: probe.pick, with: { keep: {} } }
                    steps: [ { step: x } ]
                  - track: b
                    steps: [ { step: z, mirror: g }, { step: y, mirror: f } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"f":1,"g":2}}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open v
                1 3 step.open v/two
                1 4 step.open v/one
                1 5 track.open a
                1 6 step.remove a/x
                call m/a/flex ok keep nothing
                2 7 step.close v/two by mirror
                3 8 step.close v/one by mirror
                3 9 track.close v by mirror
                4 10 track.close a by engine
                5 11 track.open b by engine
                5 12 step.open b/z by engine
                5 13 step.open b/y by engine
                6 14 step.close b/z by mirror
                7 15 step.close b/y by mirror
                7 16 track.close b by mirror
                8 17 map.close m won cancelled nothing by engine
                """)
    }

    @Test(
        "R29: the agenda is emptied again after each own move, which are then looked at anew from the first")
    func agendaBetweenOwnMoves() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: v
                    kind: video
                    steps:
                      - { step: one, mirror: g }
                  - track: a
                    steps:
                      - step: x
                        mirror: f
                        triggers: { close: [ { run: probe.act, with: { emit: [ between ], set: { g: 1 } } } ] }
                      - { step: y, mirror: f }
                  - track: b
                    steps: [ { step: z } ]
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"set","lead":"L","fields":{"f":1}}
            """,
            gives: """
                1 7 step.close a/x by mirror
                call m/a/x/close/1 ok set g=1; emit probe.between
                2 8 probe.between by plugin:probe
                3 9 step.close v/one by mirror
                3 10 track.close v by mirror
                4 11 step.close a/y by mirror
                4 12 track.close a by mirror
                5 13 track.open b by engine
                5 14 step.open b/z by engine
                """)
    }

    @Test(
        "R29: complete, advance and remove are meant for the journey of the call's event and refused when it is over; status and assign are for the lead"
    )
    func journeyThatIsOver() throws {
        let scenario = try Scenario(maps: [
            """
            map: m
            tracks:
              - track: a
                kind: flex
                steps:
                  - step: x
                    triggers:
                      close:
                        - { run: probe.act, with: { assign: n } }
                        - { run: probe.act, with: { complete: [ a/y ], remove: a/z, advance: true } }
                        - { run: probe.act, with: { status: won } }
                        - { run: probe.act, with: { assign: m } }
                        - { run: probe.act, with: { complete: [ a/y ] } }
                  - step: y
                  - step: z
            """,
            """
            map: n
            tracks: [ { track: a, kind: flex, steps: [ { step: y, optional: true }, { step: z, optional: true } ] } ]
            """,
        ])
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 6 step.close a/x
                call m/a/x/close/1 ok assign n
                call m/a/x/close/2 ok complete a/y; remove a/z; advance
                call m/a/x/close/3 ok status won
                call m/a/x/close/4 ok assign m
                call m/a/x/close/5 ok complete a/y
                2 7 map.leave m left cancelled a/y, a/z by plugin:probe
                3 8 map.open n by plugin:probe
                3 9 track.open a by plugin:probe
                3 10 step.open a/y by plugin:probe
                3 11 step.open a/z by plugin:probe
                incident journey_closed m/a/x/close/2
                incident journey_closed m/a/x/close/2
                incident journey_closed m/a/x/close/2
                4 12 map.close n won cancelled a/y, a/z by plugin:probe
                5 13 map.open m by plugin:probe
                5 14 track.open a by plugin:probe
                5 15 step.open a/x by plugin:probe
                5 16 step.open a/y by plugin:probe
                5 17 step.open a/z by plugin:probe
                incident journey_closed m/a/x/close/5
                """)
    }

    @Test(
        "R29: a custom event fires on the lead's journey of its time, and a call on it may command that journey"
    )
    func customEventAfterTheMapChanged() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                triggers: { leave: [ { run: probe.act, with: { emit: [ bye ] } } ] }
                tracks: [ { track: a, steps: [ { step: x } ] } ]
                """,
                """
                map: n
                tracks: [ { track: b, steps: [ { step: y } ] } ]
                """,
            ],
            plugins: [
                "ear": """
                return { name = "ear", api = 1, on = { { event = "probe.bye", run = function(event)
                  host.log.info(event.map .. " " .. event.journey.map)
                  host.lead.complete("b/y")
                end } } }
                """
            ])
        try scenario.begin()
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"n"}
            """,
            gives: """
                1 4 map.leave m left cancelled a/x
                call m/leave/1 ok emit probe.bye
                2 5 map.open n
                2 6 track.open b
                2 7 step.open b/y
                3 8 probe.bye by plugin:probe
                call ear/on/1 #8 ok complete b/y [n n]
                4 9 step.close b/y by plugin:ear
                4 10 track.close b by plugin:ear
                """)
    }

    @Test("R30: no call runs inside another: an instant is finished before the next begins")
    func noCallInsideAnother() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                tracks:
                  - track: a
                    steps:
                      - step: x
                        triggers:
                          close:
                            - { run: probe.act, with: { emit: [ rang ], complete: [ a/y ], set: { first: true } } }
                            - { run: probe.act, with: { saw: [ lead.fields ], set: { second: true } } }
                      - step: y
                        triggers: { close: [ { run: probe.act, with: { saw: [ lead.fields ] } } ] }
                """
            ],
            plugins: [
                "ear": """
                return { name = "ear", api = 1, on = { { event = "probe.rang", run = function(event)
                  host.log.info(host.json.encode(event.lead.fields))
                end } } }
                """
            ])
        try scenario.begin(fields: #"{"f":0}"#)
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 5 step.close a/x
                call m/a/x/close/1 ok set first=true; emit probe.rang; complete a/y
                call m/a/x/close/2 ok set second=true [lead.fields: {"f":0}]
                2 6 probe.rang by plugin:probe
                call ear/on/1 #6 ok [{"f":0,"first":true,"second":true}]
                3 7 step.close a/y by plugin:probe
                3 8 track.close a by plugin:probe
                call m/a/y/close/1 ok [lead.fields: {"f":0,"first":true,"second":true}]
                """)
    }

    @Test("R31: a command that came from an effect and is refused becomes an incident; the moment goes on")
    func refusedEffect() throws {
        let scenario = try Scenario(
            map: """
                tracks:
                  - track: a
                    steps:
                      - step: x
                        triggers:
                          close:
                            - { run: probe.act, with: { complete: [ a/x, b/z, a/nowhere ], remove: a/y, advance: true, set: { f: 1 } } }
                            - { run: probe.act, with: { complete: [ a/y ] } }
                      - step: y
                  - track: b
                    steps: [ { step: z } ]
                """)
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 5 step.close a/x
                call m/a/x/close/1 ok set f=1; complete a/x; complete b/z; complete a/nowhere; remove a/y; advance
                call m/a/x/close/2 ok complete a/y
                incident step_not_open m/a/x/close/1
                incident step_not_open m/a/x/close/1
                incident unknown_step m/a/x/close/1
                incident not_flex m/a/x/close/1
                incident required_steps_open m/a/x/close/1
                2 6 step.close a/y by plugin:probe
                2 7 track.close a by plugin:probe
                3 8 track.open b by engine
                3 9 step.open b/z by engine
                """)
    }

    /// Emits `NAME` as many times as said when it hears the event.
    private static func echo(_ event: String, _ name: String, times: Int = 1) -> String {
        """
        { event = "\(event)", run = function() for _ = 1, \(times) do host.bus.emit("echo.\(name)") end end },
        """
    }

    private static func echo(_ subscriptions: String) -> [String: String] {
        ["echo": #"return { name = "echo", api = 1, on = { \#(subscriptions) } }"#]
    }

    private static let oneStep = """
        map: m
        finish: won
        tracks: [ { track: a, steps: [ { step: x } ] } ]
        """

    @Test("R32: beyond depth 100 an effect is refused, and the incident names the chain that looped")
    func depth() throws {
        let scenario = try Scenario(
            maps: [Self.oneStep],
            plugins: Self.echo(Self.echo("step.close", "ping") + Self.echo("echo.ping", "ping")))
        try scenario.begin()
        let rounds = (1...100).map { round in
            """
            \(round + 1) \(round + 5) echo.ping by plugin:echo
            call echo/on/2 #\(round + 5) ok emit echo.ping
            """
        }
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                call echo/on/1 #4 ok emit echo.ping
                \(rounds.joined(separator: "\n"))
                incident loop_limit echo/on/2 #105
                102 106 map.close m won cancelled nothing by engine
                """)
        let link = "echo.ping ran echo/on/2, whose effect was the event echo.ping"
        let first = "step.close ran echo/on/1, whose effect was the event echo.ping"
        #expect(
            scenario.messages == [
                "more than 100 effects, each set off by the one before: "
                    + ([first] + Array(repeating: link, count: 3) + ["(93 more)"]
                    + Array(repeating: link, count: 4)).joined(separator: "; ")
            ])
    }

    @Test("R32: an own move of the engine has the depth of what was done before it")
    func depthOfOwnMoves() throws {
        // A mirror step that closes asks for an event, whose call sets the field of the next mirror step.
        let steps = (1...120).map { "{ step: s\($0), mirror: f\($0) }" }.joined(separator: ", ")
        let echo = """
            return { name = "echo", api = 1, on = {
              { event = "step.close", run = function(event)
                host.bus.emit("echo.ping", math.tointeger(event.step:sub(2)) + 1) end },
              { event = "echo.ping", run = function(event) host.lead.set { ["f" .. event.payload] = 1 } end },
            } }
            """
        let scenario = try Scenario(
            maps: ["map: m\ntracks: [ { track: a, steps: [ \(steps), { step: last } ] } ]\n"],
            plugins: ["echo": echo])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"f1":1}}
            """)
        #expect(scenario.lines.filter { $0["event"] == "echo.ping" }.count == 100)
        #expect(scenario.lines.filter { $0["event"] == "step.close" }.count == 1 + 100)
        #expect(scenario.lines.last?["reason"] == "loop_limit")
        #expect(scenario.lines.filter { $0["type"] == "incident" }.count == 1)
    }

    @Test("R32: in one moment a lead is assigned to the same map at most once")
    func assignedOnce() throws {
        let maps = ["ping", "pong"].map { name in
            """
            map: \(name)
            triggers: { open: [ { run: probe.act, with: { assign: \(name == "ping" ? "pong" : "ping") } } ] }
            tracks: [ { track: a, steps: [ { step: x } ] } ]
            """
        }
        let scenario = try Scenario(maps: maps)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"ping"}
            """,
            gives: """
                1 1 map.open ping
                1 2 track.open a
                1 3 step.open a/x
                call ping/open/1 ok assign pong
                2 4 map.leave ping left cancelled a/x by plugin:probe
                3 5 map.open pong by plugin:probe
                3 6 track.open a by plugin:probe
                3 7 step.open a/x by plugin:probe
                call pong/open/1 ok assign ping
                incident loop_limit pong/open/1
                """)
        #expect(
            scenario.messages == [
                "a moment assigns a lead to the same map at most once, and this one did so for map ping: map.open ran ping/open/1, whose effect was assign pong; map.open ran pong/open/1, whose effect was assign ping"
            ])
    }

    @Test(
        "R32: a moment has at most 10,000 instants; what is left is dropped with an incident, and own moves wait for the next command"
    )
    func instants() throws {
        // Time enough: the calls of a moment take at most 20 times the deadline of one.
        let scenario = try Scenario(
            maps: [Self.oneStep],
            plugins: Self.echo(
                Self.echo("step.close", "many", times: 100) + Self.echo("echo.many", "more", times: 100)),
            settings: "plugins: { limits: { deadline: 5s } }")
        try scenario.begin()
        // The closing, 100 events that each ask for 100, and 9,899 of those.
        let effects = Array(repeating: "emit echo.more", count: 100).joined(separator: "; ")
        let many = (1...100).map { round in
            """
            \(round + 1) \(round + 5) echo.many by plugin:echo
            call echo/on/2 #\(round + 5) ok \(effects)
            """
        }
        let more = (102...10_000).map { "\($0) \($0 + 4) echo.more by plugin:echo" }
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"set","lead":"L","fields":{"f":1}}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                call echo/on/1 #4 ok \(effects.replacing("more", with: "many"))
                \(many.joined(separator: "\n"))
                \(more.joined(separator: "\n"))
                incident moment_limit echo/on/2 #104

                1 10005 map.close m won cancelled nothing by engine
                """)
        #expect(
            scenario.messages == [
                "a moment has at most 10000 instants; 101 effects that were still to be done are dropped"
            ])
    }
}
