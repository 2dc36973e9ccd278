import Authoring
import TestKit
import Testing
import Workspace

@Suite("Specs")
struct SpecTests {
    @Test("each `it` is a test with the names around it, its line and its outcome")
    func tests() throws {
        let ran = try RanSpecs(
            """
            describe("a group", function()
              it("holds", function() expect(1):equals(1) end)
              describe("inside", function()
                it("does not", function()
                  expect(2):equals(3)
                end)
              end)
            end)
            it("is alone", function() end)
            """)
        #expect(
            ran.outcomes == [
                "a group holds: passed",
                "a group inside does not: plugins/greeting.spec.lua:5: expected 3, got 2",
                "is alone: passed",
            ])
        #expect(ran.tests.map(\.test.line) == [2, 4, 9])
        #expect(ran.tests[1].test.groups == ["a group", "inside"])
        #expect(ran.tests[1].failure?.reason == "expectation")
    }

    @Test(
        "before_each runs before each test of its group, the outermost first, and no test sees what another wrote"
    )
    func beforeEach() throws {
        let ran = try RanSpecs(
            """
            local log = ""
            before_each(function() log = log .. "a" end)
            describe("g", function()
              before_each(function() log = log .. "b" end)
              it("one", function() expect(log):equals("ab") shared = 1 end)
              it("two", function() expect(log):equals("ab") expect(rawget(_G, "shared")):equals(nil) end)
            end)
            it("three", function() expect(log):equals("a") end)
            """)
        #expect(ran.outcomes == ["g one: passed", "g two: passed", "three: passed"])
    }

    @Test("a difference is told where it is, with what was expected and what is there")
    func differences() throws {
        let failure = try #require(
            try RanSpecs.body(
                """
                expect({ { ["do"] = "set", fields = { score = 80, ["a b"] = "x" } }, 2 }):equals {
                  { ["do"] = "set", fields = { score = "80", city = host.null } }, 2, { last = true },
                }
                """
            ).failure)
        #expect(failure.message == "plugins/greeting.spec.lua:2: the values differ at 4 places")
        #expect(
            failure.differences.map { "\($0.path): \($0.expected) | \($0.actual)" } == [
                "[1].fields.city: host.null | nothing", "[1].fields.score: \"80\" | 80",
                "[1].fields[\"a b\"]: nothing | \"x\"", "[3]: { last = true } | nothing",
            ])
    }

    @Test(
        "every check holds and fails",
        arguments: [
            ("expect({ 1, { a = 2 } }):equals { 1, { a = 2 } }", nil),
            ("expect(nil):equals(nil)", nil),
            (
                "expect((\"ü\"):rep(50) .. \"a\"):equals((\"ü\"):rep(50) .. \"b\")",
                "expected ...\"üüüüüüüüüüb\", got ...\"üüüüüüüüüüa\""
            ),
            ("expect(1):differs(2)", nil),
            ("expect({ 1 }):differs { 1 }", "expected anything but { 1 }"),
            ("expect(\"a text\"):contains(\"tex\")", nil),
            (
                "expect(\"a text\"):contains(\"x.\")",
                "expected something that contains \"x.\", got \"a text\""
            ),
            ("expect({ { a = 1, b = 2 } }):contains { a = 1 }", nil),
            ("expect({ a = 1, b = { c = 2, d = 3 } }):contains { b = { c = 2 } }", nil),
            ("expect({ a = 1 }):contains { a = 2 }", "the values differ"),
            ("expect({ 1, 2 }):contains(3)", "expected something that contains 3, got { 1, 2 }"),
            ("expect(5):contains(3)", "expected a table or a text that contains 3, got 5"),
            ("expect({ 1, 2 }):lacks(3)", nil),
            ("expect({ 1, 2 }):lacks(2)", "expected something without 2, got { 1, 2 }"),
            ("expect(\"L12\"):matches(\"^L%d+$\")", nil),
            ("expect(\"x\"):matches(\"%d\")", "expected a text that matches \"%d\", got \"x\""),
            ("expect(function() error(\"why\") end):fails(\"why\")", nil),
            ("expect(function() end):fails()", "expected an error; there was none"),
            (
                "expect(function() error(\"why\", 0) end):fails(\"how\")",
                "expected an error with \"how\", got \"why\""
            ),
            ("test.same({ 1 }, { 1 })", nil),
            ("test.same({ 1 }, { 2 })", "the values differ"),
        ])
    func checks(body: String, message: String?) throws {
        let failure = try RanSpecs.body(body).failure
        #expect(failure?.message == message.map { "plugins/greeting.spec.lua:2: \($0)" })
    }

    @Test(
        "what is misspelled is told with the nearest name",
        arguments: [
            ("expcet(1)", "there is no global \"expcet\"; did you mean \"expect\"?"),
            ("expect(1):equal(1)", "expect has no \"equal\"; did you mean \"equals\"?"),
            ("expect(1).equals(1)", "expect: write a colon: expect(value):equals(...)"),
            ("expect()", "expect: a value is missing"),
            ("test.rum(\"greeting.welcome\")", "test has no \"rum\"; did you mean \"run\"?"),
            (
                "test.run(\"greeting.welcom\")",
                "test.run: plugin greeting has no action or decider \"welcom\"; did you mean \"welcome\"?"
            ),
            (
                "test.run(\"greetin.welcome\")",
                "test.run: there is no plugin \"greetin\"; did you mean \"greeting\"?"
            ),
            ("test.run(\"greeting/on/2\")", "test.run: plugin greeting has no subscription 2; it has 1"),
            (
                "test.run(\"greeting\")",
                "test.run: \"greeting\" is not PLUGIN.ACTION, PLUGIN.DECIDER or PLUGIN/on/N"
            ),
            (
                "test.run(\"greeting.welcome\", { parms = {} })",
                "test.run: unknown key \"parms\"; did you mean \"params\"?"
            ),
            (
                "test.run(\"greeting.welcome\", { lead = { field = {} } })",
                "test.run: lead: unknown key \"field\"; did you mean \"fields\"?"
            ),
            (
                "test.run(\"greeting.welcome\", { event = { stp = 1 } })",
                "test.run: event: unknown key \"stp\"; did you mean \"step\"?"
            ),
            (
                "test.run(\"greeting.welcome\", { at = \"soon\" })",
                "test.run: at: expected milliseconds or a time such as 2026-11-22T09:00:00Z, got the string \"soon\""
            ),
            ("test.lead { filds = {} }", "test.lead: unknown key \"filds\"; did you mean \"fields\"?"),
            (
                "test.lead():assign(\"byer\")",
                "lead:assign: there is no map \"byer\"; did you mean \"buyer\"?"
            ),
            ("test.lead():complet(\"a/b\")", "a lead has no \"complet\"; did you mean \"complete\"?"),
            (
                "local lead = test.lead() lead.complete(\"a/b\")",
                "lead.complete: write a colon: lead:complete(...)"
            ),
            ("test.file(\"map/x.yaml\", \"\")", nil),
            (
                "test.run(\"greeting.welcome\", { lead = { fields = { name = print } } })",
                "test.run: options.lead.fields.name is a function, which cannot be handed over"
            ),
            (
                "test.store(\"greeting\", { a = { print } })",
                "test.store: values.a[1] is a function, which cannot be handed over"
            ),
        ])
    func spelling(body: String, message: String?) throws {
        let failure = try #require(try RanSpecs.body(body).failure)
        if let message { #expect(failure.message == "plugins/greeting.spec.lua:2: \(message)") }
        #expect(failure.message.hasPrefix("plugins/greeting.spec.lua:2: "))
    }

    @Test("a step that is not there is told with the nearest path")
    func stepSpelling() throws {
        let failure = try RanSpecs.body(
            """
            local lead = test.lead()
            lead:assign("buyer")
            lead:complete("qualify/cal")
            """
        ).failure
        #expect(
            failure?.message
                == "plugins/greeting.spec.lua:4: lead:complete: map buyer has no step \"qualify/cal\"; did you mean \"qualify/call\"?"
        )
    }

    @Test(
        "an endless loop fails its own test, also around a pcall, and the rest go on",
        .enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func endlessLoop() throws {
        let ran = try RanSpecs(
            """
            it("loops", function() while true do pcall(function() while true do end end) end end)
            it("eats", function() local t = ("x"):rep(80 << 20) end)
            it("goes on", function() end)
            """)
        #expect(ran.tests.map { $0.failure?.reason } == ["deadline", "memory", nil])
    }

    @Test("an expectation that does not hold cannot be caught")
    func noCatching() throws {
        let failure = try RanSpecs.body("pcall(function() expect(1):equals(2) end)").failure
        #expect(failure?.message == "plugins/greeting.spec.lua:2: expected 2, got 1")
    }

    @Test("a file that does not run is told with its place, and so is one without a test")
    func loading() throws {
        let ran = try RanSpecs([
            "plugins/a.spec.lua": "it(\"x\", function()\n", "plugins/b.spec.lua": "\nerror(\"here\")",
            "plugins/c.spec.lua": "local x = 1",
            "plugins/d.spec.lua": "describe(\"d\", function() test.run(\"x.y\") end)",
            "maps/e.spec.lua": "it(\"is beside a map\", function() end)",
        ])
        #expect(ran.files.map(\.path).first == "maps/e.spec.lua")
        let messages = ran.files.compactMap { $0.failure?.message }
        try #require(messages.count == 4, "\(messages)")
        #expect(messages[0].contains("plugins/a.spec.lua:"))
        #expect(messages[1].contains("plugins/b.spec.lua:2: here"))
        #expect(messages[2] == "plugins/c.spec.lua: there is no `it` in the file")
        #expect(
            messages[3].contains("plugins/d.spec.lua:1: test.run: call it inside of `it` or `before_each`"))
    }

    @Test("a Lua error fails the test with its traceback, and what it printed is kept")
    func luaErrors() throws {
        let result = try RanSpecs.body(
            """
            print("so far", 1)
            local function inner() local t = nil; return t.x end
            inner()
            """)
        #expect(result.failure?.reason == "error")
        #expect(
            result.failure?.message.hasPrefix("plugins/greeting.spec.lua:3: attempt to index a nil value")
                == true)
        #expect(result.failure?.traceback.count ?? 0 >= 2)
        #expect(result.log == ["so far\t1"])
    }

    @Test("only those that are wanted run")
    func only() throws {
        let spec = "it(\"one\", function() end) it(\"two\", function() end)"
        #expect(try RanSpecs(spec, only: "two").outcomes == ["two: passed"])
        #expect(try RanSpecs(spec, only: "greeting.spec").outcomes.count == 2)
        #expect(try RanSpecs(spec, only: "three").outcomes == [])
    }

    @Test("files run side by side give the same, in the order of their names")
    func threads() throws {
        var specs: [String: String] = [:]
        for number in 10..<40 {
            specs["plugins/s\(number).spec.lua"] = """
                it("walks", function()
                  local lead = test.lead { fields = { name = "\(number)" } }
                  lead:assign("buyer")
                  expect(lead.notes):equals { "Hello \(number)" }
                end)
                """
        }
        let ran = try RanSpecs(specs, threads: 4)
        #expect(ran.files.map(\.path) == specs.keys.sorted())
        #expect(ran.tests.count == 30 && ran.tests.allSatisfy { $0.failure == nil }, "\(ran.outcomes)")
    }

    @Test("a spec may require the files of the plugin beside it")
    func requiring() throws {
        let ran = try RanSpecs(
            [
                "plugins/sums.spec.lua":
                    "local add = require \"add\" it(\"adds\", function() expect(add(1, 2)):equals(3) end)"
            ],
            on: [
                "plugins/sums/init.lua": "require \"add\" return { name = \"sums\", api = 1 }",
                "plugins/sums/add.lua": "return function(a, b) return a + b end",
            ])
        #expect(ran.outcomes == ["adds: passed"])
    }
}
