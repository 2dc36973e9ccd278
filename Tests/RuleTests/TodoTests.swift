import Journeys
import SQLiteStore
import Signalbox
import Store
import TestKit
import Testing
import Values

/// `todo.done`: what plugins asked to be done has an end.
@Suite("To-dos")
struct TodoTests {
    private static let map = """
        map: m
        triggers: { open: [ { run: probe.act, with: { todo: first } }, { run: probe.act, with: { todo: second } } ] }
        tracks:
          - track: t
            steps:
              - step: a
                triggers: { close: [ { run: probe.act, with: { todo: third } } ] }
              - step: b
        """

    private static let opened = """
        1 1 map.open m
        1 2 track.open t
        1 3 step.open t/a
        1 4 step.open t/b
        call m/open/1 ok todo title="first"
        call m/open/2 ok todo title="second"
        """

    private static func done(_ number: Int, _ more: String = "") -> String {
        #"{"do":"todo.done","lead":"L","todo":\#(number)\#(more)}"#
    }

    @Test("one is marked as done once, by its number, in a moment that fires nothing")
    func once() throws {
        let store = MemoryStore()
        let scenario = try Scenario(maps: [Self.map], store: store)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            \(Self.done(2, #","by":"kim","at":"2026-11-22T09:00:00Z""#))
            \(Self.done(2))
            \(Self.done(3))
            {"do":"complete","lead":"L","step":"t/a"}
            \(Self.done(3))
            \(Self.done(0))
            \(Self.done(1))
            """,
            gives: """
                \(Self.opened)

                todo 2 done

                refused todo_not_open

                refused unknown_todo

                1 5 step.close t/a
                call m/t/a/close/1 ok todo title="third"

                todo 3 done

                refused unknown_todo

                todo 1 done
                """)
        let todos = try store.todos(of: #require(LeadID("L")))
        #expect(todos.map(\.number) == [1, 2, 3] && todos.map(\.moment) == [1, 1, 3])
        #expect(todos.map { $0.todo["title"] } == ["first", "second", "third"])
        #expect(todos.map { $0.done?.moment } == [5, 2, 4])
        #expect(
            todos[1].done
                == StoredTodo.Done(moment: 2, at: try #require(Timestamp("2026-11-22T09:00:00Z")), by: "kim"))
    }

    @Test("a refusal says which to-dos there are, and in which moment one was done")
    func messages() throws {
        let scenario = try Scenario(maps: [Self.map])
        try scenario.run(#"{"do":"set","lead":"L"}"#)
        try scenario.run(Self.done(1))
        #expect(scenario.messages == ["the lead has no to-do 1; it has none"])
        try scenario.begin()
        try scenario.run(Self.done(9))
        #expect(scenario.messages == ["the lead has no to-do 9; it has the to-dos 1 to 2"])
        try scenario.run(Self.done(1))
        try scenario.run(Self.done(1))
        #expect(scenario.messages == ["to-do 1 is not open: it was done in moment 3"])
    }

    @Test("only a lead that is known has any, and an id makes it happen once (R40)")
    func leadAndID() throws {
        let scenario = try Scenario(maps: [Self.map])
        try scenario.run(
            """
            \(Self.done(1))
            {"do":"assign","lead":"L","map":"m"}
            \(Self.done(1, #","id":"i""#))
            \(Self.done(1, #","id":"i""#))
            \(Self.done(2, #","id":"i""#))
            {"do":"erase","lead":"L"}
            \(Self.done(2))
            """,
            gives: """
                refused unknown_lead

                \(Self.opened)

                todo 1 done

                repeated moment 2

                refused id_reused

                nothing

                refused unknown_lead
                """)
    }

    @Test("a lead that was erased and comes again counts its to-dos anew", arguments: [false, true])
    func erased(restarts: Bool) throws {
        let folder = try TemporaryFolder()
        let scenario = try Scenario(maps: [Self.map], file: folder("signalbox.db"))
        try scenario.run("{\"do\":\"assign\",\"lead\":\"L\",\"map\":\"m\"}\n" + Self.done(2))
        try scenario.run(#"{"do":"erase","lead":"L"}"#)
        if restarts { try scenario.restart(maps: [Self.map]) }
        try scenario.run(#"{"do":"set","lead":"L"}"#)
        try scenario.run(Self.done(1))
        #expect(scenario.lines[0]["reason"] == "unknown_todo")
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        try scenario.run(Self.done(2))
        #expect(scenario.lines[0]["type"] == "todo")
    }

    @Test("a command sees what those before it did that are on their way to the store with it")
    func together() throws {
        let folder = try TemporaryFolder()
        let scenario = try Scenario(maps: [Self.map], file: folder("signalbox.db"))
        let played = try scenario.runTogether(
            """
            {"do":"assign","lead":"L","map":"m"}
            \(Self.done(2))
            \(Self.done(2))
            {"do":"complete","lead":"L","step":"t/a"}
            \(Self.done(3))
            {"do":"erase","lead":"L"}
            {"do":"assign","lead":"L","map":"m"}
            \(Self.done(3))
            \(Self.done(2))
            """)
        #expect(
            played.map { $0.first.map { $0["reason"] ?? $0["type"] ?? .null } } == [
                "event", "todo", "todo_not_open", "event", "todo", nil, "event", "unknown_todo", "todo",
            ])
        try scenario.restart(maps: [Self.map])
        try scenario.run(Self.done(2) + "\n" + Self.done(1))
        #expect(scenario.lines.map { $0["type"] } == ["refused", "todo"])
    }
}
