import LuaSandbox
import TestKit
import Testing

/// Random programs that look at two tables, change them and hand them on.
@Suite(.enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct LateTableFuzzTests {
    @Test func `random programs do the same with late tables and with tables that are made at once`() throws {
        let limits = Limits(deadline: .seconds(30))
        try Fuzzing("late tables").run(make: Self.program, bytes: { Array($0.utf8) }) { program in
            let results = try LateForm.results(of: program, limits: limits)
            try require(results[1] == results[0], "late pairs: \(results[1]), and at once: \(results[0])")
            try require(
                results[2] == results[0], "keys with words: \(results[2]), and at once: \(results[0])")
            try require(
                results[3] == results[0],
                "pairs that the host gives later: \(results[3]), and at once: \(results[0])")
        }
    }

    /// What is done is noted in `out`, without the addresses of tables.
    private static let beginning = """
        local w = setmetatable({}, { __index = t })
        local out = {}
        local function show(value)
          if rawequal(value, t) then return "t" elseif rawequal(value, u) then return "u" end
          local kind = type(value)
          if kind == "table" or kind == "function" or kind == "userdata" then return kind end
          return (tostring(value):gsub("0x%x+", "address"))
        end
        local function put(...)
          local items = table.pack(...)
          for i = 1, items.n do items[i] = show(items[i]) end
          out[#out + 1] = table.concat(items, " ")
        end

        """

    private static func program(_ random: inout SeededRandom) -> String {
        let statements = (0..<Int.random(in: 1...8, using: &random)).map { _ in
            "put(pcall(function() \(statement(&random)) end))"
        }
        return beginning + statements.joined(separator: "\n") + "\nreturn out"
    }

    private static func statement(_ random: inout SeededRandom) -> String {
        let table = table(&random)
        return switch Int.random(in: 0...12, using: &random) {
        case 0: "\(table)[\(key(&random))] = \(value(&random))"
        case 1: "rawset(\(table), \(key(&random)), \(value(&random)))"
        case 2: "setmetatable(\(table), \(metatable(&random)))"
        case 3: "for k, v in \(walk(&random)) do put(k, v) \(whileWalking(&random)) end"
        case 4: "return table.insert(\(table), \(value(&random)))"
        case 5: "return table.move(\(table), 1, 3, 2, \(self.table(&random)))"
        case 6: "host.record(\(value(&random)))"
        case 7: "error(\(value(&random)))"
        case 8: "return coroutine.wrap(function(a) return \(expression(&random)) end)(\(table))"
        case _: "return \(expression(&random))"
        }
    }

    private static func expression(_ random: inout SeededRandom) -> String {
        let table = table(&random)
        let other = self.table(&random)
        let key = key(&random)
        return random.pick([
            "\(table)[\(key)]", "rawget(\(table), \(key))", "#\(table)", "rawlen(\(table))", "next(\(table))",
            "next(\(table), \(key))", "\(table) == \(other)", "rawequal(\(table), \(other))",
            "getmetatable(\(table))", "(pairs(\(table)))(\(other), \(key))",
            "(ipairs(\(table)))(\(other), 0)",
            "host.json_encode(\(value(&random)))", "host.list(\(table))", "host.show(\(table))",
            "table.concat(\(table))", "table.unpack(\(table), 1, 2)", "table.remove(\(table))",
            "('step 1, step 11'):gsub('step %d+', \(table))", "tostring(\(table)) == tostring(\(other))",
            "('%s'):format(\(table))", "load('return x', 'x', 't', \(table))()", "\(table)(\(key))",
            "\(table) .. \(key)", "\(table) < \(other)", "math.max(\(table), 1)", "os.time(\(table))",
            "table.pack(table.unpack({ \(table), \(other) })).n", "select(2, \(key), \(table))",
        ])
    }

    private static func table(_ random: inout SeededRandom) -> String {
        random.pick(["t", "t", "t", "u", "u", "w", "host.list(t)"])
    }

    private static func key(_ random: inout SeededRandom) -> String {
        if random.once(in: 4) { return random.pick(["'x'", "1", "1.5", "nil", "true", "t", "0/0"]) }
        return "'step \(Int.random(in: 1...11, using: &random))'"
    }

    private static func value(_ random: inout SeededRandom) -> String {
        random.pick([
            "nil", "1", "'v'", "t", "u", "{}", "{ t, u }", "{ a = t }", "host.null", "false",
            "{ message = t }",
        ])
    }

    private static func metatable(_ random: inout SeededRandom) -> String {
        let table = table(&random)
        return random.pick([
            "nil", "{}", table, "{ __index = \(table) }", "{ __newindex = \(table) }",
            "{ __index = function(_, k) return k end }",
            "{ __newindex = function(_, k, v) rawset(\(table), k, v) end }",
            "{ __pairs = function() return next, \(table), nil end }", "{ __len = function() return 3 end }",
            "{ __eq = function() return true end }", "{ __call = function(...) return ... end }",
            "{ __concat = function(a, b) return b end }", "{ __lt = function(a, b) return b end }",
            "{ __tostring = function() return 'me' end }", "{ __metatable = 'no' }", "{ __name = 'T' }",
        ])
    }

    private static func walk(_ random: inout SeededRandom) -> String {
        let table = table(&random)
        return random.pick(["pairs(\(table))", "next, \(table)", "ipairs(\(table))"])
    }

    private static func whileWalking(_ random: inout SeededRandom) -> String {
        let table = table(&random)
        return random.pick([
            "", "", "break", "\(table)[k] = nil", "\(table)[k] = 1", "rawset(\(table), k, v)",
        ])
    }
}
