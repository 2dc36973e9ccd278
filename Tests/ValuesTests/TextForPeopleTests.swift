import Testing
import Values

@Suite("Text for people")
struct TextForPeopleTests {
    @Test("what a lead brought does not move the cursor")
    func printable() {
        #expect("a\u{1B}[2J\r\u{9B}b".printable == "a?[2J??b")
        #expect("Zoë 你好".printable == "Zoë 你好")
        #expect("a\u{85}".hasControlCharacters && !"ä".hasControlCharacters)
    }

    @Test("long texts are shown by their beginnings")
    func shortened() {
        #expect(String(repeating: "x", count: 10_000).shortened.count == 123)
        #expect("short".shortened == "short")
        #expect(String(repeating: "x", count: 81).quotedForMessage.count == 85)
    }

    @Test("a text in a message is in quotes, on one line")
    func quoted() {
        #expect("a\nb".quotedForMessage == "\"a b\"")
        #expect("".quotedForMessage == "\"\"")
    }

    @Test(
        "a value shows which type it has: a text that would read as something else is in quotes",
        arguments: [
            ("Oslo", "Oslo"), (10037, "10037"), ("10037", #""10037""#), ("01067", #""01067""#),
            (0.5, "0.5"), ("0.5", #""0.5""#), ("-1", #""-1""#), ("1e5", #""1e5""#), ("nan", #""nan""#),
            (true, "true"), ("true", #""true""#), ("null", #""null""#), (.null, "null"), ("", "\"\""),
            (" ", #"" ""#), ("x ", #""x ""#), (["a"], #"["a"]"#), (#"["a"]"#, #""[\"a\"]""#),
            ("{", #""{""#), (#""x""#, #""\"x\"""#), ("a\tb", #""a\tb""#), ("a\nb", #""a\nb""#),
            ("2026-11-22", "2026-11-22"), ("12 Main St", "12 Main St"), ("Zoë", "Zoë"),
        ] as [(Value, String)])
    func values(value: Value, shown: String) {
        #expect(value.forPeople == shown)
        let isWord = value != "12 Main St"
        #expect(value.wordForPeople == (isWord ? shown : #""12 Main St""#))
    }

    @Test("a long value is shown by its beginning")
    func longValues() {
        let long = String(repeating: "x", count: 1000)
        #expect(Value.string(long).forPeople == long.prefix(120) + "...")
        #expect(Value.string(" " + long).forPeople.hasSuffix("...\""))
        #expect(Value.list([.string(long)]).forPeople.hasSuffix("..."))
    }

    @Test("a time is shown to the second")
    func times() {
        #expect(Timestamp("2026-11-22T09:00:00.999Z")?.forPeople == "2026-11-22 09:00:00Z")
        #expect(Timestamp(milliseconds: -1).forPeople == "1969-12-31 23:59:59Z")
    }

    @Test("names are listed and counted as people do")
    func listed() {
        #expect([String]().listed(with: "or") == "")
        #expect(["a"].listed(with: "or") == "a")
        #expect(["a", "b", "c"].listed(with: "or") == "a, b or c")
        #expect(counted(1, "map") == "1 map" && counted(0, "map") == "0 maps")
    }

    @Test("a name that is close to what was written is suggested, and no other")
    func suggestions() {
        let verbs = ["assign", "complete", "set"]
        #expect(suggestion(for: "asign", among: verbs) == "; did you mean \"assign\"?")
        #expect(suggestion(for: "fly", among: verbs) == "")
        #expect(suggestion(for: "assign", among: ["assign"]) == "")
    }

    @Test("blank is white space alone")
    func blank() {
        #expect("".isBlank && " \t\n".isBlank && !" a".isBlank)
    }

    @Test(
        "what moves a cursor, ends a line or turns the direction of text does not reach a terminal",
        arguments: [
            ("a\u{9B}31mb", "a?31mb"), ("a\u{202E}b\u{2066}c\u{2069}", "a?b?c?"),
            ("a\u{2028}b\u{2029}", "a?b?"), ("a\tb", "a b"),
            ("a\u{1B}]0;title\u{7}b", "a?]0;title?b"), ("ä€😀\u{200D}", "ä€😀\u{200D}"),
        ])
    func deceptive(_ text: String, _ clean: String) {
        #expect(text.printable == clean)
        #expect(text.printableLines(styles: false) == clean)
        #expect(text.printableLines(styles: true) == clean)
        let isDeceptive = text.quotedForMessage.unicodeScalars.contains(where: \.isDeceptive)
        #expect(!isDeceptive)
    }

    @Test("lines that are ready to be printed keep their ends, and their style where there is one")
    func lines() {
        let text = "a\n\u{1B}[31mred\u{1B}[0m\u{1B}[2J\r"
        #expect(text.printableLines(styles: true) == "a\n\u{1B}[31mred\u{1B}[0m?[2J?")
        #expect(text.printableLines(styles: false) == "a\n?[31mred?[0m?[2J?")
    }
}

@Suite("Times")
struct TimestampTests {
    @Test(
        "a time is written as it was read",
        arguments: [
            "0000-01-01T00:00:00Z", "0999-12-31T23:59:59.999Z", "1970-01-01T00:00:00.001Z",
            "2000-02-29T12:30:09.090Z", "2026-11-22T09:00:00Z", "9999-12-31T23:59:59.999Z",
        ])
    func roundTrip(text: String) { #expect(Timestamp(text)?.description == text) }

    @Test("a year of more digits, or before the year 0, is written too")
    func farYears() {
        #expect(
            Timestamp(milliseconds: 253_402_300_800_000 + 3_723_004).description
                == "10000-01-01T01:02:03.004Z")
        #expect(Timestamp(milliseconds: -62_167_219_200_000 - 1000).description == "-1-12-31T23:59:59Z")
    }
}
