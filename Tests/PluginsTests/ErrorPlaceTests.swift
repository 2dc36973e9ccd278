import Journeys
import Plugins
import TestKit
import Testing
import Values
import Workspace

/// Where an error happened, and in which function, for every function that plugins see.
@Suite("An error says the plugin's file, the line and the function")
struct ErrorPlaceTests {
    /// Runs the body as the action of a plugin `p` whose file is `plugins/p.lua`, and gives its outcome.
    private func run(_ body: String) throws -> CallResult.Outcome {
        try outcome(ofAction: body, event: ["lead": ["id": "L", "fields": [:]]])
    }

    /// The texts that the body leaves in `told`.
    private func told(_ body: String) throws -> [String] {
        let outcome = try run(
            "local told = host.list{}\n\(body)\nhost.lead.set { told = told }")
        guard case .effects(let effects) = outcome, case .set(let changes)? = effects.first,
            let list = changes.fields["told"]?.list
        else {
            Issue.record("\(outcome)")
            return []
        }
        return list.compactMap(\.string)
    }

    /// Walks everything that a plugin sees and provokes an error of each function, in several ways. A function
    /// that is not named here is called without arguments and must refuse that.
    private static let walk = """
        local given = {
          error = { "x", {} }, ["string.char"] = { "x" }, ["table.unpack"] = { {}, "x" }, ["utf8.char"] = { "x" },
          ["math.random"] = { "x" }, ["math.randomseed"] = { "x" }, ["coroutine.isyieldable"] = { "x" },
          ["os.date"] = { "%Ez" }, ["os.time"] = { "x" }, ["host.list"] = { 5 }, ["host.random"] = { "x" },
          ["host.log.debug"] = { "x", 5 }, ["host.log.info"] = { "x", 5 }, ["host.log.warn"] = { "x", 5 },
          ["host.log.error"] = { "x", 5 }, ["string.format"] = { "%d", "x" },
        }
        -- These take anything.
        local never = {
          print = true, ["table.pack"] = true, ["coroutine.running"] = true, ["host.lead.advance"] = true,
          ["host.time.now"] = true, ["coroutine.yield"] = true,
        }
        local unpack, count, current = table.unpack, 0, nil
        local function look(way, message, name)
          count = count + 1
          local problem
          if type(message) ~= "string" then problem = "is not refused"
          elseif not message:find("^p%.lua:%d+: ") then problem = "has no place"
          elseif message:find("host.lua", 1, true) or message:find("'?'", 1, true) then problem = "has a strange name"
          elseif name and not message:find(name, 1, true) then problem = "does not name the function" end
          if problem then told[#told + 1] = current .. ", " .. way .. ": " .. problem .. ": " .. tostring(message) end
        end
        local function check(path, f)
          current = path
          local arguments, name = given[path] or {}, path:match("[%w_]+$")
          local written = assert(load("return (" .. path .. "(...))", "@p.lua"))
          look("called", select(2, pcall(written, unpack(arguments))), name)
          look("pcall", select(2, pcall(f, unpack(arguments))), name)
          look("xpcall", select(2, xpcall(f, function(m) return m end, unpack(arguments))), name)
          look("alias", select(2, pcall(function() local alias = f return (alias(unpack(arguments))) end)))
          look("tail call", select(2, pcall(function() return f(unpack(arguments)) end)))
          look("coroutine", select(2, coroutine.resume(coroutine.create(f), unpack(arguments))), name)
          look("wrap", select(2, pcall(coroutine.wrap(f), unpack(arguments))), name)
          look("coroutine in a coroutine", select(2, coroutine.wrap(function(...)
            return coroutine.resume(coroutine.create(f), ...) end)(unpack(arguments))), name)
          look("pcall in gsub", select(2, pcall(function() ("x"):gsub("x", function() f(unpack(arguments)) end) end)))
        end
        local seen = {}
        local function walk(prefix, t)
          seen[t] = true
          for key, value in pairs(t) do
            local path = prefix .. key
            if type(value) == "function" and not never[path] then check(path, value) end
            if type(value) == "table" and not seen[value] then walk(path .. ".", value) end
          end
        end
        walk("", _G)
        if count < 900 then told[#told + 1] = "only " .. count .. " errors were looked at" end
        """

    @Test("every function that a plugin sees, however it is called")
    func everyFunction() throws {
        #expect(try told(Self.walk) == [])
    }

    @Test(
        "an error inside of a callback, a metamethod or an iterator has its place too",
        arguments: [
            ("(('x'):gsub('x', string.rep))", "'string.rep'"),
            ("table.sort({ 'a', 'b' }, string.rep)", "'string.rep'"),
            ("table.sort({ 1, 'x' })", "attempt to compare"),
            ("table.concat({ {} })", "'concat'"),
            ("setmetatable({}, { __index = string.rep }).x", "'index'"),
            ("setmetatable({}, { __call = string.rep })()", "string expected"),
            ("tostring(setmetatable({}, { __tostring = string.rep }))", "'string.rep'"),
            ("('%s'):format(setmetatable({}, { __tostring = function() return 1 end }))", "__tostring"),
            ("#setmetatable({}, { __len = string.rep })", "'len'"),
            ("pcall(assert, false)", "assertion failed!"),
            ("pcall(pairs({ 1, 2 }), 5)", "'for iterator'"),
            ("pcall(pairs({ a = 1, b = 1 }), 5)", "'for iterator'"),
            ("pcall(pairs({}), 5)", "'for iterator'"), ("pcall(ipairs({}), {}, 'x')", "iterator'"),
            ("pcall(utf8.codes('x'), {}, 1)", "iterator'"), ("pcall(require, 'gone')", "module 'gone'"),
            ("pcall(coroutine.yield)", "outside a coroutine"),
            ("host.text.fill('{{a}}', setmetatable({}, { __index = string.rep }))", "'index'"),
            (
                "host.text.fill('{{a}}', setmetatable({}, { __index = function(_, k) error('own', 2) end }))",
                "own"
            ),
            ("host.log.info(setmetatable({}, { __tostring = string.rep }))", "'string.rep'"),
            ("host.time.format(0, '%Ez')", "host.time.format"), ("host.json.decode('{')", "'decode'"),
            ("host.json.encode(print)", "'encode'"), ("host.time.add(math.maxinteger, 1)", "host.time.add"),
            ("host.todo.add { title = 'x', due = math.maxinteger }", "host.todo.add"),
            ("load(string.rep)", "'string.rep'"),
        ])
    func inside(expression: String, words: String) throws {
        let message = try told(
            """
            local function first(...) return ... end
            local done, result, inner = pcall(function() return first(\(expression)) end)
            if type(inner) == "string" then result = inner end
            told[1] = tostring(result)
            """
        ).first
        #expect(message?.hasPrefix("p.lua:4: ") == true, "\(message ?? "nothing")")
        #expect(message?.contains(words) == true, "\(message ?? "nothing")")
        #expect(message?.contains("host.lua") == false, "\(message ?? "nothing")")
    }

    @Test(
        "a message that the plugin makes itself is left as it is",
        arguments: [
            ("error('own', 0)", "own"), ("pcall(error, 'own')", "own"),
            ("pcall(assert, false, 'own')", "own"),
            ("pcall(error, 'bad', 0)", "bad"), ("error({})", "table"),
            ("load('error(\"x\")', '=chunk')()", "chunk:1: x"),
            (
                "(function(co) coroutine.resume(co) return coroutine.resume(co) end)(coroutine.create(string.rep))",
                "cannot resume dead coroutine"
            ),
            ("coroutine.resume(coroutine.create(function() error('own', 0) end))", "own"),
        ])
    func own(expression: String, message: String) throws {
        let told = try told(
            """
            local done, result, inner = pcall(function() return \(expression) end)
            if inner ~= nil then result = inner end
            told[1] = tostring(result)
            """)
        #expect(told == [message])
    }

    @Test("a call that ends by an uncaught error, or by what cannot be handed over, says both too")
    func outermost() throws {
        for (body, message) in [
            ("host.lead.set(nil)", "p.lua:2: host.lead.set: expected a table, got nil"),
            // A tail call leaves no frame of the action: the place is where that begins.
            ("return host.lead.set(nil)", "p.lua:1: host.lead.set: expected a table, got nil"),
            ("return host.lead.set { f = print }", "p.lua:1: host.lead.set: effect.fields.f is a function"),
            (
                "string.format('%d', 'x')",
                "p.lua:2: bad argument #2 to 'format' (number expected, got string)"
            ),
            (
                "host.lead.set { f = print }",
                "p.lua:2: host.lead.set: effect.fields.f is a function, which cannot be handed over"
            ),
            (
                "host.log.info('x', { f = print })",
                "p.lua:2: host.log.info: fields.f is a function, which cannot be handed over"
            ),
            (
                "coroutine.wrap(host.lead.set)(5)",
                "p.lua:2: host.lead.set: expected a table, got number"
            ),
        ] {
            guard case .failed(let failure) = try run(body) else {
                Issue.record("\(body) does not fail")
                continue
            }
            #expect(failure.message.hasPrefix(message), "\(failure.message)")
        }
    }

    @Test("an error while a plugin loads says both")
    func loading() throws {
        for (body, place, message) in [
            ("string.rep()", "init.lua:1", "bad argument #1 to 'rep' (string expected, got no value)"),
            (
                "host.lead.set { a = 1 }", "init.lua:1",
                "host.lead.set: the host cannot be called while the file is loaded"
            ),
            (
                "pcall(host.lead.set, nil) host.lead.set(1)", "init.lua:1",
                "host.lead.set: expected a table, got number"
            ),
            ("return host.lead.set(1)", "init.lua", "host.lead.set: expected a table, got number"),
            ("require('part')", "part.lua:2", "host.json.x"),
        ] {
            let generation = try Generation(
                reading: MemoryTree([
                    "plugins/p/init.lua": body,
                    "plugins/p/part.lua": "\nerror('host.json.x')",
                ]))
            let mistake = try #require(generation.pluginMistakes.first)
            #expect("\(mistake.place)" == "plugins/p/\(place)", "\(mistake)")
            #expect(mistake.message.contains(": \(message)"), "\(mistake)")
        }
    }
}
