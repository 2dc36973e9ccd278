import Authoring
import Journeys
import Plugins
import Store
import TestKit
import Testing
import Values
import Workspace

@Suite("Recorded calls on other code")
struct ReplayTests {
    private static let plugin = """
        return { name = "p", api = 1,
          actions = {
            greet = { run = function(event)
              host.lead.set { greeted = event.lead.fields.name, dice = host.random() }
              host.store.add("count", 1)
              host.lead.set { seen = host.store.get("count") }
            end },
            strict = { run = function(event) if not event.lead.fields.name then error("no name") end end },
          },
          deciders = { choose = { decide = function(event) return { keep = { "a" }, reason = "always" } end } },
          on = { { event = "step.close", run = function(event) host.note.add(event.step) end } },
        }
        """

    private static let map = """
        map: m
        triggers: { open: [ { run: p.greet }, { run: p.strict, when: "lead.id ~= 'L3'" } ] }
        tracks:
          - track: t
            steps: [ { step: x } ]
          - track: f
            kind: flex
            flex: { decide: p.choose }
            steps: [ { step: a }, { step: b } ]

        """

    private func played(_ leads: Int = 4) throws -> Played {
        let played = try Played(["maps/m.yaml": Self.map, "plugins/p.lua": Self.plugin])
        for number in 1...leads {
            let name: Value = number % 2 == 0 ? .null : "Kim"
            try played.give(
                .assign(MapID("m"), LeadChanges(fields: ["name": name])), .complete("t/x"), .complete("f/a"),
                to: "L\(number)")
        }
        return played
    }

    private func replay(
        _ played: Played, on plugin: String, since: Timestamp? = nil, map: MapID? = nil
    ) throws -> (summary: Replay.Summary, differences: [Replay.Difference]) {
        let candidate = try Generation(
            reading: MemoryTree(["maps/m.yaml": Self.map, "plugins/p.lua": plugin]))
        let leads = try played.store.leads(matching: LeadFilter(), after: nil, limit: .max).map(\.id)
        return try Replay(of: played.store, played.generation, on: candidate, since: since, map: map)
            .run(leads, threads: 2) { _ in }
    }

    @Test("on the same code nothing differs (R37)")
    func same() throws {
        let (summary, differences) = try replay(try played(), on: Self.plugin)
        #expect(differences.isEmpty, "\(differences)")
        // Two triggers of the map, a decider, and a subscription twice.
        #expect(summary.unchanged == 4 * 5 && summary.comparedCount == 4 * 5)
    }

    @Test("what comes to something else is told with what it was")
    func changed() throws {
        let played = try played()
        let other = Self.plugin.replacing("error(\"no name\")", with: "host.note.add(\"no name\")")
            .replacing("keep = { \"a\" }, reason = \"always\"", with: "keep = { \"b\" }")
            .replacing("host.note.add(event.step)", with: "error(event.step)")
        let (summary, differences) = try replay(played, on: other)
        #expect(summary.changed == 4 && summary.newlyFailing == 8 && summary.newlyPassing == 2)
        // The greeting, and the two that have a name or are not called at all.
        #expect(summary.unchanged == 4 + 2)
        let first = differences.filter { $0.lead.text == "L2" }.map {
            "\($0.moment) \($0.trigger) \($0.kind.rawValue)"
        }
        #expect(
            first == [
                "1 m/open/2 newly_passing", "2 p/on/1 newly_failing", "2 m/f/flex changed",
                "3 p/on/1 newly_failing",
            ])
        let decider = try #require(differences.first { $0.run.description == "p.choose" })
        #expect(decider.was == ["outcome": "ok", "keep": ["a"], "reason": "always"])
        #expect(decider.now == ["outcome": "ok", "keep": ["b"]])
    }

    @Test("only calls since a time, or on a map, are compared where that is wanted")
    func chosen() throws {
        let played = try played(1)
        #expect(
            try replay(played, on: Self.plugin, since: Timestamp(milliseconds: .max / 4)).summary
                .comparedCount
                == 0)
        #expect(try replay(played, on: Self.plugin, since: Played.time).summary.comparedCount == 5)
        #expect(try replay(played, on: Self.plugin, map: MapID("other")).summary.comparedCount == 0)
    }

    @Test("random journeys come to the same on the same code", arguments: 0..<20)
    func randomJourneys(seed: UInt64) throws {
        var random = SeededRandom(seed: 2000 + seed)
        let files = [
            "maps/m1.yaml": RandomJourneysTests.map("m1", &random),
            "maps/m2.yaml": RandomJourneysTests.map("m2", &random),
            "plugins/probe.lua": RandomJourneysTests.plugin,
        ]
        let played = try Played(files)
        for number in 1...3 {
            try played.give(.assign(MapID("m1"), LeadChanges(fields: ["n": 1])), to: "L\(number)")
            for _ in 0..<40 { try played.give(RandomJourneysTests.order(&random), to: "L\(number)") }
        }
        let leads = (1...3).compactMap { LeadID("L\($0)") }
        let (summary, differences) = try Replay(
            of: played.store, played.generation, on: try Generation(reading: MemoryTree(files)), since: nil,
            map: nil
        ).run(leads, threads: 1) { _ in }
        #expect(differences.isEmpty, "seed \(seed): \(differences.first.map { "\($0)" } ?? "")")
        let calls = try leads.flatMap { lead in
            try played.store.moments(of: lead, from: 1, limit: .max)
                .filter { $0.command.table?["do"] != "rerun" }.flatMap(\.journal)
        }.count { if case .call = JournalLine(reading: $0) { true } else { false } }
        #expect(summary.comparedCount + summary.notCompared == calls, "seed \(seed)")
    }
}
