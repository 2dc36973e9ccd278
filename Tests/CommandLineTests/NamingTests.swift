import TestKit
import Testing
import Values

/// What a person names is there, or the message says that it is not and what is near.
@Suite("Names that people give")
struct NamingTests {
    private func filled() async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace()
        let given = try await workspace.give(
            #"{"do":"assign","lead":"0f3a-aaaa","map":"buyer"}"#,
            #"{"do":"assign","lead":"0f3a-bbbb","map":"buyer"}"#,
            #"{"do":"assign","lead":"alice","map":"buyer"}"#, #"{"do":"set","lead":"ali","fields":{"n":1}}"#)
        #expect(given.status == 0)
        return workspace
    }

    private func refused(_ workspace: TemporaryWorkspace, _ arguments: [String], _ message: String)
        async throws
    {
        let ran = try await RunningProgram(arguments + ["-w", workspace.folder]).end()
        #expect(ran.status == 1 && ran.output == "", "\(arguments): \(ran.output)")
        #expect(ran.errors == message + "\n", "\(arguments)")
    }

    @Test("what is not there is named, with what is near")
    func missing() async throws {
        let workspace = try await filled()
        for (arguments, message) in [
            (["leads", "--map", "buyr"], #"There is no map "buyr"; did you mean "buyer"?"#),
            (["leads", "--map", "nope"], #"There is no map "nope"."#),
            (
                ["plugins", "release", "prob"],
                #"There is no plugin "prob" in plugins; did you mean "probe"?"#
            ),
            (["plugins", "show", "nope"], #"There is no plugin "nope" in plugins."#),
            (["plugins", "release", "probe"], #"The plugin "probe" is not quarantined."#),
            (["incidents", "--lead", "nobody"], #"There is no lead "nobody"."#),
            (["incidents", "--lead", "alcie"], #"There is no lead "alcie"; did you mean "alice"?"#),
            (["lead", "alcie"], #"There is no lead "alcie"; did you mean "alice"?"#),
        ] {
            try await refused(workspace, arguments, message)
        }
        let none = try await workspace.run("leads", "--map", "buyer", "--status", "lost")
        #expect(none.status == 0 && none.output == "No leads.\n")
        #expect(try await workspace.run("incidents", "--lead", "alice").output == "No open incidents.\n")
    }

    @Test("a map whose file is gone is there as long as a lead is on it")
    func removedMap() async throws {
        let workspace = try await filled()
        try workspace.write("maps/other.yaml", TemporaryWorkspace.map("other", running: "{ run: probe.log }"))
        #expect(try await workspace.run("do", "assign", "bob", "other").status == 0)
        try workspace.remove("maps/other.yaml")
        let listed = try await workspace.run("leads", "--map", "other", "--format", "jsonl")
        #expect(listed.objects.map { $0["lead"] } == ["bob"])
    }

    @Test("a beginning that only one id has is taken where a lead is read, and not where one is changed")
    func beginnings() async throws {
        let workspace = try await filled()
        #expect(try await workspace.run("lead", "0f3a-a").output.hasPrefix("0f3a-aaaa  open"))
        #expect(try await workspace.run("incidents", "--lead", "0f3a-b").status == 0)
        // A whole id comes before those that begin with it.
        #expect(try await workspace.run("lead", "ali").output.hasPrefix("ali  open"))
        try await refused(
            workspace, ["lead", "0f3a"],
            #"The ids of several leads begin with "0f3a", "0f3a-aaaa" among them; give more of it."#)
        let changed = try await workspace.run("do", "complete", "0f3a-a", "qualify/call")
        #expect(changed.status == 1 && changed.output.contains("unknown_lead"))
    }
}
