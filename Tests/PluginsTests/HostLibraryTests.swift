import Journeys
import Plugins
import TestKit
import Testing
import Values
import Workspace

/// What a plugin gets as `host`, by the real library in the real sandbox.
@Suite("The host's library")
struct HostLibraryTests {
    /// Runs the body as an action of a plugin `p`, with `event` and `params`, and gives its result.
    private func run(
        _ body: String, needs: String = "", event: Value = ["lead": ["id": "L1", "fields": [:]]],
        now: String = "2026-11-22T09:00:00Z"
    ) throws -> CallResult {
        let source = """
            return {
              name = "p", api = 1, needs = { \(needs) },
              settings = { sender = { type = "string", default = "office@example.com" } },
              actions = { act = { run = function(event, params) \(body) end } },
              deciders = { pick = { decide = function(event) \(body) return { keep = {} } end } },
            }
            """
        let generation = try Generation(reading: MemoryTree(["plugins/p.lua": source]))
        #expect(generation.pluginMistakes == [])
        return PluginRunner(generation.catalogue, for: generation.rulebook).call(
            FunctionName(plugin: "p", name: "act"), event: event, parameters: .none, at: Timestamp(now)!,
            seed: 1
        ).result
    }

    private func effects(_ body: String, needs: String = "", event: Value = [:]) throws -> [Value] {
        let result = try run(body, needs: needs, event: event)
        guard case .effects(let effects) = result.outcome else {
            Issue.record("\(result.outcome)")
            return []
        }
        return effects.map(\.value)
    }

    private func failure(_ body: String, needs: String = "") throws -> CallFailure? {
        if case .failed(let failure) = try run(body, needs: needs).outcome { failure } else { nil }
    }

    /// What an expression gives, through a field that is set.
    private func value(_ expression: String) throws -> Value? {
        let effect = try effects("host.lead.set { it = \(expression) }").first
        return effect?.table?["fields"]?.table?["it"]
    }

    @Test("records the effects of a lead in the grammar of commands")
    func leadEffects() throws {
        #expect(
            try effects(
                """
                host.lead.set { score = 80, name = "Kim", old = host.null, tags = host.list{} }
                host.lead.agent("kim")
                host.lead.status("won")
                host.lead.assign("other")
                host.lead.complete("a/b")
                host.lead.advance()
                host.lead.remove("a/c")
                host.bus.emit("p.done", { n = 1 })
                host.note.add("hello")
                host.todo.add { title = "Call", due = "2026-11-23", agent = "kim" }
                """) == [
                    ["do": "set", "fields": ["name": "Kim", "old": .null, "score": 80, "tags": []]],
                    ["do": "set", "agent": "kim"], ["do": "status", "to": "won"],
                    ["do": "assign", "map": "other"], ["do": "complete", "step": "a/b"], ["do": "advance"],
                    ["do": "remove", "step": "a/c"], ["do": "emit", "event": "p.done", "payload": ["n": 1]],
                    ["do": "note", "text": "hello"],
                    ["do": "todo", "title": "Call", "due": "2026-11-23", "agent": "kim"],
                ])
    }

    @Test(
        "refuses what makes no sense, and says which function and why",
        arguments: [
            ("host.lead.set('x')", "host.lead.set: expected a table, got string"),
            ("host.lead.status('gone')", "is not a status"), ("host.lead.complete('')", "empty"),
            ("host.bus.emit('q.done')", "p.something"), ("host.bus.emit('p.Done')", "lower case"),
            ("host.todo.add { due = 1 }", "title"),
            ("host.todo.add { title = 'x', by = 1 }", "unknown key by"),
            ("host.todo.add { title = 'x', due = 'soon' }", "due"),
            ("host.note.add(nil)", "expected a string"),
            ("host.store.set('', 1)", "empty"), ("host.store.add('n', 'x')", "expected a number"),
            ("host.text.fill('{{a}}', {})", "no text for \"a\""),
            ("host.text.fill('{{a}}', {}, { b = 1 })", "no text for \"a\""),
            ("host.text.fill('a', {}, 1)", "host.text.fill: others: expected a table, got number"),
            ("host.time.add(1, 'soon')", "is not a duration"),
            ("host.time.add(1, '90 min')", "is not a duration"),
            ("host.time.add(1, '')", "is not a duration"),
        ])
    func mistakes(body: String, message: String) throws {
        let failure = try failure(body)
        #expect(failure?.reason == .error)
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "no failure")")
    }

    @Test("mail needs the capability, also inside a pcall")
    func capability() throws {
        let mail = "host.email.send { to = 'kim@example.com', subject = 'Hello' }"
        #expect(
            try effects(mail, needs: "'email'") == [
                ["do": "email", "to": "kim@example.com", "subject": "Hello"]
            ])
        #expect(try failure(mail)?.reason == .refused)
        #expect(try failure("pcall(function() \(mail) end)")?.reason == .refused)
        #expect(
            try failure("host.email.send { to = 'kim', subject = 'x' }", needs: "'email'")?.reason == .error)
    }

    @Test("a webhook needs the capability, also inside a pcall")
    func webhookCapability() throws {
        let send = "host.webhook.send('crm', { n = 1 })"
        #expect(
            try effects(send, needs: "'webhook'") == [
                ["do": "webhook", "endpoint": "crm", "payload": ["n": 1]]
            ])
        #expect(try failure(send)?.reason == .refused)
        #expect(try failure(send, needs: "'email'")?.reason == .refused)
        #expect(try failure("pcall(function() \(send) end)")?.reason == .refused)
        #expect(try failure("host.webhook.send('', 1)", needs: "'webhook'")?.reason == .error)
    }

    @Test("a field that no lead may have fails the call")
    func fields() throws {
        #expect(try failure("host.lead.set { [''] = 1 }")?.reason == .value)
        #expect(try failure("host.lead.set { big = ('x'):rep(70000) }")?.reason == .value)
        #expect(try failure("host.lead.set { f = print }")?.reason == .value)
        #expect(try failure("host.lead.set { n = 0/0 }")?.reason == .value)
    }

    @Test("stored values show what the call itself wrote, and are copies")
    func storedValues() throws {
        #expect(
            try effects(
                """
                host.store.set("t", { n = 1 })
                host.store.get("t").n = 5
                host.store.add("count", 2)
                host.lead.store.set("seen", true)
                host.lead.store.set("gone", nil)
                host.lead.set { n = host.store.get("t").n, count = host.store.get("count"),
                  seen = host.lead.store.get("seen"), none = host.store.get("nothing") == nil }
                """) == [
                    ["do": "store.set", "key": "t", "value": ["n": 1]],
                    ["do": "store.add", "key": "count", "amount": 2],
                    ["do": "store.set", "key": "seen", "lead": true, "value": true],
                    ["do": "store.set", "key": "gone", "lead": true, "value": .null],
                    ["do": "set", "fields": ["n": 1, "count": 2, "seen": true, "none": true]],
                ])
    }

    @Test("time is the moment's, and is read, written and added to in UTC")
    func time() throws {
        #expect(try value("host.time.now()") == 1_795_338_000_000)
        #expect(try value("host.time.format(host.time.now())") == "2026-11-22T09:00:00Z")
        #expect(try value("host.time.format(1, nil)") == "1970-01-01T00:00:00.001Z")
        #expect(try value("host.time.format(host.time.now(), '%d.%m.%Y')") == "22.11.2026")
        #expect(try value("host.time.parse('2026-11-22T10:00:00+01:00')") == 1_795_338_000_000)
        #expect(try value("host.time.parse('2024-02-29')") == 1_709_164_800_000)
        #expect(try value("host.time.parse('2023-02-29') == nil") == true)
        #expect(try value("host.time.add(0, '2 days') + host.time.add(0, '1h 30m')") == 178_200_000)
        #expect(try value("host.time.add(0, '-2h')") == -7_200_000)
    }

    @Test("what format writes parse reads, in every year that can be written")
    func timeRoundTrip() throws {
        let failure = try failure(
            """
            local span = host.time.parse("999999-12-31T23:59:59.999Z")
            assert(span, "the last time")
            assert(host.time.parse("-999999-01-01"), "the first time")
            for i = 1, 300 do
              local time = i % 3 == 0 and math.random(-span, span)
                or i % 3 == 1 and math.random(-63000000000000, -30000000000000) or math.random(-70000000000000, 253500000000000)
              local text = host.time.format(time)
              assert(host.time.parse(text) == time, text)
              local second = time // 1000 * 1000
              for _, pattern in ipairs { "%Y-%m-%dT%H:%M:%SZ", "%FT%TZ", "%F %T%z", "%FT%X", "%Y-%m-%d %R:%S" } do
                local text = host.time.format(time, pattern)
                assert(host.time.parse(text) == second, text)
              end
              local day = host.time.format(time, "%F")
              assert(host.time.parse(day) == time // 86400000 * 86400000, day)
            end
            """)
        #expect(failure == nil)
    }

    @Test(
        "a time beyond what can be written is refused",
        arguments: [
            "host.time.format(math.maxinteger)", "host.time.format(math.mininteger, '%Y')",
            "host.time.format(host.time.parse('999999-12-31T23:59:59.999Z') + 1)",
            "host.time.format(host.time.parse('-999999-01-01') - 1)", "host.time.add(math.maxinteger, '1s')",
            "host.time.add(math.mininteger, '-1s')", "host.time.add(0, '99999999999999 weeks')",
            "host.time.add(0, ('9007199254740992ms '):rep(3))",
        ])
    func farAway(expression: String) throws {
        let failure = try failure("do return (\(expression)) end")
        #expect(failure?.reason == .error)
        #expect(failure?.message.hasPrefix("p.lua:4: host.time.") == true, "\(failure?.message ?? "")")
        #expect(try value("host.time.parse('1000000-01-01') == nil") == true)
    }

    @Test(
        "a call that needs too much memory says how much it may have, and where it was",
        arguments: [
            "local t = {} while true do t[#t + 1] = {} end", "local s = 'x' while true do s = s .. s end",
            "local t = {} while true do t[#t + 1] = { 1, 2, event.lead } end",
            "pcall(function() local s = ('x'):rep(1 << 30) end) local t = {} while true do t[#t + 1] = {} end",
        ])
    func memory(body: String) throws {
        guard case .failed(let failure) = try outcome(ofAction: body) else {
            Issue.record("it did not fail")
            return
        }
        #expect(
            failure.reason == .memory && failure.message == "p.lua:2: more than 8 MiB of memory is needed")
    }

    @Test("texts are filled by name, JSON is read and written, chance is seeded")
    func helpers() throws {
        #expect(
            try value("host.text.fill('Dear {{ name }}, {{n}}', { name = 'Kim', n = 2 })") == "Dear Kim, 2")
        #expect(
            try value("host.text.fill('{{a}} {{b}}', { a = false }, { a = 1, b = 2 })") == "false 2")
        #expect(try value("host.json.decode('{\"a\":[1,null]}').a[1]") == 1)
        #expect(try value("host.json.encode({ b = 1, a = host.list{} })") == "{\"a\":[],\"b\":1}")
        #expect(try value("host.random(1000000)") == value("host.random(1000000)"))
        #expect(try value("host.settings.sender") == "office@example.com")
    }

    @Test("what is logged is kept, also when the call fails")
    func log() throws {
        let result = try run("host.log.warn('late', { n = 1 }) print('a', 1) error('boom')")
        #expect(
            result.log == [
                LogRecord(level: .warn, message: "late", fields: ["n": 1]),
                LogRecord(level: .info, message: "a\t1"),
            ])
        guard case .failed(let failure) = result.outcome else {
            Issue.record("it fails")
            return
        }
        #expect(failure.reason == .error && failure.message.contains("boom"))
        #expect(failure.message.contains("p.lua:4"), "\(failure.message)")
    }

    @Test("a table that is logged or printed shows what it holds")
    func loggedTables() throws {
        let result = try run("host.log.info({ 1, { a = 'b' } }) host.log.debug('text') print({ x = print })")
        #expect(
            result.log == [
                LogRecord(level: .info, message: #"[1,{"a":"b"}]"#),
                LogRecord(level: .debug, message: "text"),
                LogRecord(level: .info, message: #"{"x":function}"#),
            ])
    }

    @Test("nothing happens while a plugin loads")
    func loading() throws {
        for body in [
            "host.lead.set { a = 1 }", "host.store.get('x')", "host.time.now()", "host.lead.store.get('x')",
        ] {
            let source = "\(body) return { name = 'p', api = 1 }"
            let generation = try Generation(reading: MemoryTree(["plugins/p.lua": source]))
            #expect(generation.pluginMistakes.count == 1, "\(body)")
        }
    }
}
