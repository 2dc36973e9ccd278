import LuaSandbox
import Testing
import Values

/// A table that is made when it is looked at, beside the same table made at once: no program can tell them apart.
@Suite("Late tables") struct LateTableTests {
    /// What a program may do with tables.
    static let bodies = [
        // Reading and writing by the language itself.
        "return t['step 3']", "return t['step 11']", "return t[1]", "return t[1.5]", "return t[true]",
        "return t[t]", "return t[nil]", "return t.x == nil", "t.x = 1; return t",
        "t['step 1'] = nil; return t",
        "t['step 1'] = 2; return t['step 1']", "t[nil] = 1", "t[0/0] = 1", "return #t", "return t.x.y",
        "return t + 1", "return t .. 'a'", "return t < u", "return t == u", "return t == t", "return t()",
        "return -t", "local a, b = t['step 1'], u['step 1']; return a == b",
        "for _ = 1, 10 do if t['step 9'] ~= 'closed' then return 'no' end end; t['step 9'] = 1; return t['step 9']",
        "local k = {}; for i = 1, 10 do k[i] = t['step ' .. i] end; return k",
        "local seen = { [t] = 1 }; t.x = 1; return seen[t]", "local x <close> = t",
        "for k, v in t do end", "goto out; ::out:: return not t",
        // Every function that takes a table.
        "local k = {}; for a, b in pairs(t) do k[#k + 1] = a .. b end; return k",
        "local k = {}; for a, b in next, t do k[#k + 1] = a .. b end; return k",
        "return { next(t) }", "return { next(t, 'step 1') }", "return { next(t, 'step 9') }",
        "return { next(t, 'x') }",
        "local k = {}; for i, v in ipairs(t) do k[i] = v end; return k",
        // The functions of walks, with another table than they were made for.
        "local f = pairs({}); return { f(t) }", "local f = pairs({}); return { f(t, nil), (f(t, 'step 1')) }",
        "local f = pairs({ 1, 2 }); return { f(t) }",
        "local f = pairs({ ['step 3'] = 1, x = 2 }); return { f(t) }",
        "local f, _, c = ipairs({}); return { f(t, c) }",
        "return rawget(t, 'step 4')", "return rawget(t)", "return rawset(t, 'x', 1)", "return rawset(t, 'x')",
        "return rawset(t, nil, 1)", "return rawlen(t)", "return rawequal(t, t)", "return rawequal(t, u)",
        "return getmetatable(t) == nil", "return setmetatable(t, nil)", "return setmetatable(t, {})",
        "return setmetatable(t, { __index = function() return 7 end }).x",
        "return setmetatable({}, { __index = t })['step 5']", "return setmetatable({}, t) == nil",
        "local m = setmetatable({}, { __newindex = t }); m.x = 4; return { t.x, rawget(m, 'x') }",
        "return getmetatable(setmetatable({}, t)) == t", "return type(t)", "return select('#', t, u)",
        "return (tostring(t):gsub('0x%x+', ''))", "return tostring(t) == tostring(t)",
        "return (string.format('%s', t):gsub('0x%x+', ''))", "return string.format('%d', t)",
        "return (('step 2 x'):gsub('step 2', t))", "return (('x'):gsub('x', t))", "return ('x'):rep(2, t)",
        "return table.concat(t)", "return table.concat(t, ',', 1, 1)", "table.insert(t, 'a'); return t[1]",
        "table.insert(t, 'a'); return t", "return table.remove(t)", "return { table.unpack(t) }",
        "return { table.unpack(t, 1, 2) }", "return #table.pack(t)", "return table.move(t, 1, 2, 1, {})",
        "return table.move({ 1, 2 }, 1, 2, 1, t)", "table.sort(t); return t", "return os.time(t)",
        "return os.date('%Y', t)", "return math.max(t)", "return tonumber(t)", "return utf8.char(t)",
        "return load('return ...', 'x', 't', t)(1)", "return load('return _ENV', 'x', 't', t)()",
        "load('x = 1', 'x', 't', t)(); return t", "return load(t)", "return require(t)", "return assert(t)",
        "assert(false, t)", "error(t)", "t.message = 'no'; error(t)", "return { pcall(error, t) }",
        "return { pcall(t) }", "return { xpcall(error, function(e) return e end, t) }",
        "print((tostring(t):gsub('0x%x+', '')))",
        "return coroutine.wrap(function(a) coroutine.yield(a) end)(t)", "return coroutine.resume(t)",
        "local c = coroutine.create(function(a) return pairs(a) end); return select(3, coroutine.resume(c, t))",
        "math.randomseed(1); return math.random(t)", "return { t = t, u = u, list = { t, t } }",
        // What hands it to the host.
        "return host.list(t)", "return { pcall(host.record, host.list(t)) }",
        "local k = {}; for a, b in pairs(host.list(t)) do k[#k + 1] = a .. b end; return k",
        "return { host.list(t) == t, t['step 2'], (next(t)) }", "print(t); return t['step 1']",
        "return { host.show(t) == tostring(t), t['step 1'] }", "return { pcall(host.lookup, t) }",
        "return os.time(setmetatable({ year = 2026, month = 1 }, { __index = t }))",
        "host.record(t); host.record({ a = t })", "host.log('info', 'x', t)", "return host.json_encode(t)",
        "return host.json_encode({ t, u })", "return t",
    ]

    @Test(arguments: bodies)
    func `a late table is what it is when it is made at once, whatever is done with it`(body: String) throws {
        let results = try LateForm.results(of: body)
        #expect(results[1] == results[0], "late pairs")
        #expect(results[2] == results[0], "keys with words")
        #expect(results[3] == results[0], "pairs that the host gives later")
    }

    @Test(
        "the host gives a table when it is looked at, and once",
        arguments: [
            ("return 1", 0), ("return type(t)", 0), ("return t == t, { t } ~= nil", 0), ("return t.a", 1),
            ("return t[1]", 0), ("return { t.a, t.b, t.a, t.b, t.a, t.b }", 1),
            ("t.c = 1; return next(t), t.a", 1),
            ("local n = 0; for _ in pairs(t) do n = n + 1 end return n", 1),
        ])
    func asked(body: String, count: Int) throws {
        let sandbox = try Sandbox("return { run = function(t) \(body) end }")
        var asked = 0
        let input = CallInput(
            arguments: [.asked],
            asked: {
                asked += 1
                return AskedTable(EncodedValue(["a": 1, "b": [2]]))
            })
        for call in 1...2 {
            let outcome = sandbox.call(try #require(sandbox.exports["run"]?.functionID), input).outcome
            #expect(throws: Never.self) { try outcome.get() }
            #expect(asked == call * count)
        }
    }

    @Test("what a table that the host gave later names by number is its own")
    func askedForKeyed() throws {
        let sandbox = try Sandbox("return { run = function(t) return { t.keyed['step 2'], t.x } end }")
        let form = KeyedForm([(TableKeys(LateForm.names), TableWords(LateForm.words))])
        let input = CallInput(
            arguments: [.asked], wantsResult: true,
            asked: {
                var encoder = ValueEncoder()
                encoder.table { encoder in
                    encoder.key("keyed")
                    encoder.keyed(0)
                    encoder.field("x", 7 as Int64)
                }
                return AskedTable(encoder.finish(), keyed: KeyedTables(form) { $0.update(repeating: 1) })
            })
        let report = sandbox.call(try #require(sandbox.exports["run"]?.functionID), input)
        #expect(try report.outcome.get() == ["open", 7])
    }

    @Test("a call that asks for what the host does not give fails alone")
    func notGiven() throws {
        let sandbox = try Sandbox("return { run = function(t) return t.x end }")
        let run = try #require(sandbox.exports["run"]?.functionID)
        for value: Value in [1, "text", [1, 2], .null] {
            let input = CallInput(
                arguments: [.asked], wantsResult: true, asked: { AskedTable(EncodedValue(value)) })
            guard case .failure(let failure) = sandbox.call(run, input).outcome else {
                Issue.record("\(value.json) is not a table")
                continue
            }
            #expect(failure.reason == .value)
        }
        let next = CallInput(arguments: [EncodedValue(["x": 3])], wantsResult: true)
        #expect(try sandbox.call(run, next).outcome.get() == 3)
    }

    @Test(
        "a function says by its parameters that it does not look at the first",
        arguments: [
            ("function() end", true), ("function(_) end", true), ("function(_, params) return _ end", true),
            ("function(_, ...) end", true), ("function(event) end", false), ("function(...) end", false),
            ("function(_event) end", false), ("function(event, _) end", false),
            ("function() local _ = 1 end", true), ("function(...) local _ = ... end", false),
            ("print", false),
        ])
    func ignoresFirst(function: String, ignores: Bool) throws {
        let sandbox = try Sandbox("return { other = function(x) end, run = \(function) }")
        #expect(sandbox.ignoresFirst(try #require(sandbox.exports["run"]?.functionID)) == ignores)
        #expect(!sandbox.ignoresFirst(try #require(sandbox.exports["other"]?.functionID)))
    }

    @Test func `what a call did to its tables the next one does not see`() throws {
        let body = "local before = t.x; t.x = 1; return { before == nil, t.x }"
        for _ in 1...2 { #expect(try LateForm.results(of: body).allSatisfy { $0.hasPrefix("[true,1]") }) }
    }

    @Test func `calls that are given the same keys with words have each a copy of their own`() throws {
        let sandbox = try Sandbox(
            """
            return { run = function(t)
              local before = t['step 1']
              t['step 1'], t.y = 'x', 1
              for k in pairs(t) do t[k] = 'z' end
              return { before, t['step 1'], t.y }
            end }
            """)
        var encoder = ValueEncoder()
        encoder.keyed(0)
        let argument = encoder.finish()
        let form = KeyedForm([(TableKeys(LateForm.names), TableWords(LateForm.words))])
        let keyed = KeyedTables(form) { $0.update(repeating: 2) }
        let run = try #require(sandbox.exports["run"]?.functionID)
        for _ in 1...3 {
            let input = CallInput(arguments: [argument], keyed: keyed, wantsResult: true)
            #expect(try sandbox.call(run, input).outcome.get() == ["closed", "z", "z"])
        }
    }

    @Test func `the message of an error that is a late table is told as that of one made at once`() throws {
        let sandbox = try Sandbox("return { run = function(t) error(t) end }")
        let run = try #require(sandbox.exports["run"]?.functionID)
        let content: Table = ["message": "no luck", "code": 7]
        let failures = [false, true].map { isLate in
            var encoder = ValueEncoder()
            if isLate {
                encoder.lateTable { $0.fields(content) }
            } else {
                encoder.table { $0.fields(content) }
            }
            let report = sandbox.call(run, CallInput(arguments: [encoder.finish()]))
            guard case .failure(let failure) = report.outcome else { return "no failure" }
            return "\(failure.reason): \(failure.message)"
        }
        #expect(failures[0].contains("no luck"))
        #expect(failures[1] == failures[0])
    }

    @Test func `a list or a table in a late table is the same at each look`() throws {
        let sandbox = try Sandbox(
            "return { run = function(t) return { t.list == t.list, t.table == t.table, #t.list, t.table.a } end }"
        )
        var encoder = ValueEncoder()
        encoder.lateTable { $0.fields(["list": [1, 2], "table": ["a": "b"], "x": 1]) }
        let report = sandbox.call(
            try #require(sandbox.exports["run"]?.functionID),
            CallInput(arguments: [encoder.finish()], wantsResult: true))
        #expect(try report.outcome.get() == [true, true, 2, "b"])
    }

    @Test func `any number of late tables may be handed over`() throws {
        let sandbox = try Sandbox(
            "return { run = function(list) local n = 0; for _, t in ipairs(list) do n = n + t.n end return n end }"
        )
        var encoder = ValueEncoder()
        encoder.list { list in
            for number in 1...100 { list.lateTable { $0.fields(["n": .integer(Int64(number))]) } }
        }
        let report = sandbox.call(
            try #require(sandbox.exports["run"]?.functionID),
            CallInput(arguments: [encoder.finish()], wantsResult: true))
        #expect(try report.outcome.get() == 5050)
    }

    private func manyKeys() -> KeyedTables {
        let keys = TableKeys((1...20_000).map { "track/step \($0)" })
        return KeyedTables(KeyedForm([(keys, TableWords(["open"]))])) { $0.update(repeating: 0) }
    }

    @Test func `a table that is not looked at takes no memory of the call`() throws {
        let tables = manyKeys()
        let sandbox = try Sandbox(
            """
            return {
                one = function(t) return t["track/step 77"] end,
                all = function(t) local n = 0; for _ in pairs(t) do n = n + 1 end return n end,
            }
            """, limits: Limits(deadline: .seconds(10)))
        var encoder = ValueEncoder()
        encoder.keyed(0)
        let input = CallInput(arguments: [encoder.finish()], keyed: tables, wantsResult: true)
        let one = sandbox.call(try #require(sandbox.exports["one"]?.functionID), input)
        let all = sandbox.call(try #require(sandbox.exports["all"]?.functionID), input)
        #expect(try one.outcome.get() == "open")
        #expect(try all.outcome.get() == 20_000)
        #expect(all.usage.peakMemoryBytes > one.usage.peakMemoryBytes + (1 << 20))
    }

    @Test func `a table that does not fit ends the call, and the next one is well`() throws {
        let tables = manyKeys()
        let limits = Limits(memoryBytes: 1 << 20, deadline: .seconds(10))
        let sandbox = try Sandbox(
            """
            return {
                one = function(t) return t["track/step 77"] end,
                all = function(t) return (pairs(t)) == nil end,
                caught = function(t) return (pcall(pairs, t)) end,
                written = function(t) t.x = 1 end,
            }
            """, limits: limits)
        var encoder = ValueEncoder()
        encoder.keyed(0)
        let input = CallInput(arguments: [encoder.finish()], keyed: tables, wantsResult: true)
        for name in ["all", "caught", "written"] {
            let report = sandbox.call(try #require(sandbox.exports[name]?.functionID), input)
            guard case .failure(let failure) = report.outcome else {
                Issue.record("\(name) did not fail")
                continue
            }
            #expect(failure.reason == .memory)
            let next = sandbox.call(try #require(sandbox.exports["one"]?.functionID), input)
            #expect(try next.outcome.get() == "open")
        }
    }
}
