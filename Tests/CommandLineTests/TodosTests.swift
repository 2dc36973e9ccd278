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
        #expect(text[0].hasPrefix("due                        to-do      lead  agent  by            since"))
        #expect(text[1].hasPrefix("2030-01-01                 That day   B     ada    plugin:asker  20"))
        let json = try await workspace.run("todos", "--lead", "B", "--format", "jsonl").objects[0]
        #expect(
            json["type"] == "todo" && json["moment"] == 2 && json["number"] == 1
                && json["due"] == "2030-01-01")
        #expect(try await workspace.run("todos", "--lead", "C", "--agent", "kim").output == "No to-dos.\n")
        #expect(try await workspace.run("todos", "--due-before", "soon").status == 64)
    }
}
