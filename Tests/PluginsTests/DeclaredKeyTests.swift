import Journeys
import LuaSandbox
import TestKit
import Testing
import Values

@testable import Plugins
@testable import Workspace

/// Reading a parameter, a setting or a key of the event that is not declared fails the call; nothing else does.
@Suite("Keys that are not declared")
struct DeclaredKeyTests {
    private static func plugin(_ body: String) -> String {
        """
        local early = host.settings.oficce
        local function shared(event, params)
        \(body)
        end
        return { name = "p", api = 1,
          settings = {
            office = { type = "string" }, from = { type = "string", default = "desk" },
            desk = { type = "table", default = {}, keys = { place = { type = "string", default = "x" }, room = { type = "integer" } } },
          },
          actions = {
            act = {
              params = {
                template = { type = "string" }, text = { type = "string", default = "hello" }, any = { type = "table" },
                target = { type = "table", keys = {
                  field = { type = "string" }, value = { type = "integer", default = 7 },
                  inner = { type = "table", keys = { deep = { type = "string" } } } } },
                targets = { type = "list", items = { type = "table", keys = { field = { type = "string" } } } },
                words = { type = "list", items = { type = "string" } },
              },
              run = shared },
            bare = { run = shared },
          },
          deciders = { decide = { params = { least = { type = "integer" } }, decide = function(event, params)
            return { keep = {}, reason = tostring(params.leest) } end } },
          on = { { event = "map.open", run = shared } } }
        """
    }

    private static let settings = "plugins: { each: { p: { settings: { desk: { room: 4 } } } } }\n"

    /// The notes that a call leaves, or why it failed.
    private func result(
        _ body: String, of function: String = "p.act", with parameters: Table = [:],
        event: Value = ["name": "map.open", "lead": ["id": "L1", "fields": ["name": "Ada"]]]
    ) throws -> String {
        let generation = try Generation(
            reading: MemoryTree(["plugins/p.lua": Self.plugin(body), "signalbox.yaml": Self.settings]))
        try #require(generation.pluginMistakes == [])
        let run = PluginRunner(generation.catalogue, for: generation.rulebook).call(
            try #require(FunctionName(described: function)), event: event,
            parameters: GivenParameters(parameters), at: Timestamp("2026-11-22T09:00:00Z")!, seed: 1)
        switch run.result.outcome {
        case .effects(let effects):
            return effects.map { if case .note(let text) = $0 { text } else { "\($0)" } }.joined(
                separator: ",")
        case .failed(let failure): return "\(failure.reason.rawValue): \(failure.message)"
        case .answer(let answer): return answer.json
        case .skipped: return "skipped"
        }
    }

    @Test(
        "a key that is not declared fails the call with the nearest name",
        arguments: [
            (
                "local x = params.tempalte",
                "p.act does not declare a parameter \"tempalte\"; did you mean \"template\"?"
            ),
            (
                "local k = 'tex' .. 'd'; local x = params[k]",
                "p.act does not declare a parameter \"texd\"; did you mean \"text\"?"
            ),
            ("local x = params.zzzzzz", "p.act does not declare a parameter \"zzzzzz\""),
            ("if params.tempalte then host.note.add('x') end", "\"tempalte\""),
            (
                "local x = params.target.filed",
                "params.target does not have a key \"filed\"; did you mean \"field\"?"
            ),
            (
                "local x = params.target.inner.dep",
                "params.target.inner does not have a key \"dep\"; did you mean \"deep\"?"
            ),
            (
                "local x = params.targets[2].feild",
                "params.targets[…] does not have a key \"feild\"; did you mean \"field\"?"
            ),
            (
                "for _, t in ipairs(params.targets) do local x = t.fields end",
                "params.targets[…] does not have a key \"fields\""
            ),
            (
                "local x = host.settings.ofice",
                "the plugin does not declare a setting \"ofice\"; did you mean \"office\"?"
            ),
            (
                "local x = host.settings.desk.romo",
                "host.settings.desk does not have a key \"romo\"; did you mean \"room\"?"
            ),
            ("local x = event.outcom", "event does not have a key \"outcom\"; did you mean \"outcome\"?"),
            (
                "local x = event.lead.agnet",
                "event.lead does not have a key \"agnet\"; did you mean \"agent\"?"
            ),
            ("local x = event.lead.name", "event.lead does not have a key \"name\""),
            (
                "local x = event.journey.step",
                "event.journey does not have a key \"step\"; did you mean \"steps\"?"
            ),
            (
                "local x = params['" + String(repeating: "y", count: 500) + "']",
                String(repeating: "y", count: 64) + "\""
            ),
        ])
    func told(_ body: String, says: String) throws {
        let given: Table = [
            "target": ["field": "f", "inner": [:]], "targets": [["field": "a"], ["field": "b"]],
        ]
        let found = try result(
            body, with: given,
            event: ["name": "map.open", "lead": ["id": "L1", "fields": [:]], "journey": ["map": "m"]])
        #expect(found.hasPrefix("error: p.lua:3: ") && found.contains(says), "\(found)")
    }

    @Test(
        "what is declared, and whatever else may be done with the tables, is as before",
        arguments: [
            ("tostring(params.template) .. tostring(params.target)", "nilnil"), ("params.text", "hello"),
            ("tostring(rawget(params, 'tempalte'))", "nil"),
            ("host.json.encode(params)", #"{"text":"hello"}"#),
            ("tostring(next(params))", "text"), ("tostring(getmetatable(params))", "nil"),
            ("tostring(#params)", "0"),
            ("tostring(params[1])", "nil"), ("(('{text} {txet}'):gsub('{(%w+)}', params))", "hello {txet}"),
            ("host.text.fill('{{text}} {{name}}', params, event.lead.fields)", "hello Ada"),
            ("host.text.fill('{{from}} {{text}}', host.settings, params)", "desk hello"),
            ("tostring(pcall(os.time, params))", "false"),
            ("(function() params.tempalte = 'mine'; return params.tempalte end)()", "mine"),
            ("(function() rawset(params, 'tempalte', 'mine'); return params.tempalte end)()", "mine"),
            ("tostring(setmetatable(params, {}).tempalte)", "nil"),
            ("tostring(setmetatable(params, { __index = function() return 'own' end }).tempalte)", "own"),
            ("(function() local n = 0; for _ in pairs(params) do n = n + 1 end return n .. '' end)()", "1"),
            ("host.settings.from .. tostring(host.settings.office)", "desknil"),
            ("host.json.encode(host.settings)", #"{"desk":{"place":"x","room":4},"from":"desk"}"#),
            ("host.settings.desk.place .. host.settings.desk.room", "x4"), ("tostring(early)", "nil"),
            ("tostring(event.outcome) .. tostring(event.payload) .. tostring(event.step)", "nilnilnil"),
            ("tostring(event.lead.agent) .. tostring(event.lead.fields.agnet)", "nilnil"),
            ("tostring(pcall(function() return params.tempalte end))", "false"),
        ])
    func unchanged(_ expression: String, is expected: String) throws {
        #expect(try result("host.note.add(\(expression))") == expected)
    }

    @Test("in a table of which nothing is declared any key may be looked for")
    func opaque() throws {
        let body = "host.note.add(tostring(params.any.whatever) .. params.any.x .. tostring(params.any.y.z))"
        #expect(try result(body, with: ["any": ["x": 1, "y": [:]]]) == "nil1nil")
    }

    @Test("keys of declared tables get their defaults, and a list its items")
    func completed() throws {
        let body = "host.note.add(host.json.encode(params))"
        let given: Table = ["target": ["field": "f"], "words": ["a"]]
        #expect(
            try result(body, with: given)
                == #"{"target":{"field":"f","value":7},"text":"hello","words":["a"]}"#)
        #expect(
            try result(body, with: ["target": ["filed": 1], "words": ["a", 2]])
                == "params: the parameters do not fit p.act v: `target.filed` is unknown; known here: field, inner, value; did you mean \"field\"?; `words[2]` must be a string, not the integer 2"
                .replacing(" v:", with: " \(try version()):"))
    }

    private func version() throws -> String {
        let generation = try Generation(
            reading: MemoryTree([
                "plugins/p.lua": Self.plugin("host.note.add(host.json.encode(params))"),
                "signalbox.yaml": Self.settings,
            ]))
        return try #require(generation.loaded("p")).version
    }

    @Test(
        "an action without parameters declares none; a subscription cannot declare any, and is not held to it"
    )
    func functions() throws {
        let body = "host.note.add(tostring(params.template))"
        #expect(try result(body) == "nil")
        #expect(try result(body, of: "p.bare").contains("p.bare does not declare a parameter \"template\""))
        #expect(try result(body, of: "p/on/1") == "nil")
        let decided = try result("", of: "p.decide", event: ["name": "track.open", "steps": []])
        #expect(decided.contains("p.decide does not declare a parameter \"leest\"; did you mean \"least\"?"))
    }

    @Test("a plugin that replaces Lua's functions changes nothing about it")
    func takeover() throws {
        let takeover = """
            for _, library in ipairs({ string, table, math, utf8 }) do
              for name in pairs(library) do rawset(library, name, function() return "no" end) end
            end
            for _, name in ipairs({ "type", "next", "rawget", "rawset", "setmetatable", "getmetatable", "tostring", "ipairs",
              "pairs", "error", "select" }) do _G[name] = function() return "no" end end
            """
        #expect(
            try result("\(takeover)\nlocal x = params.tempalte").contains(
                "p.act does not declare a parameter \"tempalte\"; did you mean \"template\"?"))
        #expect(
            try result("\(takeover)\nlocal x = host.settings.ofice").contains("did you mean \"office\"?"))
    }

    @Test("looking for the nearest of many long names takes little of a call's time")
    func nearest() throws {
        let names = (0..<200).map { String(repeating: "a", count: 60) + "_\(100 + $0)" }
        let source = """
            return { name = "p", api = 1, actions = { act = { params = {
              \(names.map { "\($0) = { type = 'string' }" }.joined(separator: ", ")) },
              run = function(event, params) local x = params.\(String(repeating: "a", count: 59))b_9999 end } } }
            """
        let generation = try Generation(
            reading: MemoryTree([
                "plugins/p.lua": source,
                "signalbox.yaml": "plugins: { limits: { instructions: 2000000, deadline: 2s } }",
            ]))
        guard let failure = failure(ofActIn: generation) else { return }
        #expect(failure.reason == .error && failure.message.contains("p.act does not declare a parameter"))
    }

    /// How a call of `p.act` failed; one that did not is an issue.
    private func failure(ofActIn generation: Generation) -> Journeys.CallFailure? {
        let run = PluginRunner(generation.catalogue, for: generation.rulebook).call(
            FunctionName(plugin: "p", name: "act"), event: [:], parameters: .none,
            at: Timestamp("2026-11-22T09:00:00Z")!, seed: 1)
        if case .failed(let failure) = run.result.outcome { return failure }
        Issue.record("\(run.result.outcome)")
        return nil
    }

    @Test(
        "the nearest name is the same as the checks of files find",
        arguments: [
            "", "a", "ab", "abc", "template", "tmplate", "templatee", "etmplate", "temp", "field", "fiedl",
        ])
    func distances(_ name: String) throws {
        let known = ["template", "templates", "field", "fields", "ab", "abcd", "x"].filter {
            !sameBytes($0, name)
        }
        let source = """
            return { name = "p", api = 1, actions = { act = { params = {
              \(known.map { "\($0) = { type = 'string' }" }.joined(separator: ", ")) },
              run = function(event, params) local x = params["\(name)"] end } } }
            """
        let generation = try Generation(reading: MemoryTree(["plugins/p.lua": source]))
        guard let failure = failure(ofActIn: generation) else { return }
        #expect(
            failure.message.hasSuffix("\"\(name)\"\(suggestion(for: name, among: known.sorted()))"),
            "\(failure.message)")
    }
}
