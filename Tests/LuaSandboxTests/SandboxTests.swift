import LuaSandbox
import Testing
import Values

@Suite struct SandboxTests {
    @Test func `exports come out in the order of their names with numbers for functions`() throws {
        let sandbox = try Sandbox(
            """
            return { name = "greeting", actions = { b = function() end, a = function() end },
                     on = { { event = "x", priority = 1.5 } }, flag = true }
            """)
        #expect(sandbox.exports["name"] == .string("greeting"))
        #expect(sandbox.exports["on"]?.value == [["event": "x", "priority": 1.5]])
        guard case .table(let actions) = sandbox.exports["actions"] else {
            Issue.record("actions is not a table")
            return
        }
        #expect(actions.map(\.key) == ["a", "b"])
        #expect(sandbox.exports.value == nil)
    }

    @Test func `a call gets its arguments and gives its result`() throws {
        let value: Value = [
            "list": [1, 2.5, "three", true], "empty": [], "table": ["a": ["b": .null]], "text": "ä€😀",
        ]
        let sandbox = try Sandbox("return { run = function(...) return ... end }")
        #expect(try sandbox.run("run", value).outcome.get() == value)
    }

    @Test func `nothing that a call writes is seen by the next`() throws {
        let sandbox = try Sandbox(
            """
            local count = 0
            shared = {}
            return { run = function()
              count = count + 1
              shared.count = (shared.count or 0) + 1
              string.seen = (string.seen or 0) + 1
              math.random, os.time = nil, nil
              return { count, shared.count, string.seen }
            end }
            """)
        for _ in 0..<3 { #expect(try sandbox.run().outcome.get() == [1, 1, 1]) }
    }

    @Test func `records are kept in order and thrown away when the call fails`() throws {
        let sandbox = try Sandbox(
            """
            return {
              good = function() host.record{ 1 } host.record{ to = "x" } end,
              bad = function() host.record{ 1 } host.log("warn", "so far", { n = 1 }) error("no") end,
            }
            """)
        #expect(try sandbox.run("good").records == [[1], ["to": "x"]])
        let report = try sandbox.run("bad")
        #expect(report.records.isEmpty)
        #expect(report.log == [LogRecord(level: "warn", message: "so far", fields: ["n": 1])])
        #expect(report.usage.hostCalls == 2)
    }

    @Test func `an error has its place and a traceback of the plugin's own lines`() throws {
        let sandbox = try Sandbox(
            """
            local function inner() error("broken\\27[31m") end
            local function outer() inner() end
            return { run = function() outer() end }
            """)
        let report = try sandbox.run()
        guard case .failure(let failure) = report.outcome else {
            Issue.record("the call did not fail")
            return
        }
        #expect(failure.reason == .error)
        #expect(failure.message == "test.lua:1: broken [31m")
        #expect(
            failure.traceback == [
                "test.lua:1: in upvalue 'inner'", "test.lua:2: in upvalue 'outer'",
                "test.lua:3: in the function at line 3",
            ])
    }

    @Test(arguments: [
        ("error()", "the error is a nil value"),
        ("error({})", "the error is a table without a message"),
        ("error({ message = 'told' })", "told"),
        ("error(42)", "42"),
        ("error(setmetatable({}, { __tostring = function() return 'own' end }))", "own"),
        (
            "error(setmetatable({}, { __tostring = function() error('again') end }))",
            "the error is a table without a message"
        ),
        ("error(print)", "the error is a function value"),
        (
            "local x <close> = setmetatable({}, { __close = function() error('later', 0) end }) error('first')",
            "later"
        ),
    ])
    func `errors of any type are told`(body: String, message: String) throws {
        let failure = try failure(of: body)
        #expect(failure?.reason == .error)
        #expect(failure?.message == message)
    }

    @Test func `a context is seen through the library and constants as well`() throws {
        let sandbox = try Sandbox(
            "return { run = function() return { host.context().id, host.constants.sender } end }",
            constants: ["sender": "office"])
        let input = CallInput(context: EncodedValue(["id": "L1:4"]), wantsResult: true)
        #expect(try sandbox.run(input: input).outcome.get() == ["L1:4", "office"])
    }

    @Test func `a lookup crosses to the host and back`() throws {
        let sandbox = try Sandbox(
            """
            return { run = function()
              return { host.lookup('a'), host.lookup({ 'b' }).got, host.lookup() }
            end }
            """)
        var asked: [Value] = []
        var input = CallInput(wantsResult: true)
        input.lookup = { question in
            asked.append(question)
            return question == "a" ? .null : ["got": question]
        }
        let report = try sandbox.run(input: input)
        #expect(asked == ["a", ["b"]])
        guard case .failure(let failure) = report.outcome else {
            Issue.record("lookup() without a value went through")
            return
        }
        #expect(failure.message.contains("value expected"))
    }

    @Test func `the host cannot be called while a file is loaded`() throws {
        for primitive in ["record({})", "lookup('x')"] {
            #expect {
                try Sandbox("host.\(primitive) return {}")
            } throws: { error in
                let failure = error as? LoadFailure
                return failure?.reason == .error
                    && failure?.message.contains("while the file is loaded") == true
            }
        }
        #expect(
            try Sandbox("print('hello', 1) return {}").loadLog == [
                LogRecord(level: "info", message: "hello\t1")
            ])
    }

    @Test func `a call that decides may not record`() throws {
        let body = "pcall(host.record, { 1 }) return 1"
        let failure = try failure(of: body, input: CallInput(mayRecord: false, wantsResult: true))
        #expect(failure?.reason == .refused)
    }

    @Test func `what the library refuses ends the call whatever the plugin catches`() throws {
        let failure = try failure(of: "pcall(host.fail, 'not_granted', 'email is not granted') return 1")
        #expect(failure?.reason == .refused)
        #expect(failure?.detail == "not_granted")
        #expect(failure?.message == "test.lua:1: email is not granted")
    }

    @Test func `modules are found by their names and loaded once`() throws {
        let sandbox = try Sandbox(
            """
            local text = require "lib.text"
            assert(text == require "lib.text")
            return { run = function() return { text.greet("Ada"), require "late", require "late" } end }
            """,
            modules: [
                "lib.text": "return { greet = function(n) return 'Hello ' .. n end }",
                "late": "loads = (loads or 0) + 1 return loads",
            ])
        #expect(try sandbox.run().outcome.get() == ["Hello Ada", 1, 1])
        #expect(try sandbox.run().outcome.get() == ["Hello Ada", 1, 1])
    }

    @Test(arguments: ["../other", "other", "test", "/etc/passwd", "lib.text\\0"])
    func `what is not among the plugin's files is not found`(name: String) throws {
        let failure = try failure(of: "require '\(name)'")
        #expect(failure?.message.contains("is not among the plugin's files") == true)
    }

    @Test func `a byte order mark and a first line for the shell are passed over`() throws {
        for head in ["\u{FEFF}", "#!/usr/bin/lua\n", "\u{FEFF}#!/usr/bin/lua\n"] {
            #expect(try Sandbox(head + "return { a = 1 }").exports["a"] == .integer(1))
        }
        #expect {
            try Sandbox("#!x\nerror('here')")
        } throws: { ($0 as? LoadFailure)?.message == "test.lua:2: here" }
    }

    @Test func `a file that does not parse says where`() throws {
        #expect {
            try Sandbox("return {\n  a = = 1 }")
        } throws: { error in
            let failure = error as? LoadFailure
            return failure?.reason == .syntax && failure?.message == "test.lua:2: unexpected symbol near '='"
        }
    }

    @Test func `compiled chunks are refused everywhere`() throws {
        #expect(throws: LoadFailure.self) { try Sandbox("\u{1B}LuaT") }
        #expect(try result(of: #"return select('#', load('\27Lua', 'x', 'b'))"#) == 2)
        #expect(try result(of: #"return (load('\27Lua'))"#) == .null)
        #expect(try result(of: "return load('return 1 + 1')()") == 2)
        #expect(try result(of: "return load('return x', 'n', 't', { x = 7 })()") == 7)
    }

    @Test func `a large source is refused`() throws {
        #expect {
            try Sandbox(String(repeating: " ", count: 300_000))
        } throws: { ($0 as? LoadFailure)?.reason == .size }
    }

    @Test func `the log is cut and says so`() throws {
        let sandbox = try Sandbox(
            "return { run = function() for i = 1, 100 do print(('x'):rep(100)) end end }",
            limits: Limits(logBytes: 2048))
        let report = try sandbox.run()
        #expect(report.log.count < 20)
        #expect(report.log.last?.level == "warn")
        #expect(report.log.last?.message == "the log of this call is cut here, at its limit of 2048 bytes")
        #expect(throws: Never.self) { try report.outcome.get() }
    }

    @Test func `what is logged is repaired, not refused`() throws {
        let sandbox = try Sandbox(#"return { run = function() print("a\xffb", nil, true) end }"#)
        #expect(try sandbox.run().log == [LogRecord(level: "info", message: "a\u{FFFD}b\tnil\ttrue")])
    }

    @Test(arguments: [
        ("{ 1, 'a', { b = true } }", #"[1,"a",{"b":true}]"#), ("{}", "{}"), ("host.list({})", "[]"),
        ("{ x = 1.0, y = host.null, z = 0/0, i = -1/0 }", #"{"i":-inf,"x":1.0,"y":null,"z":nan}"#),
        ("{ f = print, c = coroutine.create(print) }", #"{"c":thread,"f":function}"#),
        ("{ 1, x = 2 }", #"{[1]:1,"x":2}"#), ("{ [2] = 1 }", "{[2]:1}"), ("{ [0.5] = 1 }", "{[0.5]:1}"),
        ("{ [{}] = 1, [true] = 2 }", "{[true]:2,[table]:1}"), ("{ 'a\tb' }", #"["a\tb"]"#),
        ("setmetatable({}, { __tostring = function() return 'own' end })", "own"),
        ("{ { { { { { { { { 1 } } } } } } } } }", "[[[[[[[[{...}]]]]]]]]"),
        ("'text', 1, nil, false, print", "text\t1\tnil\tfalse\tfunction"),
    ])
    func `what is printed shows what tables hold, whatever that is`(arguments: String, shown: String) throws {
        let sandbox = try Sandbox("return { run = function() print(\(arguments)) end }")
        let report = try sandbox.run()
        #expect(report.log == [LogRecord(level: "info", message: shown)])
        #expect(throws: Never.self) { try report.outcome.get() }
    }

    @Test func `a table that holds itself, or much, is printed by its beginning`() throws {
        let sandbox = try Sandbox(
            """
            return {
              cycle = function() local t = {} t[1], t[2] = t, t print(t) end,
              many = function() local t = {} for i = 1, 20000 do t[i] = i end print(t) end,
              show = function() return host.show({ 1, { a = "b" } }) end,
            }
            """)
        for name in ["cycle", "many"] {
            let message = try #require(try sandbox.run(name).log.first?.message)
            #expect(message.contains("..."))
            #expect(message.utf8.count < 9_000)
        }
        #expect(try sandbox.run("show").outcome.get() == #"[1,{"a":"b"}]"#)
    }

    @Test func `an image that is small stays small`() throws {
        #expect(try Sandbox("return {}").imageBytes < 32 << 10)
    }
}
