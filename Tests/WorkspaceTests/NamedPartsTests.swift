import Journeys
import TestKit
import Testing
import Workspace

/// Parameters whose type is a map, a step or a template of the workspace. What is said of templates is in TemplateTests.
@Suite("Maps and steps that parameters name")
struct NamedPartsTests {
    private static let plugin = """
        return { name = "p", api = 1, settings = { home = { type = "map" } },
          actions = { a = { params = { to = { type = "map" }, s = { type = "step", default = "t/s" },
            many = { type = "list", items = { type = "step" } } }, run = function() end } } }
        """

    private static func map(_ id: String = "m", step: String = "s", _ triggers: String...) -> String {
        "map: \(id)\n" + (triggers.isEmpty ? "" : "triggers:\n  open:\n")
            + triggers.map { "    - \($0)\n" }.joined()
            + "tracks: [ { track: t, steps: [ { step: \(step) } ] } ]\n"
    }

    @Test("a map or a step that is not there is a mistake where it is named")
    func missing() {
        let check = WorkspaceCheck(
            reading: MemoryTree([
                "plugins/p.lua": Self.plugin,
                "signalbox.yaml": "plugins: { each: { p: { settings: { home: gone } } } }",
                "maps/other.yaml": Self.map("other", step: "call"),
                "maps/m.yaml": Self.map(
                    "m", "{ run: p.a, with: { to: other, s: t/call, many: [ t/s, t/call ] } }",
                    "{ run: p.a, with: { to: othr, s: t/cal } }", "{ run: p.a, with: { s: nowhere } }",
                    "{ run: p.a, with: { many: [ t/s, t/none ] } }"),
            ]))
        #expect(
            check.mistakes.map(\.description) == [
                #"maps/m.yaml:5:31: `to`: there is no map "othr"; did you mean "other"?"#,
                #"maps/m.yaml:5:40: `s`: no map has a step "t/cal"; did you mean "t/call"?"#,
                #"maps/m.yaml:6:30: `s`: no map has a step "nowhere"; a step is `TRACK/STEP`"#,
                #"maps/m.yaml:7:33: `many`: no map has a step "t/none""#,
                #"signalbox.yaml:1:43: plugins.each.p.settings: `home`: there is no map "gone""#,
            ])
    }

    @Test("a default that names a step that is not there is a mistake where it is used")
    func defaults() {
        let check = WorkspaceCheck(
            reading: MemoryTree([
                "plugins/p.lua": Self.plugin, "maps/m.yaml": Self.map("m", step: "call", "run: p.a"),
            ]))
        #expect(
            check.mistakes.map(\.description) == [
                #"maps/m.yaml:4:12: `s` has the default of its plugin, and no map has a step "t/s""#
            ])
    }

    @Test("a map whose file cannot be read now is there as it was last, and one that is gone is not")
    func later() throws {
        var tree = MemoryTree([
            "plugins/p.lua": Self.plugin, "maps/other.yaml": Self.map("other", step: "call"),
            "maps/m.yaml": Self.map("m", "{ run: p.a, with: { to: other, s: t/call } }"),
        ])
        let first = try Generation(reading: tree)
        #expect(first.mistakes == [])
        tree.put("maps/other.yaml", "{")
        let second = Generation(reading: tree, after: first)
        #expect(second.mistakes.map(\.place.file) == ["maps/other.yaml"])
        tree.put("maps/other.yaml", Self.map("other", step: "visit"))
        let third = Generation(reading: tree, after: second)
        #expect(
            third.mistakes.map(\.description) == [
                #"maps/m.yaml:4:41: `s`: no map has a step "t/call""#
            ])
        tree.remove("maps/other.yaml")
        let fourth = Generation(reading: tree, after: third)
        #expect(
            fourth.mistakes.map(\.description) == [
                #"maps/m.yaml:4:31: `to`: there is no map "other""#,
                #"maps/m.yaml:4:41: `s`: no map has a step "t/call""#,
            ])
    }

    @Test("of many wrong names among many steps only the first are compared with all of them")
    func many() {
        let steps = (1...900).map { "{ step: s\($0) }" }.joined(separator: ", ")
        let wrong = (1...200).map { "t/s\($0)x" }.joined(separator: ", ")
        let check = WorkspaceCheck(
            reading: MemoryTree([
                "plugins/p.lua": Self.plugin,
                "maps/large.yaml": "map: large\ntracks: [ { track: t, steps: [ \(steps) ] } ]\n",
                "maps/m.yaml": Self.map("m", "{ run: p.a, with: { many: [ \(wrong) ] } }"),
            ]))
        let suggested = check.mistakes.count { $0.message.contains("did you mean") }
        #expect(check.mistakes.count == 200 && (1..<200).contains(suggested))
    }

    @Test("a value that is not a text is refused, and an unquoted one is the text of the file")
    func texts() {
        let check = WorkspaceCheck(
            reading: MemoryTree([
                "plugins/p.lua": Self.plugin, "maps/7.yaml": Self.map("\"7\""),
                "maps/m.yaml": Self.map(
                    "m", "{ run: p.a, with: { to: 7 } }", "{ run: p.a, with: { to: [ m ] } }"),
            ]))
        #expect(
            check.mistakes.map(\.description) == [
                "maps/m.yaml:5:31: `to` must be a map, not a list"
            ])
    }
}
