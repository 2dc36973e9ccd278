import LuaSandbox
import TestKit
import Testing
import Values

/// What programs can do with secrets, of which they have the names alone.
@Suite("Secrets in the sandbox")
struct SecretTests {
    @Test("what is joined to a secret keeps its parts, in order")
    func parts() throws {
        let parts = try result(
            of: """
                local a, b = host.secret("a"), host.secret("b")
                local all = { a, "Bearer " .. a, a .. "/x", 1 .. a .. 2.5, "<" .. a .. ">" .. b .. a .. "" .. "!",
                  ("x" .. a) .. (a .. "y"), "" .. a .. "" }
                for i, value in ipairs(all) do all[i] = host.secret_parts(value) end
                return all
                """)
        let a: Value = ["secret": "a"], b: Value = ["secret": "b"]
        #expect(
            parts == [
                [a], ["Bearer ", a], [a, "/x"], ["1", a, "2.5"], ["<", a, ">", b, a, "!"],
                ["x", a, a, "y"], [a],
            ])
    }

    @Test("a secret's text for people has its name")
    func shown() throws {
        let texts = try result(
            of: """
                local a = host.secret("a")
                return { tostring(a), tostring("Bearer " .. a .. "-" .. a), type(a), host.show { a, [a] = "x" .. a } }
                """)
        #expect(
            texts == [
                "(secret a)", "Bearer (secret a)-(secret a)", "userdata",
                "{[1]:(secret a),[(secret a)]:x(secret a)}",
            ])
    }

    @Test("secrets are equal that have the same parts, and texts equal none")
    func equality() throws {
        let equal = try result(
            of: """
                local function s() return host.secret("a") end
                return { s() == s(), "x" .. s() == "x" .. s(), ("x" .. s()) .. "y" == "x" .. (s() .. "y"), s() .. "" == s(),
                  s() == host.secret("b"), s() == "(secret a)", "x" .. s() == s() .. "x", s() == host.null,
                  ("x" .. s() .. "y") == ("x" .. s() .. "y" .. s()), rawequal(s(), s()), s() == setmetatable({}, {
                    __eq = function() return true end }) }
                """)
        #expect(equal == [true, true, true, true, false, false, false, false, false, false, false])
    }

    @Test(
        "nothing else can be done with one, and the error says what can",
        arguments: [
            "return S.x", "S.x = 1", "return S[1]", "return S:upper()", "return #S", "S()", "return S + 1",
            "return 1 - S", "return -S", "return S // S", "return S ~ 1", "return ~S", "return S << 1",
            "return S < S",
            "return S <= 'x'", "return S > 1", "return ('x'):rep(2, S)", "return string.upper(S)",
            "return string.len(S)", "return string.find('x', S)", "return string.gsub('x', 'x', S)",
            "return string.byte(S)", "return utf8.len(S)", "for _ in pairs(S) do end",
            "for _ in ipairs(S) do end",
            "for _ in S do end", "return math.floor(S)", "return next(S)", "return rawget(S, 1)",
            "rawset(S, 1, 2)", "setmetatable(S, {})", "return rawlen(S)", "return select(S, 1)",
            "return load(S)",
            "return os.date(S)", "return table.unpack(S)", "table.insert(S, 1)", "warn(S)",
            "return require(S)",
            "host.list(S)", "return host.json_decode(S)", "coroutine.wrap(S)", "return string.pack('z', S)",
        ])
    func refused(code: String) throws {
        for secret in ["host.secret('a')", "'x' .. host.secret('a') .. 'y'"] {
            let failure = try failure(of: "local S = \(secret) \(code)")
            #expect(failure?.reason == .error)
            #expect(
                failure?.message.contains("secret, which only headers and URLs of requests take") == true,
                "\(failure?.message ?? "it is done")")
        }
    }

    @Test(
        "what a secret is not joined with, and where its text would be wrong",
        arguments: [
            ("return S .. nil", "attempt to join a secret with a nil value"),
            ("return {} .. S", "attempt to join a secret with a table value"),
            ("return S .. host.null", "attempt to join a secret with a userdata value"),
            (
                "return ('Bearer %s'):format(S)",
                "bad argument #1 to 'format' (a secret is joined with texts by '..')"
            ),
            ("return table.concat { 'x', S }", "invalid value (userdata) at index 2 in table for 'concat'"),
            (
                "return host.json_encode { S }",
                "a secret cannot be written as JSON"
            ),
            (
                "return S .. ('x'):rep(8192)",
                "a text with secrets would have 8193 bytes; at most 8192 are allowed"
            ),
        ])
    func mistaken(code: String, message: String) throws {
        let failure = try failure(of: "local S = host.secret('a') \(code)")
        #expect(failure?.reason == .error)
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "it is done")")
    }

    @Test("no program gets at what secrets have in common")
    func metatable() throws {
        let seen = try result(
            of: """
                local S = host.secret("a")
                getmetatable = getmetatable
                local strings = string
                for name in pairs(strings) do strings[name] = function() return "lie" end end
                string = nil
                return { getmetatable(S) == nil, tostring(S .. "x") }
                """)
        #expect(seen == [true, "(secret a)x"])
    }

    @Test(
        "a secret does not leave the sandbox",
        arguments: [
            ("host.record(S)", "effect is a secret"),
            ("host.record { a = { 1, S } }", "effect.a[2] is a secret"),
            ("host.record { [S] = 1 }", "effect has a key that is neither a text nor a whole number from 1"),
            ("host.log('info', 'x', { a = S })", "fields.a is a secret"),
            ("return { a = S }", "result.a is a secret"),
            ("host.lookup(S)", "the value is a secret"),
        ])
    func crossing(code: String, message: String) throws {
        let sandbox = try Sandbox(
            "return { run = function() local S = 'Bearer ' .. host.secret('a') pcall(function() \(code) end) \(code) end }"
        )
        let report = try sandbox.run(input: CallInput(mayRecord: true, wantsResult: true, lookup: { $0 }))
        guard case .failure(let failure) = report.outcome else {
            Issue.record("\(report.outcome)")
            return
        }
        #expect(failure.reason == .value)
        #expect(failure.message.contains(message), "\(failure.message)")
        #expect(report.records.isEmpty)
    }

    @Test("a secret among the exports does not load")
    func exported() {
        let failure = #expect(throws: LoadFailure.self) { try Sandbox("return { a = host.secret('a') }") }
        #expect(failure?.reason == .value)
        #expect(failure?.message.contains("exports.a is a secret") == true)
    }

    @Test("a name has at least one byte, and at most as many as a secret")
    func names() throws {
        for name in ["''", "('x'):rep(8193)"] {
            #expect(
                try failure(of: "host.secret(\(name))")?.message.contains("expected the name of a secret")
                    == true)
        }
        #expect(
            try failure(of: "host.secret_parts('x')")?.message.contains("secret expected, got string") == true
        )
    }

    /// Concatenates at every depth of the stack, for there the metamethod finds it with every amount of room.
    private static let atEveryDepth = """
        local function deep(n, f) if n == 0 then return f() end local a, b = deep(n - 1, f) return a, b end
        local S
        local function join() return "a" .. 1 .. S .. "b" .. S .. "c" end
        local function wide(...) local a, b, c, d, e, f, g = ... return "a" .. 1 .. S .. "b" .. S .. "c" end
        local function fill() for i = 1, 200 do local _ = { i } end return join() end
        local function check(text) if tostring(text) ~= "a1(secret s)b(secret s)c" then error(tostring(text)) end end
        """

    @Test(
        "secrets are joined at every depth of a stack",
        arguments: [
            // The secret is made first, at the depth where it is used, in a coroutine that comes back, beside coroutines
            // that were there before; some stacks become smaller after an error.
            "S = host.secret('s') for n = 0, 300 do check(deep(n, join)) check(deep(n, wide)) end",
            "for n = 0, 300 do check(coroutine.wrap(deep)(n, function() S = host.secret('s') return join() end)) end",
            """
            for n = 0, 300 do
              check(coroutine.wrap(function()
                S = coroutine.wrap(function() return host.secret("s") end)() return deep(n, join)
              end)())
            end
            """,
            """
            local waiting = {}
            for n = 0, 300 do
              waiting[n] = coroutine.wrap(function() return deep(n, function() coroutine.yield() return fill() end) end)
              waiting[n]()
            end
            S = host.secret("s")
            for n = 0, 300 do check(waiting[n]()) end
            """,
            """
            S = host.secret("s")
            for n = 0, 300 do
              pcall(deep, 400, function() error("x") end)
              check(deep(n, fill))
              check(coroutine.wrap(function() pcall(deep, 100, error) return deep(n, fill) end)())
            end
            """,
        ], [Int?.none, 1_000_000_000])
    func depths(code: String, instructions: Int?) throws {
        var limits = Limits()
        limits.deadline = .seconds(20)
        limits.instructions = instructions
        let report = try Sandbox(
            "\(Self.atEveryDepth)\nreturn { run = function() \(code) end }", limits: limits
        ).run()
        #expect(throws: Never.self) { try report.outcome.get() }
        let loaded = Result { try Sandbox("\(Self.atEveryDepth)\n\(code)\nreturn {}", limits: limits) }
        #expect(throws: Never.self) { try loaded.get() }
    }

    @Test("a secret that loading made can be used in every call")
    func inImage() throws {
        let sandbox = try Sandbox(
            """
            local S = host.secret("s")
            local function deep(n, f) if n == 0 then return f() end local a, b = deep(n - 1, f) return a, b end
            return { run = function(n) return host.secret_parts(deep(n, function() return "a" .. 1 .. S .. "b" .. S .. "c" end)) end }
            """)
        let secret: Value = ["secret": "s"]
        for depth in 0...300 {
            #expect(
                try sandbox.run("run", .integer(Int64(depth))).outcome.get() == [
                    "a1", secret, "b", secret, "c",
                ])
        }
    }

    @Test("joining for ever is cut off by memory or time, and garbage is collected")
    func bounds() throws {
        var limits = Limits()
        limits.deadline = .seconds(20)
        #expect(
            try failure(
                of: "local S, all = host.secret('a'), {} while true do all[#all + 1] = S .. 'x' .. #all end",
                limits: limits)?
                .reason == .memory)
        #expect(
            try result(
                of: "local S = host.secret('a') for i = 1, 200000 do local _ = 'x' .. S .. i end return true",
                limits: limits)
                == true)
        #expect(
            try failure(of: "local S = host.secret('a') while true do local _ = 'x' .. S end")?.reason
                == .deadline)
    }

    @Test("the same instructions are counted in every call")
    func counted() throws {
        var limits = Limits()
        limits.instructions = 10_000
        let sandbox = try Sandbox(
            "return { run = function() local S = host.secret('a') while true do S = S .. '' end end }",
            limits: limits)
        let reports = try [sandbox.run(), sandbox.run()]
        for report in reports {
            guard case .failure(let failure) = report.outcome else {
                Issue.record("\(report.outcome)")
                continue
            }
            #expect(failure.reason == .budget)
        }
        #expect(reports[0].usage.instructions == reports[1].usage.instructions)
    }
}
