import Journeys
import TestKit
import Testing
import Values

@testable import Plugins
@testable import Workspace

/// Plugins that change what the host's library might rely on, and records that did not come from it.
@Suite("Attacks on the host's library")
struct HostAttackTests {

    /// Puts others in the place of all functions that a plugin can reach.
    private let takeover = """
        local function lie(...) return "p.x", 1, "p.x" end
        local keep = { pairs = pairs, type = type }
        for name, library in keep.pairs(_G) do
          if keep.type(library) == "table" and name ~= "_G" and name ~= "host" then
            for inner, value in keep.pairs(library) do
              if keep.type(value) == "function" then library[inner] = lie end
            end
          end
        end
        for _, name in keep.pairs({ "pairs", "ipairs", "next", "tostring", "pcall", "type", "rawget", "rawequal",
          "error", "select", "rawlen", "getmetatable", "setmetatable" }) do _G[name] = lie end
        """

    @Test(
        "no function that a plugin replaces decides what the library lets through",
        arguments: [
            "host.bus.emit('victim.paid')", "host.bus.emit('map.close')", "host.bus.emit('p.x.y')",
            "host.email.send{ to = 'a@b\\r\\nBcc: c@d', subject = 'x' }",
            "host.email.send{ to = { 1, 2, 3 }, subject = 'x' }",
            "host.email.send{ to = 'a@b', subject = 'x\\nBcc: c@d' }",
            "host.email.send{ to = 'a@b', subject = 'x', headers = { ['x\\ny'] = 'z' } }",
            "host.email.send{ to = 'a@b', subject = 'x', headers = { Sender = 'z' } }",
            "host.todo.add{ title = 'x', due = 'soon' }", "host.todo.add{ title = '' }",
            "host.lead.status('gone')", "host.lead.agent('a\\nb')", "host.store.add('k', 'x')",
            "host.store.set('', 1)", "host.webhook.send('a\\nb')", "host.webhook.send({}, 1)",
            "host.webhook.send('crm', print)", "host.secret('other')",
            "host.webhook.send('crm', { host.secret('slack') })", "host.note.add(host.secret('slack'))",
            "host.log.info(host.secret('slack') .. 'x')", "host.secret('slack'):upper()",
        ], [true, false])
    func replaced(call: String, whileLoading: Bool) throws {
        let outcome =
            try whileLoading
            ? outcome(ofAction: call, before: takeover) : outcome(ofAction: "\(takeover)\n\(call)")
        guard case .failed = outcome else {
            Issue.record("\(call) gives \(outcome)")
            return
        }
    }

    @Test("a good call does the same after a takeover")
    func good() throws {
        let outcome = try outcome(
            ofAction:
                """
                \(takeover)
                host.bus.emit("p.paid", { n = 1 })
                host.email.send{ to = { "a@b" }, subject = "x" }
                host.todo.add{ title = "x", due = 0 }
                host.webhook.send("crm", { n = 1 })
                """)
        guard case .effects(let effects) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(
            effects.map(\.value) == [
                ["do": "emit", "event": "p.paid", "payload": ["n": 1]],
                ["do": "email", "to": ["a@b"], "subject": "x"],
                ["do": "todo", "title": "x", "due": "1970-01-01T00:00:00Z"],
                ["do": "webhook", "endpoint": "crm", "payload": ["n": 1]],
            ])
    }

    @Test(
        "metamethods of what a plugin hands over decide nothing",
        arguments: [
            // All of it comes from a metamethod, so nothing is there.
            "host.todo.add(setmetatable({}, { __index = { title = 'x' } }))",
            "host.email.send(setmetatable({}, { __index = { to = 'a@b', subject = 'x' } }))",
            "host.email.send{ to = setmetatable({ 1, 2, 3 }, { __pairs = function() return next, { 'a@b' } end }), subject = 'x' }",
            "host.email.send{ to = setmetatable({}, { __index = { 'a@b' }, __len = function() return 1 end }), subject = 'x' }",
            // Another answer each time.
            "local n = 0 host.todo.add(setmetatable({}, { __index = function(_, k) if k == 'title' then n = n + 1 return n == 1 and 'x' or 5 end end }))",
        ])
    func metamethods(call: String) throws {
        guard case .failed(let failure) = try outcome(ofAction: call) else {
            Issue.record("\(call) does not fail")
            return
        }
        #expect(failure.reason == .error && failure.message.contains("host."), "\(failure)")
    }

    @Test("fields that say they are equal to anything are set as what they are")
    func equalToAnything() throws {
        let outcome = try outcome(
            ofAction: "host.lead.set(setmetatable({ a = 1 }, { __eq = function() return true end }))")
        guard case .effects(let effects) = outcome, effects.count == 1 else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test(
        "what the library never records is refused where it is decoded",
        arguments: [
            ["do": "set", "channel": "phone"], ["do": "set", "fields": ["a": 1], "channel": "phone"],
            ["do": "emit", "event": "victim.paid"], ["do": "emit", "event": "map.close"],
            ["do": "webhook", "endpoint": "crm"],
            ["do": "emit", "event": "p.paid.late"], ["do": "emit", "event": "p.Paid"],
            ["do": "emit", "event": "p."], ["do": "emit", "event": ".p"],
            ["do": "emit", "event": "p.a\u{301}"],
            ["do": "todo", "title": "x", "due": "soon"], ["do": "todo", "title": "x", "due": "2026-02-30"],
            ["do": "todo", "title": "x", "due": "2026-11-22T25:00"],
            ["do": "todo", "title": "x", "due": "2026-11-22T09:00:00Z\r\nx"],
        ] as [Value])
    func forged(record: Value) {
        #expect(throws: CallFailure.self) {
            try EffectDecoder(plugin: "p", granted: [], limits: RecordLimits()).effects([record])
        }
    }

    @Test(
        "a due time that the library reads is one where it is decoded",
        arguments: [
            "2026-11-22", "2024-02-29", "-0001-01-01", "+12026-11-22", "2026-11-22T09:00",
            "2026-11-22 09:00:30",
            "2026-11-22T09:00:30.125Z", "2026-11-22T09:00+02:00", "2026-11-22T09:00:00-0530",
            "2026-11-22T0900",
            "2026-02-30", "2026-13-01", "2026-00-10", "2026-11-22T24:00", "2026-11-22T09:60",
            "2026-11-22T9:00",
            "2026-11-22Z", "2026-11-22T09:00:00Zx", "26-11-22", "", "2026-11-22T09:00:7",
            "2026-11-22T09:00:123",
            "1900-02-29", "2000-02-29", "2026-11-22T09:00+2",
        ])
    func due(text: String) throws {
        let outcome = try outcome(ofAction: "host.todo.add{ title = 'x', due = '\(text)' }")
        let isAccepted = if case .effects = outcome { true } else { false }
        let decoded = try? EffectDecoder(plugin: "p", granted: [], limits: RecordLimits()).effects(
            [["do": "todo", "title": "x", "due": .string(text)]])
        #expect((decoded != nil) == isAccepted, "\(outcome)")
    }
}
