import Journeys
import Plugins
import Testing
import Values
import Workspace

@Suite("Maps")
struct MapTests {
    private static let newBuyer = """
        # yaml-language-server: $schema=../.signalbox/map.schema.json
        map: new-buyer
        title: New buyer
        finish: won                       # optional
        triggers:
          open:
            - run: greeting.welcome
              with: { template: hello }
              when: lead.channel == "form"
        tracks:
          - track: videos
            kind: video                   # task is the default; video; flex
            steps:
              - step: tour
          - track: qualify
            steps:
              - step: call
                title: Call the lead
                triggers:
                  close: [ { run: note.add, with: { text: "Called" } } ]
              - { step: survey, optional: true }
              - { step: insurance, mirror: insurer }
          - track: offer
            kind: flex
            flex: { decide: greeting.by_score, with: { least: 60 }, fallback: [ brochure ] }
            steps:
              - step: call
              - step: brochure
        """

    private func definition(_ text: String, file: String = "maps/m.yaml") throws -> MapDefinition {
        let read = MapFile(Array(text.utf8), file: file)
        #expect(read.mistakes == [])
        return try MapDefinition(validating: try #require(read.draft), version: read.version)
    }

    @Test("a map is read whole")
    func whole() throws {
        let definition = try definition(Self.newBuyer, file: "maps/new-buyer.yaml")
        #expect(definition.id == MapID("new-buyer"))
        #expect(definition.version.text == SHA256.hexadecimal(of: Self.newBuyer.utf8))
        #expect(definition.title == "New buyer")
        #expect(definition.finish == .won)
        let open = try #require(definition.triggers[.open].first)
        #expect(open.name == "new-buyer/open/1")
        #expect(open.run == FunctionName(plugin: "greeting", name: "welcome"))
        #expect(open.parameters.table == ["template": "hello"])
        #expect(open.condition?.text == #"lead.channel == "form""#)
        #expect(open.condition?.index == 0)
        #expect(
            definition.steps.map(\.path.description) == [
                "videos/tour", "qualify/call", "qualify/survey", "qualify/insurance", "offer/call",
                "offer/brochure",
            ])
        #expect(definition.tracks.map(\.steps) == [0..<1, 1..<4, 4..<6])
        #expect(definition.steps.map(\.isOptional) == [false, false, true, false, false, false])
        #expect(definition.steps[3].mirror == "insurer")
        #expect(definition.steps[1].title == "Call the lead")
        #expect(definition.steps[1].triggers[.close].map(\.name) == ["new-buyer/qualify/call/close/1"])
        guard case .video = definition.tracks[0].kind, case .task = definition.tracks[1].kind,
            case .flex(let flex?) = definition.tracks[2].kind
        else {
            Issue.record("the kinds are others")
            return
        }
        #expect(flex.name == "new-buyer/offer/flex")
        #expect(flex.decide.description == "greeting.by_score")
        #expect(flex.parameters.table == ["least": 60])
        #expect(flex.fallback == [StepID("brochure")])
    }

    @Test("triggers are named by place and number, conditions numbered through the file")
    func names() throws {
        let definition = try definition(
            """
            map: m
            tracks:
              - track: a
                steps:
                  - step: b
                    triggers:
                      close: [ { run: p.a, when: one }, { run: p.a }, { run: p.a, when: two } ]
                triggers:
                  close: [ { run: p.a, when: three } ]
              - { track: c, kind: flex, steps: [ { step: d }, { step: e } ], flex: { decide: p.d, fallback: all } }
            triggers:
              leave: [ { run: p.a, when: five } ]
              open: [ { run: p.a }, { run: p.a, when: six } ]
            """)
        let triggers =
            definition.triggers.all + definition.tracks.flatMap(\.triggers.all)
            + definition.steps.flatMap(\.triggers.all)
        #expect(
            triggers.map(\.trigger.name) == [
                "m/open/1", "m/open/2", "m/leave/1", "m/a/close/1", "m/a/b/close/1", "m/a/b/close/2",
                "m/a/b/close/3",
            ])
        #expect(triggers.map(\.trigger.condition?.index) == [nil, 4, 3, 2, 0, nil, 1])
        guard case .flex(let flex?) = definition.tracks[1].kind else {
            Issue.record("the track is not flex")
            return
        }
        #expect(flex.fallback == [StepID("d"), StepID("e")])
    }

    @Test("every mistake is reported in one go")
    func everything() {
        let text = """
            map: m
            finish: open
            colour: red
            triggers:
              open:
                - run: greeting
                - { when: " ", runn: p.a }
                - { run: a.b.c, with: [1], when: 5 }
              skip: [ { run: p.a } ]
              clsoe: []
            tracks:
              - track: A
                kind: videos
                steps:
                  - step: b
                  - step: b
                  - step: -x
                  - call
              - track: q
                flex: { decide: p.d, fallback: [ z ] }
                triggers: { skip: [] }
                steps: []
              - track: q
                kind: flex
                flex: { with: {}, fallback: [ cal, call, call ] }
                steps:
                  - { step: call, optional: yes, mirror: "", triggers: { leave: [] } }
              - { steps: [ { title: nothing } ] }
              - { track: [1], kind: flex, flex: 5, steps: 7 }
            """
        let found = mistakes(text)
        let expected = [
            "2:9: `finish` gives one of closed, won and lost, not \"open\"",
            "3:1: unknown key `colour` in a map; known here: finish, map, title, tracks, triggers",
            "6:12: `run` is written PLUGIN.NAME, not \"greeting\"",
            "7:7: a trigger needs `run`: PLUGIN.NAME",
            "7:15: `when` is a Lua expression; this one is empty",
            "7:20: unknown key `runn` in a trigger; known here: run, when, with; did you mean \"run\"?",
            "8:14: `run` is written PLUGIN.NAME, not \"a.b.c\"",
            "8:27: `with` must be a table, not a list",
            "9:3: the map has no event \"skip\"; it has `open`, `close`, `leave`",
            "10:3: the map has no event \"clsoe\"; it has `open`, `close`, `leave`; did you mean \"close\"?",
            "12:12: \"A\" is not an id: small letters, digits, _ and -, not _ or - first, at most 64 bytes",
            "13:11: there is no kind of track \"videos\"; known are task, video and flex",
            "16:15: the step \"b\" appears twice in this track; first at line 15",
            "17:15: \"-x\" is not an id: small letters, digits, _ and -, not _ or - first, at most 64 bytes",
            "18:9: a step must be a table, not \"call\"",
            "19:5: a track needs at least one step, under `steps`",
            "20:11: `flex` belongs to a track with `kind: flex`; this one is a task track",
            "20:38: `fallback` names the step \"z\", which this track does not have",
            "21:17: a track has no event \"skip\"; it has `open`, `close`",
            "23:12: the track \"q\" appears twice; first at line 19",
            "25:11: a flex trigger needs `decide`: PLUGIN.NAME",
            "25:35: `fallback` names the step \"cal\", which this track does not have; did you mean \"call\"?",
            "25:46: the step \"call\" appears twice in `fallback`; first at line 25",
            "27:33: `optional` must be true or false, not \"yes\"",
            "27:46: \"\" is not a field's name: 1 to 128 bytes without control characters",
            "27:62: a step has no event \"leave\"; it has `open`, `close`, `skip`, `remove`",
            "28:5: a track needs an id, under `track`",
            "28:16: a step needs an id, under `step`",
            "29:14: `track` must be a text, not a list",
            "29:37: `flex` must be a table, not \"5\"",
            "29:47: `steps` must be a list, not \"7\"",
        ]
        for (found, expected) in zip(found, expected) { #expect(found == expected) }
        #expect(found.count == expected.count)
    }

    @Test("a map without an id, a track and a name of its own says so")
    func emptyMap() {
        #expect(
            mistakes("title: x\n") == [
                "1:1: a map needs an id, under `map`", "1:1: a map needs at least one track, under `tracks`",
            ])
        #expect(
            mistakes("map: [x]\ntracks: 5\n") == [
                "1:6: `map` must be a text, not a list", "2:9: `tracks` must be a list, not \"5\"",
            ])
    }

    @Test("the file is named after the map", arguments: ["maps/m.yaml", "maps/m.yml", "m.yaml"])
    func fileName(file: String) {
        #expect(mistakes("map: m\ntracks: [ { track: a, steps: [ { step: b } ] } ]", file: file) == [])
        #expect(
            mistakes("map: other\ntracks: [ { track: a, steps: [ { step: b } ] } ]", file: "maps/m.yaml") == [
                "1:6: the file of the map \"other\" must be named other.yaml, not m.yaml"
            ])
    }

    @Test("optional in a video track is accepted, noticed and means nothing")
    func optionalVideo() throws {
        let text = "map: m\ntracks: [ { track: a, kind: video, steps: [ { step: b, optional: true } ] } ]"
        let file = MapFile(Array(text.utf8), file: "maps/m.yaml")
        #expect(file.mistakes == [])
        #expect(
            file.notices.map(\.description) == [
                "maps/m.yaml:2:66: `optional` means nothing in a video track (R11)"
            ])
        #expect(try definition(text).steps.map(\.isOptional) == [false])
    }

    @Test("long lists and long ids have limits")
    func limits() {
        let steps = (0...1_000).map { "{ step: s\($0) }" }.joined(separator: ", ")
        let triggers = (0...100).map { _ in "{ run: p.a }" }.joined(separator: ", ")
        let long = String(repeating: "a", count: 65)
        let found = mistakes(
            "map: m\ntriggers: { open: [ \(triggers) ] }\ntracks:\n  - { track: \(long), steps: [ \(steps) ] }\n"
        )
        #expect(found.count == 3)
        #expect(found[0].hasSuffix("101 triggers in a list are too many; at most 100 are allowed"))
        #expect(found[1].hasSuffix("1001 steps in a track are too many; at most 1000 are allowed"))
        #expect(found[2].contains("is not an id"))
    }

    @Test("a draft that was not read whole never becomes a map")
    func partial() {
        let place = FilePlace(file: "m.yaml", line: 1, column: 1)
        var draft = MapDraft(id: Placed("m", at: place), at: place)
        draft.unread = ["tracks"]
        #expect(draft.mistakes == [])
        #expect(throws: Mistakes.self) { try MapDefinition(validating: draft, version: MapVersion("1")) }
    }
}
