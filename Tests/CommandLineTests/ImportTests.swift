import Foundation
import TestKit
import Testing
import Values

@Suite("Importing a spreadsheet")
struct ImportTests {
    private let options = ["--map", "buyer", "--id", "Id", "--number", "visits"]

    private func run(_ workspace: TemporaryWorkspace, _ csv: [UInt8], _ more: String...) async throws -> Ran {
        try workspace.write("leads.csv", csv)
        return try await RunningProgram(
            ["import", workspace.path("leads.csv"), "-w", workspace.folder] + options + more
        ).end()
    }

    @Test("each row is one lead, bad rows are listed with their line, and the rest is imported")
    func rows() async throws {
        let workspace = try TemporaryWorkspace()
        let large = String(repeating: "x", count: 10 << 20)
        let csv =
            Array(
                ("\u{FEFF}Id,Name,Visits\r\na/1,\"Lee,\r\nAna\",3\r\n,Nobody,1\r\na2,,\r\na3,Kim,many\r\n"
                    + "a4,Kim,99999999999999999999\r\na5,\(large),1\r\na6,Bo\r\na7,").utf8) + [0xFF]
            + Array(",1\r\na8,Ed,2\r\n".utf8)
        let ran = try await run(workspace, csv)
        #expect(ran.status == 1)
        #expect(ran.output == "")
        let told = ran.errors.split(separator: "\n").map(String.init)
        for (line, message) in [
            (4, "the lead's id is blank"), (6, "\"many\" is not a number"), (7, "is not a number"),
            (8, "field_too_large"),
            (9, "2 cells"), (10, "not valid UTF-8"),
        ] {
            #expect(
                told.contains { $0.contains("leads.csv:\(line): ") && $0.contains(message) },
                "\(line): \(told)")
        }
        #expect(ran.errors.utf8.count < 4000)
        #expect(told.last?.contains("9 rows in ") == true)
        #expect(told.last?.hasSuffix("3 assigned, 6 left out") == true)
        let leads = try await workspace.run("leads", "--format", "jsonl").objects
        #expect(leads.map { $0["lead"] } == ["a/1", "a2", "a8"])
        let shown = try await workspace.run("lead", "a/1").output
        #expect(shown.contains(#"  name    "Lee,\r\nAna""# + "\n  visits  3\n"))
        #expect(try await workspace.run("lead", "a2").output.hasPrefix("a2  open  on buyer\n\n"))
    }

    @Test("a sheet as a spreadsheet writes it: a byte order mark, nameless columns, short and long rows")
    func spreadsheet() async throws {
        let workspace = try TemporaryWorkspace()
        let csv = "\u{FEFF}\"Id \",Name,Visits,,\r\na,Ann,1,,\r\nb,Bob,2\r\nc,Cy,3,,,\r\n\u{A0},Di,4,,\r\n"
        let ran = try await run(workspace, Array(csv.utf8))
        #expect(ran.status == 1)
        #expect(ran.errors.contains("leads.csv:5: the lead's id is blank; the row is left out\n"))
        #expect(ran.errors.contains("3 assigned, 1 left out"))
        let leads = try await workspace.run("leads", "--format", "jsonl").objects
        #expect(leads.first?["fields"] == ["name": "Ann", "visits": 1])
    }

    @Test("incidents are counted by trigger and message, and each is shown where that is wanted")
    func incidents() async throws {
        let workspace = try TemporaryWorkspace(maps: [
            "buyer": """
            map: buyer
            triggers:
              open:
                - run: probe.fail
                - { run: probe.set, with: { fields: { x: 1 } }, when: "lead.fields.visits > 1 or error('few', 0)" }
            tracks: [ { track: t, steps: [ { step: s } ] } ]
            """
        ])
        func csv(_ first: Int) -> [UInt8] {
            Array(("Id,Visits\n" + (0..<30).map { "L\(first + $0),\($0 % 3)\n" }.joined()).utf8)
        }
        let summed = try await run(workspace, csv(0))
        #expect(summed.status == 1 && summed.errors.contains("30 assigned, 0 left out, 30 with incidents"))
        let lines = summed.output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(
            lines.map { $0.prefix(4) } == [
                ["incidents", "newest", "trigger", "message"], ["30", "50", "buyer/open/1", "error:"],
                ["20", "49", "buyer/open/2", "error:"],
            ])
        let all = try await run(workspace, csv(100), "--verbose")
        #expect(all.status == 1)
        #expect(all.output.components(separatedBy: "probe.fail failed").count == 31)
        #expect(!all.output.contains("incidents  newest"))
        let listed = try await run(workspace, csv(200), "--format", "jsonl")
        #expect(listed.objects.lines("incident").count == 50)
    }

    @Test("a second import does nothing twice; a row with other values is told")
    func twice() async throws {
        let workspace = try TemporaryWorkspace()
        let first = try await run(workspace, Array("Id,Visits\na,1\nb,2\n".utf8), "--format", "jsonl")
        #expect(first.status == 0)
        #expect(first.objects.events.count == 8)
        #expect(first.objects.allSatisfy { $0["by"] == "import" })
        let second = try await run(workspace, Array("Id,Visits\na,1\nb,2\nc,3\n".utf8), "--format", "jsonl")
        #expect(second.status == 0)
        #expect(second.objects.lines("repeated").map { $0["line"] } == [2, 3])
        #expect(second.objects.lines("repeated").map { $0["id"] } == ["import:buyer:a", "import:buyer:b"])
        #expect(second.errors.contains("1 assigned, 2 imported before, 0 left out"))
        let third = try await run(workspace, Array("Id,Visits\na,1\nb,7\n".utf8))
        #expect(third.status == 1)
        #expect(third.errors.contains("leads.csv:3: lead \"b\" was imported with other values before"))
        #expect(try await workspace.journal(of: "b").count == 4)
    }

    @Test(
        "what cannot be imported at all is told once",
        arguments: [
            ("", "65", "is empty"), ("Name,City\nx,y\n", "65", "there is no column \"Id\""),
            ("Name\nx\n", "65", "commas"), ("Id;Visits\na;1\n", "65", "commas"),
            ("Id,\"Visits\na,1\n", "65", "not closed"),
            ("Id,Visits,Id\na,1,b\n", "65", "columns 1 and 3 are both named \"Id\""),
        ])
    func files(_ csv: String, _ status: String, _ message: String) async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await run(workspace, Array(csv.utf8))
        #expect("\(ran.status)" == status)
        #expect(ran.errors.contains("leads.csv:1: ") && ran.errors.contains(message))
        #expect(!workspace.exists("data"))
    }

    @Test("a value in a column without a name ends the import before it begins, with its line")
    func namelessValue() async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await run(workspace, Array("Id,Visits,\na,1,\nb,2,\"x\ny\"\nc,3,z\n".utf8))
        #expect(ran.status == 65)
        #expect(ran.errors.hasPrefix("\(workspace.path("leads.csv")):3: column 3 has the value "))
        #expect(!workspace.exists("data"))
    }

    @Test(
        "a file in UTF-16 is told, with what to do",
        arguments: [[0xFF, 0xFE, 0x49, 0x00], [0xFE, 0xFF, 0x00, 0x49]])
    func utf16(_ bytes: [UInt8]) async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await run(workspace, bytes)
        #expect(ran.status == 65 && ran.errors.hasSuffix("leads.csv: the file is UTF-16; save it as UTF-8\n"))
        #expect(!workspace.exists("data"))
    }

    @Test("a map that is not there is told once, before any row")
    func unknownMap() async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await workspace.run(
            "import", "-", "--map", "bayer", "--id", "Id", input: Array("Id\na\nb\n".utf8))
        #expect(ran.status == 1)
        #expect(ran.errors == "unknown_map: there is no map \"bayer\"; did you mean \"buyer\"?\n")
        #expect(!workspace.exists("data"))
        let missing = try await workspace.run("import", "none.csv", "--map", "buyer", "--id", "Id")
        #expect(missing.status == 65)
        #expect(missing.errors.contains("none.csv: the file cannot be read: No such file"))
    }
}
