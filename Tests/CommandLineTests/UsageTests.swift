import ArgumentParser
import TestKit
import Testing
import Values

@testable import SignalboxCLI

@Suite("The command line itself")
struct UsageTests {
    @Test(
        "every command explains itself",
        arguments: [
            [], ["check"], ["simulate"], ["do"], ["do", "assign"], ["do", "complete"],
            ["do", "advance"], ["do", "remove"], ["do", "status"], ["do", "set"], ["do", "retry"], ["import"],
            ["leads"], ["lead"], ["incidents"],
            ["incidents", "show"], ["incidents", "retry"], ["incidents", "dismiss"],
            ["incidents", "summary"], ["deliveries"], ["deliveries", "show"], ["deliveries", "retry"],
            ["plugins"], ["plugins", "show"], ["todos"], ["journal"], ["store"], ["store", "list"],
            ["store", "get"],
            ["store", "set"], ["store", "clear"],
            ["plugins", "release"], ["try"], ["backup"], ["restore"],
        ])
    func help(_ command: [String]) async throws {
        let ran = try await RunningProgram(command + ["--help"]).end()
        #expect(ran.status == 0)
        #expect(ran.output.contains("USAGE: signalbox"))
        #expect(ran.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(ran.errors == "")
    }

    @Test("every command says its name: the parser would make one of each type at every start")
    func names() {
        func check(_ command: any ParsableCommand.Type) {
            #expect(command.configuration.commandName != nil, "\(command)")
            for inner in command.configuration.subcommands { check(inner) }
        }
        check(SignalboxCommand.self)
    }

    @Test("--version prints a version")
    func version() async throws {
        let ran = try await RunningProgram(["--version"]).end()
        #expect(ran.status == 0)
        #expect(ran.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }

    @Test(
        "a command line that is wrong ends with 64 and says what is missing",
        arguments: [
            (["frob"], "frob"),
            (["do"], "a command is missing"),
            (["do", "frob"], "See 'signalbox do --help'"),
            (["do", "asign", "a", "buyer"], "did you mean \"assign\"?"),
            (["do", "assign"], "Missing expected argument '<lead>'"),
            (["do", "assign", "a"], "Missing expected argument '<map>'"),
            (["do", "complete", "a"], "<track/step>"),
            (["do", "status", "a", "sold"], "open, closed, won or lost"),
            (["do", "advance", "a", "b"], "Unexpected argument 'b'"),
            (["do", "set", "a", "score"], "FIELD=TEXT"),
            (["do", "set", "a", "score:=eighty"], "expected JSON after :="),
            (["do", "set", "a", "score:=99999999999999999999"], "64 bits"),
            (["do", "advance", ""], "not a lead's id"),
            (["do", "advance", "a", "--id", ""], "`id`"),
            (["do", "advance", "a", "--channel", "web"], "channel"),
            (["do", "--commands", "x", "advance", "a"], "--commands"),
            (["do", "advance", "a", "--commands", "x"], "--commands"),
            (["do", "--commands", "x", "--by", "kim"], "--commands"),
            (["do", "--commands", "x", "asign"], "--commands"),
            (["do", "advance", "a", "--skip-bad-lines"], "--skip-bad-lines is for --commands"),
            (["incidents", "retry"], "either numbers of incidents, or a filter"),
            (["incidents", "dismiss", "1", "--plugin", "p"], "either numbers of incidents, or a filter"),
            (["deliveries", "retry"], "either ids of deliveries, or a filter"),
            (["deliveries", "retry", "a/1/1", "--to", "x"], "either ids of deliveries, or a filter"),
            (["deliveries", "retry", "--state", "waiting"], "only what is dead or unknown"),
            (["deliveries", "retry", "a/1"], "LEAD/MOMENT/NUMBER"),
            (["deliveries", "--format", "json", "retry", "a/1/1"], "leave out --format"),
            (["deliveries", "show", "1"], "LEAD/MOMENT/NUMBER"),
            (["deliveries", "--before", "1"], "LEAD/MOMENT/NUMBER"),
            (["deliveries", "--limit", "0"], "--limit"),
            (["deliveries", "--state", "lost"], "--state"),
            (["deliveries", "--kind", "letter"], "--kind"),
            (["deliveries", "--since", "yesterday"], "--since"),
            (["leads", "--limit", "0"], "--limit"),
            (["leads", "--status", "sold"], "--status"),
            (["leads", "--format", "xml"], "--format"),
            (["lead"], "<lead>"),
            (["lead", "a", "--all", "--last", "3"], "leave out --last"),
            (["lead", "a", "--before", "3", "--all"], "leave out --last and --before"),
            (["lead", "a", "--last", "0"], "--last must be at least 1"),
            (["lead", "a", "--before", "0"], "--before must be at least 1"),
            (["lead", "a", "--last", "few"], "--last"),
            (["incidents", "--format", "xml", "show", "1"], "is invalid for '--format"),
            (["plugins", "--format", "json", "release", "probe"], "leave out --format"),
            (["import", "x.csv", "--map", "buyer"], "--id"),
            (["simulate"], "--commands"),
            (["try", "probe", "--event", "-"], "PLUGIN.ACTION"),
        ])
    func usage(_ arguments: [String], _ message: String) async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await RunningProgram(arguments, environment: ["SIGNALBOX_WORKSPACE": workspace.folder])
            .end()
        #expect(ran.status == 64)
        #expect(ran.errors.contains(message))
        #expect(ran.output == "")
        #expect(!workspace.exists("data"))
    }

    @Test(
        "the workspace and the format may come before and after the subcommand",
        arguments: [
            ["leads"], ["do", "complete", "a", "qualify/mail", "--dry-run"],
            ["do", "--dry-run", "advance", "a"],
            ["incidents"], ["incidents", "list"], ["incidents", "show", "1"], ["incidents", "retry", "1"],
            ["plugins"], ["plugins", "list"], ["plugins", "show", "probe"],
        ])
    func optionPlaces(_ words: [String]) async throws {
        let workspace = try TemporaryWorkspace(
            maps: ["buyer": TemporaryWorkspace.map("buyer", running: "{ run: probe.fail }")])
        _ = try await workspace.give(
            #"{"do":"assign","lead":"a","map":"buyer"}"#,
            #"{"do":"complete","lead":"a","step":"qualify/call"}"#)
        let backup = workspace.path("backup.db")
        #expect(try await workspace.run("backup", backup).status == 0)
        var outputs: Set<String> = []
        for place in 0...words.count {
            let before = Array(words[..<place])
            let after = Array(words[place...])
            // Before the command's own name the workspace alone, as not every command has a format.
            let options = ["-w", workspace.folder] + (place == 0 ? [] : ["--format", "jsonl"])
            let rest = place == 0 ? after + ["--format", "jsonl"] : after
            let ran = try await RunningProgram(before + options + rest).end()
            #expect(ran.status < 2 && !ran.output.isEmpty, "\(before + options + rest): \(ran.errors)")
            outputs.insert(ran.objects.map { $0["type"]?.string ?? "" }.joined(separator: " "))
            #expect(try await workspace.run("restore", backup).status == 0)
        }
        #expect(outputs.count == 1)
    }

    @Test("an argument that is not valid UTF-8 is refused before anything is done")
    func invalidUTF8() async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await RunningProgram(
            ["do", "assign"], environment: ["SIGNALBOX_WORKSPACE": workspace.folder],
            shell: #"exec "$0" "$@" "$(printf 'a\377b')" buyer"#
        ).end()
        #expect(ran.status == 64)
        #expect(ran.errors.contains("Argument 3 is not valid UTF-8"))
        #expect(!workspace.exists("data"))
    }

    @Test("the workspace is -w, SIGNALBOX_WORKSPACE or the current folder, and a folder that is none is told")
    func workspaces() async throws {
        let workspace = try TemporaryWorkspace()
        let here = try await RunningProgram(
            ["check"], shell: #"cd "$WORKSPACE" && exec "$0" "$@""#, workspace: workspace
        ).end()
        #expect(here.status == 0)
        let named = try await RunningProgram(
            ["check"], environment: ["SIGNALBOX_WORKSPACE": workspace.folder]
        ).end()
        #expect(named.status == 0)
        for (folder, message) in [
            ("/nowhere", "no such folder"), ("", "empty text; give"),
            ("/", "no signalbox.yaml, maps or plugins"),
        ] {
            for command in [["check"], ["leads"], ["do", "advance", "a"], ["simulate", "--commands", "-"]] {
                let ran = try await RunningProgram(command + ["-w", folder]).end()
                #expect(ran.status == 65)
                #expect(ran.errors.contains(message) && ran.errors.contains("-w"))
            }
        }
    }
}

extension RunningProgram {
    /// Runs in a shell that knows the workspace as `$WORKSPACE`.
    convenience init(
        _ arguments: [String], input: Input = .bytes([]), shell: String, workspace: TemporaryWorkspace
    ) throws {
        try self.init(
            arguments, input: input, environment: ["WORKSPACE": workspace.folder], shell: shell)
    }
}
