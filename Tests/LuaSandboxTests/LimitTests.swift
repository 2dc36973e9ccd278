import Testing
import Values

@testable import LuaSandbox

@Suite struct LimitTests {
    @Test(arguments: [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local function f() return f() end f()",
        "while true do coroutine.wrap(function() end)() end",
        "while true do local co = coroutine.create(function() while true do end end) coroutine.resume(co) end",
        "local x <close> = setmetatable({}, { __close = function() while true do end end })",
        "xpcall(function() error() end, function() while true do end end)",
        "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) while true do pcall(function() return t[1] end) end",
    ])
    func `too many instructions cut the call off`(body: String) throws {
        let failure = try failure(of: body, limits: Limits(instructions: 1_000_000, deadline: .seconds(20)))
        #expect(failure?.reason == .budget)
    }

    @Test(arguments: [
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = {} end",
        "local t = {} while true do pcall(function() t[#t + 1] = ('x'):rep(1000) .. #t end) end",
        "while true do pcall(string.rep, 'x', 1 << 30) end",
        "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(function() end) end",
    ])
    func `too much memory cuts the call off`(body: String) throws {
        let failure = try failure(of: body, limits: Limits(deadline: .seconds(20)))
        #expect(failure?.reason == .memory)
    }

    @Test func `garbage is collected before the limit is`() throws {
        let body = """
            local s = '' for i = 1, 500 do s = s .. ('x'):rep(50) end
            for i = 1, 2000 do local t = {} for j = 1, 100 do t[j] = { j } end end
            local keep = {} for i = 1, 40000 do keep[i] = { i } end
            for i = 1, 600 do local big = ('y'):rep(1 << 19) .. i end
            return #s
            """
        #expect(try result(of: body, limits: Limits(deadline: .seconds(20))) == 25_000)
    }

    @Test func `a call after a cut-off gives its right result`() throws {
        let sandbox = try Sandbox(
            """
            local state = { list = { 3, 1, 2 } }
            return {
              spin = function() state.list[1] = 99 while true do end end,
              eat = function() state.list = {} while true do state.list[#state.list + 1] = {} end end,
              good = function() table.sort(state.list) return table.concat(state.list, ",") end,
            }
            """, limits: Limits(instructions: 1_000_000, deadline: .seconds(20)))
        for _ in 0..<20 {
            _ = try sandbox.run("spin")
            #expect(try sandbox.run("good").outcome.get() == "1,2,3")
            _ = try sandbox.run("eat")
            #expect(try sandbox.run("good").outcome.get() == "1,2,3")
        }
    }

    @Test func `loading is cut off as a call is`() throws {
        for (text, reason) in [
            ("while true do end", LoadFailure.Reason.budget),
            ("local t = {} while true do t[#t + 1] = {} end", .memory),
        ] {
            #expect {
                try Sandbox(text, limits: Limits(instructions: 10_000_000, deadline: .seconds(20)))
            } throws: { ($0 as? LoadFailure)?.reason == reason }
        }
    }

    @Test(arguments: [
        "local t = {} while true do t[#t + 1] = {} end", "return ('x'):rep(1 << 30)",
        "local function f(t) t[#t + 1] = ('x'):rep(#t) return f(t) end f({})",
    ])
    func `what needs too much memory says how much it may have, and where it was`(body: String) throws {
        for (bytes, size) in [(4 << 20, "4 MiB"), (300 << 10, "300 KiB")] {
            let limits = Limits(memoryBytes: bytes, deadline: .seconds(20))
            let failure = try failure(of: "\n\n\(body)", limits: limits)
            #expect(failure?.reason == .memory)
            #expect(failure?.message == "test.lua:3: more than \(size) of memory is needed")
        }
        #expect {
            try Sandbox("\n\(body)", limits: Limits(memoryBytes: 4 << 20, deadline: .seconds(20)))
        } throws: { error in
            (error as? LoadFailure)?.message == "test.lua:2: more than 4 MiB of memory is needed"
        }
    }

    @Test func `effects are bounded by number and by size`() throws {
        let limits = Limits(effectCount: 10, effectBytes: 1000)
        let many = try failure(of: "for i = 1, 11 do pcall(host.record, { i }) end", limits: limits)
        #expect(many?.reason == .effects)
        #expect(many?.message == "test.lua:1: more than 10 effects")
        let large = try failure(of: "pcall(host.record, { text = ('x'):rep(2000) })", limits: limits)
        #expect(large?.reason == .effects)
        #expect(
            large?.message
                == "test.lua:1: effect.text does not fit: effects and result of a call have a limit")
    }

    @Test func `usage is told`() throws {
        let sandbox = try Sandbox(
            "return { run = function() local t = {} for i = 1, 10000 do t[i] = i end end }",
            limits: Limits(instructions: 1_000_000, deadline: .seconds(20)))
        let usage = try sandbox.run().usage
        #expect(usage.peakMemoryBytes > 10000 * 16)
        #expect((usage.instructions ?? 0) >= 20_000)
        #expect(usage.time > .zero)
    }

    @Test func `each allocation in turn may fail while loading`() throws {
        let program = Program(
            main: Source(
                name: "test.lua",
                "local m = require 'm' return { run = function() return m end, list = { 1, 2, { a = 'b' } } }"
            ),
            modules: ["m": Source(name: "m.lua", "return { ('x'):rep(1000) }")], library: [testLibrary],
            constants: ["a": ["b": "c"]])
        var number: UInt64 = 1
        while true {
            do throws(LoadFailure) {
                _ = try Sandbox(program, limits: Limits(), failingAllocation: number)
                break
            } catch {
                #expect(error.reason == .memory)
            }
            number += 1
        }
        #expect(number > 200)
    }

    @Test func `each allocation in turn may fail in a call`() throws {
        let sandbox = try Sandbox(
            """
            return { run = function(event)
              host.record{ list = { event.a, #event.list }, text = host.json_encode(event) }
              host.log("info", "text", { a = 1 })
              local answer = host.lookup{ "q" }
              local co = coroutine.wrap(function(a) coroutine.yield(a) end)
              return { answer, co(1), host.json_decode('{"a":[1,"\\\\u00e4"]}'), event }
            end }
            """)
        let run = try #require(sandbox.exports["run"]?.functionID)
        let input = CallInput(
            arguments: [EncodedValue(["a": "b", "list": [1, 2, 3], "deep": [[[["x": "y"]]]]])],
            wantsResult: true, lookup: { ["answer": $0] })
        let right = try sandbox.call(run, input).outcome.get()
        var number: UInt64 = 1
        while true {
            let report = sandbox.call(run, input, failingAllocation: number)
            if case .success(let value) = report.outcome {
                #expect(value == right)
                break
            }
            #expect(try sandbox.call(run, input).outcome.get() == right)
            number += 1
        }
        #expect(number > 20)
    }
}
