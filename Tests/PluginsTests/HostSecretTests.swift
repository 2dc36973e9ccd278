import Journeys
import Plugins
import TestKit
import Testing
import Values
import Workspace

/// `host.secret`, by the real library in the real sandbox. The plugin `p` may use `slack`, and `q` alone `other`.
@Suite("Secrets of the host")
struct HostSecretTests {
    private static let use = "which only headers and URLs of requests take"

    private func failure(_ body: String) throws -> CallFailure? {
        if case .failed(let failure) = try outcome(ofAction: body) { failure } else { nil }
    }

    @Test("a granted secret is joined with texts, and its name is all that is seen of it")
    func granted() throws {
        let outcome = try outcome(
            ofAction: """
                local header = "Bearer " .. host.secret("slack")
                print(header, { header })
                host.note.add(tostring(header) .. " " .. tostring(header == "Bearer " .. host.secret("slack")))
                """)
        guard case .effects(let effects) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(effects.map(\.value) == [["do": "note", "text": "Bearer (secret slack) true"]])
    }

    @Test(
        "a secret that the plugin may not use fails the call, and says what the settings need",
        arguments: [
            ("other", ""), ("none", ""), ("slac", "; did you mean \"slack\"?"),
            ("slcak", "; did you mean \"slack\"?"),
            ("SLACK", ""), ("x", ""), (String(repeating: "s", count: 256), ""),
        ])
    func refused(name: String, hint: String) throws {
        let failure = try failure("pcall(host.secret, '\(name)') host.note.add('x')")
        #expect(failure?.reason == .refused)
        let message =
            "host.secret: \"\(name)\" is not a secret that p may use: signalbox.yaml needs, under `secrets`, `\(name): { env: VARIABLE, hosts: [ HOST ], plugins: [ p ] }`\(hint)"
        #expect(failure?.message.hasSuffix(message) == true, "\(failure?.message ?? "it is done")")
    }

    @Test(
        "what is not a name is an error",
        arguments: ["", "nil", "''", "5", "host.secret('slack')", "'a\\nb'", "('x'):rep(257)"])
    func names(name: String) throws {
        #expect(try failure("host.secret(\(name))")?.reason == .error)
    }

    @Test(
        "nothing but a request takes a secret",
        arguments: [
            "host.note.add(S)", "host.lead.set { token = S }", "host.lead.set(S)", "host.lead.agent(S)",
            "host.lead.status(S)", "host.lead.assign(S)", "host.lead.complete(S)", "host.lead.remove(S)",
            "host.bus.emit(S)", "host.bus.emit('p.done', S)", "host.bus.emit('p.done', { a = { S } })",
            "host.todo.add(S)", "host.todo.add { title = S }", "host.todo.add { title = 'x', agent = S }",
            "host.webhook.send(S)", "host.webhook.send('crm', S)", "host.webhook.send('crm', { a = S })",
            "host.email.send(S)", "host.email.send { to = S, subject = 'x' }",
            "host.email.send { to = { S }, subject = 'x' }", "host.email.send { to = 'a@b', subject = S }",
            "host.email.send { to = 'a@b', subject = 'x', text = S }",
            "host.email.send { to = 'a@b', template = 'welcome', values = { a = S } }",
            "host.email.send { to = 'a@b', subject = 'x', headers = { ['X-A'] = S } }",
            "host.email.send { to = 'a@b', template = S }", "host.store.set('k', S)", "host.store.set(S, 1)",
            "host.store.set('k', { S })", "host.store.add('k', S)", "host.store.get(S)",
            "host.lead.store.set('k', S)",
            "host.log.info(S)", "host.log.error('x', { a = S })", "host.log.warn('x', S)",
            "host.time.add(0, S)",
            "host.time.parse(S)", "host.time.format(0, S)", "host.list(S)", "host.text.fill(S, {})",
            "host.text.fill('{{a}}', S)", "host.text.fill('{{a}}', { a = S })",
            "host.text.fill('{{a}}', {}, { a = S })",
            "host.random(S)", "host.json.decode(S)", "warn(S)",
        ])
    func elsewhere(call: String) throws {
        for secret in ["host.secret('slack')", "'x' .. host.secret('slack')"] {
            let failure = try failure("local S = \(secret) \(call)")
            #expect(
                failure?.message.contains("secret, \(Self.use)") == true,
                "\(failure?.message ?? "it is done")")
        }
    }

    @Test("JSON does not take one either, nor a time that is not a text")
    func more() throws {
        let json = try failure("host.json.encode { host.secret('slack') }")
        #expect(json?.message.contains("a secret cannot be written as JSON") == true)
        #expect(try failure("host.time.format(host.secret('slack'))")?.reason == .error)
        #expect(try failure("host.time.add(host.secret('slack'), 1)")?.reason == .error)
        #expect(try failure("host.todo.add { title = 'x', due = host.secret('slack') }")?.reason == .error)
    }

    private func mistakes(_ plugin: String) throws -> [String] {
        let settings = "secrets: { slack: { env: SLACK, hosts: [ a.example ], plugins: [ p ] } }"
        return try Generation(
            reading: MemoryTree(["plugins/p.lua": plugin, "signalbox.yaml": settings])
        ).pluginMistakes.map(\.description)
    }

    @Test(
        "while the file is loaded it may make its secrets, and those that it may not use keep it from loading"
    )
    func loading() throws {
        let rest = "return { name = 'p', api = 1, actions = { act = { run = function() print(token) end } } }"
        #expect(try mistakes("local token = 'Bearer ' .. host.secret('slack')\n\(rest)") == [])
        let refused = try mistakes("local a = 1\nlocal token = host.secret('slak')\n\(rest)")
        #expect(refused.count == 1)
        #expect(refused.first?.hasPrefix("plugins/p.lua:2") == true)
        #expect(refused.first?.contains("\"slak\" is not a secret that p may use") == true)
        #expect(refused.first?.contains("did you mean \"slack\"?") == true)
        let declared = try mistakes("return { name = 'p', api = 1, summary = host.secret('slack') }")
        #expect(declared.count == 1 && declared.first?.contains("exports.summary is a secret") == true)
    }

    @Test("a decider can use one, and a condition of a map has none")
    func elsewhereCalled() throws {
        let tree = MemoryTree([
            "plugins/p.lua": """
            return { name = "p", api = 1,
              actions = { act = { run = function() host.note.add("x") end } },
              deciders = { pick = { decide = function() return { remove = {}, reason = tostring(host.secret("slack")) } end } } }
            """,
            "maps/m.yaml": """
            map: m
            triggers: { open: [ { run: p.act, when: host.secret == nil } ] }
            tracks: [ { track: f, kind: flex, flex: { decide: p.pick }, steps: [ { step: x } ] } ]
            """,
            "signalbox.yaml": "secrets: { slack: { env: SLACK, hosts: [ a.example ], plugins: [ p ] } }",
        ])
        let generation = try Generation(reading: tree)
        #expect(generation.pluginMistakes == [])
        let runner = PluginRunner(generation.catalogue, for: generation.rulebook)
        let made = runner.call(
            FunctionName(plugin: "p", name: "pick"), event: ["steps": ["x"]], parameters: .none,
            at: Timestamp("2026-11-22T09:00:00Z")!, seed: 1
        ).result
        if case .failed(let failure) = made.outcome { Issue.record("\(failure)") }
    }
}
