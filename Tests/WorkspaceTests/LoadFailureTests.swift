import Journeys
import Plugins
import TestKit
import Testing
import Workspace

@Suite("Plugins that do not load")
struct LoadFailureTests {
    private func mistake(_ files: [String: String], settings: String = "") throws -> Mistake {
        var files = files
        files["signalbox.yaml"] = settings
        let generation = try Generation(reading: MemoryTree(files))
        try #require(generation.pluginMistakes.count == 1, "\(generation.pluginMistakes)")
        return generation.pluginMistakes[0]
    }

    @Test(
        "the line is the place of the mistake, not a part of its message",
        arguments: [
            ("return {\n  name = ,\n}", 2, "the plugin does not load: syntax: unexpected symbol near ','"),
            ("return {", 1, "the plugin does not load: syntax: unexpected symbol near <eof>"),
            (
                "\n\nlocal x <const> = 1; x = 2", 3,
                "the plugin does not load: syntax: attempt to assign to const variable 'x'"
            ),
            ("\nerror('no')", 2, "the plugin does not load: error: no"),
            (
                "\n\nlocal n; n.x = 1", 3,
                "the plugin does not load: error: attempt to index a nil value (local 'n')"
            ),
            ("\nerror('no', 0)", 2, "the plugin does not load: error: no"),
            (
                "\n\n\nrequire 'text'", 4,
                "the plugin does not load: error: module 'text' is not among the plugin's files"
            ),
            ("\nwhile true do end", 2, "the plugin does not load: budget: "),
        ])
    func line(text: String, line: Int, message: String) throws {
        let found = try mistake(
            ["plugins/p.lua": text], settings: "plugins: { limits: { instructions: 10000, deadline: 10s } }")
        #expect(found.place == FilePlace(file: "plugins/p.lua", wholeLine: line))
        #expect(found.description.hasPrefix("plugins/p.lua:\(line): \(message)"), "\(found)")
    }

    @Test(
        "of a plugin in a folder, the file is the one that the mistake is in",
        arguments: [
            (
                "return {\n\n",
                "plugins/p/deep/helper.lua:3: the plugin does not load: error: unexpected symbol"
            ),
            ("\nerror('no')", "plugins/p/deep/helper.lua:2: the plugin does not load: error: no"),
            ("return { run = 1 }", "plugins/p/init.lua:2: the plugin does not load: error: late"),
        ])
    func module(text: String, expected: String) throws {
        let found = try mistake([
            "plugins/p/init.lua": "require 'deep.helper'\nerror 'late'", "plugins/p/deep/helper.lua": text,
        ])
        #expect(found.description.hasPrefix(expected), "\(found)")
    }

    @Test("a file with a long name is found by its end, as Lua writes it")
    func longName() throws {
        let name = String(repeating: "long_name_", count: 6)
        let found = try mistake([
            "plugins/p/init.lua": "require '\(name)'", "plugins/p/\(name).lua": "\n\nerror('no')",
        ])
        #expect(found.place == FilePlace(file: "plugins/p/\(name).lua", wholeLine: 3))
    }

    @Test("without any line, the place is the plugin's first file")
    func none() throws {
        let found = try mistake(["plugins/p/init.lua": "return 1"])
        #expect(found.description == "plugins/p/init.lua: a plugin returns one table, not the integer 1")
    }

    @Test("a place of a whole line is written without a column, before those in the line")
    func places() {
        let line = FilePlace(file: "a.lua", wholeLine: 7)
        #expect("\(line)" == "a.lua:7")
        #expect(line < FilePlace(file: "a.lua", line: 7, column: 1))
        #expect(FilePlace(file: "a.lua", line: 6, column: 9) < line)
    }
}
