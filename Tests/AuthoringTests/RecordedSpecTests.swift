import Authoring
import Journeys
import Store
import TestKit
import Testing
import Values
import Workspace

@Suite("Specs that were recorded")
struct RecordedSpecTests {
    private func record(
        _ played: Played, _ files: [String: String], lead: String = "L1", to last: Int? = nil,
        anonymity: Anonymity? = nil
    ) throws -> String {
        let record = try #require(try played.store.lead(LeadID(lead)!))
        var anonymity = anonymity
        let workspace = SpecWorkspace(try Generation(reading: MemoryTree(files)), reading: MemoryTree(files))
        return try RecordedSpec(record, to: last, in: played.store, on: workspace, anonymity: &anonymity).text
    }

    private func expectPass(_ spec: String, on files: [String: String], _ comment: Comment) throws {
        let ran = try RanSpecs(["plugins/recorded.spec.lua": spec], on: files)
        try #require(ran.files.count == 1)
        let failure = ran.files[0].failure ?? ran.tests.first?.failure
        if let failure { Issue.record("\(comment): \(failure)\n\(spec)") }
        #expect(ran.tests.count == 1)
    }

    @Test("what random journeys did is a spec that passes, up to any moment", arguments: 0..<30)
    func randomJourneys(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let files = [
            "maps/m1.yaml": RandomJourneysTests.map("m1", &random),
            "maps/m2.yaml": RandomJourneysTests.map("m2", &random),
            "plugins/probe.lua": RandomJourneysTests.plugin,
        ]
        let played = try Played(files)
        for number in 1...3 {
            let lead = "L\(number)"
            try played.give(
                .assign(MapID("m1"), LeadChanges(fields: ["n": .integer(Int64(number))])), to: lead)
            for _ in 0..<25 { try played.give(RandomJourneysTests.order(&random), to: lead) }
            let last = try #require(try played.store.lead(LeadID(lead)!)).lastMoment
            try expectPass(try record(played, files, lead: lead), on: files, "seed \(seed), \(lead)")
            let part = Int.random(in: 1...last, using: &random)
            try expectPass(
                try record(played, files, lead: lead, to: part), on: files, "seed \(seed), \(lead) to \(part)"
            )
        }
    }

    @Test("values that other leads left are given to the plugins that read them")
    func storedValues() throws {
        let files = [
            "plugins/greeting.lua": RanSpecs.greeting,
            "maps/m.yaml":
                "map: m\ntriggers: { open: [ { run: greeting.count } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n",
        ]
        let played = try Played(files)
        for lead in ["a", "b", "c"] { try played.give(.assign(MapID("m"), LeadChanges()), to: lead) }
        let spec = try record(played, files, lead: "c")
        #expect(spec.contains("test.store(\"greeting\", { calls = 2 })"), "\(spec)")
        try expectPass(spec, on: files, "with values")
    }

    @Test("a version of a map that the workspace does not have any more is put over it")
    func formerMap() throws {
        func map(_ step: String) -> String {
            "map: m\ntracks: [ { track: t, steps: [ { step: \(step) } ] } ]\n"
        }
        var files = ["maps/m.yaml": map("one")]
        var played = try Played(files)
        try played.give(.assign(MapID("m"), LeadChanges()))
        files["maps/m.yaml"] = map("two")
        played.install(files)
        try played.give(.complete("t/one"))
        let spec = try record(played, files)
        #expect(spec.contains("test.file(\"maps/m.yaml\", "))
        try expectPass(spec, on: files, "with the map")
    }

    @Test("personal values are replaced, the same by the same, and the spec passes")
    func anonymous() throws {
        let files = [
            "plugins/greeting.lua": RanSpecs.greeting,
            "maps/m.yaml":
                "map: m\ntriggers: { open: [ { run: greeting.welcome } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n",
        ]
        let played = try Played(files)
        let fields: Table = [
            "name": "Ana Lopez", "contact": "Ana.Lopez@mail.org", "tel_2": "+47 123 45 678", "city": "Oslo",
            "n": 3,
            "secret_word": "swordfish",
        ]
        try played.give(.assign(MapID("m"), LeadChanges(fields: fields)))
        try played.give(.set(LeadChanges(fields: ["other_name": "Ana Lopez"])))
        let anonymity = Anonymity(personal: ["Secret_Word"])
        let spec = try record(played, files, anonymity: anonymity)
        for word in ["Ana", "Lopez", "mail.org", "123 45", "swordfish"] {
            #expect(!spec.contains(word), "\(word)")
        }
        #expect(spec.contains("Oslo") && spec.contains("note\", text = \"Hello name 1\""), "\(spec)")
        #expect(spec.contains("other_name = \"name 1\""))
        try expectPass(spec, on: files, "anonymous")
        #expect(try record(played, files, anonymity: anonymity) == spec)
    }

    @Test("a lead's id that is an address is replaced wherever it is")
    func anonymousID() throws {
        let files = [
            "plugins/greeting.lua": RanSpecs.greeting,
            "maps/m.yaml":
                "map: m\ntriggers: { open: [ { run: greeting.welcome } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n",
        ]
        let played = try Played(files)
        let fields: Table = ["name": "kim@mail.org", "mail": "lou@mail.org"]
        try played.give(.assign(MapID("m"), LeadChanges(fields: fields)), to: "kim@mail.org")
        let spec = try record(played, files, lead: "kim@mail.org", anonymity: Anonymity(personal: []))
        #expect(
            !spec.contains("mail.org") && spec.contains("describe(\"lead person-1@example.com\""), "\(spec)")
        #expect(spec.contains("person-2@example.com"))
        try expectPass(spec, on: files, "anonymous id")
    }

    @Test("texts and numbers of every kind are written so that Lua reads them back")
    func literals() throws {
        let map = "map: m\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n"
        let played = try Played(["maps/m.yaml": map])
        let fields: Table = [
            "text": "a \"quoted\" \\ line\nand\u{1} more \u{85} ü 👩‍👧", "least": .integer(.min), "half": 0.5,
            "whole": 1.0,
            "large": 1e300, "end": true, "2nd": "digit first", "list": [1, [], [:]],
            "nested": ["a b": ["do": false]],
            "long": .string(String(repeating: "word ", count: 60)),
        ]
        try played.give(.assign(MapID("m"), LeadChanges(fields: fields)))
        try expectPass(try record(played, ["maps/m.yaml": map]), on: ["maps/m.yaml": map], "literals")
    }

    @Test(
        "a to-do that was marked as done is marked in the spec too, and what specs see of it is what happened"
    )
    func todos() throws {
        let files = [
            "maps/m.yaml":
                "map: m\ntriggers: { open: [ { run: asker.ask } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n",
            "plugins/asker.lua":
                #"return { name = "asker", api = 1, actions = { ask = { run = function() host.todo.add { title = "Call" } end } } }"#,
        ]
        let played = try Played(files)
        try played.give(.assign(MapID("m"), LeadChanges()))
        try played.give(.todoDone(1))
        let spec = try record(played, files)
        #expect(spec.contains("moment = lead:todo_done(1, {"))
        try expectPass(spec, on: files, "to-dos")
        let ran = try RanSpecs(
            """
            it("is done", function()
              local lead = test.lead {}
              lead:assign("m")
              expect(lead.todos):equals { { title = "Call" } }
              local moment = lead:todo_done(1, { at = "2026-11-22T09:00:00Z", by = "kim" })
              expect(moment.fired):equals {}
              expect(moment.todos):equals { { todo = 1, state = "done", by = "kim", at = "2026-11-22T09:00:00Z" } }
              expect(lead.todos):equals { { title = "Call", done = "2026-11-22T09:00:00Z" } }
              expect(function() lead:todo_done(1) end):fails("it was done in moment 2")
              expect(function() lead:todo_done("1") end):fails("expected the number of a to-do of the lead")
            end)
            """, on: files)
        #expect(ran.outcomes == ["is done: passed"])
    }

    @Test("a moment that told of a delivery is left out with a comment, unless it changed something")
    func undelivered() throws {
        func files(_ body: String) -> [String: String] {
            [
                "maps/m.yaml":
                    "map: m\ntriggers: { open: [ { run: post.send } ] }\ntracks: [ { track: t, steps: [ { step: s }, { step: u } ] } ]\n",
                "plugins/post.lua": """
                return { name = "post", api = 1, needs = { "email" },
                  actions = { send = { run = function() host.email.send { to = "a@x", subject = "s" } end } },
                  on = { { event = "delivery.failed", run = function(event) \(body) end } } }
                """,
            ]
        }
        for (body, isRecorded) in [
            ("host.log.info('seen')", true), ("host.lead.set { reached = false }", false),
        ] {
            let played = try Played(files(body))
            try played.give(.assign(MapID("m"), LeadChanges()))
            try played.die("L1/1/1")
            try played.give(.complete("t/s"))
            guard isRecorded else {
                let fault = #expect(throws: RecordedSpec.Fault.self) { try record(played, files(body)) }
                #expect(fault?.message.contains("in moment 2") == true)
                try expectPass(try record(played, files(body), to: 1), on: files(body), "to moment 1")
                continue
            }
            let spec = try record(played, files(body))
            #expect(
                spec.contains(
                    "    -- Left out: in moment 2 the engine told of a delivery that did not arrive."))
            try expectPass(spec, on: files(body), "left out")
        }
    }

    @Test("a lead that was erased cannot be recorded to its end")
    func erased() throws {
        let map = "map: m\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n"
        let played = try Played(["maps/m.yaml": map])
        try played.give(.assign(MapID("m"), LeadChanges()))
        try played.give(.erase)
        try played.give(.set(LeadChanges(fields: ["n": 1])))
        #expect(throws: RecordedSpec.Fault.self) { try record(played, ["maps/m.yaml": map]) }
    }
}
