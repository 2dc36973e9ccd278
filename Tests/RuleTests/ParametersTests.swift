import Journeys
import Store
import TestKit
import Testing
import Values
import Workspace

/// Where the parameters of a call come from: the map's version gives them, the plugin's version that runs
/// completes and checks them.
@Suite("Parameters")
struct ParametersTests {
    /// Notes the parameters that it gets.
    private static func plugin(_ declared: String, decider: String = "") -> [String: String] {
        [
            "p": """
            return { name = "p", api = 1,
              actions = { say = { params = { \(declared) },
                run = function(_, params) host.note.add(host.json.encode(params)) end } },
              deciders = { pick = { params = { \(decider) },
                decide = function(_, params) return { keep = { params.step } } end } } }
            """
        ]
    }

    private static func map(_ with: String, when: String? = nil, step: String = "x") -> String {
        """
        map: m
        tracks:
          - track: a
            steps:
              - step: \(step)
                triggers: { close: [ { run: p.say, with: \(with)\(when.map { ", when: \($0)" } ?? "") } ] }
              - step: y
        """
    }

    /// What the calls of the last run noted, or why they failed.
    private func said(_ scenario: Scenario) -> [String] {
        scenario.lines.filter { $0["type"] == "call" }.map { line in
            switch line["outcome"]?.string {
            case "ok": line["effects"]?.list?.first?.table?["text"]?.string ?? "nothing"
            case "failed": "\(line["reason"]?.string ?? ""): \(line["message"]?.string ?? "")"
            case let outcome: outcome ?? ""
            }
        }
    }

    private static let changes: [(with: String, before: String, after: String, said: [String])] = [
        (
            "{}", "n = { type = 'integer', default = 1 }", "n = { type = 'integer', default = 2 }",
            [#"{"n":1}"#, #"{"n":2}"#]
        ),
        (
            "{ n: 5 }", "n = { type = 'integer' }",
            "n = { type = 'integer' }, o = { type = 'string', default = 'new' }",
            [#"{"n":5}"#, #"{"n":5,"o":"new"}"#]
        ),
        ("{}", "n = { type = 'integer', default = 1 }", "", [#"{"n":1}"#, "{}"]),
        (
            "{ n: 012 }", "n = { type = 'string' }", "n = { type = 'integer' }",
            [#"{"n":"012"}"#, #"{"n":12}"#]
        ),
        (
            "{ n: 012 }", "n = { type = 'integer' }", "n = { type = 'string' }",
            [#"{"n":12}"#, #"{"n":"012"}"#]
        ),
        (
            "{ n: 12345678901234567890 }", "n = { type = 'string' }", "n = { type = 'number' }",
            [
                #"{"n":"12345678901234567890"}"#,
                "params: the parameters do not fit p.say VERSION: `n` must be a number, not \"12345678901234567890\", which needs more than 64 bits",
            ]
        ),
        (
            "{ n: 5 }", "n = { type = 'integer' }", "",
            [
                #"{"n":5}"#,
                "params: the parameters do not fit p.say VERSION: `n` is unknown; none is known here",
            ]
        ),
        (
            "{}", "", "to = { type = 'string', required = true }",
            ["{}", "params: the parameters do not fit p.say VERSION: `to` is missing: expected a string"]
        ),
        (
            "{ n: many }", "n = { type = 'string' }", "n = { type = 'integer' }",
            [
                #"{"n":"many"}"#,
                "params: the parameters do not fit p.say VERSION: `n` must be an integer, not the string \"many\"",
            ]
        ),
        (
            "{ n: 5 }", "n = { type = 'integer' }", "n = { type = 'integer', most = 4 }",
            [
                #"{"n":5}"#,
                "params: the parameters do not fit p.say VERSION: `n` must be at most 4, not the integer 5",
            ]
        ),
    ]

    @Test(
        "R37: the map's version gives a trigger's parameters, and the plugin version that runs checks and completes them, for leads in memory and leads that are read",
        arguments: changes)
    func declarationChanges(with: String, before: String, after: String, said expected: [String]) throws {
        let folder = try TemporaryFolder()
        let maps = [Self.map(with)]
        let scenario = try Scenario(maps: maps, plugins: Self.plugin(before), file: folder("signalbox.db"))
        try scenario.run(
            """
            {"do":"assign","lead":"read","map":"m"}
            {"do":"assign","lead":"read later","map":"m"}
            """)
        try scenario.restart(maps: maps, plugins: Self.plugin(before))
        try scenario.run(
            """
            {"do":"assign","lead":"kept","map":"m"}
            {"do":"assign","lead":"first","map":"m"}
            {"do":"complete","lead":"first","step":"a/x"}
            """)
        #expect(said(scenario) == [expected[0]])

        // In memory and from the store; then with a map whose file is gone or another.
        let complete = { (lead: String) in #"{"do":"complete","lead":"\#(lead)","step":"a/x"}"# }
        try scenario.reload(maps: Self.fits(with, after) ? maps : [], plugins: Self.plugin(after))
        try scenario.run(complete("kept"))
        let kept = said(scenario).map(Self.withoutVersion)
        #expect(kept == [expected[1]])
        try scenario.run(complete("read"))
        #expect(said(scenario).map(Self.withoutVersion) == kept)
        try scenario.restart(maps: [Self.map("{}", step: "z")], plugins: Self.plugin("z = { type = 'list' }"))
        try scenario.reload(maps: [], plugins: Self.plugin(after))
        try scenario.run(complete("read later"))
        #expect(said(scenario).map(Self.withoutVersion) == kept)
    }

    /// A workspace begins only with maps that fit; an engine that goes on with one that does not is tried where
    /// files are reloaded.
    private static func fits(_ with: String, _ declared: String) -> Bool {
        (try? Scenario.generation(maps: [map(with)], plugins: plugin(declared))) != nil
    }

    private static func withoutVersion(_ text: String) -> String {
        text.replacing(/p\.say [0-9a-f]{12}:/, with: "p.say VERSION:")
    }

    @Test("R37: a lead keeps the parameters of the version of the map that it began with")
    func mapChanges() throws {
        let scenario = try Scenario(
            maps: [Self.map("{ n: 1 }")], plugins: Self.plugin("n = { type = 'integer' }"))
        try scenario.run(
            """
            {"do":"assign","lead":"former","map":"m"}
            """)
        try scenario.reload(maps: [Self.map("{ n: 2 }")], plugins: Self.plugin("n = { type = 'string' }"))
        try scenario.run(
            """
            {"do":"assign","lead":"latter","map":"m"}
            {"do":"complete","lead":"former","step":"a/x"}
            {"do":"complete","lead":"latter","step":"a/x"}
            """)
        #expect(said(scenario) == [#"{"n":"1"}"#, #"{"n":"2"}"#])
    }

    @Test(
        "R37: parameters that do not fit fail the call (params), and the other triggers and the lead's movement are untouched"
    )
    func failure() throws {
        let map = """
            map: m
            tracks:
              - track: a
                steps:
                  - step: x
                    triggers:
                      close:
                        - { run: probe.act, with: { note: before } }
                        - { run: p.say, with: { n: 1 } }
                        - { run: probe.act, with: { note: after } }
              - { track: b, steps: [ { step: y } ] }
            """
        let scenario = try Scenario(maps: [map], plugins: Self.plugin("n = { type = 'integer' }"))
        try scenario.begin()
        try scenario.reload(maps: [], plugins: Self.plugin("m = { type = 'integer' }"))
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 4 step.close a/x
                1 5 track.close a
                call m/a/x/close/1 ok note text="before"
                call m/a/x/close/2 failed params
                call m/a/x/close/3 ok note text="after"
                incident params m/a/x/close/2
                2 6 track.open b by engine
                2 7 step.open b/y by engine
                """)
    }

    @Test("R37: a condition is asked before the parameters are looked at")
    func condition() throws {
        let map = Self.map("{ n: 1 }", when: "lead.fields.on")
        let scenario = try Scenario(maps: [map], plugins: Self.plugin("n = { type = 'integer' }"))
        try scenario.run(
            """
            {"do":"assign","lead":"off","map":"m"}
            {"do":"assign","lead":"on","map":"m","fields":{"on":true}}
            """)
        try scenario.reload(maps: [], plugins: Self.plugin(""))
        try scenario.run(
            """
            {"do":"complete","lead":"off","step":"a/x"}
            {"do":"complete","lead":"on","step":"a/x"}
            """)
        #expect(
            said(scenario).map(Self.withoutVersion) == [
                "skipped",
                "params: the parameters do not fit p.say VERSION: `n` is unknown; none is known here",
            ])
    }

    @Test("R37: params does not count as a call for R35: it neither quarantines nor forgives")
    func quarantine() throws {
        func plugin(_ declared: String) -> [String: String] {
            [
                "q": """
                return { name = "q", api = 1, actions = {
                  spin = { run = function() while true do end end },
                  say = { params = { \(declared) }, run = function() end } } }
                """
            ]
        }
        let map = """
            map: m
            tracks:
              - track: a
                steps:
                  - step: x
                    triggers:
                      close:
                        - { run: q.spin }
                        - { run: q.say, with: { n: 1 } }
                        - { run: q.spin }
                        - { run: q.spin }
                        - { run: q.spin }
                        - { run: q.say, with: { n: 1 } }
                        - { run: q.spin }
                  - { step: y, triggers: { close: [ { run: q.say, with: { n: 1 } }, { run: q.spin } ] } }
            """
        let settings = "plugins: { limits: { instructions: 10000 } }"
        let scenario = try Scenario(
            maps: [map], plugins: plugin("n = { type = 'integer' }"), settings: settings)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        try scenario.reload(maps: [], plugins: plugin(""), settings: settings)
        func outcomes(_ step: String) throws -> [String] {
            try scenario.run(#"{"do":"complete","lead":"L","step":"\#(step)"}"#)
            return scenario.lines.filter { $0["type"] == "call" }.map { $0["reason"]?.string ?? "ok" }
        }
        #expect(
            try outcomes("a/x") == ["budget", "params", "budget", "budget", "budget", "params", "budget"])
        #expect(try outcomes("a/y") == ["quarantined", "quarantined"])
    }

    // MARK: Deciders

    private static func flex(_ with: String, fallback: String = "") -> String {
        """
        map: m
        tracks:
          - { track: a, steps: [ { step: x } ] }
          - track: b
            kind: flex
            flex: { decide: p.pick, with: \(with)\(fallback) }
            steps: [ { step: one }, { step: "2" } ]
        """
    }

    @Test(
        "R37: a decider's parameters are completed by the plugin version that runs",
        arguments: [
            ("{ step: one }", "step = { type = 'string' }", "one"),
            ("{}", "step = { type = 'string', default = 'one' }", "one"),
            ("{ step: 2 }", "step = { type = 'string' }", "2"),
        ])
    func decider(with: String, declared: String, kept: String) throws {
        let scenario = try Scenario(
            maps: [Self.flex(with)],
            plugins: Self.plugin("", decider: "step = { type = 'string', default = '2' }"))
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        try scenario.reload(maps: [Self.flex(with)], plugins: Self.plugin("", decider: declared))
        try scenario.run(#"{"do":"complete","lead":"L","step":"a/x"}"#)
        let opened = scenario.lines.filter { $0["event"] == "step.open" }.compactMap { $0["step"]?.string }
        #expect(opened == [kept])
    }

    @Test(
        "R34, R37: a decider whose parameters do not fit holds its track, or the fallback decides; a version that they fit opens it"
    )
    func deciderFails() throws {
        let fits = Self.plugin("", decider: "step = { type = 'string' }")
        for fallback in ["", ", fallback: all"] {
            let map = Self.flex("{ step: one }", fallback: fallback)
            let scenario = try Scenario(maps: [map], plugins: fits)
            try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
            try scenario.reload(maps: [], plugins: Self.plugin("", decider: "path = { type = 'string' }"))
            if !fallback.isEmpty {
                try scenario.run(
                    #"{"do":"complete","lead":"L","step":"a/x"}"#,
                    gives: """
                        1 4 step.close a/x
                        1 5 track.close a
                        2 6 track.open b by engine
                        2 7 step.open b/one by engine
                        2 8 step.open b/2 by engine
                        call m/b/flex failed params fallback one, 2
                        incident params m/b/flex
                        """)
                continue
            }
            try scenario.run(
                #"{"do":"complete","lead":"L","step":"a/x"}"#,
                gives: """
                    1 4 step.close a/x
                    1 5 track.close a
                    call m/b/flex failed params
                    incident params m/b/flex
                    """)
            try scenario.reload(maps: [], plugins: fits)
            try scenario.run(
                #"{"do":"retry","lead":"L"}"#,
                gives: """
                    1 6 track.open b
                    1 7 step.open b/one
                    1 8 step.remove b/2
                    call m/b/flex ok keep one
                    """)
        }
    }

    // MARK: Running again

    @Test("R36, R37: an incident's call runs again with what the map gave, completed by today's declaration")
    func retry() throws {
        let store = MemoryStore()
        let maps = [Self.map("{ n: 012 }")]
        let scenario = try Scenario(
            maps: maps,
            plugins: Self.plugin("n = { type = 'integer' }, gone = { type = 'integer', default = 1 }"),
            store: store)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        try scenario.reload(maps: [], plugins: Self.plugin("other = { type = 'list' }"))
        try scenario.run(#"{"do":"complete","lead":"L","step":"a/x"}"#)
        #expect(said(scenario).first?.hasPrefix("params:") == true)
        #expect(store.incident(1)?.reason == "params")

        // Still not fitting: another incident. Then by two other declarations.
        try scenario.rerun(1, of: LeadID("L")!)
        #expect(said(scenario).first?.hasPrefix("params:") == true)
        #expect(store.incident(2)?.reason == "params")
        for (declared, expected) in [
            ("n = { type = 'string' }, more = { type = 'integer', default = 3 }", #"{"more":3,"n":"012"}"#),
            ("n = { type = 'integer' }", #"{"n":12}"#),
        ] {
            try scenario.reload(maps: [Self.map("{}")], plugins: Self.plugin(declared))
            try scenario.rerun(1, of: LeadID("L")!)
            #expect(said(scenario) == [expected])
        }
        #expect(store.incident(3) == nil)
    }

    @Test(
        "R36, R37: an incident that keeps what an older declaration completed runs again with what the map gave"
    )
    func retryOfCompleted() throws {
        let store = MemoryStore()
        let scenario = try Scenario(
            maps: [Self.map("{ n: 012 }")], plugins: Self.plugin("n = { type = 'integer' }"), store: store)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        try scenario.reload(maps: [], plugins: Self.plugin(""))
        try scenario.run(#"{"do":"complete","lead":"L","step":"a/x"}"#)
        var incident = try #require(store.incident(1))
        var details = try #require(incident.details.table)
        #expect(details["parameters"] == ["n": 12])
        details["parameters"] = ["n": 12, "gone": "a default"]
        incident.details = .table(details)
        incident.number = 2
        incident.moment = 3
        var lead = try #require(store.lead(incident.lead))
        lead.lastMoment = 3
        var record = MomentRecord(
            lead: lead, at: incident.at, command: Command(lead: lead.id, order: .set(LeadChanges())),
            journal: [])
        record.incidents = [incident]
        try store.commit([record])

        try scenario.restart(maps: [], plugins: Self.plugin("n = { type = 'string' }"))
        try scenario.rerun(2, of: LeadID("L")!)
        #expect(said(scenario) == [#"{"n":"012"}"#])
    }
}
