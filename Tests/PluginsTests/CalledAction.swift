import Journeys
import Plugins
import TestKit
import Testing
import Values
import Workspace

/// What the library makes of the body of an action of the plugin `p`, whose file is `plugins/p.lua`: the body begins in
/// its second line, after what is `before`.
func outcome(
    ofAction body: String, before: String = "", event: Value = [:]
) throws -> CallResult.Outcome {
    let source = """
        \(before.isEmpty ? "" : before + "\n")return { name = "p", api = 1, needs = { "email", "webhook" }, actions = { act = { run = function(event)
        \(body)
        end } } }
        """
    // A walk through the whole library takes long with a sanitizer.
    let settings = """
        plugins: { limits: { deadline: 2s } }
        secrets:
          slack: { env: SLACK, hosts: [ hooks.example.com ], plugins: [ p ] }
          other: { env: OTHER, hosts: [ hooks.example.com ], plugins: [ q ] }

        """
    let generation = try Generation(
        reading: MemoryTree([
            "plugins/p.lua": source, "signalbox.yaml": settings, "templates/welcome.txt": "Welcome",
        ]))
    #expect(generation.pluginMistakes == [])
    return PluginRunner(generation.catalogue, for: generation.rulebook).call(
        FunctionName(plugin: "p", name: "act"), event: event, parameters: .none,
        at: Timestamp("2026-11-22T09:00:00Z")!, seed: 1
    ).result.outcome
}
