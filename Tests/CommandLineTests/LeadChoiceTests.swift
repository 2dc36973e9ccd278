import Foundation
import TestKit
import Testing
import Values

/// `leads` with conditions, columns, an order and as a spreadsheet.
@Suite("Choosing leads and columns")
struct LeadChoiceTests {
    private func filled() async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace()
        let ran = try await workspace.give(
            #"{"do":"assign","lead":"L1","map":"buyer","agent":"kim","fields":{"score":80,"city":"Oslo"}}"#,
            #"{"do":"assign","lead":"L2","map":"buyer","agent":"ada","fields":{"score":7.5,"note":"=1+1"}}"#,
            #"{"do":"complete","lead":"L2","step":"qualify/call"}"#,
            #"{"do":"assign","lead":"L3","map":"buyer","fields":{"city":"Bergen, \"Bryggen\""}}"#,
            #"{"do":"status","lead":"L3","to":"won"}"#,
            #"{"do":"set","lead":"L4","agent":"kim","fields":{"score":120,"tags":["a","b"],"id":"own"}}"#)
        #expect(ran.status == 0)
        return workspace
    }

    private func ids(_ workspace: TemporaryWorkspace, _ options: String...) async throws -> [String] {
        let ran = try await RunningProgram(
            ["leads"] + options + ["--format", "jsonl", "-w", workspace.folder]
        ).end()
        #expect(ran.status == 0, "\(options): \(ran.errors)")
        return ran.objects.compactMap { $0["lead"]?.string }
    }

    @Test("each option leaves out what it does not want, and all hold together")
    func filters() async throws {
        let workspace = try await filled()
        #expect(try await ids(workspace) == ["L1", "L2", "L3", "L4"])
        #expect(try await ids(workspace, "--agent", "kim") == ["L1", "L4"])
        #expect(try await ids(workspace, "--agent", "KIM") == [])
        #expect(try await ids(workspace, "--open", "qualify/call") == ["L1"])
        #expect(try await ids(workspace, "--open", "qualify/mail") == ["L1", "L2"])
        #expect(try await ids(workspace, "--since", "1 hour") == ["L1", "L2", "L3", "L4"])
        #expect(try await ids(workspace, "--since", "2999-01-01T00:00:00Z") == [])
        #expect(try await ids(workspace, "--where", "lead.fields.city ~= nil") == ["L1", "L3"])
        #expect(
            try await ids(workspace, "--where", #"lead.status == "open" and lead.agent == "kim""#)
                == ["L1", "L4"])
        #expect(
            try await ids(
                workspace, "--where", "lead.fields.score", "--map", "buyer", "--agent", "ada", "--open",
                "qualify/mail") == ["L2"])
        #expect(try await ids(workspace, "--where", "#lead.id == 2", "--limit", "2") == ["L1", "L2"])
        #expect(try await ids(workspace, "--after", "L2") == ["L3", "L4"])
    }

    @Test("a lead that lacks what a condition looks at is left out, and how many are is said")
    func missing() async throws {
        let workspace = try await filled()
        let ran = try await workspace.run(
            "leads", "--where", "lead.fields.score > 50", "--format", "jsonl")
        #expect(ran.status == 0)
        #expect(ran.objects.map { $0["lead"] } == ["L1", "L4"])
        #expect(ran.errors.contains(#"--where: 1 lead is left out "L3": attempt to compare"#))
        let broken = try await workspace.run("leads", "--where", "error('no')")
        #expect(broken.status == 1)
        #expect(broken.errors.contains(#"--where: 4 leads are left out, the first of them "L1": no"#))
    }

    @Test(
        "a condition that does not end leaves the lead out",
        .enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func endless() async throws {
        let ran = try await filled().run(
            "leads", "--where", "(function() while true do end end)()", "--count")
        #expect(ran.status == 1)
        #expect(ran.output == "0\n")
        #expect(ran.errors.contains("--where: 4 leads are left out"))
    }

    @Test(
        "a condition that cannot be one is a mistake of the command line",
        arguments: [
            ("lead.fields.score >", "it is not a Lua expression over lead"), ("", "the condition is empty"),
            ("event.by == 'x'", "there is no event here"),
            ("lead.score > 1", "a lead's own fields are in lead.fields"),
            ("leed.id", #"did you mean "lead"?"#), ("true) or (1", "it is not a Lua expression"),
        ])
    func invalid(_ condition: String, _ message: String) async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await workspace.run("leads", "--where", condition)
        #expect(ran.status == 64)
        #expect(ran.errors.contains(message), "\(ran.errors)")
    }

    @Test("columns are shown as named, in each format")
    func columns() async throws {
        let workspace = try await filled()
        let text = try await workspace.run("leads", "--columns", "id,score,open,active", "--limit", "2")
        #expect(
            text.output.split(separator: "\n") == [
                "id  score  open                       active",
                "L1  80     qualify/call qualify/mail  true",
                "L2  7.5    qualify/mail               true",
            ])
        let json = try await workspace.run(
            "leads", "--columns", "id,score,agent,fields.id,id", "--format", "jsonl")
        #expect(
            json.output.split(separator: "\n").last
                == #"{"id":"L4","score":120,"agent":"kim","fields.id":"own"}"#)
        #expect(json.objects[2]["score"] == .null && json.objects[2]["agent"] == .null)
        for columns in ["", "id,,score", "fields."] {
            #expect(try await workspace.run("leads", "--columns", columns).status == 64)
        }
    }

    @Test("they are in the order of columns, those without a value last")
    func order() async throws {
        let workspace = try await filled()
        #expect(try await ids(workspace, "--sort", "score") == ["L2", "L1", "L4", "L3"])
        #expect(try await ids(workspace, "--sort", "-score") == ["L4", "L1", "L2", "L3"])
        #expect(try await ids(workspace, "--sort", "agent,-score") == ["L2", "L4", "L1", "L3"])
        #expect(try await ids(workspace, "--sort=-id") == ["L4", "L3", "L2", "L1"])
        #expect(try await ids(workspace, "--sort", "city") == ["L3", "L1", "L2", "L4"])
        let first = try await workspace.run("leads", "--sort", "-score", "--limit", "1", "--columns", "id")
        #expect(first.output == "id\nL4\n")
        #expect(first.errors.contains("the first 1 of 4"))
        #expect(try await workspace.run("leads", "--sort", "id", "--after", "L1").status == 64)
    }

    @Test("a minus before a column is not a short option, and a field that no lead has is told")
    func names() async throws {
        let workspace = try await filled()
        let ran = try await workspace.run(
            "leads", "--sort", "-w_score", "--columns", "id,scoer", "--where", "lead.fields.ctiy == nil")
        #expect(ran.status == 0)
        #expect(
            ran.errors == """
                None of the leads has a field "ctiy"; did you mean "city"?
                None of the leads has a field "scoer"; did you mean "score"?
                None of the leads has a field "w_score"

                """)
    }

    @Test("they are counted")
    func count() async throws {
        let workspace = try await filled()
        #expect(try await workspace.run("leads", "--count").output == "4\n")
        #expect(try await workspace.run("leads", "--count", "--agent", "kim").output == "2\n")
        #expect(
            try await workspace.run("leads", "--count", "--format", "json").output == "{\"count\":4}\n")
        #expect(try await workspace.run("leads", "--count", "--limit", "3").status == 64)
    }

    @Test("a spreadsheet gets every field as a column, and no cell that it would run")
    func spreadsheet() async throws {
        let workspace = try await filled()
        let csv = try await workspace.run("leads", "--format", "csv")
        let lines = csv.output.split(separator: "\n").map(String.init)
        #expect(
            lines[0]
                == "id,status,map,active,agent,channel,moments,changed,called,city,fields.id,note,score,tags")
        #expect(lines[1].hasPrefix("L1,open,buyer,true,kim,,1,20"))
        #expect(lines[1].hasSuffix("Z,,Oslo,,,80,"))
        #expect(lines[2].hasSuffix("Z,true,,,'=1+1,7.5,"))
        #expect(lines[3].hasSuffix(#"Z,,"Bergen, ""Bryggen""",,,,"#))
        #expect(lines[4].hasSuffix(#"Z,,,own,,120,"[""a"",""b""]""#))
        #expect(lines.count == 5)
    }

    @Test("a text that begins a formula is one no more, in its header too")
    func formulas() async throws {
        let workspace = try TemporaryWorkspace()
        let texts: [(String, String)] = [
            ("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"),
            (#"\t=1"#, "\"'\t=1\""), (#"\r=1"#, "\"'\r=1\""), (#"\n=1"#, "\"'\n=1\""),
            ("\u{FF1D}1", "'\u{FF1D}1"),
            ("a=1", "a=1"), ("'=1", "'=1"), (";=1", "\";=1\""), (#"\u001b[2J"#, "?[2J"), ("", ""),
        ]
        for (index, text) in texts.enumerated() {
            _ = try await workspace.give(
                #"{"do":"set","lead":"L\#(10 + index)","fields":{"=f":"\#(text.0)","n":-1}}"#)
        }
        let csv = try await workspace.run("leads", "--format", "csv", "--columns", "=f,n")
        #expect(csv.output == "'=f,n\n" + texts.map { "\($0.1),-1\n" }.joined())
    }
}
