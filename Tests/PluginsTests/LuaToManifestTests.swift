import Journeys
import LuaSandbox
import Plugins
import TestKit
import Testing
import Values
import Workspace

@Suite("From Lua to a manifest")
struct LuaToManifestTests {
    private func manifest(_ files: [String: String]) throws -> PluginManifest {
        let listing = PluginListing(reading: "plugins", of: MemoryTree(files))
        let source = try #require(listing.plugins.first)
        let sandbox = try Sandbox(Program(main: source.main, modules: source.modules))
        return try PluginManifest(reading: sandbox.exports, name: source.name, file: source.file)
    }

    @Test("a plugin's own Lua is read, with its modules")
    func whole() throws {
        let manifest = try manifest([
            "plugins/greeting/init.lua": """
            local texts = require "texts"
            return {
              name = "greeting", version = "1.2.0", api = 1, needs = { "email" }, settings = {},
              actions = {
                welcome = {
                  summary = texts.summary,
                  params = {
                    template = { type = "string", default = "welcome", enum = { "welcome", "hello" } },
                    cc = { type = "list", default = {} },
                    share = { type = "number", least = 0, most = 1.0 },
                  },
                  run = function(event, params) end,
                },
              },
              deciders = { by_score = { decide = function() return { keep = {} } end } },
              on = { { event = "step.close", at = "qualify/*", run = function() end } },
            }
            """,
            "plugins/greeting/texts.lua": "return { summary = 'Send it' }",
        ])
        let welcome = try #require(manifest.action("welcome"))
        #expect(welcome.summary == "Send it")
        #expect(try welcome.parameters.complete(.none) == ["template": "welcome", "cc": []])
        #expect(manifest.needs == [.email])
        #expect(manifest.settings.all.isEmpty)
        #expect(manifest.decider("by_score") != nil)
        #expect(manifest.subscriptions.map(\.subscription.event) == [.exactly(.stepClose)])
        let functions = [
            welcome.run, manifest.decider("by_score")?.decide, manifest.subscriptions.first?.run,
        ]
        #expect(Set(functions).count == 3)
    }

    @Test("a plugin that is mistaken is told so with its paths")
    func mistaken() {
        let mistakes = #expect(throws: Mistakes.self) {
            try manifest([
                "plugins/x.lua": "return { name = 'y', api = 1, actions = { a = { run = 5 }, b = print } }"
            ])
        }
        #expect(
            mistakes?.list.map(\.description) == [
                "plugins/x.lua: actions.a.run: must be a function, not the integer 5",
                "plugins/x.lua: actions.b: must be a table with names, not a function",
                "plugins/x.lua: name: must be \"x\", as its file or folder is named, not the string \"y\"",
            ])
    }
}
