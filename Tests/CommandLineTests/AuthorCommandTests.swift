import Foundation
import TestKit
import Testing
import Values

/// `explain`, `triggers`, `replay` and `try` of a recorded call, on a store in a file.
@Suite("The command line, for authors")
struct AuthorCommandTests {
    private static let plugin = """
        return { name = "p", api = 1,
          actions = { greet = { params = { text = { type = "string", required = true } }, run = function(event, params)
            host.store.add("greeted", 1)
            host.note.add(params.text .. " " .. event.lead.fields.name .. " " .. (host.store.get("greeted") or 0))
          end } },
          on = { { event = "step.close", run = function(event) host.lead.set { closed = event.step } end } },
        }
        """

    private static func workspace() async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace(
            plugins: ["p": plugin],
            maps: [
                "m": """
                map: m
                triggers: { open: [ { run: p.greet, with: { text: Hello }, when: "lead.fields.name ~= 'Ben'" } ] }
                tracks: [ { track: t, steps: [ { step: a }, { step: b, optional: true } ] } ]
                """
            ])
        let given = try await workspace.give(
            #"{"do":"assign","lead":"ana","map":"m","fields":{"name":"Ana"}}"#,
            #"{"do":"assign","lead":"ben","map":"m","fields":{"name":"Ben"}}"#,
            #"{"do":"complete","lead":"ana","step":"t/a"}"#)
        try #require(given.errors.contains("3 accepted, 0 refused"), "\(given.errors)")
        return workspace
    }

    @Test("explain gives each trigger's verdict, and one where one is named")
    func explain() async throws {
        let workspace = try await Self.workspace()
        let all = try await workspace.run("explain", "ana")
        #expect(all.status == 0)
        #expect(
            all.output == """
                ana  journey 1 on m

                fired           m/open/1  p.greet
                                ran in moment 1, with 2 effects
                                add 1 to stored greeted
                                note "Hello Ana 1"

                fired           p/on/1
                                ran in moment 2, with 1 effect
                                set closed=a

                """)
        let one = try await workspace.run("explain", "ben", "m/open/1", "--format", "jsonl")
        let verdict = try #require(one.objects.first)
        #expect(one.objects.count == 1 && verdict["verdict"] == "when_false" && verdict["moment"] == 1)
        #expect(verdict["values"] == ["lead": ["fields": ["name": "Ben"]]])
        let none = try await workspace.run("explain", "ben", "m/opne/1")
        #expect(none.status == 1 && none.output.isEmpty && none.errors.contains("did you mean \"m/open/1\"?"))
    }

    @Test("triggers lists what would run, and only what is chosen")
    func triggers() async throws {
        let workspace = try await Self.workspace()
        let all = try await workspace.run("triggers", "--format", "jsonl")
        #expect(
            all.objects.map { "\($0["event"]?.string ?? "") \($0["trigger"]?.string ?? "")" } == [
                "map.open m/open/1", "step.close p/on/1", "step.close p/on/1",
            ])
        let chosen = try await workspace.run(
            "triggers", "--event", "step.*", "--at", "t/b", "--format", "jsonl")
        #expect(chosen.objects.map { $0["at"]?.string } == ["t/b"])
        #expect(try await workspace.run("triggers", "--map", "n").status == 1)
    }

    @Test("replay finds no difference on the same code, and tells each on other code")
    func replay() async throws {
        let workspace = try await Self.workspace()
        let same = try await workspace.run("replay", "--plugins", workspace.path("plugins"))
        #expect(same.status == 0 && same.output.isEmpty)
        #expect(same.errors.contains("3 unchanged, 0 changed, 0 newly failing, 0 newly passing"))
        try workspace.write("next/p.lua", Self.plugin.replacing("closed = event.step", with: "closed = true"))
        let other = try await workspace.run(
            "replay", "--plugins", workspace.path("next"), "--format", "jsonl")
        #expect(other.status == 1 && other.objects.count == 1)
        #expect(
            other.objects.first?["now"] == [
                "outcome": "ok", "effects": [["do": "set", "fields": ["closed": true]]],
            ])
        #expect(try await workspace.run("replay", "--plugins", workspace.path("none")).status == 65)
    }

    @Test("try makes a recorded call again on what it saw, also when that is not so any more")
    func tryRecorded() async throws {
        let workspace = try await Self.workspace()
        // The plugin's value and the lead are others by now.
        _ = try await workspace.give(
            #"{"do":"assign","lead":"cleo","map":"m","fields":{"name":"Cleo"}}"#,
            #"{"do":"set","lead":"ana","fields":{"name":"Anna"}}"#)
        let again = try await workspace.run(
            "try", "p.greet", "--lead", "ana", "--seq", "1", "--format", "jsonl")
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.objects.first?["effects"]?.list?.last == ["do": "note", "text": "Hello Ana 1"])
        let subscription = try await workspace.run(
            "try", "p/on/1", "--lead", "ana", "--seq", "5", "--format", "jsonl")
        #expect(subscription.objects.first?["effects"] == [["do": "set", "fields": ["closed": "a"]]])
        let wrong = try await workspace.run("try", "p.greet", "--lead", "ana", "--seq", "5")
        #expect(wrong.status == 1 && wrong.errors.contains("the event did not run p.greet; it ran p/on/1"))
        let none = try await workspace.run("try", "p.greet", "--lead", "ana", "--seq", "50")
        #expect(none.status == 1 && none.errors.contains("there is no event 50 of the lead"))
        for arguments in [
            ["--lead", "ana"], ["--seq", "1"], ["--lead", "ana", "--seq", "1", "--event", "-"],
        ] {
            let ran = try await RunningProgram(["try", "p.greet"] + arguments + ["-w", workspace.folder])
                .end()
            #expect(ran.status == 64, "\(arguments)")
        }
    }
}
