import TestKit
import Testing
import Values

/// `todos`: what plugins asked to be done.
@Suite("To-dos")
struct TodosTests {
    private static let asker = """
        return { name = "asker", api = 1, actions = {
          ask = { params = { title = { type = "string", required = true }, due = { type = "string" },
              agent = { type = "string" } },
            run = function(_, params)
              host.todo.add { title = params.title, due = params.due, agent = params.agent }
            end } } }
        """

    private static func map(_ name: String, _ with: String) -> String {
        TemporaryWorkspace.map(name, running: "{ run: asker.ask, with: { \(with) } }")
    }

    private func filled() async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace(
            plugins: ["asker": Self.asker],
            maps: [
                "late": Self.map("late", "title: Later, due: '2030-01-02T00:30:00+02:00'"),
                "day": Self.map("day", "title: That day, due: '2030-01-01', agent: ada"),
                "some": Self.map("some", "title: Some time"),
            ])
        for (lead, map, agent) in [("A", "late", "kim"), ("B", "day", "kim"), ("C", "some", "ada")] {
            _ = try await workspace.give(
                #"{"do":"assign","lead":"\#(lead)","map":"\#(map)","agent":"\#(agent)"}"#,
                #"{"do":"complete","lead":"\#(lead)","step":"qualify/call"}"#)
        }
        return workspace
    }

    private func titles(_ workspace: TemporaryWorkspace, _ options: String...) async throws -> [String] {
        let ran = try await RunningProgram(
            ["todos"] + options + ["--format", "jsonl", "-w", workspace.folder]
        ).end()
        #expect(ran.status == 0, "\(ran.errors)")
        return ran.objects.compactMap { $0["title"]?.string }
    }

    @Test("they are in the order of their times, and options choose")
    func list() async throws {
        let workspace = try await filled()
        #expect(try await titles(workspace) == ["That day", "Later", "Some time"])
        #expect(try await titles(workspace, "--agent", "kim") == ["Later"])
        #expect(try await titles(workspace, "--agent", "ada") == ["That day", "Some time"])
        #expect(try await titles(workspace, "--lead", "B") == ["That day"])
        #expect(try await titles(workspace, "--due-before", "2030-01-01T12:00:00Z") == ["That day"])
        #expect(try await titles(workspace, "--limit", "1") == ["That day"])
        let text = try await workspace.run("todos").output.split(separator: "\n")
        #expect(
            text[0].hasPrefix("due                        to-do      lead  no.  agent  by            since"))
        #expect(text[1].hasPrefix("2030-01-01                 That day   B     1    ada    plugin:asker  20"))
        let json = try await workspace.run("todos", "--lead", "B", "--format", "jsonl").objects[0]
        #expect(
            json["type"] == "todo" && json["moment"] == 2 && json["number"] == 1
                && json["due"] == "2030-01-01")
        #expect(
            try await workspace.run("todos", "--lead", "C", "--agent", "kim").output == "No open to-dos.\n")
        #expect(try await workspace.run("todos", "--due-before", "soon").status == 64)
    }

    @Test("what is done is listed no more, unless it is wanted, and the lead's timeline tells of it")
    func done() async throws {
        let workspace = try await filled()
        let ran = try await workspace.run("todos", "done", "A", "1", "--by", "agent:kim")
        #expect(ran.status == 0, "\(ran.errors)")
        #expect(ran.output.hasPrefix("A  moment 3  todo.done 1  20") && ran.output.contains("by agent:kim"))
        #expect(ran.output.hasSuffix("\n    to-do 1 done\n"))
        let titles = try await titles(workspace)
        #expect(titles == ["That day", "Some time"])
        #expect(try await self.titles(workspace, "--done") == ["Later"])
        #expect(try await self.titles(workspace, "--all") == ["That day", "Later", "Some time"])
        let json = try await workspace.run("todos", "--done", "--format", "jsonl").objects[0]
        #expect(json["done_by"] == "agent:kim" && json["done"]?.string?.hasPrefix("20") == true)
        let text = try await workspace.run("todos", "--done").output.split(separator: "\n")
        #expect(text[0].hasSuffix("  done") && text[1].hasSuffix("Z by agent:kim"))
        #expect(try await workspace.run("todos", "--done", "--agent", "ada").output == "No to-do is done.\n")

        let lead = try await workspace.run("lead", "A").output
        #expect(lead.contains("  to-do 1: Later, due 2030-01-02T00:30:00+02:00  done  20"))
        #expect(
            lead.contains("moment 3  todo.done 1  ") && lead.hasSuffix("\n")
                && lead.contains("    to-do 1 done  Later\n"))
        #expect(!(try await workspace.run("lead", "A", "--at", "2").output).contains("done"))
        let whole = try JSONReader.read(try await workspace.run("lead", "A", "--format", "json").output).list
        let todo = whole?[0].table?["todos"]?.list?[0].table
        #expect(todo?["number"] == 1 && todo?["done_by"] == "agent:kim")
        let line = try await workspace.run("journal", "--type", "todo").objects
        #expect(line.count == 1 && line[0]["todo"] == 1 && line[0]["state"] == "done")
        #expect(line[0]["by"] == "agent:kim" && line[0]["moment"] == 3)
    }

    @Test("several are done together, a dry run does nothing, and what cannot be done is refused")
    func doneAtOnce() async throws {
        let workspace = try await filled()
        _ = try await workspace.give(
            #"{"do":"assign","lead":"A","map":"some"}"#,
            #"{"do":"complete","lead":"A","step":"qualify/call"}"#)
        let dry = try await workspace.run("todos", "done", "A", "1", "1", "--dry-run", "--format", "jsonl")
        #expect(dry.status == 1 && dry.objects.map { $0["type"] } == ["todo", "refused"])
        #expect(try await titles(workspace, "--done") == [])
        let ran = try await workspace.run("todos", "done", "A", "2", "1", "2", "9", "--format", "jsonl")
        #expect(ran.status == 1)
        #expect(
            ran.objects.map { $0["reason"] ?? $0["todo"] } == [2, 1, "todo_not_open", "unknown_todo"])
        #expect(ran.objects[3]["message"] == "the lead has no to-do 9; it has the to-dos 1 to 2")
        for words in [["A"], ["A", "x"], ["A", "1", "2", "--id", "i"], ["A", "1", "--by", "engine"]] {
            #expect(
                try await RunningProgram(["todos", "done"] + words + ["-w", workspace.folder]).end().status
                    == 64)
        }
        #expect(try await workspace.run("todos", "--done", "--all").status == 64)
        for _ in 1...2 {
            #expect(try await workspace.run("todos", "done", "B", "1", "--id", "i").status == 0)
        }
        #expect(try await workspace.run("todo", "done", "nobody", "1").status == 1)
    }

    @Test("a service marks them, for the command line and over the API alike")
    func served() async throws {
        let workspace = try await filled()
        let service = try await RunningService(workspace)
        let ran = try await workspace.run("todos", "done", "A", "1", "--format", "jsonl")
        #expect(ran.status == 0 && ran.objects.map { $0["by"] } == ["operator"], "\(ran.errors)")
        func give(_ command: String) throws -> HTTPExchange {
            try service.ask("POST /v1/leads/B/commands", [:], command)
        }
        let answer = try give(#"{"do":"todo.done","todo":1}"#)
        #expect(
            answer.status == 200
                && answer.body.contains(#""type":"todo","lead":"B","moment":3,"todo":1,"state":"done""#))
        let again = try give(#"{"do":"todo.done","todo":1}"#)
        #expect(again.status == 409 && again.body.contains("todo_not_open"))
        #expect(try give(#"{"do":"todo.done","todo":7}"#).status == 404)
        #expect(try give(#"{"do":"todo.done","todo":"1"}"#).status == 400)
        #expect(try service.ask("GET /v1/leads/B").body.contains(#""done_by":"api:"#))
        _ = try await service.end()
        #expect(try await titles(workspace) == ["Some time"])
    }
}
