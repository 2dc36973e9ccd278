import Journeys
import TestKit
import Testing
import Values

@testable import Plugins
@testable import Workspace

/// What `check` says about the names in a `when`.
@Suite("The names in a condition")
struct ConditionNamesTests {
    private let names = ConditionNames(library: [
        "string", "math", "pairs", "ipairs", "host", "_G", "tostring",
    ])

    @Test(
        "what is there may be named, in every form of the language",
        arguments: [
            "lead.channel == 'form'", "event.lead.fields.anything.deeper", "lead.fields[event.step]",
            "event.journey.steps['a/b'] == 'open'", "host.time.now() > event.at", "_ENV.math.pi > _G.math.pi",
            "(function(a, ...) local b <const>, c = a, ... return b, c end)(lead)",
            "(function() for i = 1, 2 do local x = i end for k, v in pairs(lead.fields) do return k == v end end)()",
            "(function() local function f(n) return n and f(n - 1) end return f(1) end)()",
            "(function() repeat local done = true until done goto out ::out:: end)()",
            "{ x = 1, [lead.id] = 2, lead.id; y = { z = 3 } }", "('%s'):rep(2) == [==[ led ]] ]==]",
            "0x1p-4 + 1e-3 + 3. < .5 -- led", "--[[ led ]] true", "lead['id'] == \"led \\\" evnt\"",
            "(function() local o = {} function o:m(a) return self, a end function o.n() end return o:m(1) end)()",
            "(function() local _ENV = { q = 1 } return q end)()", "(function(lead) return lead.foo end)({})",
            "string.format('%d', 1):upper{}", "not lead.agent and #lead.fields.tags ~= ~1 // 2",
            "(function() while true do if lead.id then break elseif event.id then return else end end end)()",
        ])
    func known(expression: String) {
        #expect(names.mistakes(in: expression) == [])
    }

    @Test(
        "a name or a key that is not there is found in every branch, with a near one",
        arguments: [
            ("led.channel == 'form'", #"there is no "led""#, #"did you mean "lead"?"#),
            ("true or evnt.at", #"there is no "evnt""#, #"did you mean "event"?"#),
            ("status == 'open'", #"there is no "status""#, ""),
            ("lead.chanel", #"lead does not have a key "chanel""#, #"did you mean "channel"?"#),
            ("lead.score > 5", #"a lead's own fields are in lead.fields"#, ""),
            ("lead['scor']", #"lead does not have a key "scor""#, ""),
            ("lead:foo()", #"lead does not have a key "foo""#, ""),
            ("event.paylod.x", #"event does not have a key "paylod""#, #"did you mean "payload"?"#),
            ("event.lead.agnt", #"event.lead does not have a key "agnt""#, #"did you mean "agent"?"#),
            ("event.journey.step", #"event.journey does not have a key "step""#, #"did you mean "steps"?"#),
            ("(function() local led = 1 end)() or led", #"there is no "led""#, ""),
            ("(function() local x = x return x end)()", #"there is no "x""#, ""),
            ("(function() y = 1 end)()", #"there is no "y""#, ""),
            ("(function() function z.a() end end)()", #"there is no "z""#, ""),
            ("{ [led] = 1 }", #"there is no "led""#, ""), ("f{ a = led }", #"there is no "f""#, ""),
            ("_ENV.led", #"there is no "led""#, ""), ("_G.led", #"there is no "led""#, ""),
            ("(function() repeat local a = 1 until b end)()", #"there is no "b""#, ""),
            ("(function(a) end)(a)", #"there is no "a""#, ""),
            ("lead.fields[1][led].x", #"there is no "led""#, ""),
        ])
    func unknown(expression: String, message: String, hint: String) {
        let found = names.mistakes(in: expression)
        #expect(found.contains { $0.contains(message) && $0.contains(hint) }, "\(found)")
    }

    @Test("an alias is not followed, and each name is told once")
    func once() {
        #expect(names.mistakes(in: "led or led or led.x").count == 1)
        #expect(names.mistakes(in: "(function() local l = lead return l.foo end)()") == [])
    }

    @Test(
        "names are told in their order in the text, and none behind an `_ENV` of the expression's own")
    func order() {
        let uses = LuaNames.of(
            expression: "a[b](c, d.e[f]).g:h{ i } .. (function(_ENV) return j, _G.k end)(l)")
        #expect(uses.map(\.name) == ["a", "b", "c", "d", "f", "i", "l"])
        #expect(
            names.mistakes(in: "lead.fields[evnt][statu] or led").map { String($0.prefix(17)) } == [
                "there is no \"evnt", "there is no \"stat", "there is no \"led\"",
            ])
    }

    /// Runs the one trigger of a map's opening, as a journey on that version does.
    private func open(_ text: String, plugin body: String) throws -> CallResult {
        let plugin =
            "return { name = \"p\", api = 1, actions = { act = { run = function(event) \(body) end } } }"
        let generation = try Generation(reading: MemoryTree(["plugins/p.lua": plugin]))
        let definition = try MapDefinition(kept: Array(text.utf8), file: "maps/m.yaml")
        let trigger = definition.triggers[.open][0]
        let event = Event(
            seq: 1, name: .mapOpen, at: Timestamp("2026-11-22T09:00:00Z")!, by: "operator",
            map: definition.id,
            journey: 1, place: .step(StepPath(TrackID("a"), StepID("x"))), payload: 1,
            ending: Event.Ending(outcome: .won, cancelled: []))
        let request = CallRequest(
            trigger: "m/open/1", run: FunctionName(plugin: "p", name: "act"), parameters: .none,
            condition: trigger.condition, definition: definition, event: event, role: .action)
        let lead = Lead(
            id: LeadID("L")!, status: .open, agent: "kim", channel: "web", fields: [:], store: [:],
            journey: nil, lastSeq: 0, lastMoment: 0)
        let snapshot = Snapshot(lead: lead, journey: Journey(number: 1, on: definition))
        return PluginRunner(generation.catalogue, for: generation.rulebook).run(request, seeing: snapshot) {
            _, _ in nil
        }.result
    }

    private static func map(when: String) -> String {
        """
        map: m
        triggers:
          open:
            - run: p.act
              when: \(Value.string(when).json)
        tracks: [ { track: a, steps: [ { step: x } ] } ]
        """
    }

    @Test("the keys that are known are those that a call gets")
    func keys() throws {
        let result = try open(
            Self.map(when: "true"),
            plugin: """
                local function keys(t)
                  local list = host.list{}
                  for key in pairs(t) do list[#list + 1] = key end
                  return list
                end
                host.lead.set { event = keys(event), lead = keys(event.lead), journey = keys(event.journey) }
                """)
        guard case .effects(let effects) = result.outcome, case .set(let changes)? = effects.first else {
            Issue.record("\(result)")
            return
        }
        func keys(_ name: String) -> [String] { changes.fields[name]?.list?.compactMap(\.string) ?? [] }
        // `steps` is a decider's, which no condition sees.
        #expect(keys("event") == ConditionNames.eventKeys.filter { $0 != "steps" }.sorted())
        #expect(keys("lead") == ConditionNames.leadKeys.sorted())
        #expect(keys("journey") == ConditionNames.journeyKeys.sorted())
    }

    @Test(
        "R19: a condition of a stored version runs as it did when it was accepted, whatever is a mistake today",
        arguments: [
            ("true) or (true", true), ("false) or (false", false), ("led == nil", true),
            ("lead.chanel", false),
            ("lead.id == 'L' -- yes", true),
        ])
    func stored(when: String, holds: Bool) throws {
        let result = try open(Self.map(when: when), plugin: "")
        switch result.outcome {
        case .effects: #expect(holds)
        case .skipped: #expect(!holds)
        case .answer, .failed: Issue.record("\(result)")
        }
    }

    @Test("R25: a condition that fails says the condition and its line")
    func failing() throws {
        for (when, message) in [
            ("string.rep()", "`when`: when:1: bad argument #1 to 'rep' (string expected, got no value)"),
            ("true and\n  host.time.add(1)", "`when`: when:2: host.time.add: expected a string, got nil"),
        ] {
            guard case .failed(let failure) = try open(Self.map(when: when), plugin: "").outcome else {
                Issue.record("\(when) does not fail")
                continue
            }
            #expect(failure.isOfCondition && failure.message == message)
        }
    }

    /// The mistakes of a map with this condition, without the file's name.
    private func mistakes(when: String) throws -> [String] {
        let plugin = "return { name = \"p\", api = 1, actions = { act = { run = function() end } } }"
        let tree = MemoryTree(["plugins/p.lua": plugin, "maps/m.yaml": Self.map(when: when)])
        do throws(Mistakes) {
            return try Generation(reading: tree).fileMistakes.map(\.description)
        } catch {
            return error.list.map(\.description)
        }
    }

    @Test(
        "a condition is exactly one expression",
        arguments: [
            "true) or (true", "true, false", "true; true", "return true", "x = 1", "-- nothing", "true --[[",
            "1 +",
            "end", ")", "f(", "true\n) or (true",
        ])
    func oneExpression(text: String) throws {
        let found = try mistakes(when: text)
        #expect(found.count == 1, "\(found)")
        #expect(
            found.first?.hasPrefix("maps/m.yaml:5:13: `when` is not a Lua expression") == true, "\(found)")
    }

    @Test(
        "a condition whose message the interpreter cuts within a character is one mistake, in one line",
        arguments: ["'\\é'", "'a\\\u{1F44B}", "\"\\u{é}\"", "'\\xé'", "'\\25é' 'a", "'\\\n\u{7}"])
    func cutMessage(text: String) throws {
        let found = try mistakes(when: text)
        #expect(found.count == 1, "\(found)")
        #expect(
            found.first?.hasPrefix("maps/m.yaml:5:13: `when` is not a Lua expression") == true, "\(found)")
        #expect(found.first?.hasControlCharacters == false)
    }

    @Test("R19: a condition of a stored version that does not parse leaves the others as they are")
    func besideBroken() throws {
        let map = Self.map(when: "true").replacing(
            "tracks:", with: "  close: [ { run: p.act, when: \(Value.string("'\\é'").json) } ]\ntracks:")
        guard case .effects = try open(map, plugin: "").outcome else {
            Issue.record("it does not run")
            return
        }
    }

    @Test("an empty condition is one mistake", arguments: ["", " ", "\t", "\n "])
    func empty(text: String) throws {
        #expect(
            try mistakes(when: text) == ["maps/m.yaml:5:13: `when` is a Lua expression; this one is empty"])
    }

    @Test("a misspelled name is a mistake of the file, at the condition")
    func inFile() throws {
        #expect(
            try mistakes(when: "led.channel == 'form'") == [
                "maps/m.yaml:5:13: there is no \"led\" in `when`; it may name event, lead, host and the library of Lua; did you mean \"lead\"?"
            ])
        #expect(
            try mistakes(when: "host.random() > 0.5 and string.len(lead.id) > 1 and conditions").count == 1)
        #expect(try mistakes(when: "true -- a comment") == [])
    }
}
