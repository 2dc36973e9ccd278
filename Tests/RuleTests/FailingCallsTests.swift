import Journeys
import Store
import TestKit
import Testing
import Values

@Suite("Calls that fail")
struct FailingCallsTests {
    private static func failing(_ body: String) -> [String: String] {
        [
            "faulty": """
            return { name = "faulty", version = "2.1", api = 1, actions = { run = { run = function(event)
              host.lead.set { f = 1 }
              host.note.add("lost")
              host.lead.status("won")
              host.log.info("kept")
              \(body)
            end } } }
            """
        ]
    }

    private static let between = """
        map: m
        tracks:
          - track: a
            steps:
              - step: x
                triggers:
                  close:
                    - { run: probe.act, with: { note: before } }
                    - { run: faulty.run }
                    - { run: probe.act, with: { note: after } }
          - track: b
            steps: [ { step: y, triggers: { open: [ { run: probe.act, with: { saw: [ lead.fields.f ] } } ] } } ]
        """

    private static let bodies: [(reason: String, body: String)] = [
        ("error", #"error("no")"#),
        ("error", "error { code = 1 }"),
        ("error", "error(nil)"),
        ("error", "local nothing; nothing.field = 1"),
        ("error", #"host.lead.complete("")"#),
        ("memory", "local function deeper() return 1 + deeper() end deeper()"),
        ("budget", "while true do end"),
        ("budget", "pcall(function() while true do end end)"),
        ("budget", "local function again() return again() end again()"),
        ("memory", #"local text = "x" while true do text = text .. text end"#),
        ("memory", "local list = {} while true do list[#list + 1] = {} end"),
        ("effects", #"for _ = 1, 2000 do host.note.add("n") end"#),
        ("value", "host.lead.set { g = function() end }"),
        ("value", "host.lead.set { g = 0 / 0 }"),
        ("value", "local loop = {} loop.loop = loop host.lead.set { g = loop }"),
        ("value", #"host.lead.set { g = string.rep("x", 100000) }"#),
        ("refused", #"host.email.send { to = "l@example.com", subject = "Hello" }"#),
    ]

    @Test(
        "R33: a call that fails has no effects, keeps its log and is an incident; the other triggers and the lead's movement are untouched",
        arguments: bodies)
    func fails(reason: String, body: String) throws {
        let scenario = try Scenario(
            maps: [Self.between], plugins: Self.failing(body),
            settings: "plugins: { limits: { deadline: 10s, instructions: 500000, memory: 2MiB } }")
        try scenario.begin()
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                call m/a/x/close/1 ok note text="before"
                call m/a/x/close/2 failed \(reason) [kept]
                call m/a/x/close/3 ok note text="after"
                incident \(reason) m/a/x/close/2
                2 6 track.open b by engine
                2 7 step.open b/y by engine
                call m/b/y/open/1 ok [lead.fields.f: nil]
                """)
    }

    @Test("R33: the incident carries plugin, version, event, reason and Lua traceback")
    func incident() throws {
        let store = MemoryStore()
        let scenario = try Scenario(
            maps: [Self.between], plugins: Self.failing(#"error("no")"#), store: store)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            """)
        let incident = try #require(store.incident(1))
        #expect(incident.lead.text == "L")
        #expect(incident.moment == 2)
        #expect(incident.index == 1)
        #expect(incident.reason == "error")
        #expect(incident.message == "faulty.lua:6: no")
        #expect(incident.traceback?.contains("faulty.lua:6") == true)
        #expect(incident.trigger == "m/a/x/close/2")
        #expect(incident.run == "faulty.run")
        #expect(incident.plugin == "faulty")
        #expect(incident.pluginVersion == "2.1")
        #expect(incident.event == "step.close")
        #expect(incident.seq == 4)
        #expect(store.incident(2) == nil)
        #expect(store.notes(of: incident.lead).map(\.text) == ["before", "after"])
    }

    @Test("R33: a failed call does not disturb the next call of its plugin")
    func nextCall() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                triggers:
                  open:
                    - { run: probe.act, with: { set: { f: 1 }, fail: first } }
                    - { run: probe.act, with: { set: { f: 2 } } }
                    - { run: probe.act, with: { emit: [ many ], times: 2000 } }
                    - { run: probe.act, with: { set: { f: 2 } } }
                tracks: [ { track: a, steps: [ { step: x } ] } ]
                """
            ])
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 failed error
                call m/open/2 ok set f=2
                call m/open/3 failed effects
                call m/open/4 ok set f=2
                incident error m/open/1
                incident effects m/open/3
                """)
        #expect(scenario.messages.first == "first")
    }

    @Test("R33: a trigger whose plugin is gone is an incident, and its decider holds its track")
    func pluginGone() throws {
        let folder = try TemporaryFolder()
        let map = """
            map: m
            tracks:
              - track: a
                steps: [ { step: x, triggers: { close: [ { run: gone.act } ] } } ]
              - track: b
                kind: flex
                flex: { decide: gone.pick }
                steps: [ { step: y } ]
            """
        let plugin = """
            return { name = "gone", api = 1, actions = { act = { run = function() end } },
              deciders = { pick = { decide = function() return { remove = {} } end } } }
            """
        let scenario = try Scenario(
            maps: [map], plugins: ["gone": plugin], file: folder("signalbox.db"))
        try scenario.begin()
        try scenario.restart(maps: [])
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                call m/a/x/close/1 failed unavailable
                incident unavailable m/a/x/close/1
                call m/b/flex failed unavailable
                incident unavailable m/b/flex
                """)
        try scenario.restart(maps: [map], plugins: ["gone": plugin])
        try scenario.run(
            """
            {"do":"retry","lead":"L"}
            """,
            gives: """
                1 6 track.open b
                1 7 step.open b/y
                call m/b/flex ok remove nothing
                """)
    }
}
