import Journeys
import LuaSandbox
import Plugins
import TestKit
import Testing
import Values
import Workspace

@Suite("Settings")
struct SettingsTests {
    private func mistakes(_ text: String) -> [String] {
        SettingsFile(Array(text.utf8)).mistakes.map {
            String($0.description.dropFirst("signalbox.yaml:".utf8.count))
        }
    }

    private func manifest(_ settings: Export, needs: Export = [:]) throws -> PluginManifest {
        try PluginManifest(
            reading: ["name": "greeting", "api": 1, "settings": settings, "needs": needs], name: "greeting",
            file: "plugins/greeting.lua")
    }

    @Test(
        "nothing means the defaults",
        arguments: ["", "# nothing\n", "{}", "plugins:\nlimits:\n", "plugins: { each: , limits: }", "~"])
    func defaults(text: String) {
        let file = SettingsFile(Array(text.utf8))
        #expect(file.mistakes == [])
        #expect(file.settings.plugins.folder == "plugins")
        #expect(file.settings.plugins.grant == .declared)
        #expect(file.settings.store == "data/signalbox.db")
        #expect(file.settings.lanes == nil)
        #expect(file.settings.limits == RecordLimits())
        #expect(file.settings.queueLimit == 10_000)
        #expect(file.settings.limits(of: "greeting") == Limits())
    }

    @Test("everything that can be set is read")
    func whole() throws {
        let file = SettingsFile(
            Array(
                """
                plugins:
                  folder: addons
                  grant: { greeting: [ email, "http:api.example.com" ] }
                  limits: { deadline: 100ms, memory: 16MiB, instructions: none, effects: 10, log: 8 KiB }
                  each:
                    greeting:
                      settings: { sender: office@example.com, code: 012 }
                      limits: { instructions: 1000000, deadline: 1 s }
                store: elsewhere/leads.db
                lanes: 3
                limits: { field: 32KiB, lead: 1048576, queue: 500, line: 2MiB, moment: { calls: 7, effects: 8, deliveries: 0, bytes: 64KiB } }
                """.utf8))
        #expect(file.mistakes == [])
        let settings = file.settings
        #expect(settings.plugins.folder == "addons")
        #expect(settings.plugins.grant == .listed(["greeting": [.email, .http("api.example.com")]]))
        #expect(settings.store == "elsewhere/leads.db")
        #expect(settings.lanes == 3)
        #expect(settings.limits == RecordLimits(fieldBytes: 32 << 10, leadBytes: 1 << 20))
        #expect(settings.queueLimit == 500)
        #expect(settings.lineLimitBytes == 2 << 20)
        #expect(
            settings.momentLimits
                == MomentLimits(calls: 7, effects: 8, deliveries: 0, bytes: 64 << 10, time: .seconds(2)))
        let other = settings.limits(of: "other")
        #expect(other.deadline == .milliseconds(100))
        #expect(other.memoryBytes == 16 << 20)
        #expect(other.instructions == nil)
        #expect(other.effectCount == 10)
        #expect(other.logBytes == 8 << 10)
        let greeting = settings.limits(of: "greeting")
        #expect(greeting.instructions == 1_000_000)
        #expect(greeting.deadline == .seconds(1))
        #expect(greeting.memoryBytes == 16 << 20)
    }

    @Test("every mistake is reported in one go")
    func everything() {
        let found = mistakes(
            """
            stor: x
            store: [x]
            lanes: many
            limits: { field: 10MB, lead: 1KiB, queue: 0, line: 1, moment: { calls: 0, bytes: lots, time: 1s } }
            plugins:
              folder: ""
              grant: all
              limits: { deadline: 1 month, memory: 1, instructions: lots, effects: 1.5, log: 1GiB, depth: 1 }
              each:
                Greeting: {}
                greeting: { setings: {} }
                note: [x]
            """)
        let expected = [
            "1:1: unknown key `stor` in the settings; known here: deliver, lanes, limits, plugins, retention, secrets, serve, store, zone; did you mean \"store\"?",
            "2:8: `store` must be a text, not a list",
            "3:8: `lanes` must be a whole number from 1 to 1024 or `auto`, not \"many\"",
            "4:18: `field` must be a size from 1KiB to 64MiB, such as `64KiB`, not \"10MB\"",
            "4:18: one field may have 65536 bytes, but a whole lead only 1024",
            "4:43: `queue` must be a whole number from 1 to 10000000, not \"0\"",
            "4:52: `line` must be a size from 1KiB to 256MiB, such as `64KiB`, not \"1\"",
            "4:72: `calls` must be a whole number from 1 to 1000000, not \"0\"",
            "4:82: `bytes` must be a size from 64KiB to 1GiB, such as `64KiB`, not \"lots\"",
            "4:88: unknown key `time` in `moment`; known here: bytes, calls, deliveries, effects",
            "6:11: `folder` must be a path, not \"\"",
            "7:10: `grant` must be `declared` or a table of plugins with what each is granted, not \"all\"",
            "8:23: `deadline` must be a time from 1ms to 10m, such as `50ms`, not \"1 month\"",
            "8:40: `memory` must be a size from 256KiB to 1GiB, such as `64KiB`, not \"1\"",
            "8:57: `instructions` must be a whole number from 1000 to 2147483647 or `none`, not \"lots\"",
            "8:72: `effects` must be a whole number from 1 to 100000, not \"1.5\"",
            "8:82: `log` must be a size from 1KiB to 16MiB, such as `64KiB`, not \"1GiB\"",
            "8:88: unknown key `depth` in `limits`; known here: deadline, effects, instructions, log, memory",
            "10:5: \"Greeting\" is not a name of a plugin: small letters, digits and _, a letter first, at most 64 bytes",
            "11:17: unknown key `setings` in `greeting`; known here: limits, settings; did you mean \"settings\"?",
            "12:11: `note` must be a table, not a list",
        ]
        for (found, expected) in zip(found, expected) { #expect(found == expected) }
        #expect(found.count == expected.count)
        #expect(
            mistakes("plugins: { grant: { note: [ mail ], A: [] } }") == [
                "1:29: there is not a capability \"mail\"; known are email, webhook and http:HOST",
                "1:37: \"A\" is not a name of a plugin: small letters, digits and _, a letter first, at most 64 bytes",
            ])
    }

    @Test("a plugin gets its settings checked and completed, a text where a text is expected")
    func pluginSettings() throws {
        let manifest = try manifest([
            "sender": ["type": "string", "format": "email", "required": true], "code": ["type": "string"],
            "times": ["type": "integer", "default": 3],
        ])
        let text = "plugins: { each: { greeting: { settings: { sender: a@b.c, code: 012 } } } }"
        let values = try SettingsFile(Array(text.utf8)).settings.values(for: manifest)
        #expect(values == ["sender": "a@b.c", "code": "012", "times": 3])
    }

    @Test("settings that do not fit are named with their place, missing ones too")
    func pluginSettingsMistakes() throws {
        let manifest = try manifest([
            "sender": ["type": "string", "format": "email", "required": true], "times": ["type": "integer"],
        ])
        let missing = #expect(throws: Mistakes.self) { try Settings().values(for: manifest) }
        #expect(
            missing?.description
                == "signalbox.yaml: plugins.each.greeting.settings: `sender` is missing: expected a string")
        let text = "plugins:\n  each:\n    greeting: { settings: { sendr: x, times: x } }"
        let wrong = #expect(throws: Mistakes.self) {
            try SettingsFile(Array(text.utf8)).settings.values(for: manifest)
        }
        #expect(
            wrong?.list.map(\.description) == [
                "signalbox.yaml:3:5: plugins.each.greeting.settings: `sender` is missing: expected a string",
                "signalbox.yaml:3:29: plugins.each.greeting.settings: `sendr` is unknown; known here: sender, times; did you mean \"sender\"?",
                "signalbox.yaml:3:46: plugins.each.greeting.settings: `times` must be an integer, not the string \"x\"",
            ])
    }

    @Test("a plugin gets what it declares and the operator grants")
    func grants() throws {
        let manifest = try manifest([:], needs: ["email", "http:x.org"])
        var settings = Settings()
        #expect(settings.granted(to: manifest) == [.email, .http("x.org")])
        settings.plugins.grant = .listed(["greeting": [.email, .webhook]])
        #expect(settings.granted(to: manifest) == [.email])
        settings.plugins.grant = .listed(["other": [.email]])
        #expect(settings.granted(to: manifest) == [])
    }
}
