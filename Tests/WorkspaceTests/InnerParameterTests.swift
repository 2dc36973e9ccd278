import Journeys
import Plugins
import TestKit
import Testing
import Values
import Workspace

/// What maps and settings give inside of tables and lists whose inside is declared.
@Suite("Parameters inside of tables and lists")
struct InnerParameterTests {
    private static let plugin = """
        return { name = "p", api = 1,
          settings = { desk = { type = "table", keys = { room = { type = "string" }, floor = { type = "integer" } } } },
          actions = { act = { params = {
            target = { type = "table", keys = { field = { type = "string" }, value = { type = "integer", default = 7 } } },
            words = { type = "list", items = { type = "string" } },
            letter = { type = "table", keys = { template = { type = "template" } } },
          }, run = function(event, params) host.note.add(host.json.encode(params)) end } } }
        """

    private func check(map lines: String, settings: String = "") -> WorkspaceCheck {
        let map = """
            map: m
            triggers:
              open:
                - run: p.act
                  with:
            \(lines)
            tracks: [ { track: t, steps: [ { step: s } ] } ]
            """
        return WorkspaceCheck(
            reading: MemoryTree([
                "plugins/p.lua": Self.plugin, "maps/m.yaml": map, "signalbox.yaml": settings,
            ]))
    }

    @Test("what does not fit is told where it is written")
    func places() {
        let map = """
                    target:
                      filed: x
                      value: no
                    words: [ a, [ b ] ]
                    letter: { template: gone }
            """
        let check = check(
            map: map, settings: "plugins: { each: { p: { settings: { desk: { romo: 1, floor: x } } } } }")
        #expect(
            check.mistakes.map(\.description).filter { $0.hasPrefix("maps/") } == [
                "maps/m.yaml:7:11: `target.filed` is unknown; known here: field, value; did you mean \"field\"?",
                "maps/m.yaml:8:18: `target.value` must be an integer, not the string \"no\"",
                "maps/m.yaml:9:21: `words[2]` must be a string, not a list",
                "maps/m.yaml:10:17: `letter`: there is no template \"gone\"",
            ])
        let settings = check.mistakes.map(\.description).filter { $0.hasPrefix("signalbox.yaml") }
        #expect(settings.count == 2, "\(settings)")
        #expect(
            settings.contains {
                $0.contains("`desk.romo` is unknown") && $0.contains("did you mean \"room\"?")
            })
        #expect(settings.contains { $0.contains("`desk.floor` must be an integer, not the string \"x\"") })
    }

    @Test("a template that a table names is looked for")
    func templates() {
        let check = check(map: "        letter: { template: gone }")
        #expect(check.mistakes.count == 1 && "\(check.mistakes)".contains("gone"), "\(check.mistakes)")
    }

    @Test("an unquoted value is the text that is in the file where a string is declared, inside too")
    func texts() throws {
        let map = """
                    target: { field: 012 }
                    words: [ no, 1.50, true, ~x, 12 ]
            """
        let generation = try #require(check(map: map).generation)
        guard case .available(let definition)? = generation.rulebook.maps[MapID("m")] else {
            Issue.record("\(generation.mistakes)")
            return
        }
        let given = try #require(definition.triggers[.open].first).parameters
        let completed = try #require(generation.loaded("p")).manifest.complete(
            given, for: FunctionName(plugin: "p", name: "act"))
        #expect(
            completed == [
                "target": ["field": "012", "value": 7], "words": ["no", "1.50", "true", "~x", "12"],
            ])
    }
}
