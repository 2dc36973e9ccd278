import Journeys
import LuaSandbox
import TestKit
import Testing
import Values

@testable import Plugins
@testable import Workspace

/// What a map or the settings give for a parameter, by what is declared for it.
@Suite("Given parameters")
struct GivenParameterTests {
    private static let tail = "\ntracks: [ { track: a, steps: [ { step: b } ] } ]\n"
    /// Scalars that no number can hold.
    private static let unrepresentable = [
        ("12345678901234567890", "needs more than 64 bits"),
        ("+49301234567890123456", "needs more than 64 bits"),
        ("-9223372036854775809", "needs more than 64 bits"),
        ("0xFFFFFFFFFFFFFFFFF", "needs more than 64 bits"),
        ("0o7777777777777777777777777", "needs more than 64 bits"), ("1e999", "is too large for a number"),
        ("-1e999", "is too large for a number"), (".inf", "is not a finite number"),
        ("-.Inf", "is not a finite number"), ("+.INF", "is not a finite number"),
        (".nan", "is not a finite number"), (".NaN", "is not a finite number"),
    ]

    private func given(_ text: String) throws -> GivenParameters {
        let file = MapFile(
            Array("map: m\ntriggers: { open: [ { run: p.a, with: { v: \(text) } } ] }\(Self.tail)".utf8),
            file: "m.yaml")
        #expect(file.mistakes == [])
        return try #require(file.draft?.triggers.first?.triggers.first?.with.given)
    }

    private func complete(_ given: GivenParameters, as type: ParameterDeclaration.Kind) throws -> Value? {
        try ParameterDeclarations([ParameterDeclaration(name: "v", type: type)]).complete(given)["v"]
    }

    @Test(
        "where a string is declared, an unquoted value is the text that is in the file",
        arguments: unrepresentable.map(\.0) + [
            "012", "0x1F", "0o17", "1_000", "1e3", "true", "no", "-.5", "1:30", "2026-11-22", "0017712345678",
        ])
    func texts(text: String) throws {
        #expect(try complete(given(text), as: .string) == .string(text))
        let settings = SettingsFile(Array("plugins: { each: { p: { settings: { v: \(text) } } } }".utf8))
        #expect(settings.mistakes == [])
        let one = try #require(settings.settings.plugins.each["p"]).settings
        #expect(try complete(one.given, as: .string) == .string(text))
    }

    @Test(
        "a value that no number can hold is refused where another type is declared",
        arguments: unrepresentable)
    func refused(text: String, why: String) throws {
        let types: [(ParameterDeclaration.Kind, String)] = [
            (.integer, "an integer"), (.number, "a number"), (.boolean, "a boolean"), (.list, "a list"),
            (.table, "a table"), (.duration, "a duration"),
        ]
        for (type, phrase) in types {
            let mistakes = #expect(throws: InvalidParameters.self) { try complete(given(text), as: type) }
            #expect(mistakes?.description == "`v` must be \(phrase), not \"\(text)\", which \(why)")
        }
    }

    @Test("nothing is not a text, with or without a declared string", arguments: ["null", "~", ""])
    func nothing(text: String) throws {
        let mistakes = #expect(throws: InvalidParameters.self) { try complete(given(text), as: .string) }
        #expect(mistakes?.description == "`v` must be a string, not null")
    }

    @Test("the mistake is at the value's place, in a map and in the settings")
    func places() throws {
        let plugin = """
            return { name = "p", api = 1, settings = { n = { type = "integer" }, s = { type = "string" } },
              actions = { a = { params = { n = { type = "number" }, s = { type = "string" } },
                run = function() end } } }
            """
        let map = "map: m\ntriggers:\n  open:\n  - { run: p.a, with: { s: .inf, n: .inf } }\(Self.tail)"
        let fitting = try Generation(
            reading: MemoryTree([
                "plugins/p.lua": plugin, "maps/m.yaml": map.replacing("n: .inf", with: "n: 1"),
                "signalbox.yaml": "plugins: { each: { p: { settings: { s: 12345678901234567890 } } } }",
            ]))
        #expect(fitting.mistakes == [])
        #expect(fitting.loaded("p")?.settings == ["s": "12345678901234567890"])
        let mistakes = #expect(throws: Mistakes.self) {
            try Generation(reading: MemoryTree(["plugins/p.lua": plugin, "maps/m.yaml": map]))
        }
        #expect(
            mistakes?.list.map(\.description) == [
                "maps/m.yaml:4:37: `n` must be a number, not \".inf\", which is not a finite number"
            ])
        let failed = try Generation(
            reading: MemoryTree([
                "plugins/p.lua": plugin,
                "signalbox.yaml": "plugins: { each: { p: { settings: { n: 12345678901234567890 } } } }",
            ]))
        #expect(
            failed.pluginMistakes.map(\.description) == [
                "signalbox.yaml:1:40: plugins.each.p.settings: `n` must be an integer, not \"12345678901234567890\", which needs more than 64 bits"
            ])
    }

    @Test("what no value can hold in a list or table is told once, at its own place")
    func nested() {
        let plugin = """
            return { name = "p", api = 1,
              actions = { a = { params = { v = { type = "list" } }, run = function() end } } }
            """
        let map = "map: m\ntriggers:\n  open:\n  - { run: p.a, with: { v: [ a, .inf ] } }\(Self.tail)"
        let mistakes = #expect(throws: Mistakes.self) {
            try Generation(reading: MemoryTree(["plugins/p.lua": plugin, "maps/m.yaml": map]))
        }
        #expect(
            mistakes?.list.map(\.description) == [
                "maps/m.yaml:4:33: \".inf\" is not a finite number; in quotes it would be a text"
            ])
    }

    // MARK: Completing once

    private static func plugin(_ declared: String) -> String {
        """
        return { name = "p", api = 1, actions = {
          a = { params = { \(declared) }, run = function(_, params) host.note.add(host.json.encode(params)) end },
          b = { params = { c = { type = "integer", default = 9 } },
            run = function(_, params) host.note.add(host.json.encode(params)) end } } }
        """
    }

    private func notes(_ runner: PluginRunner, _ function: String, _ given: GivenParameters) -> [String] {
        let run = runner.call(
            FunctionName(function)!, event: [:], parameters: given, at: Timestamp(milliseconds: 0), seed: 1)
        switch run.result.outcome {
        case .effects(let effects):
            return effects.map { if case .note(let text) = $0 { text } else { "\($0)" } }
        case .failed(let failure): return ["\(failure.reason): \(failure.message)"]
        case .answer, .skipped: return ["\(run.result.outcome)"]
        }
    }

    @Test("what a trigger gives is completed once for each version of its plugin, also where it does not fit")
    func once() throws {
        let first = try Generation(
            reading: MemoryTree(["plugins/p.lua": Self.plugin("c = { type = 'string' }")]))
        let second = Generation(
            reading: MemoryTree([
                "plugins/p.lua": Self.plugin(
                    "c = { type = 'integer' }, d = { type = 'integer', default = 1 }")
            ]), after: first)
        let given = GivenParameters([.init(name: "c", value: GivenValue(12, text: "012"))])
        let wrong = GivenParameters(["e": 1])
        let runner = PluginRunner(first.catalogue, for: first.rulebook)
        for _ in 1...50 {
            #expect(notes(runner, "p.a", given) == [#"{"c":"012"}"#])
            // No parameters are the same object for all functions.
            #expect(notes(runner, "p.a", .none) == ["{}"])
            #expect(notes(runner, "p.b", .none) == [#"{"c":9}"#])
            #expect(
                notes(runner, "p.a", wrong).first?.hasPrefix("params: the parameters do not fit p.a") == true)
        }
        #expect(runner.completedCount == 4)
        runner.adopt(second.catalogue, for: second.rulebook)
        for _ in 1...50 { #expect(notes(runner, "p.a", given) == [#"{"c":12,"d":1}"#]) }
        #expect(runner.completedCount == 1)
    }

    @Test("of very many triggers, those of which the parameters are kept have a limit")
    func limit() throws {
        let first = try Generation(
            reading: MemoryTree(["plugins/p.lua": Self.plugin("c = { type = 'string' }")]))
        let plugin = try #require(first.loaded("p"))
        let sandbox = try Sandbox(plugin.program, limits: plugin.limits)
        let loaded = LoadedSandbox(sandbox: sandbox, manifest: plugin.manifest, plugin: plugin)
        let name = FunctionName(plugin: "p", name: "a")
        for number in 0...LoadedSandbox.parametersLimit {
            let text = "\(number)"
            let target = try #require(loaded.target(name, given: GivenParameters(["c": .string(text)])))
            var encoder = ValueEncoder()
            encoder.declaredTable(CallDeclarations.settings + 1) { $0.field("c", text: text) }
            let expected = encoder.finish()
            #expect(try target.parameters.get() == expected)
        }
        #expect(loaded.keptCount == 1)
    }

    @Test("triggers that give the same share one result, and what is kept has a limit in bytes")
    func shared() throws {
        let first = try Generation(
            reading: MemoryTree([
                "plugins/p.lua": Self.plugin(
                    "c = { type = 'string' }, d = { type = 'string', default = ('d'):rep(500000) }")
            ]))
        let plugin = try #require(first.loaded("p"))
        let sandbox = try Sandbox(plugin.program, limits: plugin.limits)
        let loaded = LoadedSandbox(sandbox: sandbox, manifest: plugin.manifest, plugin: plugin)
        let name = FunctionName(plugin: "p", name: "a")
        for _ in 1...5_000 { _ = loaded.target(name, given: GivenParameters(["c": "same"])) }
        #expect(loaded.completedCount == 1)
        #expect(loaded.keptCount == 5_000)
        for number in 1...40 {
            _ = loaded.target(name, given: GivenParameters(["c": .string("\(number)")]))
        }
        #expect(loaded.keptCount < 40)
    }
}
