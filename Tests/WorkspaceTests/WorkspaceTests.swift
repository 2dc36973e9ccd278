import Journeys
import LuaSandbox
import Plugins
import TestKit
import Testing
import Values

@testable import Workspace

@Suite("Maps and plugins together")
struct WorkspaceTests {
    private static func manifest() throws -> PluginManifest {
        try PluginManifest(
            reading: [
                "name": "greeting", "api": 1,
                "actions": [
                    "welcome": [
                        "params": [
                            "template": ["type": "string", "default": "welcome"],
                            "times": ["type": "integer", "most": 3],
                            "after": ["type": "duration"], "share": ["type": "number"],
                        ],
                        "run": .function(.number(1)),
                    ],
                    "needy": [
                        "params": ["to": ["type": "string", "required": true]], "run": .function(.number(2)),
                    ],
                ],
                "deciders": [
                    "by_score": [
                        "params": ["least": ["type": "integer", "default": 50]],
                        "decide": .function(.number(3)),
                    ]
                ],
            ], name: "greeting", file: "plugins/greeting.lua")
    }

    private func plugins() throws -> [String: PluginState] {
        ["greeting": .loaded(try Self.manifest()), "broken": .failed("broken.lua:3: unexpected symbol")]
    }

    private func map(_ triggers: String, id: String = "m", flex: String = "") -> String {
        """
        map: \(id)
        triggers:
          open:
        \(triggers)
        tracks:
          - track: a
            kind: flex
            \(flex.isEmpty ? "" : "flex: \(flex)")
            steps: [ { step: b } ]
        """
    }

    @Test("parameters are completed by what the action declares")
    func completed() throws {
        let files = WorkspaceFiles(
            reading: MemoryTree([
                "maps/m.yaml": map(
                    """
                        - { run: greeting.welcome, with: { times: 2, after: 2 days, share: 1, template: 012 } }
                        - run: greeting.welcome
                          when: lead.x
                    """, flex: "{ decide: greeting.by_score }")
            ]))
        #expect(files.mistakes == [])
        let resolved = files.resolve(with: try plugins())
        #expect(resolved.mistakes == [])
        guard case .available(let definition)? = resolved.maps[MapID("m")] else {
            Issue.record("the map is not available")
            return
        }
        let manifest = try Self.manifest()
        #expect(
            try definition.triggers[.open].map { try manifest.complete($0.parameters, for: $0.run) } == [
                ["times": 2, "after": "2 days", "share": 1, "template": "012"], ["template": "welcome"],
            ])
        #expect(resolved.conditions[MapID("m")]?.map(\.value) == ["lead.x"])
        #expect(resolved.conditions[MapID("m")]?.map(\.place.line) == [6])
        guard case .flex(let flex?) = definition.tracks[0].kind else {
            Issue.record("the track has no flex trigger")
            return
        }
        #expect(try manifest.complete(flex.parameters, for: flex.decide) == ["least": 50])
        #expect(resolved.missingPlugins.isEmpty)
        #expect(resolved.notices == [])
    }

    @Test("what no plugin has and what does not fit is a mistake, all in one go")
    func mistakes() throws {
        let files = WorkspaceFiles(
            reading: MemoryTree([
                "maps/m.yaml": map(
                    """
                        - run: greting.welcome
                        - run: greeting.welcom
                        - run: greeting.by_score
                        - { run: greeting.welcome, with: { times: 4, after: soon, tempalte: x, share: x } }
                        - run: greeting.needy
                    """, flex: "{ decide: greeting.welcome, with: { any: 1 } }"),
                "maps/n.yaml": map(
                    "    - run: greeting.welcome", id: "n",
                    flex: "{ decide: greeting.by_score, with: { least: x } }"),
            ]))
        #expect(files.mistakes == [])
        let resolved = files.resolve(with: try plugins())
        #expect(resolved.maps.isEmpty)
        let expected = [
            "maps/m.yaml:4:12: there is no plugin \"greting\"; did you mean \"greeting\"?",
            "maps/m.yaml:5:12: the plugin \"greeting\" has no action \"welcom\"; known here: needy, welcome; did you mean \"welcome\"?",
            "maps/m.yaml:6:12: \"greeting.by_score\" is a decider, for `flex`, not an action",
            "maps/m.yaml:7:47: `times` must be at most 3, not the integer 4",
            "maps/m.yaml:7:57: `after` must be a duration, not the string \"soon\"; write it as \"2 days\", \"90 s\" or a whole number of milliseconds",
            "maps/m.yaml:7:63: `tempalte` is unknown; known here: after, share, template, times; did you mean \"template\"?",
            "maps/m.yaml:7:83: `share` must be a number, not the string \"x\"",
            "maps/m.yaml:8:12: `to` is missing: expected a string",
            "maps/m.yaml:12:21: \"greeting.welcome\" is an action, for `run`, not a decider",
            "maps/n.yaml:8:55: `least` must be an integer, not the string \"x\"",
        ]
        let found = resolved.mistakes.map(\.description)
        for (found, expected) in zip(found, expected) { #expect(found == expected) }
        #expect(found.count == expected.count)
    }

    @Test("a map that needs a plugin that did not load is unavailable, which is not a mistake of the map")
    func unavailable() throws {
        let files = WorkspaceFiles(
            reading: MemoryTree([
                "maps/m.yaml": map("    - { run: broken.anything, with: { x: 1 } }"),
                "maps/n.yaml": map("    - run: greeting.welcome", id: "n"),
            ]))
        let resolved = files.resolve(with: try plugins())
        #expect(resolved.mistakes == [])
        guard case .unavailable(let why)? = resolved.maps[MapID("m")],
            case .available? = resolved.maps[MapID("n")]
        else {
            Issue.record("the maps are others")
            return
        }
        #expect(why == "the plugin \"broken\" did not load: broken.lua:3: unexpected symbol")
        #expect(resolved.missingPlugins == [MapID("m"): ["broken"]])
    }

    @Test("maps beyond what all may have together are not read, and those that were read before come first")
    func together() throws {
        func text(_ id: String) -> String { "map: \(id)\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n" }
        let tree = MemoryTree(
            Dictionary(uniqueKeysWithValues: ["a", "b", "c", "d"].map { ("maps/\($0).yaml", text($0)) }))
        let limit = 2 * text("a").utf8.count + 3
        let first = WorkspaceFiles(reading: tree, mapBytesLimit: limit)
        #expect(first.maps.map(\.file) == ["maps/a.yaml", "maps/b.yaml"])
        #expect(
            first.mistakes.map(\.description) == [
                "maps/c.yaml: all maps together may have \(limit) bytes; this one and those after it are not read"
            ])
        let known = WorkspaceFiles(reading: tree).maps.filter { $0.file == "maps/d.yaml" }
        let next = WorkspaceFiles(reading: tree, knowing: known, mapBytesLimit: limit)
        #expect(Set(next.maps.map(\.file)) == ["maps/a.yaml", "maps/d.yaml"])
    }

    @Test("mistakes of all files come together, sorted, and files that are not maps are passed over")
    func allMistakes() throws {
        var tree = MemoryTree([
            "signalbox.yaml": "lanes: x", "maps/b.yaml": "map: a",
            "maps/a.yaml": map("    - run: greeting.welcome", id: "a"),
            "maps/a.yml": map("    - run: greeting.welcome", id: "a"), "maps/.c.yaml": "?",
            "maps/d.yaml~": "?",
            "maps/README.md": "?", "maps/old/e.yaml": "?",
        ])
        tree.fail("maps/f.yaml", .refused("Permission denied"), kind: .file)
        let files = WorkspaceFiles(reading: tree)
        #expect(
            files.mistakes.map(\.description) == [
                "maps/a.yml:1:6: the map \"a\" is there twice; first in maps/a.yaml",
                "maps/b.yaml:1:1: a map needs at least one track, under `tracks`",
                "maps/b.yaml:1:6: the file of the map \"a\" must be named a.yaml, not b.yaml",
                "maps/b.yaml:1:6: the map \"a\" is there twice; first in maps/a.yaml",
                "maps/f.yaml: it cannot be read: Permission denied",
                "signalbox.yaml:1:8: `lanes` must be a whole number from 1 to 1024 or `auto`, not \"x\"",
            ])
        #expect(files.maps.map(\.file) == ["maps/a.yaml"])
    }

    @Test("settings and grants for a plugin that is not there are noticed")
    func settingsOfNobody() throws {
        let files = WorkspaceFiles(
            reading: MemoryTree([
                "signalbox.yaml":
                    "plugins: { each: { greting: {}, greeting: {} }, grant: { greeting: [], note: [ email ] } }"
            ]))
        let resolved = files.resolve(with: try plugins())
        #expect(
            resolved.notices.map(\.description) == [
                "signalbox.yaml:1:20: there is no plugin \"greting\" in plugins; did you mean \"greeting\"?",
                "signalbox.yaml:1:72: there is no plugin \"note\" in plugins",
            ])
        #expect(resolved.mistakes == [])
    }

    @Test("what looks like a part of the workspace and is not read is noticed")
    func unread() {
        let map = "tracks: [ { track: t, steps: [ { step: s } ] } ]"
        let tree = MemoryTree([
            "map/a.yaml": "", "Plugins/a.lua": "", "templates/t.txt": "", "template/t.txt": "", "mapss/x": "",
            "maps/a.yaml": "map: a\n\(map)", "maps/b.YAML": "", "maps/c.Yml": "", "maps/notes.txt": "",
            "plugin/x.lua": "", "plugins/p.LUA": "", "plugins/p.lua": "return { name = 'p', api = 1 }",
            "plugins/q/init.lua": "return { name = 'q', api = 1 }", "plugins/q/text.Lua": "",
        ])
        let check = WorkspaceCheck(reading: tree)
        #expect(check.mistakes == [])
        #expect(
            check.notices.map(\.description) == [
                "Plugins: this folder is not read: plugins are read from plugins",
                "map: this folder is not read: maps are read from maps",
                "maps/b.YAML: this file is not read: a map's file ends in .yaml or .yml, in small letters",
                "maps/c.Yml: this file is not read: a map's file ends in .yaml or .yml, in small letters",
                "plugin: this folder is not read: plugins are read from plugins",
                "plugins/p.LUA: this file is not read: a file of a plugin ends in .lua, in small letters",
                "plugins/q/text.Lua: this file is not read: a file of a plugin ends in .lua, in small letters",
                "template: this folder is not read: templates are read from templates",
            ])
        var elsewhere = tree
        elsewhere.put("signalbox.yaml", "plugins: { folder: plugin }")
        #expect(
            !WorkspaceCheck(reading: elsewhere).notices.map(\.place.file).contains("plugin"))
    }
}
