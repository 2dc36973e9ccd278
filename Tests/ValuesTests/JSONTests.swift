import Testing
import Values

@Suite("JSON")
struct JSONTests {
    @Test(
        "what is written reads back as the same value",
        arguments: [
            .null, true, false, 0, -1, 9_223_372_036_854_775_807, 1.5, 1e300, "", "é \u{1} \" \\ \n",
            [], [1, [2, []], .null], [:], ["b": 1, "a": ["x": "y"]],
        ] as [Value])
    func roundTrip(value: Value) throws {
        #expect(try JSONReader.read(value.json) == value)
    }

    @Test("integers and doubles stay apart")
    func numbers() throws {
        #expect(try JSONReader.read("[1, 1.0, -0, 1e2]") == [1, 1.0, 0, 100.0])
        #expect(Value.list([1, 1.0]).json == "[1,1.0]")
    }

    @Test("keys are written in the order of their bytes")
    func order() {
        #expect((["z": 1, "a": 2, "Z": 3] as Value).json == #"{"Z":3,"a":2,"z":1}"#)
    }

    @Test("two spellings of one letter are two keys")
    func spellings() throws {
        let table = try JSONReader.read(#"{"\u00e9":1,"e\u0301":2}"#).table
        #expect(table?.count == 2)
    }

    @Test("escapes are read, surrogate pairs too")
    func escapes() throws {
        #expect(try JSONReader.read(#""\ud83d\ude00\t\/""#) == .string("\u{1F600}\t/"))
    }

    @Test(
        "what is not JSON is refused with its place",
        arguments: [
            ("", "ends too early", 1), ("{\"a\":1,\"a\":2}", "appears twice", 8),
            ("[1,]", "expected a JSON value", 4),
            ("01", "not a JSON number", 1), ("9223372036854775808", "more than 64 bits", 1),
            ("1e999", "too large", 1), ("\"\\ud800\"", "surrogate", 2), ("nul", "expected a JSON value", 1),
            ("1 2", "follows the end", 3), ("\"abc", "not closed", 1), ("\"a\tb\"", "control character", 3),
        ])
    func mistakes(text: String, message: String, column: Int) {
        let mistake = #expect(throws: JSONReader.SyntaxError.self) { try JSONReader.read(text) }
        #expect(mistake?.message.contains(message) == true, "\(mistake as Any)")
        #expect(mistake?.column == column)
    }

    @Test("a name that appears twice is refused wherever it is", arguments: [2, 3, 64, 65, 66, 200])
    func twice(count: Int) throws {
        let names = (1..<count).map { "n\($0 * 37 % count)" }
        for place in [0, names.count / 2, names.count - 1] {
            let members = (names + [names[place]]).map { "\"\($0)\":1" }
            let text = "{\(members.joined(separator: ","))}"
            let mistake = #expect(throws: JSONReader.SyntaxError.self) { try JSONReader.read(text) }
            #expect(mistake?.message == "\"\(names[place])\" appears twice")
            #expect(mistake?.column == text.utf8.count - (members.last?.utf8.count ?? 0))
        }
    }

    @Test("a text is read whatever its length, with and without letters beyond ASCII", arguments: 0..<40)
    func lengths(count: Int) throws {
        for letter in ["a", "\u{7f}", "\u{80}", "\u{e9}", "\u{1F600}"] {
            let text = String(repeating: "x", count: count) + letter
            #expect(try JSONReader.read("\"\(text)\"") == .string(text))
        }
    }

    @Test("invalid UTF-8 in a text is refused")
    func invalidText() {
        #expect(throws: JSONReader.SyntaxError.self) { try JSONReader.read([0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test("nesting beyond the limit is refused and does not overflow the stack")
    func depth() {
        let text = String(repeating: "[", count: 100_000)
        let mistake = #expect(throws: JSONReader.SyntaxError.self) { try JSONReader.read(text) }
        #expect(mistake?.message.contains("levels deep") == true)
    }

    @Test("what could not be read back is noted by the writer, and nothing unreadable is written")
    func faults() throws {
        func nested(_ levels: Int) -> Value { (0..<levels).reduce(Value.null) { value, _ in ["k": [value]] } }
        let cases: [(Value, Value.Fault?)] = [
            (1.5, nil), (.double(-0.0), nil), (.double(.greatestFiniteMagnitude), nil),
            (.double(.infinity), .notFinite), (["a": [1, .double(.nan)]], .notFinite), (nested(32), nil),
            (nested(33), .tooDeep),
        ]
        for (value, fault) in cases {
            var writer = JSONWriter()
            writer.value(value)
            #expect(writer.fault == fault)
            #expect(value.fault(deeperThan: JSONReader.depthLimit) == fault)
            if fault == nil { #expect(try JSONReader.read(writer.bytes) == value) }
            if fault == .notFinite { _ = try JSONReader.read(writer.bytes) }
        }
        var lines = JSONWriter()
        for _ in 0..<200 {
            lines.beginObject()
            lines.field("n", 1)
            lines.endObject()
            lines.newline()
        }
        #expect(lines.fault == nil)
    }

    @Test("an infinite number is read from stores alone")
    func infinity() throws {
        let largest = Double.greatestFiniteMagnitude
        for (text, value) in [
            ("inf", Value.double(largest)), ("-inf", .double(-largest)),
            (#"{"a":[inf,-inf],"inf":-1}"#, ["a": [.double(largest), .double(-largest)], "inf": -1]),
        ] {
            #expect(try JSONReader.read(stored: Array(text.utf8)) == value)
            #expect(throws: JSONReader.SyntaxError.self) { try JSONReader.read(text) }
        }
        for text in ["in", "infinity", "-in", "nan", "Inf", "--inf", "- inf"] {
            #expect(throws: JSONReader.SyntaxError.self) { try JSONReader.read(stored: Array(text.utf8)) }
        }
    }

    @Test("control characters of Latin-1 are escaped, and read back as they were")
    func latinControls() throws {
        let text = "a\u{80}\u{9B}31m\u{9F}\u{A0}é\u{C2}"
        let json = Value.string(text).json
        #expect(json == #""a\u0080\u009b31m\u009f"# + "\u{A0}é\u{C2}\"")
        #expect(try JSONReader.read(json) == .string(text))
    }

    @Test("a character is escaped or not wherever in a text it is")
    func everyPlace() throws {
        for character in (0..<0x180 as Range<UInt16>).compactMap({ Unicode.Scalar($0) }) {
            for (length, place) in Self.places {
                var scalars = Array("abcdefghijklmnopqr".unicodeScalars.prefix(length))
                scalars[place] = character
                let text = String(String.UnicodeScalarView(scalars))
                let json = Value.string(text).json
                #expect(json.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
                #expect(try JSONReader.read(Array(json.utf8)) == .string(text))
                let isPlain = json.utf8.count == text.utf8.count + 2
                let escapes =
                    character.value < 0x20 || "\"\\".unicodeScalars.contains(character)
                    || (0x7F..<0xA0).contains(character.value)
                #expect(isPlain == !escapes, "\(character.value) at \(place) of \(length)")
            }
        }
    }

    /// In texts of every length that is looked at in a way of its own.
    private static let places = [1, 2, 3, 4, 7, 8, 11, 18].flatMap { length in
        (0..<length).map { (length: length, place: $0) }
    }

    @Test("an object whose names fall is read in about the time of one whose names rise")
    func fallingNames() throws {
        func seconds(_ count: Int) throws -> Double {
            let names = (0..<count).map { "\"n\(10_000_000 - $0)\":1" }
            let text = Array("{\(names.joined(separator: ","))}".utf8)
            var read: Value?
            let seconds = try cpuSeconds { read = try JSONReader.read(text) }
            #expect(read?.table?.count == count)
            return seconds
        }
        let (few, many) = (try seconds(30_000), try seconds(300_000))
        #expect(many < 40 * max(few, 0.01))
    }
}
