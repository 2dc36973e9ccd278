import Foundation
import TestKit
import Testing
import Values

@Suite("What is shown")
struct ListingTests {
    private func filled() async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace()
        let ran = try await workspace.give(
            #"{"do":"assign","lead":"a","map":"buyer","agent":"kim","fields":{"city":"Oslo"}}"#,
            #"{"do":"assign","lead":"b","map":"buyer","channel":"web"}"#,
            #"{"do":"status","lead":"b","to":"won"}"#,
            #"{"do":"set","lead":"c","fields":{"city":"Rome","note":"\u001b[2J"}}"#)
        #expect(ran.status == 0)
        return workspace
    }

    private func leads(_ workspace: TemporaryWorkspace, _ options: String...) async throws -> [String] {
        let ran = try await RunningProgram(["leads", "-w", workspace.folder, "--format", "jsonl"] + options)
            .end()
        #expect(ran.status == 0)
        return ran.objects.compactMap { $0["lead"]?.string }
    }

    @Test("leads are listed, picked and paged through")
    func leads() async throws {
        let workspace = try await filled()
        #expect(try await leads(workspace) == ["a", "b", "c"])
        #expect(try await leads(workspace, "--status", "won") == ["b"])
        #expect(try await leads(workspace, "--map", "buyer") == ["a", "b"])
        #expect(try await leads(workspace, "--match", "oslo") == ["a"])
        #expect(try await leads(workspace, "--after", "a", "--limit", "1") == ["b"])
        let first = try await workspace.run("leads", "--limit", "2")
        #expect(first.errors == "These are the first 2; go on with --after \"b\".\n")
        #expect(first.output.split(separator: "\n").count == 3)
        #expect(try await workspace.run("leads", "--limit", "3").errors == "")
        #expect(try await leads(workspace, "--match", "OSLO") == ["a"])
        #expect(try await workspace.run("leads", "--match", "nobody").output == "No leads.\n")
        let list = try await workspace.run("leads", "--format", "json").output
        #expect((try JSONReader.read(list)).list?.count == 3)
        let listed = try await workspace.run("leads", "--format", "jsonl").objects
        #expect(
            listed.map { $0["fields"] } == [["city": "Oslo"], [:], ["city": "Rome", "note": "\u{1B}[2J"]])
    }

    @Test("leads of any number are listed once each, in order")
    func manyLeads() async throws {
        let workspace = try TemporaryWorkspace()
        let ids = (0..<2100).map { "L\(10_000 + $0)" }
        let lines = ids.map { #"{"do":"set","lead":"\#($0)","fields":{"n":1}}"# }
        let given = try await workspace.run(
            "do", "--commands", "-", input: Array(lines.joined(separator: "\n").utf8))
        #expect(given.status == 0)
        let all = try await RunningProgram(
            ["leads", "--limit", "5000", "--format", "jsonl", "-w", workspace.folder]
        ).end()
        #expect(all.objects.map { $0["lead"]?.string } == ids && all.errors == "")
        let most = try await RunningProgram(
            ["leads", "--limit", "2099", "--format", "jsonl", "-w", workspace.folder]
        ).end()
        #expect(most.objects.map { $0["lead"]?.string } == ids.dropLast())
        #expect(most.errors == "These are the first 2099; go on with --after \"L12098\".\n")
        let exactly = try await workspace.run("leads", "--limit", "2000", "--after", "L10099")
        #expect(exactly.errors == "" && exactly.output.split(separator: "\n").count == 2001)
    }

    @Test("a file and a pipe get no colour, a terminal does unless NO_COLOR says otherwise")
    func colour() async throws {
        let workspace = try await filled()
        let piped = try await workspace.run("lead", "a")
        #expect(!piped.output.contains("\u{1B}"))
        // `script` runs a command on a terminal of its own; not every machine has it.
        let shell =
            #"command -v script >/dev/null || exit 3; exec script -qec "'$0' lead a -w '$WORKSPACE'" /dev/null"#
        let coloured = try await RunningProgram(
            ["x"], environment: ["TERM": "xterm", "WORKSPACE": workspace.folder, "NO_COLOR": ""], shell: shell
        ).end()
        guard coloured.status != 3 else { return }
        #expect(coloured.output.contains("\u{1B}[1ma\u{1B}[0m"))
        let plain = try await RunningProgram(
            ["x"], environment: ["TERM": "xterm", "WORKSPACE": workspace.folder, "NO_COLOR": "1"],
            shell: shell
        ).end()
        #expect(plain.output.contains("step.open") && !plain.output.contains("\u{1B}["))
    }

    @Test("what a lead brought cannot draw on the terminal")
    func controlCharacters() async throws {
        let workspace = try await filled()
        let shown = try await workspace.run("lead", "c")
        #expect(shown.output.contains(#""\u001b[2J""#) && !shown.output.contains("\u{1B}"))
        #expect(try await workspace.run("lead", "c", "--format", "jsonl").output == "")
    }

    @Test("check counts what it read, and notices are not mistakes")
    func check() async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await workspace.run("check")
        #expect(ran.status == 0)
        #expect(ran.output == "1 map, 1 plugin: nothing is wrong.\n")
    }

    @Test("plugins are shown with what they declare")
    func plugins() async throws {
        let workspace = try TemporaryWorkspace()
        let listed = try await workspace.run("plugins")
        #expect(listed.status == 0)
        #expect(listed.output.contains("probe   1.0.0    loaded  6 actions, 1 decider"))
        let shown = try await workspace.run("plugins", "show", "probe")
        #expect(shown.output.contains("  action probe.count\n    most: integer = 3\n"))
        #expect(!shown.output.contains("emits"))
        let emitting = #"return { name = "probe", api = 1, emits = { "probe.done", "probe.begun" } }"#
        let other = try TemporaryWorkspace(plugins: ["probe": emitting], maps: [:])
        #expect(
            try await other.run("plugins", "show", "probe").output.contains(
                "  emits probe.done, probe.begun\n"))
        let json = try await other.run("plugins", "show", "probe", "--format", "jsonl").objects
        #expect(json.first?["emits"] == ["probe.done", "probe.begun"])
        let missing = try await workspace.run("plugins", "show", "prob")
        #expect(missing.status == 1)
        #expect(missing.errors.contains("There is no plugin \"prob\""))
    }

    @Test("plugins show lists the versions that ran, and gives each one's files back as they were")
    func keptVersions() async throws {
        let workspace = try TemporaryWorkspace()
        let none = try await workspace.run("plugins", "show", "probe")
        #expect(none.status == 0 && none.output.contains("no version of it ran yet"))
        func complete(_ lead: String) async throws {
            let given = try await workspace.give(
                #"{"do":"assign","lead":"\#(lead)","map":"buyer"}"#,
                #"{"do":"complete","lead":"\#(lead)","step":"qualify/call"}"#)
            #expect(given.status == 0)
        }
        try await complete("a")
        let second = TemporaryWorkspace.probe.replacing("1.0.0", with: "2.0.0") + "-- \u{e9}"
        try workspace.write("plugins/probe.lua", second)
        try await complete("b")

        let shown = try await workspace.run("plugins", "show", "probe", "--format", "jsonl")
        let versions = try #require(shown.objects.first?["versions"]?.list).compactMap(\.table)
        #expect(versions.map { $0["version"] } == ["1.0.0", "2.0.0"])
        #expect(versions.map { $0["live"] } == [false, true])
        let hash = try #require(versions[0]["hash"]?.string)
        let text = try await workspace.run("plugins", "show", "probe")
        #expect(text.output.contains("ran \(hash.prefix(12))  1.0.0  since "))
        #expect(text.output.split(separator: "\n").last?.hasSuffix("live") == true)

        let former = try await workspace.run("plugins", "show", "probe", "--source", String(hash.prefix(9)))
        #expect(former.status == 0 && former.output == TemporaryWorkspace.probe)
        let listed = try await workspace.run(
            "plugins", "show", "probe", "--source", hash, "--format", "jsonl")
        #expect(
            listed.objects == [
                ["type": "file", "file": "probe.lua", "text": .string(TemporaryWorkspace.probe)]
            ])
        for wrong in ["", "none", hash + "0"] {
            let refused = try await workspace.run("plugins", "show", "probe", "--source", wrong)
            #expect(refused.status == 1 && refused.errors.contains("No version of \"probe\""))
            #expect(refused.output.isEmpty)
        }

        // A folder's files come one after the other, and what ran is there when the plugin is gone.
        try workspace.write("plugins/probe/init.lua", second)
        try workspace.write("plugins/probe/part.lua", "return 1\n")
        try FileManager.default.removeItem(atPath: workspace.path("plugins/probe.lua"))
        try await complete("c")
        let folder = try await workspace.run("plugins", "show", "probe", "--format", "jsonl")
        let last = try #require(folder.objects.first?["versions"]?.list?.last?.table?["hash"]?.string)
        let files = try await workspace.run("plugins", "show", "probe", "--source", last)
        #expect(files.output == "==> probe/init.lua\n\(second)\n==> probe/part.lua\nreturn 1\n")
        try FileManager.default.removeItem(atPath: workspace.path("plugins/probe"))
        try FileManager.default.removeItem(atPath: workspace.path("maps/buyer.yaml"))
        let gone = try await workspace.run("plugins", "show", "probe")
        #expect(gone.status == 1 && gone.output.contains("probe is not in plugins"))
        #expect(gone.output.components(separatedBy: "  ran ").count == 4)
        #expect(
            try await workspace.run("plugins", "show", "probe", "--source", hash).output
                == TemporaryWorkspace.probe)
    }

    @Test("an incident says which version failed, by the hash that its files are kept under")
    func incidentOfVersion() async throws {
        let workspace = try TemporaryWorkspace(
            maps: ["failing": TemporaryWorkspace.map("failing", running: "{ run: probe.fail }")])
        _ = try await workspace.give(
            #"{"do":"assign","lead":"a","map":"failing"}"#,
            #"{"do":"complete","lead":"a","step":"qualify/call"}"#)
        let shown = try await workspace.run("incidents", "show", "1", "--format", "jsonl")
        let hash = try #require(shown.objects.first?["hash"]?.string)
        #expect(shown.objects.first?["version"] == "1.0.0")
        #expect(try await workspace.run("incidents", "show", "1").output.contains(hash))
        let source = try await workspace.run("plugins", "show", "probe", "--source", hash)
        #expect(source.output == TemporaryWorkspace.probe)
    }

    @Test("check tells of templates that cannot be read, and of files that are none")
    func templates() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("templates/welcome.txt", "Hello")
        try workspace.write("templates/notes.md", "no template")
        let good = try await workspace.run("check")
        #expect(good.status == 0 && good.output.contains("1 map, 1 plugin, 1 template: nothing is wrong."))
        #expect(good.output.contains("templates/notes.md: notice: this is not a template"))
        try workspace.write("templates/bad.html", [0xFF])
        try FileManager.default.createSymbolicLink(
            atPath: workspace.path("templates/out.txt"), withDestinationPath: "/etc/hostname")
        let bad = try await workspace.run("check")
        #expect(bad.status == 1 && !bad.output.contains("nothing is wrong"))
        #expect(bad.output.contains("templates/bad.html: the file is not UTF-8"))
        #expect(bad.output.contains("templates/out.txt: a link leads out of the workspace"))
        // The rest works, and it is said.
        let given = try await workspace.run("do", "assign", "a", "buyer")
        #expect(given.status == 0 && given.errors.contains("templates/bad.html"))
    }

    @Test("try calls one function and shows its effects, usage and log")
    func tried() async throws {
        let workspace = try TemporaryWorkspace()
        let event = Array(#"{"name":"step.close","lead":{"id":"a","fields":{}}}"#.utf8)
        let set = try await workspace.run(
            "try", "probe.set", "--event", "-", "--with", #"{"fields":{"x":1}}"#, "--format", "jsonl",
            input: event)
        #expect(set.status == 0)
        #expect(set.objects.first?["effects"] == [["do": "set", "fields": ["x": 1]]])
        #expect(set.objects.first?["usage"]?.table?["peakMemoryBytes"]?.integer ?? 0 > 0)
        let logged = try await workspace.run("try", "probe.log", "--event", "-", input: event)
        #expect(logged.output.contains("log info: a line"))
        try workspace.write(
            "signalbox.yaml", "plugins: { limits: { instructions: 1000000, deadline: 1m } }\n")
        for (function, reason) in [("fail", "error"), ("loop", "budget"), ("eat", "memory")] {
            let failed = try await workspace.run(
                "try", "probe.\(function)", "--event", "-", "--format", "jsonl", input: event)
            #expect(failed.status == 1)
            #expect(failed.objects.first?["reason"] == .string(reason))
        }
        #expect(!workspace.exists("data"))
    }

    @Test("try ends as the engine would with a decider's answer (R34)")
    func triedDecider() async throws {
        let workspace = try TemporaryWorkspace()
        func decide(_ event: String, keeping steps: String) async throws -> Ran {
            try await workspace.run(
                "try", "probe.keep", "--event", "-", "--with", #"{"steps":\#(steps)}"#, "--format", "jsonl",
                input: Array(event.utf8))
        }
        for event in [#"{"steps":["call","mail"]}"#, #"{"map":"buyer","track":"qualify"}"#] {
            let kept = try await decide(event, keeping: #"["call"]"#)
            #expect(kept.status == 0)
            #expect(kept.objects.first?["answer"] == ["keep": ["call"], "reason": "as told"])
            let refused = try await decide(event, keeping: #"["call","nowhere"]"#)
            #expect(refused.status == 1)
            #expect(refused.objects.first?["outcome"] == "failed")
            #expect(refused.objects.first?["reason"] == "answer")
            #expect(refused.objects.first?["message"]?.string?.contains("its steps: call, mail") == true)
        }
        let other = try await decide(
            #"{"steps":["mail"],"map":"buyer","track":"qualify"}"#, keeping: #"["call"]"#)
        #expect(other.status == 1 && other.objects.first?["reason"] == "answer")
        for event in [
            "{}", #"{"map":"buyer"}"#, #"{"map":"buyer","track":"none"}"#, #"{"steps":"call"}"#,
            #"{"steps":[1]}"#,
        ] {
            let unasked = try await decide(event, keeping: "[]")
            #expect(unasked.status == 65 && unasked.errors.contains("steps"), "\(event): \(unasked.errors)")
        }
    }

    @Test(
        "try says what is wrong with what it was given",
        arguments: [
            ("probe.set", "{}", "{}", "1", "fields"),
            ("probe.cuont", "{}", "{}", "1", "did you mean \"count\"?"),
            ("none.set", "{}", "{}", "1", "none"), ("probe.count", "{}", #"{"most":10}"#, "1", "most"),
            ("probe.set", "[]", "{}", "65", "JSON object"), ("probe.set", "{", "{}", "65", "not JSON"),
            ("probe.set", "{}", "[]", "64", "--with"),
        ])
    func badTries(_ function: String, _ event: String, _ with: String, _ status: String, _ message: String)
        async throws
    {
        let workspace = try TemporaryWorkspace()
        let ran = try await workspace.run(
            "try", function, "--event", "-", "--with", with, input: Array(event.utf8))
        #expect("\(ran.status)" == status)
        #expect((ran.errors + ran.output).contains(message), "\(ran.errors)\(ran.output)")
    }

    @Test("what a decider's failure came to is one line of the timeline, held or with a fallback (R34)")
    func failedDecider() async throws {
        func map(_ id: String, _ fallback: String) -> String {
            """
            map: \(id)
            tracks:
              - track: t
                kind: flex
                flex: { decide: bad.pick\(fallback) }
                steps: [ { step: a }, { step: b } ]
            """
        }
        let workspace = try TemporaryWorkspace(
            plugins: [
                "bad": """
                return { name = "bad", api = 1,
                  deciders = { pick = { decide = function() error("no choice", 0) end } } }
                """
            ], maps: ["held": map("held", ""), "all": map("all", ", fallback: all")])
        for (number, id) in ["held", "all"].enumerated() {
            let incident = "incident \(number + 1)"
            let given = try await workspace.run("do", "assign", id, id)
            let shown = try await workspace.run("lead", id)
            for text in [given.output, shown.output] {
                #expect(text.components(separatedBy: "no choice").count == 2, "\(text)")
                #expect(text.components(separatedBy: incident).count == 2, "\(text)")
            }
            let lines = try await workspace.journal(of: id)
            #expect(lines.lines("incident").count == 1)
            #expect(lines.lines("incident").first?["seq"] == lines.lines("call").first?["seq"])
        }
        let listed = try await workspace.run("incidents", "--format", "jsonl")
        #expect(listed.objects.count == 2)
        for (number, isHeld) in [("1", true), ("2", false)] {
            let advice = try await workspace.run("incidents", "show", number).output
            #expect(advice.contains("signalbox do retry held") == isHeld, "\(advice)")
            #expect(advice.contains("signalbox incidents dismiss \(number)"), "\(advice)")
        }
    }

    @Test("simulate shows the traceback of a call that fails, because its incidents are kept nowhere")
    func tracebacks() async throws {
        let workspace = try TemporaryWorkspace(
            maps: ["failing": TemporaryWorkspace.map("failing", running: "{ run: probe.fail }")])
        let commands = [
            #"{"do":"assign","lead":"a","map":"failing"}"#,
            #"{"do":"complete","lead":"a","step":"qualify/call"}"#,
        ]
        let input = Array(commands.joined(separator: "\n").utf8)
        let shown = try await workspace.run("simulate", "--commands", "-", input: input)
        let lines = shown.output.split(separator: "\n").map(String.init)
        let call = try #require(lines.firstIndex { $0.contains("probe.fail failed: error:") })
        #expect(
            lines[call + 1].hasSuffix("      probe.lua:7: in the function at line 7"), "\(lines[call + 1])")
        // Elsewhere the incident has it.
        let given = try await workspace.run("do", "--commands", "-", input: input)
        #expect(given.output.contains("probe.fail failed") && !given.output.contains("in the function"))
        #expect(
            try await workspace.run("incidents", "show", "1").output.contains("in the function at line 7"))
    }

    @Test("simulate prints the same lines on every run, in virtual time")
    func simulated() async throws {
        let workspace = try TemporaryWorkspace()
        let commands = [
            #"{"do":"assign","lead":"a","map":"buyer","at":"2026-01-02T00:00:00Z"}"#,
            #"{"do":"complete","lead":"a","step":"qualify/call","at":"2020-01-01T00:00:00Z"}"#,
            #"{"do":"advance","lead":"a"}"#,
        ]
        let input = Array(commands.joined(separator: "\n").utf8)
        let first = try await workspace.run("simulate", "--commands", "-", "--format", "jsonl", input: input)
        let second = try await workspace.run("simulate", "--commands", "-", "--format", "jsonl", input: input)
        #expect(first.status == 1)
        #expect(first.output == second.output)
        #expect(first.objects.lines("event").allSatisfy { $0["at"] == "2026-01-02T00:00:00Z" })
        #expect(first.objects.last?["line"] == 3)
        let listed = try await workspace.run("simulate", "--commands", "-", "--format", "json", input: input)
        #expect(try JSONReader.read(listed.output).list?.count == first.objects.count)
        #expect(!workspace.exists("data"))
    }
}
