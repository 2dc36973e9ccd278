import LuaSandbox
import Testing
import Values

@Suite struct CodecTests {
    @Test func `numbers keep their kind`() throws {
        let sandbox = try Sandbox(
            """
            return { run = function(v)
              return { v, math.type(v[1]), math.type(v[2]), math.type(v[3]) }
            end }
            """)
        let numbers: Value = [
            1, 1.0, .integer(.max), .integer(.min), .double(.leastNonzeroMagnitude), .double(-0.0),
        ]
        #expect(
            try sandbox.run("run", numbers).outcome.get() == [numbers, "integer", "float", "integer"])
    }

    @Test func `null is one sentinel inside and nil outside`() throws {
        let sandbox = try Sandbox(
            """
            return { run = function(a, b)
              return { a == nil, b.x == host.null, b.list[2] == host.null, host.json_decode("null") == host.null,
                       { host.null }, { x = host.null }, type(host.null) }
            end }
            """)
        #expect(
            try sandbox.run("run", .null, ["x": .null, "list": [1, .null]]).outcome.get()
                == [true, true, true, true, [.null], ["x": .null], "userdata"])
    }

    @Test func `an empty table is a list only when it is marked`() throws {
        #expect(
            try result(of: "return { {}, host.list{}, host.list{ 1 }, host.json_decode('[]') }")
                == [.table([:]), [], [1], []])
        #expect(try result(of: "return ...", ["a": []]) == ["a": []])
    }

    @Test(arguments: [
        ("{ 1, x = 2 }", "effect has both numbers and texts as keys"),
        ("{ a = { [2] = 1 } }", "effect.a has numbers as keys that are not 1 to n"),
        (
            "{ a = { { b = { [1.5] = 1 } } } }",
            "effect.a[1].b has a key that is neither a text nor a whole number from 1"
        ),
        ("{ [true] = 1 }", "effect has a key that is neither a text nor a whole number from 1"),
        ("{ [0] = 1 }", "effect has a key that is neither a text nor a whole number from 1"),
        ("{ list = { 1, print } }", "effect.list[2] is a function, which cannot be handed over"),
        ("{ co = coroutine.create(print) }", "effect.co is a coroutine, which cannot be handed over"),
        ("{ n = 0/0 }", "effect.n is not a finite number"),
        ("{ n = { 1, math.huge } }", "effect.n[2] is not a finite number"),
        (#"{ ["a b"] = { "\xff" } }"#, #"effect["a b"][1] is not valid UTF-8"#),
        (#"{ ["\xff"] = 1 }"#, "effect has a key that is not valid UTF-8"),
        (#"{ z = "\xed\xa0\x80", b = print, a = { 0/0 } }"#, "effect.a[1] is not a finite number"),
        ("host.list{ x = 1 }", "effect is a list with texts as keys"),
    ])
    func `what cannot cross fails the call with its path`(value: String, message: String) throws {
        let failure = try failure(of: "pcall(host.record, \(value)) return 1")
        #expect(failure?.reason == .value)
        #expect(failure?.message == "test.lua:1: " + message)
    }

    @Test func `a cycle and too much depth end at the limit`() throws {
        let cycle = try failure(of: "local t = {} t.t = t host.record(t)", limits: Limits(valueDepth: 3))
        #expect(cycle?.reason == .value)
        #expect(cycle?.message == "test.lua:1: effect.t.t.t is more than 3 tables deep")
        let result = try failure(of: "local t = {} t.t = t return t")
        #expect(result?.reason == .value)
    }

    @Test func `no metamethod runs when a value crosses`() throws {
        let body = """
            local calls = 0
            local function count() calls = calls + 1 end
            local t = setmetatable({ 1, 2 }, { __index = count, __len = count, __pairs = count, __tostring = count })
            host.record(t)
            return { t, calls }
            """
        #expect(try result(of: body) == [[1, 2], 0])
    }

    @Test func `an encoded value can be spliced into others`() throws {
        let lead = EncodedValue(["name": "Ada", "fields": ["score": 3]])
        var encoder = ValueEncoder()
        encoder.table { encoder in
            encoder.field("lead", lead)
            encoder.key("list")
            encoder.list { list in
                list.splice(lead)
                list.null()
            }
            encoder.field("name", "step.close")
        }
        let sandbox = try Sandbox("return { run = function(...) return ... end }")
        let report = sandbox.call(
            try #require(sandbox.exports["run"]?.functionID),
            CallInput(arguments: [encoder.finish()], wantsResult: true))
        let ada: Value = ["name": "Ada", "fields": ["score": 3]]
        #expect(try report.outcome.get() == ["lead": ada, "list": [ada, .null], "name": "step.close"])
    }

    @Test(arguments: [
        (
            "{ b = 1, a = { 1, 2.5, 'x\\n\"\\1' }, c = {}, d = host.list{}, e = host.null }",
            #"{"a":[1,2.5,"x\n\"\u0001"],"b":1,"c":{},"d":[],"e":null}"#
        ),
        ("1.0", "1.0"), ("0.1", "0.1"), ("1e300", "1e+300"), ("math.mininteger", "-9223372036854775808"),
        ("'ä'", "\"ä\""), ("false", "false"),
    ])
    func `JSON is written in one order`(value: String, json: String) throws {
        #expect(try result(of: "return host.json_encode(\(value))") == .string(json))
    }

    @Test(arguments: [
        #"{"a":[1,2.5,-0.0,1e3,"\u00e4\ud83d\ude00\/"],"b":{},"c":[],"d":null,"e":true}"#,
        "[]", "3", "\"x\"", " [ 1 , 2 ] ", "-9223372036854775808", "[[[[]]]]",
    ])
    func `JSON is read as the host reads it`(json: String) throws {
        #expect(try result(of: "return host.json_decode(...)", .string(json)) == JSONReader.read(json))
    }

    @Test(arguments: [
        "", "[1,]", "{\"a\":1,\"a\":2}", "01", "1.", "[1 2]", "nul", "\"\\x\"", "\"\\ud800\"", "1e999",
        "9223372036854775808", "[", "{\"a\"}", "\"\u{1}\"", "[1]x", "+1", ".5", "-", "'a'",
    ])
    func `broken JSON is an error that can be caught`(json: String) throws {
        #expect(throws: (any Error).self) { try JSONReader.read(json) }
        #expect(
            try result(of: "return (pcall(host.json_decode, ...))", .string(json)) == false)
    }

    @Test func `what JSON cannot say is an error that can be caught`() throws {
        for value in ["print", "0/0", "{ 1, x = 1 }", "{ [2] = 1 }", "'\\xff'", "coroutine.create(print)"] {
            #expect(try result(of: "return (pcall(host.json_encode, \(value)))") == false)
        }
        #expect(try result(of: "local t = {} t[1] = t return (pcall(host.json_encode, t))") == false)
    }

    @Test(
        "lists inside each other whose keys lie in another order are read in a time that does not double with each"
    )
    func listsInOtherOrders() throws {
        // Written from the end, the items lie in the hash; the first of each holds the next list.
        let body = """
            local value = 1
            for _ = 1, 30 do
              local list = {}
              for i = 5, 2, -1 do list[i] = i end
              list[1] = value
              value = list
            end
            return value
            """
        var expected: Value = 1
        for _ in 0..<30 { expected = .list([expected, 2, 3, 4, 5]) }
        #expect(try result(of: body) == expected)
    }

    @Test("a view reads what a call left, piece by piece and as values")
    func view() throws {
        let sandbox = try Sandbox(
            "return { run = function() host.record { b = { 1, 2.5 }, a = 'x' } host.record(true) return { 'y', host.null } end, none = function() end }"
        )
        let run = try #require(sandbox.exports["run"]?.functionID)
        sandbox.call(run, CallInput(wantsResult: true)) { call in
            #expect(call.failure == nil && call.recordCount == 2)
            var records = call.records
            guard case .table(2) = records.next() else {
                Issue.record("a table of 2 comes first")
                return
            }
            #expect(records.key().string == "a")
            guard case .string(let text) = records.next() else {
                Issue.record("its first value is a text")
                return
            }
            #expect(text.string == "x" && records.key().string == "b")
            #expect(records.value() == [1, 2.5])
            #expect(!records.isAtEnd && records.value() == true && records.isAtEnd)
            var result = call.result
            #expect(result.value() == ["y", .null])
        }
        let none = try #require(sandbox.exports["none"]?.functionID)
        sandbox.call(none, CallInput()) { call in
            var result = call.result
            #expect(result.value() == .null && call.recordCount == 0)
        }
    }
}
