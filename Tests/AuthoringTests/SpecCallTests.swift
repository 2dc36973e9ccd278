import Authoring
import TestKit
import Testing

@Suite("What specs call and walk")
struct SpecCallTests {
    @Test(
        "a call has its outcome",
        arguments: [
            """
            local call = test.run("greeting.welcome", { lead = { fields = { name = "Ana" } }, params = { text = "Hi" } })
            expect(call.outcome):equals("ok")
            expect(call.effects):equals {
              { ["do"] = "note", text = "Hi Ana" }, { ["do"] = "set", fields = { greeted = true, sender = "office" } },
            }
            """,
            """
            local call = test.run("greeting.welcome", { lead = { fields = { name = "Ana" } }, settings = { sender = "me" } })
            expect(call.effects[2].fields.sender):equals("me")
            """,
            """
            expect(test.run("greeting.stamp").effects[1].fields.at):equals("2000-01-01T00:00:00Z")
            expect(test.run("greeting.stamp", { at = "2026-03-02T09:00:00Z" }).effects[1].fields.at)
              :equals("2026-03-02T09:00:00Z")
            """,
            """
            expect(test.run("greeting.count", { store = { calls = 4 } }).effects[2].fields.calls):equals(5)
            """,
            """
            local call = test.run("greeting.by_name", { lead = { fields = { name = "Ana" } } })
            expect(call):contains { outcome = "ok", keep = { "call" }, reason = "by name" }
            local other = test.run("greeting.by_name", { lead = { fields = { name = "Ana" } }, steps = { "visit" } })
            expect(other):contains { outcome = "failed", reason = "answer" }
            local track = { map = "buyer", track = "offer" }
            expect(test.run("greeting.by_name", { event = track, lead = { fields = { name = "Ana" } } }).outcome):equals("ok")
            """,
            """
            local call = test.run("greeting/on/1", { event = { step = "call" } })
            expect(call.effects):equals { { ["do"] = "note", text = "closed call" } }
            """,
            """
            local call = test.run("greeting.fail")
            expect(call.outcome):equals("failed")
            expect(call.message):contains("on purpose")
            expect(call.traceback):contains("greeting.lua")
            """,
            """
            expect(test.run("greeting.welcome", { params = { txt = 1 } })):contains { outcome = "failed", reason = "params" }
            """,
        ])
    func calls(body: String) throws {
        let failure = try RanSpecs.body(body).failure
        #expect(failure == nil)
    }

    @Test("a call that failed is told when its test fails")
    func failedCalls() throws {
        let failure = try #require(
            try RanSpecs.body("expect(test.run(\"greeting.fail\").outcome):equals(\"ok\")").failure)
        try #require(failure.calls.count == 1)
        #expect(failure.calls[0].run == "greeting.fail" && failure.calls[0].reason == "error")
        #expect(failure.calls[0].message.contains("on purpose"))
        #expect(failure.calls[0].traceback.contains { $0.hasPrefix("greeting.lua:") })
    }

    @Test("settings that do not fit are told")
    func settings() throws {
        let failure = try RanSpecs.body("test.run(\"greeting.welcome\", { settings = { sendr = 1 } })")
            .failure
        #expect(failure?.message.contains("sendr") == true)
        #expect(failure?.message.hasPrefix("plugins/greeting.spec.lua:2: test.run: ") == true)
    }

    @Test(
        "a lead is walked through a map",
        arguments: [
            """
            local lead = test.lead { fields = { name = "Ana" } }
            local moment = lead:assign("buyer", { by = "form", agent = "kim" })
            expect(moment.fired):equals { "map.open", "track.open qualify", "step.open qualify/call", "step.open qualify/survey" }
            expect(moment.calls[1]):contains { run = "greeting.welcome", trigger = "buyer/open/1", outcome = "ok" }
            expect(moment.effects):contains { ["do"] = "note", text = "Hello Ana" }
            expect(moment.events[1]):contains { event = "map.open", by = "form", map = "buyer" }
            expect(lead.fields):equals { name = "Ana", greeted = true, sender = "office" }
            expect(lead.agent):equals("kim")
            expect(lead.notes):equals { "Hello Ana" }
            expect(lead.open):equals { "qualify/call", "qualify/survey" }
            lead:complete("qualify/call", { by = "agent:kim" })
            expect(lead:advance().fired):contains("step.skip qualify/survey")
            expect(lead.journey.tracks):equals { qualify = "closed", offer = "open" }
            expect(lead.journey.steps):contains { ["offer/call"] = "open", ["offer/visit"] = "removed" }
            lead:remove("offer/call")
            expect(lead:status()):equals("open")
            expect(lead:status("won").events[1]):contains { event = "map.close", outcome = "won" }
            expect(lead:status()):equals("won")
            expect(#lead.moments):equals(5)
            """,
            """
            local lead = test.lead()
            expect(lead.fields):equals {}
            local moment = lead:assign("buyer")
            expect(moment.calls[1]):contains { outcome = "skipped", reason = "when" }
            lead:set { name = "Ben" }
            expect(lead.fields):equals { name = "Ben" }
            lead:set { name = host.null }
            expect(lead.fields):equals {}
            """,
            """
            local lead = test.lead()
            lead:assign("buyer", { at = "2026-03-02T09:00:00Z" })
            test.wait("2 days")
            expect(host.time.format(host.time.now())):equals("2026-03-04T09:00:00Z")
            expect(lead:complete("qualify/call").at):equals("2026-03-04T09:00:00Z")
            """,
            """
            local lead = test.lead()
            lead:assign("buyer")
            expect(function() lead:assign("buyer") end):fails("already")
            expect(function() lead:complete("offer/call") end):fails("not open")
            expect(#lead.moments):equals(1)
            """,
            """
            local one, two = test.lead(), test.lead { id = "ben" }
            expect(one.id):equals("L1")
            one:assign("buyer")
            two:assign("buyer")
            one:complete("qualify/call")
            expect(two.open):contains("qualify/call")
            """,
        ])
    func walks(body: String) throws {
        let failure = try RanSpecs.body(body).failure
        #expect(failure == nil)
    }

    @Test(
        "an incident of a walked lead fails the test with the call's traceback, unless the lead may have some"
    )
    func incidents() throws {
        let map =
            "map: m\ntriggers: { open: [ { run: greeting.fail } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n"
        let files = RanSpecs.workspace.merging(["maps/m.yaml": map]) { _, new in new }
        let failure = try #require(try RanSpecs.body("test.lead():assign(\"m\")", on: files).failure)
        #expect(
            failure.message.hasPrefix(
                "plugins/greeting.spec.lua:2: lead:assign: an incident: greeting.fail (m/open/1): error: "),
            "\(failure.message)")
        #expect(failure.calls.first?.traceback.isEmpty == false)
        let allowed = """
            local moment = test.lead { incidents = true }:assign("m")
            expect(moment.incidents[1]):contains { reason = "error", run = "greeting.fail" }
            expect(moment.calls[1].outcome):equals("failed")
            """
        #expect(try RanSpecs.body(allowed, on: files).failure == nil)
    }

    @Test("plugins keep their values within one test and start without any")
    func storedValues() throws {
        let map =
            "map: m\ntriggers: { open: [ { run: greeting.count } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n"
        let files = RanSpecs.workspace.merging(["maps/m.yaml": map]) { _, new in new }
        let body = """
            local one, two = test.lead(), test.lead()
            one:assign("m")
            two:assign("m")
            expect(one.fields.calls):equals(1)
            expect(two.fields.calls):equals(2)
            """
        let ran = try RanSpecs(
            "it(\"a\", function() \(body) end) it(\"b\", function() \(body) end)", on: files)
        #expect(ran.outcomes == ["a: passed", "b: passed"])
    }

    @Test(
        "a file of the spec goes over the workspace's, at load and in a test, and what is wrong with it is told"
    )
    func files() throws {
        let ran = try RanSpecs(
            """
            test.file("maps/short.yaml", [[
            map: short
            tracks: [ { track: t, steps: [ { step: s } ] } ]
            ]])
            it("has the map", function()
              local lead = test.lead()
              lead:assign("short")
              test.file("maps/short.yaml", "map: short\\ntracks: [ { track: u, steps: [ { step: s } ] } ]\\n")
              lead:complete("t/s")
              local other = test.lead()
              other:assign("short")
              expect(other.open):equals { "u/s" }
            end)
            it("has the first again", function()
              local lead = test.lead()
              lead:assign("short")
              expect(lead.open):equals { "t/s" }
            end)
            it("is told of a mistake", function()
              test.file("maps/bad.yaml", "map: bad\\ntracks: none\\n")
            end)
            it("is told where files are read", function() test.file("map/x.yaml", "") end)
            """)
        #expect(ran.outcomes.prefix(2) == ["has the map: passed", "has the first again: passed"])
        #expect(
            ran.outcomes[2].contains("plugins/greeting.spec.lua:20: test.file: maps/bad.yaml:2:"),
            "\(ran.outcomes[2])")
        #expect(
            ran.outcomes[3].hasSuffix(
                "test.file: \"map/x.yaml\" is not read; expected signalbox.yaml or a file in maps/, templates/ or plugins/"
            ), "\(ran.outcomes[3])")
    }
}
