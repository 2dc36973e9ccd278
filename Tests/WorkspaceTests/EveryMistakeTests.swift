import Journeys
import TestKit
import Testing

@testable import Workspace

/// One reading reports what is wrong with every file, whatever is wrong with the others.
@Suite("every mistake in one reading")
struct EveryMistakeTests {
    private static let map = """
        map: m
        triggers:
          open:
            - run: greet.hello
            - { run: greeting.hello, with: { times: soon } }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """

    private static let greeting = """
        return { name = "greet", api = 1, settings = { most = { type = "integer" } },
          actions = { hello = { params = { times = { type = "integer" } }, run = function() end } } }
        """

    @Test("mistakes of maps, settings, templates and plugins hide none of each other's")
    func everything() throws {
        var tree = MemoryTree([
            "signalbox.yaml": """
            lanes: x
            plugins: { each: { greeting: { settings: { most: x } }, greet: {} } }
            """,
            "maps/m.yaml": Self.map, "plugins/greeting.lua": Self.greeting,
            "plugins/broken/init.lua": "return {", "plugins/broken/text.lua": "\nreturn }",
            "plugins/broken/good.lua": "return {}",
        ])
        tree.put("templates/bad.txt", [0xFF])
        let expected = [
            #"maps/m.yaml:4:12: there is no plugin "greet"; plugins/greeting.lua calls itself "greet", but its name is "greeting""#,
            #"maps/m.yaml:5:45: `times` must be an integer, not the string "soon""#,
            "plugins/broken/init.lua:1: the plugin does not load: syntax: unexpected symbol near <eof>; the `{` of line 1 is not closed",
            "plugins/broken/text.lua:2: the file does not load: syntax: unexpected symbol near '}'",
            #"plugins/greeting.lua: name: must be "greeting", as its file or folder is named, not the string "greet""#,
            #"signalbox.yaml:1:8: `lanes` must be a whole number from 1 to 1024 or `auto`, not "x""#,
            #"signalbox.yaml:2:50: plugins.each.greeting.settings: `most` must be an integer, not the string "x""#,
            "templates/bad.txt: the file is not UTF-8",
        ]
        let thrown = #expect(throws: Mistakes.self) { try Generation(reading: tree) }
        let check = WorkspaceCheck(reading: tree)
        #expect(check.generation == nil)
        #expect(check.mistakes == thrown?.list)
        let found = check.mistakes.map(\.description)
        for (found, expected) in zip(found, expected) { #expect(found == expected) }
        #expect(found.count == expected.count)
        #expect(
            check.notices.map(\.description) == [
                #"signalbox.yaml:2:57: there is no plugin "greet" in plugins; plugins/greeting.lua calls itself "greet", but its name is "greeting""#
            ])
    }

    @Test("what a plugin declares wrongly is not held against the map and the settings that give it")
    func unknownDeclarations() {
        let plugin = """
            return { name = "p", api = 1, settings = { most = { type = "intger" } },
              actions = { a = { params = { n = { type = "intger" } }, run = function() end },
                b = { params = { n = { type = "integer" } }, run = function() end } } }
            """
        let check = WorkspaceCheck(
            reading: MemoryTree([
                "plugins/p.lua": plugin,
                "signalbox.yaml": "plugins: { each: { p: { settings: { most: x } } } }",
                "maps/m.yaml": """
                map: m
                triggers:
                  open:
                    - { run: p.a, with: { n: x } }
                    - { run: p.b, with: { n: x } }
                tracks: [ { track: t, steps: [ { step: s } ] } ]
                """,
            ]))
        #expect(
            check.mistakes.map { String($0.description.prefix(40)) } == [
                "maps/m.yaml:5:30: `n` must be an integer",
                "plugins/p.lua: actions.a.params.n.type: ",
                "plugins/p.lua: settings.most.type: the s",
            ])
    }

    @Test(
        "settings that could not be read are not missing too",
        arguments: [
            "plugins: [", "5", "plugins: 5", "plugins: { each: 5 }", "plugins: { each: { p: [x] } }",
            "plugins: { each: { p: { settings: 5 } } }",
            "plugins: { each: { p: { settings: { sender: [ .inf ] } } } }",
        ])
    func unread(settings: String) {
        let plugin = """
            return { name = "p", api = 1, settings = { sender = { type = "string", required = true } } }
            """
        let tree = MemoryTree(["plugins/p.lua": plugin, "signalbox.yaml": settings])
        let found = WorkspaceCheck(reading: tree).mistakes
        #expect(found.count == 1, "\(found)")
        let missing = MemoryTree(["plugins/p.lua": plugin])
        #expect(
            WorkspaceCheck(reading: missing).mistakes.map(\.message) == [
                "plugins.each.p.settings: `sender` is missing: expected a string"
            ])
    }

    @Test(
        "a check loads every plugin, also those that another reading would load",
        .enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func slow() {
        var files = ["signalbox.yaml": "plugins: { limits: { deadline: 20ms } }"]
        for number in 10..<23 {
            files["plugins/p\(number).lua"] = "while true do end"
        }
        let mistakes = WorkspaceCheck(reading: MemoryTree(files)).mistakes
        #expect(mistakes.count == 13)
        #expect(mistakes.allSatisfy { $0.message.contains("deadline") })
    }
}
