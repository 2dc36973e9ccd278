import Foundation
import Journeys
import LuaSandbox
import Plugins
import TestKit
import Testing

@testable import Workspace

/// The templates folder: what is read of it, and what holds when it changes.
@Suite("Templates")
struct TemplateTests {
    private static let start = MemoryTree([
        "templates/welcome.txt": "Hello {{name}}", "templates/welcome.html": "<p>Hello {{name}}",
        "templates/bye.txt": "",
    ])

    private var tree = Self.start

    private func texts(_ generation: Generation) -> [String: [String]] {
        generation.templates.mapValues { template in
            template.files.map { "\($0.name): \(String(decoding: $0.text, as: UTF8.self))" }
        }
    }

    @Test("a template has the text of each of its files, and a hash of them")
    func read() throws {
        let generation = try Generation(reading: Self.start)
        #expect(
            texts(generation) == [
                "welcome": ["welcome.html: <p>Hello {{name}}", "welcome.txt: Hello {{name}}"],
                "bye": ["bye.txt: "],
            ])
        #expect(generation.templates["bye"]?.hash.count == 64)
        #expect(generation.mistakes == [] && generation.notices == [])
        #expect(try Generation(reading: MemoryTree(["signalbox.yaml": ""])).templates.isEmpty)
    }

    @Test("one that did not change is the very one; one that did, came or went is said")
    mutating func changes() throws {
        let first = try Generation(reading: tree)
        tree.put("templates/welcome.txt", "Good day")
        tree.put("templates/new.html", "<p>")
        tree.remove("templates/bye.txt")
        let next = Generation(reading: tree, after: first)
        let changes = GenerationChanges(from: first, to: next)
        #expect(changes.templates == ["new", "welcome"] && changes.removedTemplates == ["bye"])
        #expect(changes.description == "templates: new, welcome; templates removed: bye")
        #expect(next.templates["welcome"]?.hash != first.templates["welcome"]?.hash)
        let same = Generation(reading: tree, after: next)
        #expect(same.templates["welcome"] === next.templates["welcome"])
        #expect(GenerationChanges(from: next, to: same).isEmpty)
        // Back again, it is the version that it was.
        tree.put("templates/welcome.txt", "Hello {{name}}")
        let back = Generation(reading: tree, after: same)
        #expect(back.templates["welcome"]?.hash == first.templates["welcome"]?.hash)
    }

    @Test("what cannot be read is a mistake, and its last good version stays")
    mutating func unreadable() throws {
        let first = try Generation(reading: tree)
        tree.put("templates/bye.txt", [0x61, 0xFF])
        tree.fail("templates/welcome.html", .leadsOut, kind: .outside)
        tree.put("templates/large.txt", [UInt8](repeating: 0x61, count: TemplateListing.fileLimitBytes + 1))
        tree.fail("templates/pipe.txt", .wrongKind, kind: .other)
        let next = Generation(reading: tree, after: first)
        #expect(
            next.mistakes.map(\.description) == [
                "templates/bye.txt: the file is not UTF-8",
                "templates/large.txt: the file is larger than 256 KiB",
                "templates/pipe.txt: it is not a regular file",
                "templates/welcome.html: a link leads out of the workspace",
            ])
        #expect(next.templates["bye"] === first.templates["bye"])
        #expect(next.templates["welcome"] === first.templates["welcome"])
        #expect(next.templates.count == 2)
        // At a start there is nothing before, and the rest works.
        let start = try Generation(reading: tree)
        #expect(start.templates.isEmpty && start.templateMistakes == next.mistakes)

        tree.fail("templates", .refused("Permission denied"), kind: .folder)
        let closed = Generation(reading: tree, after: next)
        #expect(closed.templates.count == 2)
        #expect(
            closed.mistakes.map(\.description) == [
                "templates: the templates cannot be read: it cannot be read: Permission denied"
            ])
    }

    @Test(
        "names that no template can have are mistakes, other files are notices, and backups are passed over")
    func names() throws {
        let generation = try Generation(
            reading: MemoryTree([
                "templates/Welcome.txt": "", "templates/.txt": "", "templates/welcome.txt~": "",
                "templates/.welcome.txt.swp": "", "templates/notes.md": "", "templates/old/x.txt": "",
                "templates/-a.html": "",
            ]))
        #expect(generation.templates.isEmpty)
        #expect(
            generation.mistakes.map(\.description) == [
                "templates/-a.html: \"-a\" is not a name of a template: \(DefinitionID.rule)",
                "templates/Welcome.txt: \"Welcome\" is not a name of a template: \(DefinitionID.rule)",
            ])
        #expect(
            generation.notices.map(\.place.file) == ["templates/notes.md", "templates/old"])
    }

    @Test("there are at most so many")
    func limit() throws {
        var tree = MemoryTree([:])
        for number in 0...TemplateListing.limit { tree.put("templates/t\(number).txt", "") }
        let generation = try Generation(reading: tree)
        #expect(generation.templates.count == TemplateListing.limit && generation.mistakes.count == 1)
    }

    @Test("on the disk, pipes and links out of the workspace are refused, links inside are followed")
    func disk() throws {
        let workspace = try TemporaryWorkspace(["templates/a.txt": "a", "shared/b.txt": "b"])
        try workspace.link("templates/b.txt", to: "../shared/b.txt")
        try workspace.link("templates/out.txt", to: "/etc/hostname")
        try workspace.link("templates/nowhere.txt", to: "none")
        #expect(mkfifo(workspace.path("templates/pipe.txt"), 0o600) == 0)
        let generation = try Generation(reading: DiskTree(root: workspace.root))
        #expect(generation.templates.keys.sorted() == ["a", "b"])
        #expect(
            generation.mistakes.map(\.description) == [
                "templates/nowhere.txt: a link leads to something that is not there",
                "templates/out.txt: a link leads out of the workspace",
                "templates/pipe.txt: it is not a regular file",
            ])
    }

    // MARK: Names of templates

    private static let plugin = """
        return { name = "p", api = 1, settings = { template = { type = "template" } },
          actions = { a = { params = { t = { type = "template", default = "hello" }, n = { type = "integer" } },
            run = function() end } } }
        """

    private static func map(_ triggers: String...) -> String {
        "map: m\ntriggers:\n  open:\n" + triggers.map { "    - \($0)\n" }.joined()
            + "tracks: [ { track: t, steps: [ { step: s } ] } ]"
    }

    @Test("a template that is not there is a mistake where it is named")
    func missing() {
        let check = WorkspaceCheck(
            reading: MemoryTree([
                "templates/welcome.txt": "Hello", "plugins/p.lua": Self.plugin,
                "signalbox.yaml": "plugins: { each: { p: { settings: { template: gone } } } }",
                "maps/m.yaml": Self.map(
                    "{ run: p.a, with: { t: welcome } }", "{ run: p.a, with: { t: welcom, n: x } }",
                    "run: p.a"),
            ]))
        #expect(
            check.mistakes.map(\.description) == [
                #"maps/m.yaml:5:30: `t`: there is no template "welcom"; did you mean "welcome"?"#,
                #"maps/m.yaml:5:41: `n` must be an integer, not the string "x""#,
                #"maps/m.yaml:6:12: `t` has the default of its plugin, and there is no template "hello""#,
                #"signalbox.yaml:1:47: plugins.each.p.settings: `template`: there is no template "gone""#,
            ])
    }

    @Test("a template that cannot be read is there: its own mistake is the only one")
    func unreadableNamed() {
        var tree = MemoryTree([
            "plugins/p.lua": Self.plugin, "maps/m.yaml": Self.map("{ run: p.a, with: { t: bad } }"),
        ])
        tree.put("templates/bad.txt", [0xFF])
        #expect(
            WorkspaceCheck(reading: tree).mistakes.map(\.description) == [
                "templates/bad.txt: the file is not UTF-8"
            ])
    }

    @Test("a template that goes is told at the map that names it, which stays as it was")
    func gone() throws {
        var tree = MemoryTree([
            "templates/welcome.txt": "Hello", "plugins/p.lua": Self.plugin,
            "maps/m.yaml": Self.map("{ run: p.a, with: { t: welcome } }"),
        ])
        let first = try Generation(reading: tree)
        #expect(first.mistakes == [])
        tree.remove("templates/welcome.txt")
        let next = Generation(reading: tree, after: first)
        #expect(
            next.mistakes.map(\.description) == [
                #"maps/m.yaml:4:30: `t`: there is no template "welcome""#
            ])
        guard case .available? = next.rulebook.maps[MapID("m")] else {
            Issue.record("the map is gone")
            return
        }
        tree.put("templates/welcome.txt", "Hello")
        #expect(Generation(reading: tree, after: next).mistakes == [])
    }
}
