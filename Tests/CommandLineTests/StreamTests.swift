import Foundation
import TestKit
import Testing
import Values

@Suite("A stream of commands")
struct StreamTests {
    /// Counts all leads, and is cut off where the lead says so.
    private static let counting = """
        return { name = "probe", api = 1, actions = { count = { run = function(event)
          if event.lead.fields.loops == true then while true do end end
          host.lead.set { before = host.store.get("n") or 0 }
          host.store.add("n", 1)
        end } } }
        """

    /// A version whose action sets a field to a text.
    private static func version(_ text: String) -> String {
        """
        return { name = "probe", api = 1, actions = { set = { params = { fields = { type = "table" } },
          run = function() host.lead.set { version = "\(text)" } end } } }
        """
    }

    private static func assign(_ lead: String, more: String = #""map":"buyer""#) -> String {
        #"{"do":"assign","lead":"\#(lead)",\#(more)}"# + "\n"
    }

    private static func complete(_ lead: String) -> String {
        #"{"do":"complete","lead":"\#(lead)","step":"qualify/call"}"# + "\n"
    }

    private func stream(_ workspace: TemporaryWorkspace) throws -> RunningProgram {
        try RunningProgram(
            ["do", "--commands", "-", "--format", "jsonl", "-w", workspace.folder], input: .open)
    }

    @Test("the lines are those of the commands one by one, in their order, and so in every run")
    func order() async throws {
        let workspace = try TemporaryWorkspace(
            plugins: ["probe": Self.counting],
            maps: [
                "buyer":
                    "map: buyer\ntriggers: { open: [ { run: probe.count } ] }\ntracks: [ { track: qualify, steps: [ { step: call } ] } ]\n"
            ])
        try workspace.write("signalbox.yaml", "plugins: { limits: { instructions: 5000, deadline: 2s } }\n")
        let lines = (0..<900).map { number -> String in
            let loops = number % 13 > 9 || number > 800
            return switch number % 6 {
            case 0: Self.complete("L\(number - 3)")
            case 1: Self.assign("L\(number)", more: #""map":"none""#)
            // The fifth again and again, by its id.
            case 5: Self.assign("L5", more: #""map":"buyer","id":"c5""#)
            default:
                Self.assign(
                    "L\(number)", more: #""map":"buyer","id":"c\#(number)","fields":{"loops":\#(loops)}"#)
            }
        }
        let input = Array(lines.joined().utf8)
        let simulated = try await workspace.run(
            "simulate", "--commands", "-", "--format", "jsonl", input: input)
        let done = try await workspace.run("do", "--commands", "-", "--format", "jsonl", input: input)
        #expect(simulated.status == 1 && done.status == 1)
        #expect(simulated.objects.lines("incident").contains { $0["reason"] == "quarantined" })
        #expect(simulated.objects.lines("repeated").count > 0)
        let withoutTime = { (objects: [Table]) in
            objects.map { object in
                var object = object
                object["at"] = nil
                return object
            }
        }
        #expect(withoutTime(done.objects) == withoutTime(simulated.objects))
        let dry = try await workspace.run(
            "do", "--commands", "-", "--dry-run", "--format", "jsonl", input: input)
        #expect(dry.objects.count == lines.count)
        #expect(dry.objects.lines("refused").count + dry.objects.lines("repeated").count == lines.count)
    }

    @Test(
        "a plugin that is saved answers the next commands, and one that does not load is told with its place")
    func reload() async throws {
        let workspace = try TemporaryWorkspace()
        let program = try stream(workspace)
        try program.send((1...4).map { Self.assign("L\($0)") }.joined() + Self.complete("L1"))
        #expect(try await program.shows(#""called":true"#))
        try workspace.write("plugins/probe.lua", Self.version("second"))
        #expect(try await program.tells("reloaded: plugins loaded: probe"))
        try program.send(Self.complete("L2"))
        #expect(try await program.shows(#""version":"second""#))
        try workspace.write("plugins/probe.lua", "return {\n  name = ")
        #expect(try await program.tells("probe.lua:1: "))
        #expect(try await program.tells("what was there before goes on"))
        try program.send(Self.complete("L3"))
        #expect(try await program.shows(#""lead":"L3","moment":2"#))
        try workspace.write("plugins/probe.lua", Self.version("third"))
        #expect(try await program.tells("1 mended mistake"))
        program.signal(SIGHUP)
        #expect(try await program.tells("SIGHUP: read again: nothing"))
        try program.send(Self.complete("L4"))
        #expect(try await program.shows(#""version":"third""#))
        let ran = try await program.end()
        #expect(ran.status == 0)
        #expect(ran.output.components(separatedBy: #""version":"second""#).count == 3)
    }

    /// A decider that fails as long as it is `broken`.
    private static func chooser(_ body: String) -> String {
        "return { name = \"chooser\", api = 1, deciders = { pick = { decide = function() \(body) end } } }"
    }

    @Test("what the engine does by itself is in the stream, in its order, with a `line` that is null")
    func ownMoments() async throws {
        let workspace = try TemporaryWorkspace(
            plugins: ["chooser": Self.chooser("error(\"not yet\")")],
            maps: [
                "flex": """
                map: flex
                tracks:
                  - { track: two, kind: flex, flex: { decide: chooser.pick }, steps: [ { step: a }, { step: b } ] }
                """
            ])
        // One that is held before the stream begins.
        #expect(try await workspace.run("do", "assign", "L0", "flex").status == 1)
        let good = #"return { keep = { "a" } }"#
        try workspace.write("plugins/chooser.lua", Self.chooser(good))
        let program = try stream(workspace)
        #expect(try await program.shows(#""lead":"L0","moment":2"#))
        try workspace.write("plugins/chooser.lua", Self.chooser("error(\"not now\")"))
        #expect(try await program.tells("reloaded: plugins loaded: chooser"))
        try program.send(
            Self.assign("L1", more: #""map":"flex""#) + Self.assign("L2", more: #""map":"flex""#))
        #expect(try await program.shows(#""lead":"L2","moment":1"#))
        try workspace.write("plugins/chooser.lua", Self.chooser("local now = 1 " + good))
        #expect(try await program.shows(#""lead":"L2","moment":2"#))
        try program.send(#"{"do":"complete","lead":"L1","step":"two/a"}"# + "\n")
        let ran = try await program.end()
        #expect(ran.status == 1)
        #expect(ran.errors.contains("3 by the engine itself"), "\(ran.errors)")
        for lead in ["L0", "L1", "L2"] {
            let shown = ran.objects.filter { $0["lead"]?.string == lead }
            let stored = try await workspace.run("lead", lead, "--all", "--format", "jsonl").objects
                .filter { lead != "L0" || $0["moment"] == 2 }
            for (one, kept) in zip(shown, stored) {
                var one = one
                // The second moment of each is the engine's.
                let isOwn = one["moment"] == 2
                #expect((one["line"] == .null) == isOwn && (one["line"] == nil) == !isOwn)
                one["line"] = nil
                #expect(one == kept)
            }
            #expect(
                shown.count == stored.count && !shown.isEmpty,
                "shown of \(lead): \(shown), and stored: \(stored); \(ran.errors)")
        }
    }

    @Test("a running stream is helped: a call runs again, and a plugin is released")
    func help() async throws {
        let workspace = try TemporaryWorkspace(
            plugins: [
                "probe": """
                return { name = "probe", api = 1, actions = { look = { run = function(event)
                  if not event.lead.fields.calm then while true do end end
                  host.note.add("calm")
                end } } }
                """
            ],
            maps: [
                "buyer":
                    "map: buyer\ntriggers: { open: [ { run: probe.look } ] }\ntracks: [ { track: qualify, steps: [ { step: call } ] } ]\n"
            ])
        try workspace.write("signalbox.yaml", "plugins: { limits: { instructions: 5000, deadline: 2s } }\n")
        let lines =
            (1...6).map { Self.assign("L\($0)") }
            + [
                #"{"do":"release","plugin":"prob"}"#, #"{"do":"release","plugin":"probe"}"#,
                #"{"do":"release","plugin":"probe"}"#,
                #"{"do":"assign","lead":"L7","map":"buyer","fields":{"calm":true}}"#,
                #"{"do":"rerun","lead":"L1","incident":1}"#, #"{"do":"rerun","lead":"L1","incident":100}"#,
            ].map { $0 + "\n" }
        for name in ["simulate", "do"] {
            let ran = try await workspace.run(
                name, "--commands", "-", "--format", "jsonl", input: Array(lines.joined().utf8))
            #expect(ran.status == 1)
            let others = ran.objects.filter { ["released", "refused"].contains($0["type"]?.string) }
            #expect(others.map { $0["line"] } == [7, 8, 9, 12])
            #expect(
                others.map { $0["reason"] } == ["unknown_plugin", nil, "not_quarantined", "unknown_incident"])
            #expect(others[0]["message"]?.string?.contains("did you mean \"probe\"?") == true)
            #expect(others[0]["lead"] == nil && others[0]["command"] == ["do": "release", "plugin": "prob"])
            #expect(others[1] == ["type": "released", "line": 8, "plugin": "probe"])
            let calls = ran.objects.lines("call")
            #expect(calls.filter { $0["reason"] == "quarantined" }.map { $0["lead"] } == ["L6"])
            #expect(calls.filter { $0["outcome"] == "ok" }.map { $0["lead"] } == ["L7"])
            // Once more on what it saw then, which is cut off once more.
            #expect(calls.last?["lead"] == "L1" && calls.last?["outcome"] == "failed")
        }
        let text = try await workspace.run("simulate", "--commands", "-", input: Array(lines.joined().utf8))
        #expect(text.output.contains("released  probe is called again\n"))
        #expect(text.output.contains("refused  release prob\n  unknown_plugin: "))
    }

    @Test("lines that are not commands are skipped where that is wished, and counted")
    func badLines() async throws {
        let long = String(repeating: "x", count: 70_000)
        let lines = [
            #"{"do":"assign","lead":"L1","map":"buyer"}"#, "{\"do\":\"asign\"}", long, "  ", "no JSON",
            #"{"do":"release"}"#, #"{"do":"assign","lead":"L2","map":"buyer","by":"engine"}"#,
            #"{"do":"assign","lead":"L3","map":"buyer"}"#, "{",
        ]
        let input = Array(lines.joined(separator: "\n").utf8)
        for name in ["simulate", "do"] {
            let workspace = try TemporaryWorkspace()
            try workspace.write("signalbox.yaml", "limits: { line: 64 KiB }\n")
            let ended = try await workspace.run(name, "--commands", "-", input: input)
            #expect(ended.status == 65 && ended.errors.contains("standard input:2: "), "\(ended.errors)")
            let ran = try await workspace.run(
                name, "--commands", "-", "--skip-bad-lines", "--format", "jsonl", input: input)
            #expect(ran.status == 1)
            let leads = Set(ran.objects.compactMap { $0["lead"]?.string })
            #expect(leads == ["L1", "L3"])
            let told = ran.errors.split(separator: "\n").filter { $0.hasSuffix("; the line is skipped") }
            let numbers = told.compactMap { $0.split(separator: ":").dropFirst().first.map(String.init) }
            #expect(numbers == ["2", "3", "5", "6", "7", "9"], "\(ran.errors)")
        }
    }

    @Test(
        "a signal that asks for the end lets what was read be finished, and ends the program after it",
        arguments: [SIGTERM, SIGINT])
    func signals(_ number: Int32) async throws {
        let workspace = try TemporaryWorkspace()
        let program = try stream(workspace)
        try program.send(Self.assign("L1") + Self.assign("L2") + #"{"do":"assign","lead":"L3","#)
        #expect(try await program.shows(#""lead":"L2""#))
        program.signal(number)
        let ran = try await program.end(closing: false)
        #expect(ran.wasKilled && ran.status == number)
        #expect(ran.errors.contains("Nothing was read after line 2; what came before is done."))
        #expect(ran.errors.contains("2 accepted"))
        #expect(try await workspace.run("leads", "--format", "jsonl").objects.count == 2)
    }

    /// Asks the program to end as soon as it has shown something. These tests may be kept waiting meanwhile, until
    /// the program is done.
    private static let endedByFirstOutput = """
        "$0" "$@" & program=$!
        until test -s "/proc/$$/fd/1"; do sleep 0.01; done
        kill -TERM $program; wait $program
        """

    @Test("a long file that is interrupted is answered as far as it was read, and nothing after that is done")
    func interruptedFile() async throws {
        let workspace = try TemporaryWorkspace()
        let count = 60_000
        try workspace.write("commands.jsonl", (1...count).map { Self.assign("L\($0)") }.joined())
        let program = try RunningProgram(
            [
                "do", "--commands", workspace.path("commands.jsonl"), "--format", "jsonl", "-w",
                workspace.folder,
            ], shell: Self.endedByFirstOutput)
        let ran = try await program.end()
        #expect(ran.status == 128 + SIGTERM)
        let answered = ran.objects.filter { $0["event"] == "map.open" }.map { $0["lead"] }
        #expect(answered == (1...max(1, answered.count)).map { .string("L\($0)") })
        #expect(answered.count < count)
        #expect(ran.errors.contains("Nothing was read after line \(answered.count); "))
        let leads = try await workspace.run("leads", "--limit", "\(count)", "--format", "jsonl")
        #expect(leads.objects.count == answered.count)
    }

    @Test("an import that is interrupted ends after a row")
    func interruptedImport() async throws {
        let workspace = try TemporaryWorkspace()
        let count = 60_000
        try workspace.write("leads.csv", "Id\n" + (1...count).map { "L\($0)\n" }.joined())
        let program = try RunningProgram(
            [
                "import", workspace.path("leads.csv"), "--map", "buyer", "--id", "Id", "--format", "jsonl",
                "-w",
                workspace.folder,
            ], shell: Self.endedByFirstOutput)
        let ran = try await program.end()
        #expect(ran.status == 128 + SIGTERM)
        let answered = ran.objects.count { $0["event"] == "map.open" }
        // The first line names the columns.
        #expect(ran.errors.contains("Nothing was imported after line \(answered + 1); "))
        let leads = try await workspace.run("leads", "--limit", "\(count)", "--format", "jsonl")
        #expect(leads.objects.count == answered && answered < count)
    }

    @Test("commands on a pipe are all done when nobody reads the answers any more")
    func brokenPipe() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("commands.jsonl", (1...3000).map { Self.assign("L\($0)") }.joined())
        let ran = try await RunningProgram(
            ["do", "--commands", "-", "--format", "jsonl"],
            shell: #"cat "$WORKSPACE/commands.jsonl" | "$0" "$@" -w "$WORKSPACE" | head -n 1"#,
            workspace: workspace
        ).end()
        #expect(ran.objects.count == 1)
        #expect(ran.errors.contains("3000 accepted"))
        let listed = try await workspace.run("leads", "--limit", "9999", "--format", "jsonl")
        #expect(listed.objects.count == 3000)
    }

    /// Nobody reads the program's output, but the reader is there until the program has ended. SIGTERM goes to the
    /// program.
    private static let unread = """
        mkfifo "$WORKSPACE/output"; sleep 1000 < "$WORKSPACE/output" & reader=$!
        exec 3<&0; "$0" "$@" -w "$WORKSPACE" <&3 > "$WORKSPACE/output" & program=$!
        trap 'kill -TERM $program' TERM
        while kill -0 $program 2> /dev/null; do wait $program; status=$?; done
        kill $reader; exit $status
        """

    @Test("a signal that asks for the end is heard while nobody reads the output, and what was done is kept")
    func unreadOutput() async throws {
        let workspace = try TemporaryWorkspace()
        let program = try RunningProgram(
            ["do", "--commands", "-", "--format", "jsonl"], input: .open, shell: Self.unread,
            workspace: workspace)
        // More than a pipe holds.
        try program.send((1...1000).map { Self.assign("L\($0)") }.joined())
        var count = 0
        while count < 1000 {
            count = try await workspace.run("leads", "--limit", "9999", "--format", "jsonl").objects.count
        }
        program.signal(SIGTERM)
        let ran = try await program.end(closing: false)
        #expect(ran.status == 128 + SIGTERM)
        #expect(ran.errors.contains("Nobody reads standard output: the rest of it is left out."))
        #expect(ran.errors.contains("1000 accepted"))
        #expect(ran.errors.contains("Nothing was read after line 1000; what came before is done."))
    }

    @Test("a small limit on waiting commands refuses none of a file's")
    func neverBusy() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("signalbox.yaml", "limits: { queue: 1 }\n")
        let ran = try await workspace.run(
            "do", "--commands", "-", input: Array((1...2500).map { Self.assign("L\($0)") }.joined().utf8))
        #expect(ran.status == 0)
        #expect(ran.errors.contains("2500 accepted, 0 refused"))
    }
}
