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
        #expect(try await workspace.run("leads", "--match", "nobody").output == "No leads.\n")
        let list = try await workspace.run("leads", "--format", "json").output
        #expect((try JSONReader.read(list)).list?.count == 3)
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
        #expect(shown.output.contains("?[2J") && !shown.output.contains("\u{1B}"))
        #expect(try await workspace.run("lead", "c", "--format", "json").output == "[\n]\n")
    }

    @Test("check counts what it read, and notices are no mistakes")
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
        let missing = try await workspace.run("plugins", "show", "prob")
        #expect(missing.status == 1)
        #expect(missing.errors.contains("There is no plugin \"prob\""))
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
        let decided = try await workspace.run(
            "try", "probe.keep", "--event", "-", "--with", #"{"steps":["call"]}"#, "--format", "jsonl",
            input: event)
        #expect(decided.objects.first?["answer"] == ["keep": ["call"], "reason": "as told"])
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

    @Test(
        "try says what is wrong with what it was given",
        arguments: [
            ("probe.set", "{}", "{}", "1", "fields"), ("probe.none", "{}", "{}", "1", "probe.none"),
            ("none.set", "{}", "{}", "1", "none"), ("probe.count", "{}", #"{"most":10}"#, "1", "most"),
            ("probe.set", "[]", "{}", "65", "JSON object"), ("probe.set", "{", "{}", "65", "no JSON"),
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
