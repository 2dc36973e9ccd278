import LuaSandbox
import TestKit
import Testing
import Values

@testable import Plugins

/// What reads a `when`, against the interpreter and against a grammar that knows its names.
@Suite("Random conditions", .serialized)
struct ConditionFuzzTests {
    private static let words = [
        "and", "or", "not", "function() end", "(", ")", "[", "]", "{", "}", "[[", "]]", "[=[", "]=]", "--",
        "--[[", "\n", "\r", "'", "\"", "\\", ",", ";", "::", "=", "==", "~=", "..", "...", "0x", "1e", "end",
        "return", "local x <const> = 1", "lead.", "event.", "led", ":m()", "_ENV", "_G.", "goto", "until",
        "repeat",
        "\\z", "#", "~", "<<", "true) or (true", "\u{0}", "\u{1B}Lua", "é",
    ]

    @Test("the names that come from outside are found, each where it is, and no others")
    func grammar() throws {
        try Fuzzing("names in conditions", part: 0.4).run(
            make: { ExpressionGrammar.write(&$0) }, bytes: { Array($0.text.utf8) }
        ) { text, uses in
            let problem = try Self.problem(with: text)
            // A place may be too deep for the interpreter, or have too many variables.
            try require(problem.map(Self.isLimit) ?? true, "it is refused: \(problem ?? "")")
            try requireEqual(LuaNames.of(expression: text), uses)
        }
    }

    @Test("what is taken for an expression is one, is read to its end, and runs")
    func changed() throws {
        try Fuzzing("changed conditions", part: 0.6).run(
            make: { random in
                let texts = (0...1).map { _ in Array(ExpressionGrammar.write(&random).text.utf8) }
                return String(decoding: random.changed(texts, words: Self.words), as: UTF8.self)
            }, bytes: { Array($0.utf8) }
        ) { text in
            let problem = try Self.problem(with: text)
            let other = try Self.problemInOtherPlaces(of: text)
            if ![problem, other].compactMap({ $0 }).contains(where: Self.isLimit) {
                try require(
                    (problem == nil) == (other == nil), "one says \(problem ?? "yes"), one \(other ?? "yes")")
            }
            guard problem == nil else { return }
            let last = LuaNames.of(expression: "(\(text)\n) and (zz_last.x)").last
            try requireEqual(last, LuaNameUse(name: "zz_last", keys: ["x"]))
            _ = ConditionNames(library: ["host", "string"]).mistakes(in: text)
            let exports = try Sandbox(HostLibrary.program(conditions: [text]), limits: Limits()).exports
            guard case .list(let chunks) = exports, chunks.first?.functionID != nil else {
                throw BrokenExpectation("it does not run as a condition of a stored version")
            }
        }
    }

    /// Long texts, each of one kind of token or of nesting that the interpreter allows.
    @Test(
        "a condition as long as a file may be is read whole",
        arguments: [
            ("lead.a", ".a", ""), ("led", " + led", ""), ("[==[", "]=]=", "]==]"),
            ("{", "[ [[x]] ]={},", "}"),
            ("'", "\\'\\\\", "'"), ("1", " --[[ [=[ ]=] ]]\n", ""), ("{", "function(a) return a end,", "}"),
            ("#f(", "led,", "1)"),
            (
                String(repeating: "(function() local a ", count: 60), "a = led ",
                String(repeating: "end)() ", count: 60)
            ),
        ])
    func long(start: String, middle: String, end: String) {
        let count = (128 << 10) / middle.utf8.count
        let text = start + String(repeating: middle, count: count) + end + " or zz_last"
        #expect(LuaNames.of(expression: text).last == LuaNameUse(name: "zz_last", keys: []))
    }

    /// What the check of a map's file says against the text as a condition; nil if it is one.
    private static func problem(with text: String) throws -> String? {
        let exports = try Sandbox(HostLibrary.program(checking: [text]), limits: Limits()).exports
        guard case .list(let chunks)? = exports["conditions"], let chunk = chunks.first else {
            throw BrokenExpectation("the conditions are not exported")
        }
        if case .string(let message) = chunk { return message }
        return nil
    }

    /// The same by other means: an expression may be in each of these places, and nothing else may in all.
    private static func problemInOtherPlaces(of text: String) throws -> String? {
        let main = """
            for _, place in ipairs { { "return (", ")" }, { "return {[ ", "]=1}" }, { "if ", " then end" },
                { "return f(", ",1)" }, { "return true and f[ ", "]" } } do
              local chunk, problem = load(place[1] .. text .. "\\n" .. place[2], "=place", "t")
              if not chunk then return (problem:gsub("[^ -~]", "?")) end
            end
            return true
            """
        let program = Program(
            main: Source(name: "places.lua", main), library: [Source(name: "text", "text = (...).constants")],
            constants: .string(text))
        if case .string(let problem) = try Sandbox(program, limits: Limits()).exports { return problem }
        return nil
    }

    private static func isLimit(_ problem: String) -> Bool {
        ["overflow", "too many", "limit", "levels"].contains { problem.contains($0) }
    }
}
