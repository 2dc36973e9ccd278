import Journeys
import Plugins
import Testing
import Values
import Workspace

@Suite("YAML")
struct YAMLTests {
    private static let tail = "\ntracks: [ { track: a, steps: [ { step: b } ] } ]\n"

    /// The parameters of a trigger whose `with` is the text.
    private func parameters(_ text: String) throws -> Table {
        let file = MapFile(
            Array("map: m\ntriggers: { open: [ { run: p.a, with: { v: \(text) } } ] }\(Self.tail)".utf8),
            file: "m.yaml")
        #expect(file.mistakes == [])
        return try #require(file.draft?.triggers.first?.triggers.first?.with.given.table)
    }

    @Test(
        "a plain value is what the core schema of YAML 1.2 says",
        arguments: [
            ("true", true), ("False", false), ("null", .null), ("~", .null), ("12", 12), ("-7", -7),
            ("+7", 7), ("012", 12),
            ("0x1F", 31), ("0o17", 15), ("1.5", 1.5), ("-.5", -0.5), ("1e3", 1000.0), ("3.", 3.0),
            ("no", "no"),
            ("on", "on"), ("yes", "yes"), ("1:30", "1:30"), ("1_000", "1_000"), ("2026-11-22", "2026-11-22"),
            ("0b1", "0b1"),
            (".", "."), ("e5", "e5"), ("'12'", "12"), ("\"true\"", "true"), ("!!str 12", "12"),
            ("9223372036854775807", 9_223_372_036_854_775_807), ("[1, [a]]", [1, ["a"]]),
            ("{a: {b: 1}}", ["a": ["b": 1]]),
            ("TRUE", true), ("tRUE", "tRUE"), ("[]", []), ("{}", [:]),
        ] as [(String, Value)])
    func core(text: String, value: Value) throws {
        #expect(try parameters(text) == ["v": value])
    }

    @Test(
        "what no value can hold is a mistake with its place",
        arguments: [
            ("[9223372036854775808]", "needs more than 64 bits"),
            ("{a: -9223372036854775809}", "needs more than 64 bits"),
            ("[{a: [0xFFFFFFFFFFFFFFFFF]}]", "needs more than 64 bits"), ("[1e999]", "too large"),
            ("[a, .inf]", "not a finite number"), ("{a: .NaN}", "not a finite number"),
            ("&x 1", "anchors and aliases"), ("!thing 1", "tags"),
            ("!<x> {a: 1}", "tags"),
            ("{[a]: 1}", "a key must be a text"), ("{'': 1}", "a key must be a text"),
        ])
    func noValue(text: String, message: String) {
        let found = mistakes("map: m\ntriggers:\n  open:\n  - run: p.a\n    with: { v: \(text) }\(Self.tail)")
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains(message) == true, "\(found)")
        #expect(found.first?.hasPrefix("5:") == true, "\(found)")
    }

    @Test("where a text is required, what is there is the text")
    func texts() throws {
        let file = MapFile(
            Array(
                "map: 012\ntitle: no\ntracks: [ { track: 1, title: 1:30, steps: [ { step: 2, title: 1e3 } ] } ]"
                    .utf8),
            file: "maps/012.yaml")
        #expect(file.mistakes == [])
        let draft = try #require(file.draft)
        #expect(draft.id?.value == "012")
        #expect(draft.title?.value == "no")
        #expect(draft.tracks.first?.title?.value == "1:30")
        #expect(draft.tracks.first?.steps.first?.title?.value == "1e3")
    }

    @Test("nothing is not a text, but it is an empty table or list")
    func nothing() {
        #expect(
            mistakes("map: m\ntitle:\nfinish: ~\ntriggers:\ntracks:\n  - track: a\n    steps:\n") == [
                "2:7: `title` must be a text, not nothing; in quotes it would be one",
                "3:9: `finish` must be a text, not nothing; in quotes it would be one",
                "6:5: a track needs at least one step, under `steps`",
            ])
    }

    @Test("a repeated key is a mistake, and the rest is still read")
    func repeatedKeys() {
        let text = """
            map: m
            title: a
            title: b
            "title": c
            finish: never
            tracks:
              - { track: a, track: b, steps: [ { step: b } ] }
              - track: c
                'kind': task
                steps:
                  - step: d
                    step: e
                kind: video
            """
        #expect(
            mistakes(text) == [
                "3:1: the key \"title\" appears twice in one table; first at line 2",
                "4:1: the key \"title\" appears twice in one table; first at line 2",
                "5:9: `finish` gives one of closed, won and lost, not \"never\"",
                "7:17: the key \"track\" appears twice in one table; first at line 7",
                "12:9: the key \"step\" appears twice in one table; first at line 11",
                "13:5: the key \"kind\" appears twice in one table; first at line 9",
            ])
    }

    @Test("repeated keys are reported beside what ends the reading")
    func repeatedKeysAndMore() {
        let found = mistakes("a: { b: 1, b: 2 }\na: [\n")
        #expect(found.first == "1:12: the key \"b\" appears twice in one table; first at line 1")
        #expect(found.count == 2 && found.last?.contains("this is not YAML") == true, "\(found)")
    }

    @Test("however many tables repeat a key, each is reported")
    func manyRepeatedKeys() {
        let found = mistakes("map: m\ntracks:\n" + String(repeating: "- { a: 1, a: 2 }\n", count: 60))
        let repeated = found.filter {
            $0.hasSuffix("the key \"a\" appears twice in one table; first at line 3")
        }
        #expect(repeated == ["3:11: the key \"a\" appears twice in one table; first at line 3"])
        #expect(found.count { $0.contains("appears twice") } == 60)
    }

    @Test("a repeated key that is spelled with an escape is a mistake too")
    func repeatedEscapedKey() {
        let found = mistakes("map: m\n\"\\x74itle\": a\ntitle: b\(Self.tail)")
        #expect(found == ["3:1: the key \"title\" appears twice in one table; first at line 2"])
    }

    @Test(
        "a file that is not one YAML document is refused with its place",
        arguments: [
            ("map: m\n  title: x\n", "2:3", "not YAML"), ("map: [m\n", "", "not YAML"),
            ("map: \"m\n", "", "not YAML"),
            ("map: m\n---\nmap: n\n", "2:1", "a second document"),
            ("map: m\ntitle: \u{7}\n", "2:8", "U+0007"),
            ("map: *x\ntracks: [ { track: a, steps: [ { step: b } ] } ]\n", "1:6", "aliases"),
            ("\tmap: m\n", "1:1", "not YAML"), ("", "1:1", "empty"),
            ("# only a comment\n", "1:1", "empty"), ("just text", "1:1", "must be a table"),
            ("- map", "1:1", "must be a table"),
            ("map: m\ntitle: a\u{FEFF}b\n", "2:9", "U+FEFF"), ("map: m\0", "1:7", "U+0000"),
        ])
    func syntax(text: String, place: String, message: String) {
        let found = mistakes(text)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(place) == true, "\(found)")
        #expect(found.first?.contains(message) == true, "\(found)")
    }

    @Test("invalid UTF-8 is a mistake with its place")
    func invalidText() {
        let file = MapFile(Array("map: m\ntitle: é".utf8) + [0xC3, 0x28], file: "maps/m.yaml")
        #expect(file.mistakes.map(\.description) == ["maps/m.yaml:2:9: the file is not valid UTF-8 here"])
        #expect(file.draft == nil)
    }

    @Test("a byte order mark and Windows line ends are read over")
    func marks() {
        #expect(mistakes("\u{FEFF}map: m\r\ntitle: x\r\n\(Self.tail)") == [])
    }

    @Test("a file over the limit is refused")
    func size() {
        let found = mistakes("map: m\n" + String(repeating: "#", count: 1 << 20))
        #expect(found == ["\u{20}the file has 1048583 bytes; at most 1048576 are allowed"])
    }

    @Test("aliases that would grow beyond all bounds are never followed")
    func billionLaughs() {
        var text = "map: m\na: &a [x, x, x, x, x, x, x, x, x]\n"
        for (from, to) in zip("abcdefghijklmno", "bcdefghijklmnop") {
            text +=
                "\(to): &\(to) [*\(from), *\(from), *\(from), *\(from), *\(from), *\(from), *\(from), *\(from)]\n"
        }
        text += "? *p\n: 1\n"
        let found = mistakes(text).filter {
            $0.hasSuffix(": anchors and aliases (`&name`, `*name`) are not read here; write the value out")
        }
        #expect(found.map { $0.prefix { $0 != " " } } == (2...17).map { "\($0):4:" } + ["18:3:"])
    }

    @Test("ands and stars in a text are not anchors and aliases")
    func innocent() {
        #expect(mistakes("map: m\ntitle: Salt & pepper *really* fine & good\(Self.tail)") == [])
        #expect(mistakes("map: m\ntitle: \"&salt *salt\"\(Self.tail)") == [])
    }

    @Test(
        "deep nesting is refused and does not overflow the stack", arguments: [40, 900, 100_000])
    func depth(levels: Int) {
        for text in [
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels),
            String(repeating: "{a: ", count: levels) + "1" + String(repeating: "}", count: levels),
            String(repeating: "- ", count: levels) + "1", String(repeating: "? ", count: levels) + "1",
        ] {
            let found = mistakes(
                "map: m\ntriggers:\n  open:\n  - run: p.a\n    with:\n      v:\n        \(text)\(Self.tail)")
            // That it is too deep, and from 128 levels on that the rest is not read.
            #expect(found.count == (levels > 128 ? 2 : 1), "\(found)")
            #expect(found.allSatisfy { $0.contains(" levels deep") || $0.contains("a key must be a text") })
        }
    }

    @Test("a file with countless mistakes reports a bounded number of them")
    func manyMistakes() {
        let lines = (0..<2_000).map { "k\($0): 1\n" }.joined()
        let found = mistakes("map: m\n" + lines + Self.tail)
        #expect(found.count == 501)
        #expect(found.last == " 1500 more mistakes are not shown")
    }

    @Test("a table of countless keys is refused")
    func manyKeys() {
        let keys = (0...10_000).map { "k\($0): 1" }.joined(separator: ", ")
        #expect(
            mistakes("map: m\ntitle: { \(keys) }\(Self.tail)") == ["2:8: more than 10000 keys in one table"])
    }

    @Test("broken files end in mistakes, never in a crash", arguments: 0..<20)
    func mutations(seed: UInt64) {
        let sample = Array(
            """
            # a comment
            map: m
            title: "quoted \\" text" # more
            finish: won
            triggers: { open: [ { run: p.a, with: { a: 'x''y', b: [1, 2.5, ~], c: {d: e} }, when: a == "b" } ] }
            tracks:
              - track: a
                kind: flex
                flex: { decide: p.d, fallback: all }
                steps:
                  - step: b
                    title: >-
                      folded
                      text
                  - { step: c, title: |
                      literal }
            """.utf8)
        let signs = Array("{}[]:,-?&*!|>'\"#%@`\n\t \\~<0é\u{0}".utf8) + [0xFF, 0xC3, 0x85]
        var random = SplitMix(state: seed)
        for _ in 0..<200 {
            var bytes = sample
            for _ in 0...(random.next() % 4) {
                let place = Int(random.next() % UInt64(bytes.count))
                let sign = signs[Int(random.next() % UInt64(signs.count))]
                switch random.next() % 4 {
                case 0: bytes[place] = sign
                case 1: bytes.insert(sign, at: place)
                case 2: bytes.remove(at: place)
                default: bytes.insert(contentsOf: bytes[place..<min(place + 20, bytes.count)], at: place)
                }
            }
            let file = MapFile(bytes, file: "maps/m.yaml")
            guard file.mistakes.isEmpty, let draft = file.draft else { continue }
            #expect(throws: Never.self) { try MapDefinition(validating: draft, version: file.version) }
        }
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
