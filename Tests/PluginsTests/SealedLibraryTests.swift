import Journeys
import TestKit
import Testing
import Values
import Workspace

@testable import Plugins

/// What the host's library made is sealed while a plugin is called. A call that writes to it is as right as any, and slower.
@Suite("The sealed library")
struct SealedLibraryTests {
    private let runner: PluginRunner

    private func call(_ action: String) -> CallResult.Outcome {
        runner.call(
            FunctionName(plugin: "p", name: action), event: ["lead": ["id": "L1", "fields": ["n": 1]]],
            parameters: .none, at: Timestamp("2026-11-22T09:00:00Z")!, seed: 1, stored: ["a": 1]
        ).result.outcome
    }

    private static let bodies = [
        "log": #"host.log.info("x", { n = 1 }) print("y")"#,
        "lead": """
        host.lead.set { score = event.lead.fields.n } host.lead.agent("kim") host.lead.status("won")
        host.lead.assign("other") host.lead.complete("a/b") host.lead.remove("a/b") host.lead.advance()
        """,
        "values": """
        host.store.add("n", 1) host.store.set("a", { 1 }) host.store.add("m", host.store.get("m") or 2)
        """,
        "lead_values": """
        host.lead.store.add("n", 1) host.lead.store.set("a", { 1 }) host.lead.set { n = host.lead.store.get("n") }
        """,
        "time": """
        local now = host.time.now()
        host.lead.set { due = host.time.format(host.time.add(now, "2 days"), "%Y-%m-%d %A") }
        """,
        "others": """
        host.bus.emit("p.done", host.json.decode(host.json.encode({ n = host.random() })))
        host.note.add("x") host.todo.add { title = "x" }
        """,
        "mail": #"host.email.send { to = "a@example.com", subject = "s", text = "t" }"#,
        "mistake": #"host.lead.set { why = select(2, pcall(function() return host.lead.nothing end)) }"#,
        "texts": """
        host.note.add(host.text.fill("Hello {{name}}", { name = host.settings.sender }))
        host.lead.set { tags = host.list { "a" } }
        """,
        "webhook": #"host.webhook.send("crm", { n = 1 })"#,
        "nothing": "",
    ]

    init() throws {
        let actions = Self.bodies.merging(["spoil": "string.extra = 1 host.lead.set { n = string.extra }"]) {
            $1
        }
        .sorted { $0.key < $1.key }
        .map { "\($0.key) = { run = function(event)\n\($0.value)\nend }," }
        let source =
            #"return { name = "p", api = 1, needs = { "email", "webhook" }, settings = { sender = { type = "string", default = "Kim" } }, actions = {"#
        let generation = try Generation(
            reading: MemoryTree(["plugins/p.lua": "\(source)\(actions.joined(separator: "\n"))} }"]))
        try #require(generation.pluginMistakes == [])
        runner = PluginRunner(generation.catalogue, for: generation.rulebook)
    }

    @Test("functions of the host leave what is sealed as it is", arguments: bodies.keys.sorted())
    func functions(_ action: String) {
        for _ in 1...2 {
            guard case .effects = call(action) else {
                Issue.record("\(action) failed")
                return
            }
            #expect(runner.areSealed)
        }
    }

    @Test("a call that changes the library changes it for itself alone")
    func change() {
        guard case .effects = call("spoil") else {
            Issue.record("spoil failed")
            return
        }
        #expect(!runner.areSealed)
        _ = call("nothing")
        #expect(runner.areSealed)
    }
}
