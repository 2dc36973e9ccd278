import LuaSandbox
import Testing
import Values

@Suite("Known names")
struct NamesTests {
    private func sandbox(_ names: [String]) throws -> Sandbox {
        try Sandbox(
            Program(
                main: Source(name: "test.lua", "return { run = function(value) return value end }"),
                names: names))
    }

    @Test("arguments are the same with names and without, however alike names and texts are")
    func same() throws {
        let alike = [
            "", "a", "b", "ab", "ba", "abcdefg", "abcdefgh", "abcdefgi", "abcdefghabcdefgh",
            "abcdefghabcdefgi",
            "abcdefgh12345678x", "\u{0}", "\u{0}\u{0}", "a\u{0}", "ä", "\u{e9}", "e\u{301}", "name", "names",
            String(repeating: "n", count: 16), String(repeating: "n", count: 17),
            String(repeating: "n", count: 60),
        ]
        var table = Table()
        for text in alike { table[text] = .string(text) }
        let value: Value = ["list": .list(alike.map(Value.string)), "table": .table(table), "number": 3]
        // Every second one is known, the others only look like it; then the other way round; then all.
        let halves = [0, 1].map { odd in alike.enumerated().filter { $0.offset % 2 == odd }.map(\.element) }
        for names in halves + [alike, [], alike + alike] {
            #expect(try sandbox(names).run("run", value).outcome.get() == value)
        }
    }

    @Test("more names than are kept do no harm")
    func many() throws {
        let names = (0..<1000).map { "name \($0)" }
        let sandbox = try sandbox(names)
        for _ in 0..<2 {
            let value: Value = .list(names.map(Value.string))
            #expect(try sandbox.run("run", value).outcome.get() == value)
        }
    }

    @Test("texts in another order than in the call before are found")
    func order() throws {
        let names = ["id", "lead", "map", "step", "track"]
        let sandbox = try sandbox(names)
        for round in 0..<50 {
            let value: Value = .list((0..<20).map { .string(names[($0 * $0 + $0 * round) % names.count]) })
            #expect(try sandbox.run("run", value).outcome.get() == value)
        }
    }
}
