import Foundation
import TestKit
import Testing
import Values

@Suite("Giving commands")
struct DoTests {
    @Test("a command is answered with what happened, and is in the store")
    func oneCommand() async throws {
        let workspace = try TemporaryWorkspace()
        let assigned = try await workspace.run(
            "do", "assign", "L1", "buyer", "name=Ana Lee", "score:=80", "--by", "form", "--channel", "web",
            "--agent",
            "kim", "--format", "jsonl")
        #expect(assigned.status == 0)
        #expect(assigned.errors == "")
        #expect(
            assigned.objects.events
                == ["map.open", "track.open qualify", "step.open qualify/call", "step.open qualify/mail"])
        #expect(assigned.objects.allSatisfy { $0["by"] == "form" && $0["lead"] == "L1" && $0["moment"] == 1 })
        let completed = try await workspace.run("do", "complete", "L1", "qualify/call")
        #expect(completed.status == 0)
        #expect(completed.output.contains("step.close  qualify/call"))
        #expect(completed.output.contains("probe.set: set called=true"))
        let journal = try await workspace.journal(of: "L1")
        #expect(journal.count == 6)
        #expect(Array(journal.prefix(4)) == assigned.objects)
        let shown = try await workspace.run("lead", "L1")
        #expect(
            shown.output.hasPrefix(
                "L1  open  on buyer  agent kim  channel web\n  called  true\n  name    Ana Lee\n"))
        #expect(shown.output.hasSuffix("open now  qualify/mail\n"))
    }

    @Test("every verb of the command line is one of the commands file")
    func verbs() async throws {
        let flex = """
            map: flexible
            tracks:
              - track: offer
                kind: flex
                steps: [ { step: call }, { step: mail } ]
              - track: last
                steps: [ { step: survey, optional: true } ]
            """
        let workspace = try TemporaryWorkspace(maps: ["flexible": flex])
        let commands = [
            ["set", "L1", "score:=1"], ["assign", "L1", "flexible"], ["remove", "L1", "offer/mail"],
            ["complete", "L1", "offer/call"], ["advance", "L1"],
            ["set", "L1", "score:=null", "--agent", "kim"],
            ["status", "L1", "won"],
        ]
        for command in commands {
            let ran = try await RunningProgram(["do"] + command + ["-w", workspace.folder]).end()
            #expect(ran.status == 0, "\(command): \(ran.errors)\(ran.output)")
        }
        let retried = try await workspace.run("do", "retry", "L1")
        #expect(retried.status == 1)
        #expect(retried.output.contains("nothing_held") || retried.output.contains("journey_closed"))
        let events = try await workspace.journal(of: "L1").events
        #expect(events.contains("step.remove offer/mail") && events.contains("step.skip last/survey"))
        #expect(events.last == "map.close")
        #expect(
            try await workspace.run("lead", "L1").output.hasPrefix("L1  won  was on flexible  agent kim\n\n"))
    }

    @Test("tracks that a former version of a plugin held are retried before the first command is given")
    func heldBefore() async throws {
        func chooser(_ body: String) -> String {
            "return { name = \"chooser\", api = 1, deciders = { pick = { decide = function() \(body) end } } }"
        }
        let map = """
            map: flex
            tracks:
              - { track: two, kind: flex, flex: { decide: chooser.pick }, steps: [ { step: a }, { step: b } ] }
            """
        let workspace = try TemporaryWorkspace(
            plugins: ["chooser": chooser("error(\"not yet\")")], maps: ["flex": map])
        // More than are retried together.
        let leads = (100..<250).map { "L\($0)" }
        func give(_ command: (String) -> String) async throws -> Ran {
            let lines = leads.reversed().map { "\(command($0))\n" }.joined()
            return try await workspace.run("do", "--commands", "-", input: Array(lines.utf8))
        }
        #expect(try await give { "{\"do\":\"assign\",\"lead\":\"\($0)\",\"map\":\"flex\"}" }.status == 1)
        try workspace.write(
            "plugins/chooser.lua", chooser("for _ = 1, 100000 do end return { keep = { \"a\" } }"))
        let ran = try await give { "{\"do\":\"complete\",\"lead\":\"\($0)\",\"step\":\"two/a\"}" }
        #expect(ran.status == 0, "\(ran.output)\(ran.errors)")
        for lead in ["L100", "L249"] {
            #expect(try await workspace.journal(of: lead).events.last == "track.close two")
        }
    }

    @Test("a time in a command has no effect on a store, which is said once, with how many lines have it")
    func times() async throws {
        let workspace = try TemporaryWorkspace()
        let at = #""at":"2001-01-01T00:00:00Z""#
        let given = try await workspace.give(
            #"{"do":"assign","lead":"a","map":"buyer",\#(at)}"#,
            #"{"do":"complete","lead":"a","step":"qualify/mail"}"#,
            #"{"do":"complete","lead":"a","step":"qualify/none",\#(at)}"#)
        #expect(given.objects.allSatisfy { $0["at"] != "2001-01-01T00:00:00Z" })
        #expect(given.errors.components(separatedBy: "2 lines with `at`").count == 2, "\(given.errors)")
        let none = try await workspace.give(#"{"do":"complete","lead":"a","step":"qualify/call"}"#)
        #expect(!none.errors.contains("`at`"))
    }

    @Test("what is refused is shown with its reason, leaves no trace and ends with 1")
    func refused() async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await workspace.run("do", "assign", "L1", "buyers", "--format", "jsonl")
        #expect(ran.status == 1)
        #expect(ran.objects.count == 1)
        #expect(ran.objects.first?["type"] == "refused")
        #expect(ran.objects.first?["reason"] == "unknown_map")
        #expect(ran.objects.first?["message"]?.string?.contains("did you mean \"buyer\"?") == true)
        #expect(ran.objects.first?["command"] == ["do": "assign", "lead": "L1", "map": "buyers"])
        let shown = try await workspace.run("lead", "L1")
        #expect(shown.status == 1)
        #expect(shown.errors == "There is no lead \"L1\".\n")
    }

    @Test("--dry-run shows what would happen and stores nothing")
    func dryRun() async throws {
        let workspace = try TemporaryWorkspace()
        let first = try await workspace.run("do", "assign", "L1", "buyer", "--dry-run", "--format", "jsonl")
        #expect(first.status == 0)
        #expect(first.objects.events.count == 4)
        #expect(!workspace.exists("data"))
        #expect(try await workspace.run("do", "assign", "L1", "buyer").status == 0)
        let lines =
            #"{"do":"complete","lead":"L1","step":"qualify/call"}"# + "\n"
            + #"{"do":"status","lead":"L1","to":"won"}"#
        let second = try await workspace.run(
            "do", "--commands", "-", "--dry-run", "--format", "jsonl", input: Array(lines.utf8))
        #expect(second.status == 0)
        #expect(second.objects.events == ["step.close qualify/call", "map.close"])
        #expect(try await workspace.journal(of: "L1").count == 4)
    }

    @Test("the same id does nothing twice, and no other command")
    func ids() async throws {
        let workspace = try TemporaryWorkspace()
        let command = [
            "do", "assign", "L1", "buyer", "--id", "r-1", "--format", "jsonl", "-w", workspace.folder,
        ]
        #expect(try await RunningProgram(command).end().objects.count == 4)
        let again = try await RunningProgram(command).end()
        #expect(again.status == 0)
        #expect(again.objects == [["type": "repeated", "lead": "L1", "id": "r-1", "moment": 1]])
        let other = try await workspace.run("do", "advance", "L1", "--id", "r-1")
        #expect(other.status == 1)
        #expect(other.output.contains("id_reused"))
        #expect(try await workspace.journal(of: "L1").count == 4)
    }

    @Test("a commands file: refused lines are passed over, repeated ones named, a bad one ends the reading")
    func commandsFile() async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await workspace.give(
            "\u{FEFF}" + #"{"do":"assign","lead":"L1","map":"buyer","id":"one"}"#,
            #"  "#,
            #"{"do":"assign","lead":"L1","map":"buyer","id":"one"}"#,
            #"{"do":"complete","lead":"L1","step":"qualify/none"}"# + "\r",
            #"{"do":"complete","lead":"L1","step":"qualify/call"}"#,
            #"{"do":"complete","lead":"L1","stap":"qualify/mail"}"#,
            #"{"do":"complete","lead":"L1","step":"qualify/mail"}"#)
        #expect(ran.status == 65)
        #expect(
            ran.objects.lines("repeated") == [
                ["type": "repeated", "lead": "L1", "line": 3, "id": "one", "moment": 1]
            ])
        #expect(ran.objects.lines("refused").map { $0["line"] } == [4])
        #expect(ran.objects.lines("refused").map { $0["reason"] } == ["unknown_step"])
        #expect(ran.errors.contains("standard input:6: `step` is missing"))
        #expect(ran.errors.contains("what came before is done"))
        #expect(try await workspace.journal(of: "L1").events.last == "step.close qualify/call")
    }

    @Test("a line that no program should read stops the reading, in `do` and in `simulate`")
    func badLines() async throws {
        let lines: [(bytes: [UInt8], message: String)] = [
            (Array(#"{"do":"set","lead":"L2","fields":{"n":123456789012345678901}}"#.utf8), "64 bits"),
            (
                Array(#"{"do":"set","lead":"L2","fields":{"n":"#.utf8)
                    + [UInt8](repeating: 0x5B, count: 100_000), "levels deep"
            ),
            (
                Array(#"{"do":"set","lead":"L2","fields":{"n":""#.utf8) + [0xFF, 0xFE] + Array("\"}}".utf8),
                "not valid UTF-8"
            ),
            (
                Array(#"{"do":"set","lead":"L2","fields":{"n":""#.utf8)
                    + [UInt8](repeating: 0x61, count: 40 << 20), "more than 1048576 bytes"
            ),
            ([UInt8](repeating: 0x20, count: 3 << 20), "more than 1048576 bytes"),
            (Array(#"{"do":"set","lead":"","fields":{}}"#.utf8), "not a lead's id"),
            ([0], "not JSON"),
        ]
        for (bytes, message) in lines {
            let workspace = try TemporaryWorkspace()
            let input =
                Array(#"{"do":"set","lead":"L1"}"#.utf8) + [0x0A] + bytes
                + Array("\n{\"do\":\"set\",\"lead\":\"L3\"}\n".utf8)
            for command in ["do", "simulate"] {
                let ran = try await workspace.run(command, "--commands", "-", input: input)
                #expect(ran.status == 65)
                #expect(
                    ran.errors.contains("standard input:2: ") && ran.errors.contains(message), "\(ran.errors)"
                )
                #expect(ran.errors.utf8.count < 2000)
            }
            #expect(
                try await workspace.run("leads", "--format", "jsonl").objects.map { $0["lead"] } == ["L1"])
        }
    }

    @Test("a field of half a MiB is refused, and the next command is done")
    func largeField() async throws {
        let workspace = try TemporaryWorkspace()
        let large = String(repeating: "x", count: 1 << 19)
        let lines = [
            #"{"do":"set","lead":"L1","fields":{"a":"\#(large)"}}"#,
            #"{"do":"set","lead":"L1","fields":{"":1}}"#,
            #"{"do":"set","lead":"L1","fields":{"a":""}}"#,
        ]
        let ran = try await workspace.run(
            "do", "--commands", "-", input: Array(lines.joined(separator: "\n").utf8))
        #expect(ran.status == 1)
        #expect(ran.output.contains("field_too_large") && ran.output.contains("invalid_field"))
        #expect(ran.output.utf8.count < 2000)
        #expect(try await workspace.run("lead", "L1").output.contains(#"  a  """# + "\n"))
    }

    @Test("commands on a pipe are answered as they come")
    func pipe() async throws {
        let workspace = try TemporaryWorkspace()
        let program = try RunningProgram(
            ["do", "--commands", "-", "--format", "jsonl", "-w", workspace.folder], input: .open)
        try program.send(#"{"do":"assign","lead":"L1","map":"buyer"}"# + "\n")
        #expect(try await program.shows(#""event":"map.open""#))
        #expect(try await workspace.run("leads").output.contains("L1"))
        try program.send(
            #"{"do":"complete","lead":"L1","step":"qualify/call"}"# + "\n" + #"{"do":"advance","#)
        #expect(try await program.shows(#""event":"step.close""#))
        try program.send(#""lead":"L1"}"#)
        let ran = try await program.end()
        #expect(ran.status == 1)
        #expect(ran.objects.last?["reason"] == "required_steps_open")
    }

    @Test("a reader that goes away does not stop commands halfway")
    func brokenPipe() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write(
            "commands.jsonl",
            (1...3000).map { #"{"do":"assign","lead":"L\#($0)","map":"buyer"}"# + "\n" }.joined())
        let ran = try await RunningProgram(
            ["do", "--commands", workspace.path("commands.jsonl"), "--format", "jsonl"],
            shell: #""$0" "$@" -w "$WORKSPACE" | head -n 1"#, workspace: workspace
        ).end()
        #expect(ran.objects.count == 1)
        #expect(ran.errors.contains("3000 accepted"))
        let listed = try await workspace.run("leads", "--limit", "9999", "--format", "jsonl")
        #expect(listed.objects.count == 3000)
        // Also where whoever starts it ignores the signal of a broken pipe.
        for trap in ["", "trap '' PIPE; "] {
            let cut = try await RunningProgram(
                ["leads", "--limit", "9999", "--format", "jsonl"],
                shell: trap + #""$0" "$@" -w "$WORKSPACE" | head -n 1"#, workspace: workspace
            ).end()
            #expect(cut.objects.count == 1)
            #expect(cut.errors == "")
        }
    }

    @Test("an output that cannot be written is told")
    func fullOutput() async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await RunningProgram(
            ["do", "assign", "L1", "buyer"], shell: #"exec "$0" "$@" -w "$WORKSPACE" >/dev/full"#,
            workspace: workspace
        ).end()
        #expect(ran.status == 65)
        #expect(ran.errors.contains("Standard output cannot be written"))
        #expect(try await workspace.journal(of: "L1").count == 4)
    }

    @Test("ids with slashes, spaces and other scripts are ids like any other")
    func oddIDs() async throws {
        let workspace = try TemporaryWorkspace()
        for id in ["a/b/../c", "/etc/passwd", "Ana Lee", "李", "-x", "a'b\"c", "%s"] {
            let ran = try await RunningProgram(["do", "-w", workspace.folder, "assign", "--", id, "buyer"])
                .end()
            #expect(ran.status == 0, "\(id): \(ran.errors)")
            let shown = try await RunningProgram([
                "lead", "-w", workspace.folder, "--format", "jsonl", "--", id,
            ]).end()
            #expect(shown.objects.count == 4 && shown.objects.allSatisfy { $0["lead"] == .string(id) })
        }
    }

    @Test("an unreadable commands file is told, and nothing ran", arguments: ["none.jsonl", "maps"])
    func unreadable(_ file: String) async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await workspace.run("do", "--commands", workspace.path(file))
        #expect(ran.status == 65)
        #expect(ran.errors.contains(file))
    }
}
