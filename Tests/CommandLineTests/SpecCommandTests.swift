import Foundation
import TestKit
import Testing
import Values

@Suite("signalbox test and record")
struct SpecCommandTests {
    private static let spec = """
        describe("probe.set", function()
          it("sets", function()
            local call = test.run("probe.set", { params = { fields = { x = 1 } } })
            expect(call.effects[1].fields):equals { x = 1 }
          end)
          it("fails <here> & there", function() expect(test.run("probe.fail").outcome):equals("ok") end)
        end)
        """

    private func workspace(_ spec: String = spec) throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace()
        try workspace.write("plugins/probe.spec.lua", spec)
        return workspace
    }

    @Test("failures are told with their places, and the status is 1")
    func text() async throws {
        let ran = try await workspace().run("test")
        #expect(ran.status == 1)
        let lines = ran.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        try #require(lines.count > 6, "\(ran.output)\(ran.errors)")
        #expect(lines[0] == "plugins/probe.spec.lua  1 passed, 1 failed")
        #expect(lines[2] == "plugins/probe.spec.lua:6  probe.set fails <here> & there")
        #expect(lines[3] == "    plugins/probe.spec.lua:6: expected \"ok\", got \"failed\"")
        #expect(lines[4].hasPrefix("    the call probe.fail failed: error: probe.lua:7: the probe fails"))
        #expect(lines.contains { $0.hasPrefix("2 tests in 1 file: 1 passed, 1 failed, in ") })
    }

    @Test("the tests that are wanted run, and status 0 is for all that passed")
    func only() async throws {
        let workspace = try workspace()
        let ran = try await workspace.run("test", "--only", "probe.set sets")
        #expect(ran.status == 0, "\(ran.errors)")
        #expect(ran.output.contains("1 test in 1 file: all passed"))
        let named = try await workspace.run("test", "plugins/probe.spec.lua", "--only", "sets")
        #expect(named.status == 0)
        let wrong = try await workspace.run("test", "plugins/prob.spec.lua")
        #expect(wrong.status == 1 && wrong.errors.contains("did you mean \"plugins/probe.spec.lua\"?"))
        let none = try await TemporaryWorkspace().run("test")
        #expect(none.status == 0 && none.output == "There are no specs to run.\n")
    }

    @Test("as JSON a test is an object")
    func json() async throws {
        let ran = try await workspace().run("test", "--format", "jsonl", "--coverage")
        let tests = ran.objects.lines("test")
        try #require(tests.count == 2, "\(ran.output)")
        #expect(tests[0]["outcome"] == "passed" && tests[0]["name"] == "sets" && tests[0]["line"] == 2)
        #expect(tests[0]["groups"] == ["probe.set"] && tests[0]["file"] == "plugins/probe.spec.lua")
        #expect(tests[1]["outcome"] == "failed" && tests[1]["reason"] == "expectation")
        #expect(tests[1]["calls"]?.list?.count == 1)
        let covered = ran.objects.lines("coverage")
        #expect(covered.count == 1 && covered[0]["file"] == "plugins/probe.lua")
        // In lines 8, 13 and 17 are functions in one line that nothing calls.
        #expect(covered[0]["missing"] == [8, 10, 11, 13, 17], "\(covered)")
    }

    @Test("JUnit's file is XML with a suite a file")
    func junit() async throws {
        let workspace = try workspace()
        let ran = try await workspace.run("test", "--format", "junit")
        #expect(ran.status == 1)
        try workspace.write("junit.xml", ran.output)
        let program = """
            import sys, xml.etree.ElementTree as tree
            root = tree.parse(sys.argv[1]).getroot()
            print(root.tag, root.get("tests"), root.get("failures"))
            for suite in root:
                print(suite.tag, suite.get("name"), suite.get("tests"), suite.get("failures"))
                for case in suite:
                    print(case.get("classname"), "|", case.get("name"), "|", [f.get("type") for f in case])
            """
        let read = Process()
        read.executableURL = URL(filePath: "/usr/bin/env")
        read.arguments = ["python3", "-c", program, workspace.path("junit.xml")]
        let output = Pipe()
        read.standardOutput = output
        try read.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        read.waitUntilExit()
        #expect(
            text == """
                testsuites 2 1
                testsuite plugins/probe.spec.lua 2 1
                probe.set | sets | []
                probe.set | fails <here> & there | ['expectation']

                """)
    }

    @Test("TAP has a line a test, and what is known of a failure under it")
    func tap() async throws {
        let ran = try await workspace(Self.spec.replacing("sets\"", with: "sets #1\"")).run(
            "test", "--format", "tap")
        let lines = ran.output.split(separator: "\n").map(String.init)
        #expect(
            Array(lines.prefix(6)) == [
                "TAP version 14", "1..2", "ok 1 - probe.set sets \\#1",
                "not ok 2 - probe.set fails <here> & there",
                "  ---", "  message: \"plugins/probe.spec.lua:6: expected \\\"ok\\\", got \\\"failed\\\"\"",
            ])
        #expect(lines.last == "  ...")
    }

    @Test("options that do not go together are refused")
    func usage() async throws {
        let workspace = try workspace()
        for arguments in [["--coverage", "--format", "junit"], ["--watch", "--format", "tap"]] {
            let ran = try await RunningProgram(["test"] + arguments + ["-w", workspace.folder]).end()
            #expect(ran.status == 64, "\(arguments)")
        }
        let personal = try await workspace.run("record", "a", "--personal", "city")
        #expect(personal.status == 64)
    }

    @Test("a lead's record is a spec that passes, also up to a moment, and a changed plugin is told")
    func record() async throws {
        let workspace = try TemporaryWorkspace()
        #expect(
            try await workspace.give(
                #"{"do":"assign","lead":"L1","map":"buyer","fields":{"name":"Ana","city":"Oslo"},"by":"form"}"#,
                #"{"do":"complete","lead":"L1","step":"qualify/call"}"#,
                #"{"do":"status","lead":"L1","to":"won"}"#
            ).status == 0)
        let whole = try await workspace.run("record", "L1")
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(whole.output.contains("lead:complete(\"qualify/call\""))
        try workspace.write("plugins/probe.spec.lua", whole.output)
        let ran = try await workspace.run("test")
        #expect(ran.status == 0, "\(ran.output)")
        let first = try await workspace.run("record", "L1", "--moment", "1")
        #expect(first.status == 0 && !first.output.contains("complete"))
        let far = try await workspace.run("record", "L1", "--moment", "9")
        #expect(far.status == 1 && far.errors == "Lead \"L1\": it has the moments 1 to 3\n")
        let anonymous = try await workspace.run("record", "L1", "--anonymous")
        #expect(anonymous.status == 0 && !anonymous.output.contains("Ana"))
        #expect(
            anonymous.errors.contains(
                "Fields whose values were replaced: \"name\". Left as they are: \"city\"."))
        let more = try await workspace.run("record", "L1", "--anonymous", "--personal", "city")
        #expect(more.status == 0 && !more.output.contains("Oslo"))
        try workspace.write(
            "plugins/probe.lua", TemporaryWorkspace.probe.replacing("host.lead.set(params.fields)", with: ""))
        let changed = try await workspace.run("record", "L1")
        #expect(changed.status == 1 && changed.errors.contains("The spec does not pass"))
    }

    @Test("try makes up the event that it is not given")
    func madeEvent() async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await workspace.run("try", "probe.set", "--with", #"{"fields":{"x":1}}"#)
        #expect(ran.status == 0 && ran.output.hasPrefix("ok"), "\(ran.errors)")
    }

    @Test("with --watch they run again when a file changes")
    func watch() async throws {
        let workspace = try workspace("it(\"one\", function() end)")
        let program = try RunningProgram(["test", "--watch", "-w", workspace.folder])
        #expect(try await program.shows("1 test in 1 file: all passed"))
        #expect(try await program.tells("Watching for changes"))
        try workspace.write(
            "plugins/probe.spec.lua", "it(\"one\", function() end) it(\"two\", function() end)")
        #expect(try await program.shows("2 tests in 1 file: all passed"))
        program.signal(SIGKILL)
        #expect(try await program.end().wasKilled)
    }

    @Test("try --watch calls again at each save, of the event too, and tells what does not load")
    func tryWatch() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("event.json", #"{"lead":{"id":"L1"}}"#)
        let probe = TemporaryWorkspace.probe
        func noting(_ text: String) -> String {
            probe.replacing(
                "(_, params) host.lead.set(params.fields)",
                with: "(event) host.note.add(\(text) .. event.lead.id)")
        }
        try workspace.write("plugins/probe.lua", noting("'one '"))
        let program = try RunningProgram([
            "try", "probe.set", "--watch", "--event", workspace.path("event.json"), "--with",
            #"{"fields":{"x":1}}"#, "-w", workspace.folder,
        ])
        #expect(try await program.shows("one L1"))
        #expect(try await program.tells("Watching for changes"))
        try workspace.write("plugins/probe.lua", noting("'two '"))
        #expect(try await program.shows("two L1"))
        try workspace.write("event.json", #"{"lead":{"id":"L2"}}"#)
        #expect(try await program.shows("two L2"))
        try workspace.write("plugins/probe.lua", noting("'two ' .."))
        #expect(try await program.tells("the plugin does not load"))
        try workspace.write("plugins/probe.lua", noting("'three '"))
        #expect(try await program.shows("three L2"))
        program.signal(SIGKILL)
        #expect(try await program.end().wasKilled)
        for arguments in [["--format", "jsonl"], ["--event", "-"]] {
            let refused = try await workspace.run("try", "probe.set", "--watch", arguments[0], arguments[1])
            #expect(refused.status == 64 && refused.errors.contains("--watch"), "\(refused.errors)")
        }
    }
}
