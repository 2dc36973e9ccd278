import Journeys
import LuaSandbox
import Plugins
import TestKit
import Testing
import Values

@Suite("What a plugin returns")
struct ManifestTests {
    private func mistakes(_ export: Export, name: String = "greeting") -> [String] {
        do {
            _ = try PluginManifest(reading: export, name: name, file: "plugins/greeting.lua")
            return []
        } catch {
            return error.list.map { String($0.description.dropFirst("plugins/greeting.lua: ".utf8.count)) }
        }
    }

    @Test("items and keys are read, with declarations inside")
    func inside() throws {
        let manifest = try PluginManifest(
            reading: [
                "name": "greeting", "api": 1,
                "settings": [
                    "targets": [
                        "type": "list", "default": [["field": "a"]],
                        "items": [
                            "type": "table",
                            "keys": ["field": ["type": "string"], "n": ["type": "integer", "default": 3]],
                        ],
                    ]
                ],
            ], name: "greeting", file: "plugins/greeting.lua")
        let keys = ParameterDeclarations([
            ParameterDeclaration(name: "field", type: .string),
            ParameterDeclaration(name: "n", type: .integer, defaultValue: 3),
        ])
        #expect(
            manifest.settings.all == [
                ParameterDeclaration(
                    name: "targets", type: .list, defaultValue: [["field": "a", "n": 3]],
                    content: .items(ParameterDeclaration(name: "item", type: .table, content: .keys(keys))))
            ])
    }

    @Test(
        "a mistake inside items and keys is told with its path",
        arguments: [
            (
                ["type": "string", "items": ["type": "string"]],
                "settings.x.items: only a list has items, not a string"
            ),
            (["type": "list", "keys": [:]], "settings.x.keys: only a table has keys, not a list"),
            (
                ["type": "list", "items": ["type": "text"]],
                "settings.x.items.type: the string \"text\" is not a type; known are string, integer, number, boolean, list, table, duration, map, step, template"
            ),
            (
                ["type": "list", "items": ["type": "string", "required": true]],
                "settings.x.items: unknown key `required`; known here: enum, filled, format, items, keys, least, most, summary, type"
            ),
            (
                ["type": "table", "keys": ["a b": ["type": "string"]]],
                "settings.x.keys.a b: \"a b\" is not a name of a parameter: letters, digits and _, no digit first, at most 64 bytes"
            ),
            (
                ["type": "table", "keys": ["a": ["type": "string"]], "default": ["b": 1]],
                "settings.x.default: `x.b` is unknown; known here: a; did you mean \"a\"?"
            ),
        ] as [(Export, String)])
    func insideMistakes(declaration: Export, told: String) {
        let found = mistakes([
            "name": "greeting", "api": 1, "settings": .table([.init(key: "x", value: declaration)]),
        ])
        #expect(found == [told])
    }

    @Test("a plugin is read whole")
    func whole() throws {
        let manifest = try PluginManifest(
            reading: [
                "name": "greeting", "version": "1.2.0", "api": 1, "summary": "Greets a new lead",
                "needs": ["email", "http:api.example.com"],
                "emits": ["greeting.welcomed", "greeting.a_1"],
                "settings": ["sender": ["type": "string", "format": "email", "required": true]],
                "actions": [
                    "welcome": [
                        "summary": "Send the welcome email",
                        "params": ["template": ["type": "string", "default": "welcome", "summary": "Which"]],
                        "run": .function(.number(1)), "outlives_journey": true,
                    ]
                ],
                "deciders": [
                    "by_score": [
                        "params": ["least": ["type": "integer", "default": 50, "least": 0, "most": 100]],
                        "decide": .function(.number(2)),
                    ]
                ],
                "on": [
                    [
                        "event": "step.close", "map": "new-buyer", "at": "qualify/c*", "priority": 10,
                        "run": .function(.number(3)),
                    ],
                    ["event": "scoring.done", "run": .function(.number(4))],
                    ["event": "track.*", "at": "*", "priority": -1, "run": .function(.number(5))],
                    ["event": "other.*", "run": .function(.number(6))],
                    ["event": "delivery.failed", "run": .function(.number(7))],
                    ["event": "delivery.*", "map": "m", "run": .function(.number(8))],
                ],
            ], name: "greeting", file: "plugins/greeting.lua")
        #expect(manifest.name == "greeting")
        #expect(manifest.version == "1.2.0")
        #expect(manifest.summary == "Greets a new lead")
        #expect(manifest.needs == [.email, .http("api.example.com")])
        #expect(manifest.emits == ["greeting.welcomed", "greeting.a_1"])
        #expect(
            manifest.settings.all == [
                ParameterDeclaration(name: "sender", type: .string, isRequired: true, format: .email)
            ])
        let welcome = try #require(manifest.action("welcome"))
        #expect(welcome.outlivesJourney)
        #expect(welcome.parameters["template"]?.defaultValue == "welcome")
        #expect(manifest.decider("by_score")?.parameters["least"]?.most == 100)
        #expect(manifest.function(FunctionName(plugin: "greeting", name: "welcome")) == .number(1))
        #expect(manifest.function(FunctionName(plugin: "greeting", name: "by_score")) == .number(2))
        #expect(manifest.function(FunctionName(plugin: "greeting", subscription: 2)) == .number(4))
        #expect(manifest.function(FunctionName(plugin: "greeting", subscription: 7)) == nil)
        #expect(manifest.function(FunctionName(plugin: "other", name: "welcome")) == nil)
        let subscriptions = manifest.subscriptions.map(\.subscription)
        #expect(
            subscriptions.map(\.name) == (1...6).map { "greeting/on/\($0)" })
        #expect(
            subscriptions.map(\.event) == [
                .exactly(.stepClose), .exactly(.custom("scoring.done")), .every("track"), .every("other"),
                .exactly(.deliveryFailed), .every("delivery"),
            ])
        #expect(subscriptions.map(\.map) == [MapID("new-buyer"), nil, nil, nil, nil, MapID("m")])
        #expect(subscriptions.map(\.at) == ["qualify/c*", nil, "*", nil, nil, nil])
        #expect(subscriptions.map(\.priority) == [10, 0, -1, 0, 0, 0])
    }

    @Test("name and api are enough, and Lua's empty tables are empty lists")
    func least() {
        #expect(mistakes(["name": "greeting", "api": 1]) == [])
        #expect(mistakes(["name": "greeting", "api": 1, "needs": [:], "on": [:], "actions": [:]]) == [])
    }

    @Test("what is not a table is not a plugin")
    func noTable() {
        #expect(mistakes(nil) == ["a plugin returns one table, not null"])
        #expect(mistakes("x") == ["a plugin returns one table, not the string \"x\""])
        #expect(mistakes(.function(.number(1))) == ["a plugin returns one table, not a function"])
        #expect(mistakes([1]) == ["a plugin returns one table, not a list"])
        #expect(mistakes([:]) == ["`api` is missing", "`name` is missing"])
    }

    /// A manifest with a mistake of every kind.
    private static let wrong: Export = [
        "name": "greetings", "api": 2, "version": 1.2, "action": [:],
        "needs": ["email", "email", "mail", "http:", 5],
        "settings": [
            "a": ["type": "text"], "b": [:], "c": ["type": "string", "required": true, "default": "x"],
            "not-a-name": ["type": "string"], "isFine": ["type": "string"],
        ],
        "actions": [
            "welcome": [
                "params": [
                    "template": ["type": "string", "default": 5],
                    "n": ["type": "integer", "least": 5, "most": 1],
                    "s": ["type": "string", "least": 1], "e": ["type": "string", "enum": ["a", 1]],
                    "l": ["type": "list", "enum": [["a"]]], "u": ["type": "integer", "format": "url"],
                    "v": ["type": "string", "format": "phone"],
                    "w": ["type": "string", "enum": ["a"], "default": "b"],
                    "x": ["type": "string", "defualt": "b"], "y": "string",
                    "z": ["type": "string", "filled": true],
                ],
                "run": "welcome",
            ],
            "Bad": ["run": .function(.number(1))], "lacking": [:], "wrong": 5,
        ],
        "deciders": ["d": ["decide": .function(.number(1)), "run": .function(.number(2))]],
        "on": [
            ["event": "step.closed", "run": .function(.number(1))],
            ["event": "*", "run": .function(.number(1))],
            ["event": "host.x", "run": .function(.number(1))],
            ["run": .function(.number(1))],
            ["event": "map.open", "at": "a", "run": .function(.number(1))],
            ["event": "step.open", "at": "A", "run": .function(.number(1))],
            ["event": "track.open", "at": "a/", "run": .function(.number(1))],
            ["event": "step.open", "at": "a/b/c", "run": .function(.number(1))],
            ["event": "step.open", "map": "New", "priority": 1.5, "run": 5],
            ["event": "custom.x", "at": "a/b", "map": 5, "run": .function(.number(1))],
            ["event": "delivery.fail", "run": .function(.number(1))],
        ],
    ]

    private static let mistakesOfWrong = [
        "actions.Bad: \"Bad\" is not a name: small letters, digits and _, a letter first, at most 64 bytes",
        "actions.lacking: `run` is missing",
        "actions.welcome.params.e.enum[2]: `e` must be a string, not the integer 1",
        "actions.welcome.params.l.enum: a list has no enum",
        "actions.welcome.params.n.least: is more than `most`",
        "actions.welcome.params.s.least: a string has no least and no most; integers, numbers and durations have",
        "actions.welcome.params.template.default: `template` must be a string, not the integer 5",
        "actions.welcome.params.u.format: only a string has a format, not an integer",
        "actions.welcome.params.v.format: the string \"phone\" is not a format; known are email, url",
        "actions.welcome.params.w.default: `w` must be one of \"a\", not the string \"b\"",
        "actions.welcome.params.x: unknown key `defualt`; known here: default, enum, filled, format, items, keys, least, most, required, summary, type; did you mean \"default\"?",
        "actions.welcome.params.y: must be a table with names, not the string \"string\"",
        "actions.welcome.params.z.filled: belongs to a format; without one any string may be filled in",
        "actions.welcome.run: must be a function, not the string \"welcome\"",
        "actions.wrong: must be a table with names, not the integer 5",
        "api: must be 1, the only one that is spoken here, not the integer 2",
        "deciders.d: unknown key `run`; known here: decide, params, summary",
        "name: must be \"greeting\", as its file or folder is named, not the string \"greetings\"",
        "needs[2]: email appears twice",
        "needs[3]: the string \"mail\" is not a capability; known are email, webhook and http:HOST",
        "needs[4]: the string \"http:\" is not a capability; known are email, webhook and http:HOST",
        "needs[5]: the integer 5 is not a capability; known are email, webhook and http:HOST",
        "on[10].map: must be a string, not the integer 5",
        "on[11].event: there is no event \"delivery.fail\"; did you mean \"delivery.failed\"?",
        "on[1].event: there is no event \"step.closed\"; did you mean \"step.close\"?",
        "on[2].event: the string \"*\" is not an event: known are map.open, map.close, map.leave, track.open, track.close, step.open, step.close, step.skip, step.remove, delivery.failed, a plugin's PLUGIN.NAME, and * after the dot",
        "on[3].event: there is no event \"host.x\"", "on[4]: `event` is missing",
        "on[6].at: the string \"A\" is not a place: write track, track/step, or either with *",
        "on[7].at: the string \"a/\" is not a place: write track, track/step, or either with *",
        "on[8].at: the string \"a/b/c\" is not a place: write track, track/step, or either with *",
        "on[9].map: \"New\" is not an id of a map",
        "on[9].priority: must be an integer, not the number 1.5",
        "on[9].run: must be a function, not the integer 5",
        "settings.a.type: the string \"text\" is not a type; known are string, integer, number, boolean, list, table, duration, map, step, template",
        "settings.b: `type` is missing", "settings.c.default: a required parameter needs no default",
        "settings.not-a-name: \"not-a-name\" is not a name of a parameter: letters, digits and _, no digit first, at most 64 bytes",
        "unknown key `action`; known here: actions, api, deciders, emits, name, needs, on, settings, summary, version; did you mean \"actions\"?",
        "version: must be a string, not the number 1.2",
    ]

    @Test("every mistake is reported in one go, with its path")
    func everything() {
        let found = mistakes(Self.wrong)
        for (found, expected) in zip(found, Self.mistakesOfWrong) { #expect(found == expected) }
        #expect(found.count == Self.mistakesOfWrong.count)
    }

    @Test("the events that a plugin emits are its own, by names that others can subscribe to, each once")
    func emits() {
        let found = mistakes([
            "name": "greeting", "api": 1,
            "emits": [
                "greeting.done", "greeting.done", "done", "Greeting.All-Done", "other.done", "greeting.*",
                "greeting.1st", "greeting.", "", "step.close", "greeting.a.b", 5,
            ],
        ])
        let form = "expected greeting.NAME, where NAME is \(PluginName.rule)"
        func mistake(_ number: Int, _ text: String, near: String? = nil) -> String {
            "emits[\(number)]: the string \"\(text)\" is not an event of this plugin: \(form)"
                + (near.map { "; did you mean \"greeting.\($0)\"?" } ?? "")
        }
        let expected = [
            "emits[2]: greeting.done appears twice", mistake(3, "done", near: "done"),
            mistake(4, "Greeting.All-Done", near: "all_done"), mistake(5, "other.done", near: "done"),
            mistake(6, "greeting.*"), mistake(7, "greeting.1st"), mistake(8, "greeting.", near: "greeting"),
            mistake(9, ""),
            mistake(10, "step.close", near: "close"), mistake(11, "greeting.a.b", near: "b"),
            "emits[12]: must be a string, not the integer 5",
        ]
        #expect(found == expected.sorted())
        #expect(mistakes(["name": "greeting", "api": 1, "emits": [:]]) == [])
        #expect(
            mistakes(["name": "greeting", "api": 1, "emits": "greeting.done"])
                == ["emits: must be a list, not the string \"greeting.done\""])
    }

    @Test("a plugin may list so many events and no more")
    func emitsLimit() {
        func found(events count: Int) -> [String] {
            mistakes([
                "name": "greeting", "api": 1, "emits": .list((1...count).map { .string("greeting.e\($0)") }),
            ])
        }
        #expect(found(events: ManifestLimits.events) == [])
        #expect(
            found(events: ManifestLimits.events + 1) == ["emits: 1001 events; a plugin may have 1000"])
    }

    @Test("an action and a decider of one name cannot be told apart")
    func oneName() {
        let found = mistakes([
            "name": "greeting", "api": 1, "actions": ["x": ["run": .function(.number(1))]],
            "deciders": ["x": ["decide": .function(.number(2))]],
        ])
        #expect(found == ["deciders.x: there is an action of this name already"])
    }

    @Test(
        "capabilities are a closed list",
        arguments: [
            ("email", Capability.email), ("webhook", .webhook),
            ("http:api.example.com", .http("api.example.com")),
            ("http:localhost:8080", .http("localhost:8080")), ("http:", nil), ("http:a b", nil),
            ("http:*", nil),
            ("http:A.com", nil), ("http:x:0", nil), ("http:x:99999", nil), ("http://x", nil),
            ("http:.x", nil),
            ("http:-x", nil), ("Email", nil), ("", nil),
        ])
    func capabilities(text: String, capability: Capability?) {
        #expect(Capability(text) == capability)
        if let capability { #expect(capability.description == text) }
    }

    @Test(
        "names of plugins are small words",
        arguments: [
            ("a", true), ("a_1", true), ("greeting", true), ("", false), ("A", false), ("1a", false),
            ("_a", false),
            ("a-b", false), ("é", false), ("a.b", false), (String(repeating: "a", count: 64), true),
            (String(repeating: "a", count: 65), false),
        ])
    func names(text: String, isName: Bool) {
        #expect(PluginName.isName(text) == isName)
    }
}
