import Foundation
import TestKit
import Testing
import Values

@Suite("One lead's life")
struct LeadTests {
    /// A lead with so many moments: `assign`, and then fields that are set.
    private func filled(_ moments: Int) async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace()
        let assign = #"{"do":"assign","lead":"a","map":"buyer","agent":"kim","fields":{"city":"Oslo"}}"#
        let sets = (1..<max(1, moments)).map { number in
            number == 1
                ? #"{"do":"complete","lead":"a","step":"qualify/mail"}"#
                : #"{"do":"set","lead":"a","fields":{"n":\#(number)}}"#
        }
        let lines = ([assign] + sets).joined(separator: "\n")
        #expect(try await workspace.run("do", "--commands", "-", input: Array(lines.utf8)).status == 0)
        return workspace
    }

    private func shown(_ workspace: TemporaryWorkspace, _ options: String...) async throws -> (
        ran: Ran, moments: [Int]
    ) {
        let ran = try await RunningProgram(["lead", "a", "-w", workspace.folder] + options).end()
        #expect(ran.status == 0, "\(ran.errors)")
        let heads = ran.output.split(separator: "\n").filter { $0.hasPrefix("moment ") }
        return (ran, heads.compactMap { Int($0.split(separator: " ")[1]) })
    }

    @Test("the newest 50 moments are shown, with how many came before and how to see them")
    func newest() async throws {
        let workspace = try await filled(173)
        let (ran, moments) = try await shown(workspace)
        #expect(moments == Array(124...173))
        #expect(
            ran.output.contains(
                "\n\n123 earlier moments are not shown; see them with --before 124, or every moment with --all.\n\nmoment 124 "
            ))
        #expect(ran.output.hasSuffix("\n\nopen now  qualify/call\n") && ran.errors == "")

        let few = try await filled(50)
        #expect(try await shown(few).moments == Array(1...50))
        #expect(try await shown(few).ran.output.contains("earlier") == false)
        #expect(
            try await shown(few, "--last", "49").ran.output.contains(
                "1 earlier moment is not shown; see it with"))
    }

    @Test("any part of the life is shown, and all of it")
    func parts() async throws {
        let workspace = try await filled(173)
        for (options, expected) in [
            (["--all"], 1...173), (["--last", "3"], 171...173), (["--last", "173"], 1...173),
            (["--last", "\(Int.max)"], 1...173), (["--before", "124"], 74...123),
            (["--before", "24"], 1...23),
            (["--before", "24", "--last", "2"], 22...23), (["--before", "9999", "--last", "60"], 114...173),
            (["--before", "174"], 124...173), (["--before", "2"], 1...1),
        ] {
            let ran = try await RunningProgram(["lead", "a", "-w", workspace.folder] + options).end()
            let heads = ran.output.split(separator: "\n").filter { $0.hasPrefix("moment ") }
            #expect(heads.compactMap { Int($0.split(separator: " ")[1]) } == Array(expected), "\(options)")
            #expect(ran.output.contains("earlier moment") == (expected.lowerBound > 1), "\(options)")
            // What is open is what is open now, so it comes after the newest moment alone.
            #expect(ran.output.contains("open now") == (expected.upperBound == 173), "\(options)")
        }
        let none = try await shown(workspace, "--before", "1")
        #expect(none.moments == [] && none.ran.output.hasPrefix("a  open  on buyer"))
    }

    @Test("in JSON the same moments are chosen; what is left out is told on standard error")
    func json() async throws {
        let workspace = try await filled(173)
        for format in ["json", "jsonl"] {
            let (newest, _) = try await shown(workspace, "--format", format)
            #expect(
                newest.errors
                    == "123 earlier moments are not shown; see them with --before 124, or every moment with --all.\n"
            )
            let (all, _) = try await shown(workspace, "--format", format, "--all")
            #expect(all.errors == "")
            #expect(all.output.contains(#""moment":1,"#) && !newest.output.contains(#""moment":1,"#))
        }
        // The lines of a timeline are those of `do`, and no others.
        let (lines, _) = try await shown(workspace, "--format", "jsonl", "--all")
        #expect(
            lines.objects.events == [
                "map.open", "track.open qualify", "step.open qualify/call", "step.open qualify/mail",
                "step.close qualify/mail",
            ])
        #expect(lines.objects.count == 5)
    }

    @Test("the list in JSON begins with the lead's record and its fields")
    func fields() async throws {
        let workspace = try await filled(3)
        let (ran, _) = try await shown(workspace, "--format", "json")
        let list = try #require(try JSONReader.read(ran.output).list)
        var record = try #require(list.first?.table)
        #expect(record["changed"]?.string.map { Timestamp($0) != nil } == true)
        record["changed"] = nil
        let version = try #require(record["journey"]?.table?["version"])
        #expect(
            record == [
                "type": "lead", "lead": "a", "status": "open", "map": "buyer", "active": true, "agent": "kim",
                "fields": ["city": "Oslo", "n": 2], "moments": 3, "events": 5, "store": [:],
                "journey": [
                    "map": "buyer", "version": version, "file_version": version, "active": true,
                    "tracks": [
                        [
                            "track": "qualify", "state": "open",
                            "steps": [
                                ["step": "qualify/call", "state": "open"],
                                ["step": "qualify/mail", "state": "closed"],
                            ],
                        ]
                    ],
                ],
                "notes": [], "todos": [], "incidents": [],
            ])
        #expect(list.dropFirst().allSatisfy { $0.table?["type"] == "event" } && list.count == 6)
        let listed = try await workspace.run("leads", "--format", "jsonl").objects
        let first = try #require(list.first?.table)
        #expect(listed.count == 1 && listed[0].allSatisfy { first[$0.key] == $0.value })
    }

    @Test("it is said where the map's file is newer than the version that the journey began with")
    func versions() async throws {
        let workspace = try await filled(1)
        #expect(try await workspace.run("lead", "a").output.hasPrefix("a  open  on buyer  agent kim"))
        try workspace.write("maps/buyer.yaml", TemporaryWorkspace.buyer + "\n# changed\n")
        let (json, _) = try await shown(workspace, "--format", "json")
        let journey = try JSONReader.read(json.output).list?.first?.table?["journey"]?.table
        let began = try #require(journey?["version"]?.string)
        let file = try #require(journey?["file_version"]?.string)
        #expect(began != file)
        let text = try await workspace.run("lead", "a").output
        let version = ", in version \(began.prefix(12)); its file is newer, \(file.prefix(12))"
        #expect(text.hasPrefix("a  open  on buyer\(version)  agent kim"), "\(text)")
        try workspace.remove("maps/buyer.yaml")
        #expect(
            try await workspace.run("lead", "a").output.hasPrefix(
                "a  open  on buyer, which does not have a file any more  agent kim"))
        #expect(try await workspace.run("do", "status", "a", "won").status == 0)
        #expect(try await workspace.run("lead", "a").output.hasPrefix("a  won  was on buyer  agent kim"))
    }

    @Test("the whole record has notes, to-dos, incidents and what plugins keep for the lead")
    func whole() async throws {
        let plugin = """
            return { name = "noter", version = "1", api = 1, actions = { write = { run = function()
              host.note.add("a note")
              host.todo.add { title = "a task", agent = "kim" }
              host.lead.store.set("k", 1)
            end }, fail = { run = function() error("no") end } } }
            """
        let workspace = try TemporaryWorkspace(
            plugins: ["noter": plugin],
            maps: [
                "buyer": TemporaryWorkspace.map("buyer", running: "{ run: noter.write }, { run: noter.fail }")
            ])
        _ = try await workspace.give(
            #"{"do":"assign","lead":"a","map":"buyer"}"#,
            #"{"do":"complete","lead":"a","step":"qualify/call"}"#)
        #expect(try await workspace.run("incidents", "dismiss", "1", "--yes").status == 0)
        func record(_ options: String...) async throws -> Table? {
            let ran = try await RunningProgram(
                ["lead", "a", "--format", "json", "-w", workspace.folder] + options
            ).end()
            return try JSONReader.read(ran.output).list?.first?.table
        }
        let now = try #require(try await record())
        #expect(now["store"] == ["noter": ["k": 1]])
        #expect(now["notes"]?.list?.first?.table?["text"] == "a note")
        #expect(now["todos"]?.list?.first?.table?["title"] == "a task")
        let incident = now["incidents"]?.list?.first?.table
        #expect(incident?["message"]?.string?.contains("no") == true && incident?["state"] == "dismissed")
        let then = try #require(try await record("--at", "1"))
        for key in ["notes", "todos", "incidents"] { #expect(then[key] == []) }
        #expect(then["store"] == [:])
    }

    @Test("the record shows which values are texts and which are numbers")
    func values() async throws {
        let workspace = try TemporaryWorkspace()
        let set = try await workspace.run(
            "do", "set", "a", "code=10037", "count:=10037", "name=Kim Lee", "none=")
        #expect(set.output.contains(#"set code="10037" count=10037 name="Kim Lee" none="""#), "\(set.output)")
        let lead = try await workspace.run("lead", "a").output
        for line in [#"  code   "10037""#, "  count  10037", "  name   Kim Lee", #"  none   """#] {
            #expect(lead.contains(line + "\n"), "\(lead)")
        }
    }

    @Test("of notes and to-dos the newest 50 are shown too, and all of them with --all")
    func notes() async throws {
        let plugin = """
            return {
              name = "noter", version = "1", api = 1,
              actions = { write = { run = function()
                for i = 1, 60 do host.note.add("note " .. i) end
                for i = 1, 51 do host.todo.add { title = "task " .. i } end
              end } },
            }
            """
        let workspace = try TemporaryWorkspace(
            plugins: ["noter": plugin],
            maps: ["buyer": TemporaryWorkspace.map("buyer", running: "{ run: noter.write }")])
        let given = try await workspace.give(
            #"{"do":"assign","lead":"a","map":"buyer"}"#,
            #"{"do":"complete","lead":"a","step":"qualify/call"}"#)
        #expect(given.status == 0, "\(given.output)")
        let newest = try await workspace.run("lead", "a").output.split(separator: "\n")
        #expect(newest[1] == "  10 earlier notes are not shown; see --all")
        #expect(newest[2].hasPrefix("  note: note 11  "))
        #expect(newest[52] == "  1 earlier to-do is not shown; see --all")
        #expect(newest[53].hasPrefix("  to-do 2: task 2  "))
        let all = try await workspace.run("lead", "a", "--all").output.split(separator: "\n")
        #expect(all[1].hasPrefix("  note: note 1  ") && all[61].hasPrefix("  to-do 1: task 1  "))
        // With --at those of the moments until then.
        let before = try await workspace.run("lead", "a", "--at", "1").output
        #expect(!before.contains("note:") && !before.contains("to-do"))
    }

    @Test("a lead is shown as it was after any of its moments, with what came until then")
    func at() async throws {
        let workspace = try await filled(70)
        let (first, moments) = try await shown(workspace, "--at", "1")
        #expect(moments == [1])
        #expect(first.output.hasPrefix("a  open  on buyer  agent kim\n  city  Oslo\n\nmoment 1 "))
        #expect(first.output.hasSuffix("\n\nopen then  qualify/call  qualify/mail\n"))
        let (later, _) = try await shown(workspace, "--at", "66", "--last", "2")
        #expect(later.output.contains("\n  n     65\n") && later.output.contains("\n\n64 earlier moments"))
        #expect(later.output.hasSuffix("\n\nopen then  qualify/call\n"))
        let (json, _) = try await shown(workspace, "--at", "40", "--format", "json")
        let record = try #require(try JSONReader.read(json.output).list?.first?.table)
        #expect(record["moments"] == 40 && record["fields"]?.table?["n"] == 39)

        let none = try await RunningProgram(["lead", "a", "-w", workspace.folder, "--at", "71"]).end()
        #expect(none.status == 1 && none.errors == "Lead \"a\" has no moment 71; its newest is 70.\n")
        for options in [["--at", "0"], ["--at", "3", "--before", "2"]] {
            let ran = try await RunningProgram(["lead", "a", "-w", workspace.folder] + options).end()
            #expect(ran.status == 64, "\(options)")
        }
    }

    @Test("what is open now comes from the journey, however little of it is shown")
    func openSteps() async throws {
        let workspace = try await filled(2)
        let (short, moments) = try await shown(workspace, "--last", "1")
        #expect(moments == [2] && short.output.hasSuffix("open now  qualify/call\n"))
        #expect(try await workspace.run("do", "complete", "a", "qualify/call").status == 0)
        let ending =
            "open now  no step: every track is closed; a status ends the map: `do status a won`\n"
        #expect(try await shown(workspace).ran.output.hasSuffix(ending))
        #expect(try await workspace.run("do", "status", "a", "won").status == 0)
        #expect(try await shown(workspace).ran.output.contains("open now") == false)
    }
}
