import LuaSandbox
import Testing
import Values

@Suite struct LibraryTests {
    @Test func `a plugin sees the names that the page lists and no others`() throws {
        let names = try result(
            of: """
                local all = host.list{}
                local seen = {}
                local function walk(prefix, t)
                  for k, v in pairs(t) do
                    all[#all + 1] = prefix .. k
                    if type(v) == "table" and v ~= _G and k ~= "host" and not seen[v] then
                      seen[v] = true
                      walk(prefix .. k .. ".", v)
                    end
                  end
                end
                walk("", _G)
                return table.concat(all, " ")
                """)
        #expect(
            names
                == .string(
                    """
                    _G _VERSION assert coroutine coroutine.close coroutine.create coroutine.isyieldable \
                    coroutine.resume coroutine.running coroutine.status coroutine.wrap coroutine.yield error \
                    getmetatable host ipairs load math math.abs math.acos math.asin math.atan math.ceil math.cos \
                    math.deg math.exp math.floor math.fmod math.huge math.log math.max math.maxinteger math.min \
                    math.mininteger math.modf math.pi math.rad math.random math.randomseed math.sin math.sqrt \
                    math.tan math.tointeger math.type math.ult next os os.date os.time pairs pcall print rawequal \
                    rawget rawlen rawset require select setmetatable string string.byte string.char string.find \
                    string.format string.gmatch string.gsub string.len string.lower string.match string.pack \
                    string.packsize string.rep string.reverse string.sub string.unpack string.upper table \
                    table.concat table.insert table.move table.pack table.remove table.sort table.unpack tonumber \
                    tostring type utf8 utf8.char utf8.charpattern utf8.codepoint utf8.codes utf8.len utf8.offset \
                    warn xpcall
                    """))
    }

    @Test func `keys go in one order whatever was put in first`() throws {
        let body = """
            local t = { [true] = 1, [false] = 1, b = 1, a = 1, [1.5] = 1, [-3] = 1, B = 1, [10] = 1, 1, 1 }
            t["\\u{e4}"] = 1
            t.aa = 1
            local pairsOrder, nextOrder = {}, {}
            for k in pairs(t) do pairsOrder[#pairsOrder + 1] = tostring(k) end
            local k = next(t)
            while k ~= nil do
              nextOrder[#nextOrder + 1] = tostring(k)
              k = next(t, k)
            end
            return { table.concat(pairsOrder, " "), table.concat(nextOrder, " ") }
            """
        let order: Value = "-3 1 1.5 2 10 B a aa b ä false true"
        #expect(try result(of: body) == [order, order])
    }

    @Test func `a walk takes the keys at its start`() throws {
        let body = """
            local function walk(t, change)
              local seen = {}
              for k, v in pairs(t) do seen[#seen + 1] = k change(t, k) end
              return table.concat(seen, " ")
            end
            return {
              walk({ 1, 2, 3, 4 }, function(t, k) t[k + 1] = nil end),
              walk({ a = 1, b = 1, c = 1 }, function(t, k) t.b = nil t.d = 1 end),
              walk({ 1, 2 }, function(t, k) t[#t + 1] = 1 end),
              walk({ a = 1 }, function(t, k) t.b = 1 end),
              walk({}, print),
            }
            """
        #expect(try result(of: body) == ["1 3", "a c", "1 2", "a", ""])
    }

    @Test func `next answers for an empty table and finds its way from any key`() throws {
        let body = """
            local t = { a = 1, b = 2, c = 3 }
            local k, v = next(t, "b")
            t.b = nil
            return { next({}) == nil, k, v, (next(t, "b")), (next(t, "a")), next(t, "c") == nil, select("#", next({})) }
            """
        #expect(try result(of: body) == [true, "c", 3, "c", "c", true, 1])
    }

    @Test func `objects as keys go in the same order in every state`() throws {
        let body = """
            local t, names = {}, {}
            for i = 1, 30 do
              t[{ i }] = i
              t[function() return i end] = -i
              t[coroutine.create(print)] = i * 100
              t["text" .. i] = 0
            end
            t[print], t[string.rep], t[host.null] = 1000, 1001, 1002
            for k, v in pairs(t) do names[#names + 1] = v end
            return names
            """
        let first = try result(of: body)
        for _ in 0..<5 { #expect(try result(of: body) == first) }
    }

    @Test func `pairs asks the metamethod and its function wants a table`() throws {
        let body = """
            local t = setmetatable({}, { __pairs = function(t) return function(_, k) if not k then return 1, 2 end end, t, nil end })
            local sum = 0
            for k, v in pairs(t) do sum = sum + k + v end
            local ok = pcall(pairs({ 1, 2, 3 }), 5)
            local ok2 = pcall(pairs({ a = 1, b = 2 }), "x")
            local ok3 = pcall(pairs({}), nil)
            return { sum, ok, ok2, ok3 }
            """
        #expect(try result(of: body) == [3, false, false, false])
    }

    @Test func `sorting is stable and bears any order function`() throws {
        let body = """
            local t = {}
            for i = 1, 200 do t[i] = { key = i % 7, number = i } end
            table.sort(t, function(a, b) return a.key < b.key end)
            local right = true
            for i = 2, 200 do
              local a, b = t[i - 1], t[i]
              right = right and (a.key < b.key or a.key == b.key and a.number < b.number)
            end
            table.sort(t, function(a, b) return true end)
            table.sort(t, function(a, b) return math.random() < 0.5 end)
            local words = { "b", "a", "c" }
            table.sort(words)
            return { right, table.concat(words), (pcall(table.sort, { 1, "x" })), (pcall(table.sort, { 1 }, 1)) }
            """
        #expect(try result(of: body) == [true, "abc", false, false])
    }

    @Test(arguments: [
        "tostring({})", "tostring(print)", "tostring(coroutine.create(print))",
        "('%s'):format({})", "('%10s'):format(print)", "('%p'):format({})", "('%-20p'):format('x')",
        "select(2, pcall(error, {})) and tostring(select(2, pcall(error, {})))",
        "select(2, pcall(function() local t = {} return t.x.y end))",
        "select(2, pcall(function() return {} < {} end))",
        "select(2, pcall(function() return {} .. {} end))",
        "select(2, pcall(string.rep, {}))", "select(2, pcall(setmetatable, 1, {}))",
        "select(2, load('x ='))", "tostring(host.null)",
        "tostring(setmetatable({}, { __name = 'kind' }))",
    ])
    func `no address is ever shown`(expression: String) throws {
        let text = try #require(try result(of: "return \(expression)").string)
        #expect(!text.contains("0x"))
        #expect(!text.contains(/[0-9a-f]{6}/))
    }

    @Test func `format is what it was otherwise`() throws {
        let body = #"""
            return {
              ("%d %5.2f %s %q %x %%s %5s|%-5s|%.2s %c"):format(1, 2.5, "three", "fo\nur", 255, "a", "b", "cde", 65),
              ("%s %s %s"):format(nil, true, 1.5),
              ("%s"):format(setmetatable({}, { __tostring = function() return "own" end })),
              ("%p|%s"):format({}, "x"),
              (pcall(string.format, "%s")), (pcall(string.format, "%y", 1)), (pcall(string.format, "%")),
            }
            """#
        #expect(
            try result(of: body) == [
                "1  2.50 three \"fo\\\nur\" ff %s     a|b    |cd A", "nil true 1.5", "own", "table|x", false,
                false,
                false,
            ])
    }

    @Test func `metatables are given for tables alone and have no finalizers`() throws {
        let body = """
            local mt = {}
            local late = setmetatable({}, mt)
            mt.__gc = function() while true do end end
            late = nil
            for i = 1, 1e4 do local garbage = { {}, {} } end
            return {
              (pcall(setmetatable, {}, { __gc = print })), (pcall(setmetatable, {}, { __gc = false })),
              getmetatable("") == nil, getmetatable(print) == nil, getmetatable(host.list{}) == nil,
              getmetatable(setmetatable({}, { __metatable = "mine" })),
              (pcall(setmetatable, setmetatable({}, { __metatable = false }), {})),
              getmetatable(setmetatable({}, mt == nil and mt or { x = 1 })).x,
              rawequal(setmetatable(host.list{}, nil), nil),
            }
            """
        #expect(
            try result(of: body, limits: Limits(deadline: .seconds(5)))
                == [false, false, true, true, true, "mine", false, 1, false])
    }

    @Test func `random numbers follow from the seed`() throws {
        let sandbox = try Sandbox(
            """
            return { run = function()
              local t = {}
              for i = 1, 20 do t[i] = math.random(1, 6) end
              t[21] = math.random() t[22] = math.random(0) t[23] = math.random(math.mininteger, math.maxinteger)
              math.randomseed(42) t[24] = math.random(100) math.randomseed() t[25] = math.random(1, 6)
              return t
            end }
            """)
        func run(_ seed: UInt64) throws -> [Value] {
            try #require(try sandbox.run(input: CallInput(seed: seed, wantsResult: true)).outcome.get().list)
        }
        let first = try run(1)
        #expect(try run(1) == first)
        #expect(try run(2) != first)
        #expect(first[24] == first[0])
        #expect(first.prefix(20).allSatisfy { (1...6).contains($0.integer ?? 0) })
    }

    @Test func `the time is the call's and in UTC`() throws {
        let body = """
            return {
              os.time(), os.date("%Y-%m-%d %H:%M:%S %a %j %Z"), os.date("!%c", 0), os.date("*t", 951782400).day,
              os.time{ year = 2024, month = 14, day = -3, hour = 0 }, os.date("%G-W%V-%u", 1104537600),
              (pcall(os.date, "%Ez")), (pcall(os.date, "%")), (pcall(os.date, "%c", math.maxinteger)),
              (pcall(os.time, { year = 2024 })), os.date("%F %T", -1), os.date("%U %W %y %I %p", 1700000000),
            }
            """
        let sandbox = try Sandbox("return { run = function() \(body) end }")
        let input = CallInput(now: 1_700_000_000_999, wantsResult: true)
        #expect(
            try sandbox.run(input: input).outcome.get() == [
                1_700_000_000, "2023-11-14 22:13:20 Tue 318 UTC", "Thu Jan  1 00:00:00 1970", 29,
                1_738_022_400,
                "2004-W53-6", false, false, false, false, "1969-12-31 23:59:59", "46 46 23 10 PM",
            ])
    }

    @Test func `coroutines work as they do elsewhere`() throws {
        let body = """
            local log = {}
            local co = coroutine.create(function(a, b)
              log[#log + 1] = a + b
              local c = coroutine.yield(a * b)
              log[#log + 1] = c
              return "end"
            end)
            local r = { coroutine.resume(co, 2, 3) }
            local s = { coroutine.resume(co, 7) }
            local d = { coroutine.resume(co) }
            local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
            local bad = coroutine.wrap(function() error({ code = 5 }) end)
            local _, e = pcall(bad)
            local _, self = pcall(coroutine.resume, coroutine.running())
            local text = coroutine.wrap(function() error("x") end)
            return { r, s, d, gen() + gen() + gen(), e.code, log, select(2, pcall(text)), coroutine.status(co), self }
            """
        #expect(
            try result(of: body) == [
                [true, 6], [true, "end"], [false, "cannot resume dead coroutine"], 6, 5, [5, 7],
                "test.lua:15: x", "dead", false,
            ])
    }

    @Test(
        "a coroutine yields out of everything that plain Lua lets it yield out of",
        arguments: [
            (
                "for k in pairs(setmetatable({}, { __pairs = function() yield() return next, { 5 } end })) do return k end",
                1
            ),
            ("return setmetatable({}, { __index = function() yield() return 1 end }).x", 1),
            ("local t = setmetatable({}, { __newindex = function() yield() end }) t.x = 1 return 1", 1),
            ("return setmetatable({}, { __call = function() yield() return 1 end })()", 1),
            ("return setmetatable({}, { __add = function() yield() return 1 end }) + 1", 1),
            ("return setmetatable({}, { __concat = function() yield() return 1 end }) .. 'x'", 1),
            ("return #setmetatable({}, { __len = function() yield() return 1 end })", 1),
            ("return setmetatable({}, { __lt = function() yield() return true end }) < {} and 1", 1),
            ("return setmetatable({}, { __eq = function() yield() return true end }) == {} and 1", 1),
            ("for x in function(_, x) yield() if not x then return 1 end end do return x end", 1),
            ("do local x <close> = setmetatable({}, { __close = function() yield() end }) end return 1", 1),
            ("return select(2, pcall(function() yield() return 1 end))", 1),
            ("return select('#', pcall(function() yield() return 1, 2, 3 end)) - 3", 1),
            ("return select(2, pcall(function() yield() error(1) end))", 1),
            ("return select(2, xpcall(function(a) yield() return a end, print, 1))", 1),
            ("return select(2, xpcall(function() yield() error(2) end, function(e) return e - 1 end))", 1),
            ("return (pcall(pcall, function() yield() error('x') end)) and 1", 1),
        ])
    func yielding(body: String, yields: Int) throws {
        let text = """
            local yields, co = 0, coroutine.create(function()
              local yield = coroutine.yield
              \(body)
            end)
            while true do
              local done, result = coroutine.resume(co)
              if not done then return result end
              if coroutine.status(co) == "dead" then return { yields, result } end
              yields = yields + 1
            end
            """
        #expect(try result(of: text) == [.integer(Int64(yields)), 1])
    }

    @Test("a coroutine that yields where plain Lua does not let it is told so, with the place")
    func notYielding() throws {
        let text = """
            local told = host.list{}
            for _, f in ipairs {
              function() table.sort({ 1, 2 }, coroutine.yield) end,
              function() ("x"):gsub("x", coroutine.yield) end,
            } do
              local done, message = coroutine.resume(coroutine.create(f))
              told[#told + 1] = tostring(message)
            end
            return told
            """
        let told = try #require(try result(of: text).list)
        for message in told.compactMap(\.string) {
            #expect(message.hasPrefix("test.lua:") && message.contains("attempt to yield"), "\(message)")
        }
    }

    @Test(
        "what is not a number has one spelling, whatever sign the processor gives it",
        arguments: [
            "tostring(X)", "X .. ''", "('' .. X)", "('%s'):format(X)", "('%f'):format(X)", "('%g'):format(X)",
            "('%e'):format(X)", "('%a'):format(X)", "('%.14g'):format(X)", "string.rep(X, 1)",
            "table.concat({ X })",
            "(('x'):gsub('x', { x = X }))", "(('x'):gsub('x', function() return X end))", "string.sub(X, 1)",
            "string.lower(X)", "select(2, pcall(error, X)) .. ''", "(tostring(X) .. '')",
            "select(2, pcall(string.format, '%d', X)):match('nan') or 'nan'",
            "tostring(setmetatable({}, { __tostring = function() return X .. '' end }))",
        ])
    func notANumber(expression: String) throws {
        for number in [
            "(0/0)", "(-(0/0))", "(math.huge - math.huge)", "tonumber('0x0p0') / 0", "math.sqrt(-1)",
            "math.fmod(1, 0.0)",
        ] {
            let body = "local X = \(number) return \(expression)"
            #expect(try result(of: body) == "nan", "\(number)")
        }
    }

    @Test("infinity has one spelling, and width and sign of what is not a number follow the format")
    func infinity() throws {
        #expect(
            try result(
                of: """
                    local inf, nan = 1/0, 0/0
                    print(nan, -nan, inf)
                    return { tostring(inf), -inf .. "", ("%g|%.1f|%5.1f"):format(inf, -inf, inf),
                      ("%5.1f|%-5g|%+g|%G"):format(nan, -nan, nan, nan), ("%q"):format(nan) }
                    """) == ["inf", "-inf", "inf|-inf|  inf", "  nan|nan  |+nan|NAN", "(0/0)"])
        let report = try Sandbox("return { run = function() print(0/0, -(0/0)) error(0/0) end }").run()
        #expect(report.log.map(\.message) == ["nan\tnan"])
        guard case .failure(let failure) = report.outcome else {
            Issue.record("it fails")
            return
        }
        #expect(failure.message == "nan")
    }

    @Test("years have four digits at least, in every conversion that shows one")
    func years() throws {
        let body = """
            local function at(year) return os.time { year = year, month = 1, day = 2, hour = 3 } end
            local list = {}
            for i, year in ipairs { 33, 999, 1000, 9999, 10000, 123456, 0, -33, -1000, -12345 } do
              list[i] = os.date("%Y %F %G|%c", at(year))
            end
            return list
            """
        #expect(
            try result(of: body) == [
                "0033 0033-01-02 0032|Sun Jan  2 03:00:00 0033",
                "0999 0999-01-02 0999|Wed Jan  2 03:00:00 0999",
                "1000 1000-01-02 1000|Thu Jan  2 03:00:00 1000",
                "9999 9999-01-02 9998|Sat Jan  2 03:00:00 9999",
                "10000 10000-01-02 9999|Sun Jan  2 03:00:00 10000",
                "123456 123456-01-02 123456|Wed Jan  2 03:00:00 123456",
                "0000 0000-01-02 -0001|Sun Jan  2 03:00:00 0000",
                "-0033 -0033-01-02 -0033|Mon Jan  2 03:00:00 -0033",
                "-1000 -1000-01-02 -1000|Thu Jan  2 03:00:00 -1000",
                "-12345 -12345-01-02 -12346|Sat Jan  2 03:00:00 -12345",
            ])
    }
}
