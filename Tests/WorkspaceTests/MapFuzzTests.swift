import Journeys
import TestKit
import Testing
import Values

@testable import Workspace

/// Random and changed texts of maps, as files of a workspace and as the store may keep them.
@Suite("Random maps", .serialized)
struct MapFuzzTests {
    private static let words = [
        "map: m\n", "tracks:\n", "  - track: a\n", "    steps:\n", "      - step: b\n", "kind: flex",
        "kind: video",
        "flex: { decide: p.d, with: { a: 1 }, fallback: all }", "fallback: [ b, b ]", "optional: true",
        "mirror: f",
        "triggers: { open: [ { run: p.a, when: x, with: { a: [ 1, .inf, 0x1F, 1e999 ] } } ] }", "close: [",
        "{",
        "}", "[", "]", "- ", "? ", ": ", ", ", "&a ", "*a", "!!str ", "!x ", "|\n", ">-\n", "'", "\"", "\\x",
        "\\u",
        "\\n", "#", "---\n", "...\n", "%YAML 1.2\n", "<<: *a", "~", "null", "\n  ", "\t", "\r\n", "\u{85}",
        "\u{2028}", "é", "e\u{301}", "finish: won", "title: x\n", "run: p.a", "when: true", "step: b",
        "track: a",
    ]
    private static let corpus: [String] = [
        """
        map: m
        title: "Buyer \\u00e9 \\n"
        finish: won
        triggers:
          open: [ { run: p.a, with: { n: 1, m: [ 1, 2.5, null, { a: b } ] }, when: lead.channel == 'x' } ]
          close: [ { run: p.a, when: one }, { run: p.b }, { run: p.a, when: two } ]
        tracks:
          - track: a
            kind: video
            steps: [ { step: x }, { step: y, optional: true } ]
          - { track: c, kind: flex, steps: [ { step: d }, { step: e } ], flex: { decide: p.d, fallback: all } }
        """,
        """
        # a comment
        map: m
        tracks:
          - track: qualify
            triggers:
              close:
                - run: p.a
                  when: >-
                    lead.fields.score > 5
                    and true
            steps:
              - step: call
                title: |
                  Call
                  the lead
                triggers: { skip: [ { run: p.a } ], remove: [], open: }
              - step: insurance
                mirror: insurer
              - "step": 'q''s'
        """,
        "map: m\ntracks: [ { track: a, steps: [ { step: b } ] } ]\n", "", "~", "[",
        "map: m\nmap: n\nmap: o\n",
        "a: &x [ 1 ]\nb: *x\n", "\u{FEFF}map: m\n",
        "map: m\ntriggers: { open: [ { run: p.a, when: 5, when: 6 } ] }",
        "- \t- x", "map: m\nrun:x\ty\nz: 1\n", "map: m\ntitle: e\u{301}\u{301}: \t@x\n",
    ]

    private static func changed(_ random: inout SeededRandom) -> [UInt8] {
        if random.once(in: 10) {
            // Brackets and indents inside each other.
            let piece = random.pick(["[", "{a: ", "- ", "? ", "- - ", "[{", "a:\n "])
            let count = random.pick([30, 33, 255, 257, 999, 1_001, 5_000])
            return random.changed(
                [Array(String(repeating: piece, count: count).utf8)], words: words, changes: 1)
        }
        return random.changed(corpus.map { Array($0.utf8) }, words: words, changes: 6)
    }

    @Test("a file of any bytes becomes a map or mistakes with places")
    func files() throws {
        try Fuzzing("maps", part: 0.6).run(
            first: Self.corpus.map { Array($0.utf8) }, make: Self.changed, bytes: { $0 }
        ) { bytes in
            let file = MapFile(bytes, file: "maps/m.yaml")
            for mistake in file.mistakes + file.notices {
                try require(mistake.place.line >= 0 && !mistake.message.isEmpty, "\(mistake)")
                try require(!mistake.description.hasControlCharacters, "\(mistake)")
            }
            guard file.mistakes.isEmpty else { return }
            guard let draft = file.draft else { throw BrokenExpectation("neither a map nor a mistake") }
            let definition = try MapDefinition(validating: draft, version: file.version)
            try Self.check(definition)
            // What is without mistakes today can be read of the store on every day.
            let kept = try MapDefinition(kept: bytes, file: "maps/m.yaml")
            try requireEqual(Self.summary(kept), Self.summary(definition))
        }
    }

    @Test("a stored text of any bytes is a whole map or is said not to be one")
    func kept() throws {
        try Fuzzing("stored maps", part: 0.4).run(
            first: Self.corpus.map { Array($0.utf8) }, make: Self.changed, bytes: { $0 }
        ) { bytes in
            let definition: MapDefinition
            do throws(Mistakes) {
                definition = try MapDefinition(kept: bytes, file: "maps/m.yaml")
            } catch {
                try require(!error.list.isEmpty, "it says nothing")
                return
            }
            try Self.check(definition)
        }
    }

    /// Every reference has its target, and every list is there.
    private static func check(_ definition: MapDefinition) throws {
        try require(!definition.tracks.isEmpty, "there are no tracks")
        var next = 0
        for track in definition.tracks {
            try require(!track.steps.isEmpty && track.steps.lowerBound == next, "the steps of \(track.id)")
            next = track.steps.upperBound
        }
        try requireEqual(next, definition.steps.count)
        for (index, step) in definition.steps.enumerated() {
            try requireEqual(definition.index(ofText: step.pathText), index)
        }
        for condition in definition.conditions {
            try requireEqual(definition.conditionTexts[condition.index], condition.text)
        }
    }

    private static func summary(_ definition: MapDefinition) -> [String] {
        let triggers =
            definition.triggers.all + definition.tracks.flatMap(\.triggers.all)
            + definition.steps.flatMap(\.triggers.all)
        var lines = [definition.id.text, definition.version.text, definition.title ?? "-"]
        for step in definition.steps {
            lines.append("\(step.path) \(step.title ?? "-") \(step.isOptional) \(step.mirror ?? "-")")
        }
        for (_, trigger) in triggers {
            lines.append("\(trigger.name) \(trigger.run) \(Value.table(trigger.parameters.table).json)")
            lines.append(trigger.condition?.text ?? "-")
        }
        return lines
    }
}
