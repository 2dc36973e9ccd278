import Journeys
import Store
import TestKit
import Testing
import Values

/// What the calls of one moment may ask for together (R32, R35).
@Suite("Limits of a moment")
struct MomentLimitTests {
    private static let map = """
        map: m
        tracks:
          - track: a
            steps: [ { step: x } ]
          - track: b
            steps: [ { step: y } ]
        """

    /// A plugin that listens to `step.close` so often, each time with this body.
    private static func listener(_ name: String = "many", times: Int, _ body: String) -> [String: String] {
        [
            name: """
            local on = {}
            for number = 1, \(times) do
              on[number] = { event = "step.close", run = function(event) \(body) end }
            end
            return { name = "\(name)", api = 1, needs = { "email" }, on = on }
            """
        ]
    }

    private func scenario(_ plugins: [String: String], _ settings: String = "") throws -> Scenario {
        let scenario = try Scenario(maps: [Self.map], plugins: plugins, settings: settings)
        try scenario.begin()
        try scenario.run(#"{"do":"complete","lead":"L","step":"a/x"}"#)
        return scenario
    }

    /// How each call of the last run ended: `ok`, or why not.
    private func ends(_ scenario: Scenario) -> [String] {
        scenario.lines.filter { $0["type"] == "call" }.map { line in
            line["outcome"] == "failed" ? line["reason"]?.string ?? "" : line["outcome"]?.string ?? ""
        }
    }

    private func incidents(_ scenario: Scenario) -> [Table] {
        scenario.lines.filter { $0["type"] == "incident" }
    }

    @Test(
        "R32: the call that passes a limit of the moment and the calls left in the instant fail; what was applied before stays",
        arguments: [
            ("effects: 5", 6, #"host.note.add("a"); host.note.add("b")"#, 2, "5 effects"),
            ("calls: 3", 5, #"host.note.add("a")"#, 3, "3 calls"),
            (
                "deliveries: 2", 4, #"host.email.send{ to = "a@b.example", subject = "s", text = "t" }"#, 2,
                "2 deliveries"
            ),
            ("bytes: 64KiB", 4, #"host.note.add(("x"):rep(30000))"#, 2, "65536 bytes"),
            ("bytes: 64KiB", 4, #"print(("x"):rep(30000))"#, 2, "65536 bytes"),
            ("bytes: 64KiB", 4, #"host.bus.emit("many.x", { text = ("x"):rep(30000) })"#, 2, "65536 bytes"),
        ])
    func limits(_ limit: String, _ calls: Int, _ body: String, _ good: Int, _ said: String) throws {
        let scenario = try scenario(
            Self.listener(times: calls, body), "limits: { moment: { \(limit) } }")
        #expect(
            ends(scenario) == Array(repeating: "ok", count: good)
                + Array(repeating: "moment_limit", count: calls - good))
        let incidents = incidents(scenario)
        #expect(incidents.count >= calls - good)
        #expect(incidents.allSatisfy { $0["reason"] == "moment_limit" })
        #expect(incidents.first?["message"]?.string?.contains("a moment has at most \(said)") == true)
    }

    @Test("R32: what the calls read of their plugin's values counts, and a call that reads too much fails")
    func reads() throws {
        let kept = """
            return { name = "many", api = 1, on = {
              { event = "step.open", run = function() for i = 1, 5 do host.store.set("k" .. i, ("x"):rep(20000)) end end },
              { event = "step.close", run = function() for i = 1, 5 do host.store.get("k" .. i) end end },
              { event = "step.close", run = function() host.note.add("never") end },
            } }
            """
        let scenario = try Scenario(
            maps: [Self.map], plugins: ["many": kept], settings: "limits: { moment: { bytes: 96KiB } }")
        try scenario.begin()
        // The values of the opening pass the limit themselves.
        #expect(ends(scenario) == ["moment_limit"])
        try scenario.reload(
            maps: [Self.map], plugins: ["many": kept], settings: "limits: { moment: { bytes: 120KiB } }")
        try scenario.run(#"{"do":"assign","lead":"M","map":"m"}"#)
        #expect(ends(scenario) == ["ok"])
        try scenario.reload(
            maps: [Self.map], plugins: ["many": kept], settings: "limits: { moment: { bytes: 64KiB } }")
        try scenario.run(#"{"do":"complete","lead":"M","step":"a/x"}"#)
        #expect(ends(scenario) == ["moment_limit", "moment_limit"])
        #expect(incidents(scenario).first?["message"]?.string?.contains("65536 bytes") == true)
    }

    @Test(
        "R32: the calls of a moment take at most 20 times the deadline of one",
        .enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func time() throws {
        var plugins: [String: String] = [:]
        // Four in a row are not quarantined.
        for number in 1...30 {
            plugins.merge(Self.listener("loop\(number)", times: 4, "while true do end")) { $1 }
        }
        // Short, but long enough for a slow machine to load a plugin in ten of them.
        let scenario = try scenario(plugins, "plugins: { limits: { deadline: 5ms } }")
        let ends = ends(scenario)
        #expect(ends.count == 120)
        let cutOff = ends.prefix { $0 == "deadline" }.count
        #expect((2...100).contains(cutOff))
        #expect(ends.dropFirst(cutOff).allSatisfy { $0 == "moment_limit" })
        #expect(incidents(scenario).last?["message"]?.string?.contains("more incidents") == true)
    }

    @Test(
        "R32: the agenda is dropped with one incident, and the engine's own moves wait for the lead's next moment"
    )
    func agenda() throws {
        let asks = """
            return { name = "many", api = 1, on = {
              { event = "step.close", run = function() host.bus.emit("many.a"); host.bus.emit("many.b") end },
              { event = "step.close", run = function() host.note.add("1"); host.note.add("2") end },
              { event = "many.*", run = function() host.note.add("never") end },
            } }
            """
        let scenario = try scenario(["many": asks], "limits: { moment: { effects: 3 } }")
        #expect(ends(scenario) == ["ok", "moment_limit"])
        let dropped = incidents(scenario).filter {
            $0["message"]?.string?.contains("2 effects that were still to be done are dropped") == true
        }
        #expect(dropped.count == 1)
        #expect(!scenario.lines.contains { $0["event"] == "track.open" || $0["event"] == "many.a" })
        try scenario.run(#"{"do":"set","lead":"L","fields":{"f":1}}"#)
        #expect(scenario.lines.contains { $0["event"] == "track.open" })
    }

    @Test("R32: at most 100 incidents of a moment are kept whole, and the last one counts the others")
    func incidents() throws {
        let store = MemoryStore()
        let scenario = try Scenario(
            maps: [Self.map], plugins: Self.listener(times: 150, #"error("no")"#), store: store)
        try scenario.begin()
        try scenario.run(#"{"do":"complete","lead":"L","step":"a/x"}"#)
        let incidents = incidents(scenario)
        #expect(incidents.count == 101)
        #expect(incidents.prefix(100).allSatisfy { $0["reason"] == "error" })
        #expect(incidents.last?["message"]?.string?.hasPrefix("50 more incidents") == true)
        #expect(ends(scenario) == Array(repeating: "error", count: 150))
    }

    @Test("a moment that the store cannot keep is refused alone, and leaves nothing")
    func tooLarge() throws {
        let loud = Self.listener(
            times: 1, #"if event.lead.fields.loud then host.note.add(("x"):rep(60000)) end"#)
        let store = MemoryStore(pieceLimitBytes: 50_000)
        let scenario = try Scenario(maps: [Self.map], plugins: loud, store: store)
        let answers = try scenario.runTogether(
            """
            {"do":"assign","lead":"A","map":"m"}
            {"do":"assign","lead":"B","map":"m","fields":{"loud":true}}
            {"do":"assign","lead":"C","map":"m"}
            {"do":"complete","lead":"A","step":"a/x"}
            {"do":"complete","lead":"B","step":"a/x"}
            {"do":"complete","lead":"C","step":"a/x"}
            """)
        #expect(
            answers.map { $0.last?["reason"]?.string ?? "done" } == [
                "done", "done", "done", "done", "moment_limit", "done",
            ])
        #expect(answers[4].last?["message"]?.string?.contains("50000 bytes") == true)
        #expect(store.lead(LeadID("B")!)?.lastMoment == 1)
        try scenario.run(#"{"do":"set","lead":"B","fields":{"loud":null}}"#)
        try scenario.run(#"{"do":"complete","lead":"B","step":"a/x"}"#)
        #expect(ends(scenario) == ["ok"])
    }

    @Test("R36: incidents of one instant keep what they saw once, and each can be run again")
    func shared() throws {
        let store = MemoryStore()
        let big = String(repeating: "x", count: 50_000)
        let scenario = try Scenario(
            maps: [Self.map], plugins: Self.listener(times: 30, #"error("no")"#), store: store)
        try scenario.begin(fields: #"{"big":"\#(big)"}"#)
        try scenario.run(#"{"do":"complete","lead":"L","step":"a/x"}"#)
        let bytes = (1...30).reduce(0) { sum, number in
            sum + (store.incident(number)?.details.approximateBytes ?? 0)
        }
        #expect(bytes < 100_000)
        try scenario.reload(
            maps: [Self.map],
            plugins: Self.listener(times: 30, #"host.lead.set{ seen = #event.lead.fields.big }"#))
        try scenario.rerun(17, of: LeadID("L")!)
        #expect(ends(scenario) == ["ok"])
        #expect(store.lead(LeadID("L")!)?.fields["seen"] == 50_000)
    }

    @Test("R35: five cut-offs in a row quarantine a plugin also within one moment")
    func quarantine() throws {
        let scenario = try scenario(
            Self.listener(times: 8, "while true do end"), "plugins: { limits: { instructions: 100000 } }")
        #expect(
            ends(scenario)
                == Array(repeating: "budget", count: 5) + Array(repeating: "quarantined", count: 3))
    }

    @Test("R35: calls that never began count for nothing")
    func neverBegan() throws {
        let plugins = Self.listener(times: 4, "while true do end").merging(
            Self.listener("a", times: 1, #"host.note.add("1"); host.note.add("2")"#)
        ) { $1 }
        let scenario = try scenario(
            plugins, "{ plugins: { limits: { instructions: 100000 } }, limits: { moment: { effects: 1 } } }")
        #expect(ends(scenario).allSatisfy { $0 == "moment_limit" })
        try scenario.reload(
            maps: [Self.map], plugins: plugins, settings: "plugins: { limits: { instructions: 100000 } }")
        try scenario.run(#"{"do":"set","lead":"L","fields":{"f":1}}"#)
        try scenario.run(#"{"do":"complete","lead":"L","step":"b/y"}"#)
        #expect(ends(scenario).filter { $0 == "budget" }.count == 4)
    }
}
