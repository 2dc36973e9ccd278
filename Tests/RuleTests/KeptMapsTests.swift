import Journeys
import Plugins
import Store
import TestKit
import Testing
import Values
import Workspace

/// Versions of maps that the store keeps, whatever authors may write today.
@Suite("Kept maps")
struct KeptMapsTests {
    private static let file = "maps/m.yaml"

    /// Has a mistake of every kind that authors make: unknown keys, ids that are too long or of other letters, a
    /// trigger on an event that the place does not have, a mirror without a name, steps of a fallback that are not there, `flex` on a task,
    /// a condition that is empty. An optional step in a video is allowed.
    private static let mistaken = """
        map: \(String(repeating: "m", count: 70))
        colour: red
        triggers: { open: [ { run: probe.act, with: { note: opened }, unless: nobody } ], skip: [ { run: probe.act } ] }
        tracks:
          - track: Upper Case
            kind: task
            flex: { decide: probe.pick, fallback: [ nowhere, nowhere ] }
            hue: 1
            steps:
              - step: \(String(repeating: "x", count: 70))
                weight: 2
                mirror: ""
                triggers:
                  close:
                    - { run: probe.act, with: { note: empty }, when: " " }
                    - { run: probe.act, with: { note: closed } }
                  leave: [ { run: probe.act } ]
          - track: b
            kind: video
            steps: [ { step: y, optional: true } ]
        """

    /// The journey of a lead, assigned on the day when the text was without mistakes.
    private func begin(_ lead: String, on text: String, in store: MemoryStore) throws -> MapDefinition {
        let bytes = Array(text.utf8)
        let definition = try MapDefinition(kept: bytes, file: Self.file)
        let command = Command(lead: LeadID(lead)!, order: .assign(definition.id, LeadChanges()))
        let rulebook = Rulebook(maps: [definition.id: .available(definition)])
        var moment = try Moment(command, of: nil, at: Timestamp(milliseconds: 0), under: rulebook)
        while case .calls(let instant) = moment.next() {
            moment.returned(instant.calls.map { _ in CallResult(.effects([])) })
        }
        var record = MomentRecord(moment, journal: MomentJournal([]))
        record.maps = [
            StoredMap(id: definition.id, version: definition.version, file: Self.file, source: bytes)
        ]
        try store.commit([record])
        return definition
    }

    private func calls(_ scenario: Scenario) -> [String] {
        scenario.lines.filter { $0["type"] == "call" }.map { line in
            line["effects"]?.list?.first?.table?["text"]?.string ?? line["reason"]?.string ?? "?"
        }
    }

    @Test(
        "R19: a version that the store keeps is run by its journey whatever mistakes it has today, and its file is refused"
    )
    func mistakes() throws {
        let store = MemoryStore()
        let definition = try begin("L", on: Self.mistaken, in: store)
        let refused = MapFile(Array(Self.mistaken.utf8), file: Self.file)
        for part in [
            "unknown key `colour`", "unknown key `unless`", "unknown key `hue`", "unknown key `weight`",
            "not an id",
            "no event \"skip\"", "no event \"leave\"", "`flex` belongs to", "\"nowhere\", which",
            "appears twice in `fallback`",
            "not a field's name", "this one is empty",
        ] { #expect(refused.mistakes.contains { $0.message.contains(part) }, "\(part): \(refused.mistakes)") }
        #expect(throws: Mistakes.self) { try Scenario.generation(maps: [Self.mistaken]) }

        let scenario = try Scenario(maps: [], store: store)
        let step = try #require(definition.steps.first).pathText
        try scenario.run(#"{"do":"complete","lead":"L","step":"\#(step)"}"#)
        #expect(calls(scenario) == ["unavailable", "closed"])
        #expect(
            scenario.lines.compactMap { $0["event"]?.string } == [
                "step.close", "track.close", "track.open", "step.open",
            ])
        // Optional in a video means nothing: it closes by being completed alone (R9, R11).
        try scenario.run(#"{"do":"complete","lead":"L","step":"b/y"}"#)
        #expect(scenario.lines.compactMap { $0["event"]?.string } == ["step.close", "track.close"])
        #expect(store.incident(2) == nil)
    }

    @Test("R19: the failed call of a step with such an id runs again")
    func retry() throws {
        let store = MemoryStore()
        let definition = try begin("L", on: Self.mistaken, in: store)
        let scenario = try Scenario(maps: [], store: store)
        let step = try #require(definition.steps.first).pathText
        try scenario.run(#"{"do":"complete","lead":"L","step":"\#(step)"}"#)
        #expect(store.incident(1)?.reason == "unavailable")
        try scenario.rerun(1, of: LeadID("L")!)
        #expect(calls(scenario) == ["unavailable"])
    }

    /// Beyond the limits of files: tracks, steps, triggers of a list, size, depth and keys.
    private static let large: [String] = {
        let tracks = (0...MapDefinition.trackLimit).map { "  - { track: t\($0), steps: [ { step: s } ] }\n" }
            .joined()
        let steps = (0...MapDefinition.stepLimit).map { "{ step: s\($0) }" }.joined(separator: ", ")
        let triggers = Array(repeating: "{ run: probe.act }", count: MapDefinition.triggerLimit + 1)
            .joined(separator: ", ")
        let tail = "\ntracks: [ { track: t0, steps: [ { step: s } ] } ]\n"
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        let keys = (0...10_000).map { "k\($0): 1" }.joined(separator: ", ")
        return [
            "map: m\ntracks:\n\(tracks)", "map: m\ntracks:\n  - { track: t0, steps: [ \(steps) ] }\n",
            "map: m\ntriggers: { close: [ \(triggers) ] }\(tail)",
            "map: m\n# \(String(repeating: "x", count: MapFile.limitBytes))\(tail)",
            "map: m\ntriggers: { close: [ { run: probe.act, with: { saw: \(deep) } } ] }\(tail)",
            "map: m\ntriggers: { close: [ { run: probe.act, with: { set: { \(keys) } } } ] }\(tail)",
        ]
    }()

    @Test("R19: limits hold for files, not for what the store keeps", arguments: large.indices)
    func limits(index: Int) throws {
        let text = Self.large[index]
        let store = MemoryStore()
        let definition = try begin("L", on: text, in: store)
        #expect(!MapFile(Array(text.utf8), file: Self.file).mistakes.isEmpty)
        let scenario = try Scenario(maps: [], store: store)
        let step = try #require(definition.steps.first).pathText
        try scenario.run(#"{"do":"complete","lead":"L","step":"\#(step)"}"#)
        #expect(scenario.lines.first?["event"] == "step.close")
    }

    @Test("R19: a name that is not the file's holds for files alone")
    func name() throws {
        let store = MemoryStore()
        let text = "map: other\ntracks: [ { track: t, steps: [ { step: s } ] } ]"
        #expect(MapFile(Array(text.utf8), file: Self.file).mistakes.count == 1)
        #expect(try begin("L", on: text, in: store).id == MapID("other"))
        let scenario = try Scenario(maps: [], store: store)
        try scenario.run(#"{"do":"complete","lead":"L","step":"t/s"}"#)
        #expect(scenario.lines.first?["event"] == "step.close")
    }

    @Test("R19: a condition behind a trigger that is not read is still its own trigger's")
    func conditionBehindADroppedTrigger() throws {
        let store = MemoryStore()
        let definition = try begin(
            "L",
            on: """
                map: m
                triggers: { opened: [ { run: probe.act, when: "true" } ] }
                tracks:
                  - track: a
                    steps:
                      - step: x
                        triggers:
                          close:
                            - { run: probe.act, with: { note: never }, when: "false" }
                            - { run: probe.act, with: { note: always }, when: "lead.status == 'open'" }
                """, in: store)
        #expect(definition.conditionTexts == ["", "false", "lead.status == 'open'"])
        let scenario = try Scenario(maps: [], store: store)
        try scenario.run(#"{"do":"complete","lead":"L","step":"a/x"}"#)
        #expect(calls(scenario) == ["when", "always"])
    }

    @Test("R19: a condition of a form that a file may not have any more is asked as ever")
    func condition() throws {
        let store = MemoryStore()
        let text = """
            map: m
            tracks:
              - track: t
                steps:
                  - step: s
                    triggers:
                      close:
                        - { run: probe.act, with: { note: held }, when: "true) or (true" }
                        - { run: probe.act, with: { note: nothing }, when: nothing_of_this_name }
            """
        _ = try begin("L", on: text, in: store)
        let scenario = try Scenario(maps: [], store: store)
        try scenario.run(#"{"do":"complete","lead":"L","step":"t/s"}"#)
        #expect(calls(scenario) == ["held", "when"])
    }

    @Test(
        "R19: a text of which no map can be made is damage, and is said to be",
        arguments: [
            "", "map: [", "map: m", "map: m\ntracks: [ { track: t, kind: new, steps: [ { step: s } ] } ]",
        ])
    func damage(text: String) {
        #expect(throws: Mistakes.self) { try MapDefinition(kept: Array(text.utf8), file: Self.file) }
    }
}
