import Testing
import Values

@testable import LuaSandbox

/// A table of which the host says which keys it may have, beside the same table without that: no program can tell them apart,
/// but by reading a key that it may not have.
@Suite("Declared tables") struct DeclaredTableTests {
    private static let names = (1...10).map { "step \($0)" }
    private static let words = ["waiting", "open", "closed"]

    /// Raises what it is told, as the host's library does.
    private static let library = Source(
        name: "declaring",
        """
        local primitives = ...
        local raise, concat = primitives.raise, table.concat
        primitives.declare(function(phrase, key, names)
          raise(phrase .. " " .. key .. "; there are " .. concat(names, ", "))
        end)
        """)

    private static let declared = DeclaredTables(
        (0..<12).map { number in
            DeclaredTables.Declaration(
                phrase: "table \(number) lacks",
                keys: TableKeys(names + ["step 11", "x", "y", "message", "n"]))
        })

    private func sandbox(_ text: String, limits: Limits = Limits()) throws -> Sandbox {
        try Sandbox(
            Program(main: Source(name: "test.lua", text), library: [testLibrary, Self.library]),
            limits: limits)
    }

    private func told(_ report: CallReport) -> String {
        switch report.outcome {
        case .success(let value): "\(value.json) \(report.records.map(\.json)) \(report.log)"
        case .failure(let failure): "\(failure.reason): \(failure.message) \(failure.traceback)"
        }
    }

    /// What a function body returns, or how it fails, with the table as `t` and once more as `u`: plain, as the declared tables 0
    /// and 1, and as two of the later ones, whose metatables a call makes.
    private func results(_ body: String) throws -> [String] {
        let sandbox = try sandbox(
            "return { run = function(arguments) local t, u = arguments.t, arguments.u; \(body) end }")
        let run = try #require(sandbox.exports["run"]?.functionID)
        return [nil, 0, 10].map { first -> String in
            var encoder = ValueEncoder()
            encoder.table { encoder in
                for (number, name) in ["t", "u"].enumerated() {
                    func fill(_ encoder: inout ValueEncoder) {
                        for (index, name) in Self.names.enumerated() {
                            encoder.field(name, text: Self.words[index % 3])
                        }
                    }
                    encoder.key(name)
                    if let first {
                        encoder.declaredTable(first + number, fill)
                    } else {
                        encoder.table(fill)
                    }
                }
            }
            let input = CallInput(
                arguments: [encoder.finish()], declared: Self.declared, wantsResult: true)
            return told(sandbox.call(run, input))
        }
    }

    @Test(arguments: LateTableTests.bodies)
    func `a declared table is what it is when nothing is declared, whatever is done with it`(body: String)
        throws
    {
        let results = try results(body)
        #expect(results[1] == results[0], "a metatable of the image")
        #expect(results[2] == results[0], "a metatable of the call")
    }

    @Test(arguments: [
        ("return t.z", "table 0 lacks z"), ("return u['step 12']", "table 1 lacks step 12"),
        ("local k = 'st' .. 'ep'; return t[k]", "table 0 lacks step"), ("return t.z.y", "table 0 lacks z"),
        ("return t['']", "table 0 lacks "), ("t.z = t.z or 1", "table 0 lacks z"),
        ("return coroutine.wrap(function() return t.z end)()", "table 0 lacks z"),
        ("return setmetatable({}, { __index = t }).z", "table 0 lacks z"),
        ("return load('return ...')(t).z", "table 0 lacks z"),
        ("local v = t.z; return v", "table 0 lacks z"), ("return t:z()", "table 0 lacks z"),
    ])
    func `a key that the table may not have is told to the library`(body: String, says: String) throws {
        let results = try results(body)
        #expect(
            results[1].hasPrefix("error: test.lua:1: \(says); there are message, n, step 1, "),
            "\(results[1])")
        #expect(
            results[2].contains(
                says.replacing("table 0", with: "table 10").replacing("table 1 ", with: "table 11 ")))
        #expect(!results[0].contains("lacks"))
    }

    @Test(arguments: [
        "return rawget(t, 'z')", "return (('z'):gsub('z', t))", "return pcall(os.time, t)",
        "t.z = 1; return t.z",
        "rawset(t, 'z', 1); return t.z", "return setmetatable(t, {}).z", "return setmetatable(t, nil).z",
        "local c = {}; for k, v in pairs(t) do c[k] = v end; return c.z", "return next(t, 'z')",
        "return { pcall(function() return t.x end) }", "return host.json_decode(host.json_encode(t)).z",
        "return getmetatable(t) == nil and getmetatable(u) == nil", "return t[1] == nil and t[true] == nil",
        "return select(2, pcall(setmetatable, t, { __gc = 1 }))",
    ])
    func `everything else is as with any table`(body: String) throws {
        let results = try results(body)
        #expect(results[1] == results[0] && results[2] == results[0], "\(results)")
    }

    @Test func `an error about a key is caught as any other, and the next call begins anew`() throws {
        let results = try results("setmetatable(u, nil); return { pcall(function() return t.z end) }")
        #expect(results[1].hasPrefix(#"[false,"test.lua:1: table 0 lacks z; there are "#))
        #expect(try self.results("return u.z")[1].contains("table 1 lacks z"))
    }

    @Test func `tables in tables and in lists are declared each by its number`() throws {
        let sandbox = try sandbox("return { run = function(t) return t.list[2].inner.z end }")
        var encoder = ValueEncoder()
        encoder.declaredTable(2) { encoder in
            encoder.key("list")
            encoder.list { encoder in
                encoder.integer(1)
                encoder.declaredTable(3) { encoder in
                    encoder.key("inner")
                    encoder.declaredTable(4) { $0.fields(["a": 1]) }
                }
            }
        }
        let input = CallInput(arguments: [encoder.finish()], declared: Self.declared, wantsResult: true)
        let report = sandbox.call(try #require(sandbox.exports["run"]?.functionID), input)
        #expect(told(report).contains("table 4 lacks z"))
    }

    @Test func `a table that the library declares while loading is held to the keys of each call`() throws {
        let library = Source(
            name: "settings", "local primitives = ...; settings = { a = 1 }; primitives.declare(settings, 0)")
        let sandbox = try Sandbox(
            Program(
                main: Source(
                    name: "test.lua",
                    "local early = settings.zz; return { run = function() return early or settings.zz or 'nil' end }"
                ),
                library: [testLibrary, Self.library, library]))
        let run = try #require(sandbox.exports["run"]?.functionID)
        #expect(told(sandbox.call(run, CallInput(wantsResult: true))) == #""nil" [] []"#)
        #expect(
            told(sandbox.call(run, CallInput(declared: Self.declared, wantsResult: true))).contains(
                "table 0 lacks zz"))
    }

    @Test func `a program whose library wants none has plain tables`() throws {
        let sandbox = try Sandbox("return { run = function(t) return t.z == nil and t.a end }")
        var encoder = ValueEncoder()
        encoder.declaredTable(7) { $0.fields(["a": 1]) }
        let input = CallInput(arguments: [encoder.finish()], declared: Self.declared, wantsResult: true)
        let report = sandbox.call(try #require(sandbox.exports["run"]?.functionID), input)
        #expect(try report.outcome.get() == 1)
    }

    @Test func `a call with too little memory for metatables ends, and the next one is well`() throws {
        let sandbox = try sandbox("return { run = function(t) return t.a end }")
        let run = try #require(sandbox.exports["run"]?.functionID)
        var encoder = ValueEncoder()
        encoder.list { list in
            for number in 0..<12 { list.declaredTable(number) { $0.fields(["a": 1]) } }
        }
        let input = CallInput(arguments: [encoder.finish()], declared: Self.declared, wantsResult: true)
        let good = told(sandbox.call(run, input))
        #expect(good == "null [] []")
        for number in 1...60 {
            let report = sandbox.call(run, input, failingAllocation: UInt64(number))
            if case .failure(let failure) = report.outcome { #expect(failure.reason == .memory) }
            #expect(told(sandbox.call(run, input)) == good)
        }
    }
}
