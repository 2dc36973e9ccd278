import LuaSandbox
import Testing
import Values

@Suite struct ImageTests {
    @Test func `what loading threw away is not in the image`() throws {
        let small = try Sandbox("return {}")
        let wasteful = try Sandbox(
            """
            local s = ""
            for i = 1, 200 do s = s .. i end
            for i = 1, 1000 do local t = { i, { i } } end
            return {}
            """)
        #expect(small.imageBytes < 20 << 10)
        #expect(wasteful.imageBytes < small.imageBytes + 4096)
    }

    @Test func `what loading kept is in the image`() throws {
        let sandbox = try Sandbox(
            """
            local kept = {}
            for i = 1, 500 do kept["key " .. i] = { i, tostring(i) } end
            return { run = function() return { kept["key 7"][1], kept["key 500"][2] } end }
            """)
        for _ in 0..<3 { #expect(try sandbox.run().outcome.get() == [7, "500"]) }
    }

    @Test func `loading prints once though the program may be loaded more than once`() throws {
        let sandbox = try Sandbox("print('loading') return { run = function() print('running') end }")
        #expect(sandbox.loadLog.map(\.message) == ["loading"])
        #expect(try sandbox.run().log.map(\.message) == ["running"])
    }

    @Test func `programs whose loading depends on chance are loaded all the same`() throws {
        // Keys that are taken out and put in make the tables grow at times that the interpreter's seed decides.
        for _ in 0..<20 {
            let sandbox = try Sandbox(
                """
                local t = {}
                for i = 1, 2000 do
                  t["k" .. i] = { i }
                  t["k" .. (i * 7 % 1000)] = nil
                end
                return { run = function() return t["k2000"][1] end }
                """)
            #expect(try sandbox.run().outcome.get() == 2000)
        }
    }

    /// Strings, compiled code and the standard library lie on pages that are sealed.
    @Test("what a call writes to the sealed part of its image is gone at the next, also after a collection")
    func sealed() throws {
        let sandbox = try Sandbox(
            """
            local words = {}
            for i = 1, 300 do words[i] = "word " .. i end
            local function sum() local length = 0 for _, word in ipairs(words) do length = length + #word end return length end
            return {
              write = function() string.upper, math.pi, table.extra, string.format = nil, 3, {}, nil return string.upper == nil end,
              collect = function() local kept for i = 1, 20000 do kept = { kept and i, tostring(i) } end return kept[2] end,
              drop = function() words = nil for i = 1, 20000 do local _ = { tostring(i) } end return true end,
              look = function() return { sum(), string.upper("x"), math.pi > 3.1, table.extra == nil, ("%d"):format(7) } end,
            }
            """)
        let looked = try sandbox.run("look").outcome.get()
        #expect(
            looked == [
                .integer(Int64((1...300).reduce(0) { $0 + "word \($1)".utf8.count })), "X", true, true, "7",
            ])
        for name in ["write", "collect", "drop", "write", "look", "collect", "collect", "drop"] {
            _ = try sandbox.run(name).outcome.get()
            #expect(try sandbox.run("look").outcome.get() == looked, "after \(name)")
        }
    }
}
