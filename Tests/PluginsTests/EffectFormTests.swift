import Journeys
import TestKit
import Testing
import Values

@testable import Plugins
@testable import Workspace

/// The forms of what plugins ask for, by the host's library with the plugin's line, and again in Swift where the
/// effect is decoded: both must say the same of everything here.
@Suite("The forms of effects")
struct EffectFormTests {
    /// What the library does with the body of an action of the plugin `p`.
    private func run(_ body: String) throws -> CallResult.Outcome { try outcome(ofAction: body) }

    private func decode(_ record: Value) throws(CallFailure) -> [Effect] {
        try EffectDecoder(plugin: "p", granted: ["email", "webhook"], limits: RecordLimits())
            .effects([record])
    }

    /// The value as Lua source.
    private func lua(_ value: Value) -> String {
        switch value {
        case .null: "host.null"
        case .bool, .integer, .double: value.json
        case .string(let text):
            "\"" + text.utf8.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\""
        case .list(let items): "host.list{\(items.map(lua).joined(separator: ","))}"
        case .table(let table):
            "{\(table.map { "[\(lua(.string($0.key)))]=\(lua($0.value))" }.joined(separator: ","))}"
        }
    }

    /// Looks at one effect in both places. `words` nil means that it is good.
    private func check(_ call: String, _ record: Value, fails words: String?) throws {
        let outcome = try run("host.\(call)")
        switch (outcome, words) {
        case (.effects(let effects), nil): #expect(effects.map(\.value) == [record])
        case (.failed(let failure), let words?):
            #expect(failure.reason == .error && failure.message.hasPrefix("p.lua:2: host."), "\(failure)")
            #expect(failure.message.contains(words), "\(failure)")
        default: Issue.record("\(call) gives \(outcome)")
        }
        do throws(CallFailure) {
            let effects = try decode(record)
            #expect(words == nil && effects.map(\.value) == [record], "\(record)")
        } catch {
            #expect(words != nil && error.reason == .value, "\(error)")
            #expect(error.message.hasPrefix("host.") && !error.message.contains("\n"), "\(error)")
        }
    }

    private func checkMail(_ changes: Table, fails words: String?) throws {
        var message: Table = ["to": "kim@example.com", "subject": "Hello"]
        for entry in changes { message[entry.key] = entry.value.isNull ? nil : entry.value }
        var record = message
        record["do"] = "email"
        try check("email.send(\(lua(.table(message))))", .table(record), fails: words)
    }

    @Test(
        "mail that can be sent",
        arguments: [
            [:], ["to": ["a@x", "b@x"]], ["cc": "a@x", "bcc": ["b@x", "c@x"], "reply_to": "d@x"],
            ["text": "Dear Kim,\n\tbye\r\n", "html": "<p>\n</p>"], ["template": "welcome", "subject": .null],
            ["values": ["name": "Kim"], "template": "welcome"], ["subject": ""], ["subject": "Grüße, 你好 👋"],
            ["headers": ["X-Campaign": "spring", "List-Unsubscribe": "<https://example.com/u>"]],
            ["headers": ["!#$%&'*+-.^_`|~9": ""]], ["to": .null, "bcc": ["a@x"]], ["headers": [:]],
        ] as [Table])
    func goodMail(changes: Table) throws {
        try checkMail(changes, fails: nil)
    }

    @Test(
        "mail that smuggles, repeats or misspells is refused",
        arguments: [
            (["subject": "a\nBcc: all@example.com"], "subject"), (["subject": "a\rb"], "subject"),
            (["subject": "a\u{0}b"], "subject"), (["subject": "a\u{9}b"], "subject"),
            (["subject": "a\u{85}b"], "subject"), (["subject": 5], "subject"),
            (["subject": ["a"]], "subject"),
            (["to": "kim@example.com\nBcc: a@x"], "to"), (["to": "kim"], "to"), (["to": ""], "to"),
            (["to": []], "to"), (["to": ["a@x", "b"]], "to"), (["to": ["a@x", ["b@x"]]], "to"),
            (["to": 5], "to"), (["to": "{{agent}}@example.com"], "to"), (["cc": "kim@{x}"], "cc"),
            (["to": "a@x, b@x"], "to"), (["to": "Kim <a@x>"], "to"), (["to": .null], "to"),
            (["to": ["n": "a@x"]], "to"),
            (["cc": "a@x\r\n"], "cc"), (["cc": []], "cc"), (["bcc": ["a@x\u{2028}"]], "bcc"),
            (["bcc": true], "bcc"),
            (["reply_to": "a@x\n"], "reply_to"), (["reply_to": "me"], "reply_to"),
            (["Subject": "x"], "unknown key"), (["from": "a@x"], "unknown key"),
            (["attachments": []], "unknown key"),
            (["do": "note"], "unknown key"),
            (["text": 5], "text"), (["html": ["x"]], "html"), (["template": 5], "template"),
            (["template": "a\nb"], "template"), (["template": ""], "template"), (["values": "x"], "values"),
            (["values": ["a", "b"]], "values"), (["subject": .null], "a subject or a template"),
            (["headers": "X: y"], "headers"), (["headers": ["X-A": "b\nBcc: c@x"]], "X-A"),
            (["headers": ["X-A": 5]], "X-A"), (["headers": ["X A": "b"]], "header's name"),
            (["headers": ["X:A": "b"]], "header's name"), (["headers": ["X\nA": "b"]], "header's name"),
            (["headers": ["": "b"]], "header's name"), (["headers": ["Ü": "b"]], "header's name"),
            (["headers": [.init(repeating: "x", count: 77): "b"]], "header's name"),
            (["headers": ["Bcc": "a@x"]], "itself"), (["headers": ["FROM": "a@x"]], "itself"),
            (["headers": ["content-type": "text/html"]], "itself"),
            (["headers": ["Content-X": "y"]], "itself"),
            (["headers": ["Message-ID": "1"]], "itself"), (["headers": ["MIME-Version": "2"]], "itself"),
            (["headers": ["Date": "x"]], "itself"), (["headers": ["Subject": "x"]], "itself"),
            (["headers": ["X-A": "1", "x-a": "2"]], "twice"),
        ] as [(Table, String)])
    func badMail(changes: Table, words: String) throws {
        if changes["do"] != nil {
            // In a record this is the effect's own key.
            #expect(try run("host.email.send { to = 'a@x', subject = '', ['do'] = 'note' }").isFailure)
            return
        }
        if changes["values"]?.list != nil {
            // A list is a table in Lua; the effect is refused where it is decoded.
            #expect(throws: CallFailure.self) {
                try decode(["do": "email", "to": "a@x", "subject": "", "values": ["a", "b"]])
            }
            return
        }
        if changes["headers"]?.table?["X-A"] == "1" {
            #expect(
                try run(
                    "host.email.send { to = 'a@x', subject = '', headers = { ['X-A'] = '1', ['x-a'] = '2' } }"
                ).isFailure)
        }
        try checkMail(changes, fails: words)
    }

    @Test(
        "a webhook goes to an endpoint by its name, with whatever can leave the sandbox",
        arguments: [
            nil, .null, true, 5, 0.5, "text", ["a", 1], [], ["n": ["deep": [1]]], [:],
        ] as [Value?])
    func webhooks(payload: Value?) throws {
        var record: Table = ["do": "webhook", "endpoint": "crm"]
        record["payload"] = payload
        try check(
            "webhook.send(\"crm\"\(payload.map { ", \(lua($0))" } ?? ""))", .table(record), fails: nil)
    }

    @Test("an endpoint that is not a name is refused in both places")
    func endpoints() throws {
        for endpoint: Value in [5, true, ["crm"], .null] {
            try check(
                "webhook.send(\(lua(endpoint)), 1)", ["do": "webhook", "endpoint": endpoint, "payload": 1],
                fails: "host.webhook.send: endpoint: expected a string")
        }
        for record: Value in [
            ["do": "webhook"], ["do": "webhook", "payload": 1],
            ["do": "webhook", "endpoint": "crm", "secret": "x"],
            ["do": "webhook", "endpoint": "crm", "url": "https://crm.example.com"],
        ] {
            #expect(throws: CallFailure.self, "\(record)") { try decode(record) }
        }
    }

    private static let names: [(call: String, record: @Sendable (Value) -> Value)] = [
        ("lead.agent", { ["do": "set", "agent": $0] }), ("lead.assign", { ["do": "assign", "map": $0] }),
        ("lead.complete", { ["do": "complete", "step": $0] }),
        ("lead.remove", { ["do": "remove", "step": $0] }),
        ("webhook.send", { ["do": "webhook", "endpoint": $0] }),
    ]

    @Test(
        "a name, a key or an id is 1 to 256 bytes without control characters",
        arguments: [
            ("kim", true), ("Zoë 你好", true), (String(repeating: "x", count: 256), true), ("", false),
            ("a\nb", false), ("a\u{0}", false), ("\u{7f}", false), ("a\u{9b}", false),
            (String(repeating: "x", count: 257), false), (String(repeating: "ä", count: 129), false),
        ])
    func names(text: String, isGood: Bool) throws {
        let value = lua(.string(text))
        for (call, record) in Self.names {
            try check("\(call)(\(value))", record(.string(text)), fails: isGood ? nil : call)
        }
        try check(
            "todo.add { title = 'x', agent = \(value) }",
            ["do": "todo", "title": "x", "agent": .string(text)], fails: isGood ? nil : "agent")
        for (call, mark) in [("store", nil), ("lead.store", true)] as [(String, Bool?)] {
            var record: Table = ["do": "store.set", "key": .string(text), "value": 1]
            if let mark { record["lead"] = .bool(mark) }
            try check("\(call).set(\(value), 1)", .table(record), fails: isGood ? nil : "\(call).set: key")
            let add = try run("host.\(call).add(\(value), 1)")
            #expect(add.isFailure != isGood)
            // Nothing is kept under a key that cannot be: it is refused and not merely missing.
            if !isGood { #expect(try run("host.\(call).get(\(value))").isFailure) }
        }
    }

    @Test(
        "a custom event belongs to the plugin, and is never the engine's",
        arguments: [
            ("p.done", true), ("p.done_2", true), ("q.done", false), ("p.", false), ("p", false),
            (".done", false),
            ("p.Done", false), ("p.a.b", false), ("pp.done", false), ("step.close", false),
            ("map.open", false),
            ("p.done\n", false), ("p.d\u{e9}", false), ("", false),
        ])
    func events(text: String, isGood: Bool) throws {
        try check(
            "bus.emit(\(lua(.string(text))))", ["do": "emit", "event": .string(text)],
            fails: isGood ? nil : "host.bus.emit")
    }

    @Test("an event of the engine is refused whatever the plugin is called")
    func engineEvents() {
        for name in EventName.ofTheEngine.map(\.text) {
            let decoder = EffectDecoder(
                plugin: String(name.prefix { $0 != "." }), granted: [], limits: RecordLimits())
            #expect(throws: CallFailure.self) {
                try decoder.effects([["do": "emit", "event": .string(name)]])
            }
        }
    }

    @Test("what is nested deeper than the sandbox lets through is refused where it is decoded")
    func depth() throws {
        func record(_ lists: Int) -> Value {
            let value = (0..<lists).reduce(Value.string("x")) { value, _ in [value] }
            return ["do": "store.set", "key": "n", "value": value]
        }
        let effect = try #require(try decode(record(31)).first)
        #expect(try JSONReader.read(effect.value.json) == record(31))
        for lists in [32, 100] {
            let error = #expect(throws: CallFailure.self) { try decode(record(lists)) }
            #expect(error?.reason == .value && error?.message == "an effect is nested deeper than 32 levels")
        }
        let infinite: Value = ["do": "store.set", "key": "n", "value": .double(.infinity)]
        #expect(throws: CallFailure.self) { try decode(infinite) }
    }

    @Test("what the library would not record is refused where it is decoded")
    func decodedAlone() {
        for record: Value in [
            ["do": "todo"], ["do": "todo", "title": ""], ["do": "todo", "title": "x", "by": 1],
            ["do": "todo", "title": "x", "due": 5], ["do": "todo", "title": "x", "due": "a\nb"],
            ["do": "note"], ["do": "set", "agent": 5], ["do": "status", "to": "gone"], ["do": "what"], 5,
            ["do": "email", "subject": "x"], ["do": "email", "to": "a@x"], ["do": "store.set", "value": 1],
        ] {
            #expect(throws: CallFailure.self, "\(record)") { try decode(record) }
        }
    }

    @Test(
        "a plugin that changes the library or its own tables does not get past the checks",
        arguments: [
            "string.find = function() return 1 end string.match = function() return 'a', 'b' end",
            "utf8.len = function() return 1 end string.lower = function() return 'x' end",
            "next = function() end pairs = function() return function() end end",
            "type = function() return 'string' end",
        ])
    func tricks(change: String) throws {
        let source = """
            \(change)
            return { name = "p", api = 1, needs = { "email" }, actions = { act = { run = function(event)
              host.email.send(setmetatable({ to = "a@x", subject = "x", headers = { Bcc = "b@x\\n" } },
                { __pairs = function() return function() end end, __index = function() return "a@x" end }))
            end } } }
            """
        let generation = try Generation(reading: MemoryTree(["plugins/p.lua": source]))
        #expect(generation.pluginMistakes == [])
        let outcome = PluginRunner(generation.catalogue, for: generation.rulebook).call(
            FunctionName(plugin: "p", name: "act"), event: [:], parameters: .none,
            at: Timestamp("2026-11-22T09:00:00Z")!, seed: 1
        ).result.outcome
        #expect(outcome.isFailure)
    }
}

extension CallResult.Outcome {
    fileprivate var isFailure: Bool {
        switch self {
        case .failed: true
        case .effects, .answer, .skipped: false
        }
    }
}
