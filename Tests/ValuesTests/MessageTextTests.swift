import Testing
import Values

@Suite("Texts from outside in messages")
struct MessageTextTests {
    private static let scalars = (UInt32(0)...0x9F).filter { $0 < 0x20 || $0 >= 0x7F }
        .compactMap(Unicode.Scalar.init)

    @Test("no control character of ASCII or of Latin-1 gets into a message", arguments: scalars)
    func controls(scalar: Unicode.Scalar) {
        let text = "a\(scalar)b"
        #expect(text.hasControlCharacters)
        #expect(text.quotedForMessage == "\"a b\"")
        #expect(text.withoutQuotes == "a b")
        #expect(text.printable == (scalar == "\t" ? "a b" : "a?b"))
        // Also where a mark behind it makes one character of both.
        #expect(!"\(scalar)\u{301}".quotedForMessage.hasControlCharacters)
        #expect(!suggestion(for: "landing", among: ["landin\(scalar)"]).hasControlCharacters)
    }

    @Test("all other text stays, cut where it is too long")
    func others() {
        for text in ["", "a \u{A0}\"é\u{301} 你好 👋🏽", String(repeating: "x", count: 80)] {
            #expect(!text.hasControlCharacters)
            #expect(text.quotedForMessage == "\"\(text)\"")
            #expect(text.printable == text)
        }
        let long = String(repeating: "x", count: 81)
        #expect(long.quotedForMessage == "\"\(long.dropLast())...\"")
    }

    @Test("JSON with a name that appears twice is reported in one line")
    func repeatedName() {
        let mistake = #expect(throws: JSONReader.SyntaxError.self) {
            try JSONReader.read(#"{"a\n\u009b": 1, "a\n\u009b": 2}"#)
        }
        #expect(mistake?.message == "\"a  \" appears twice")
    }
}
