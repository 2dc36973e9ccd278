import Foundation
import TestKit
import Testing

@testable import Store

@Suite("Searching for a text")
struct SearchTextTests {
    private func finds(_ text: String, _ searched: String) -> Bool { SearchText(searched).isIn(text) }

    @Test(
        "letters of every script match in either case",
        arguments: [
            ("Müller", "MÜLLER"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("Сергей Иванов", "ИВАНОВ"), ("ẞtraße", "ßTRA"),
            ("Łódź", "ŁÓDŹ"), ("Đorđe", "đorđe"), ("ＡＢＣ", "ｂｃ"), ("𐐀𐐁", "𐐨𐐩"), ("Ǆungla", "ǆUNGLA"),
            ("\u{212A}im", "kim"), ("kim", "\u{212A}IM"), ("Ա\u{580}", "ա\u{550}"),
        ])
    func cases(_ text: String, _ searched: String) {
        #expect(finds(text, searched))
        #expect(finds("\u{1F600} " + text + ".", searched))
        #expect(!finds(text, searched + "x"))
    }

    @Test(
        "an accented letter matches in every spelling, and is another letter than the one without",
        arguments: [
            ("Zu\u{308}rich", "Z\u{DC}RICH"), ("Z\u{FC}rich", "zU\u{308}R"),
            ("\u{212B}ngstrom", "a\u{30A}NG"),
            ("J\u{30C}", "\u{1F0}"), ("q\u{307}\u{323}", "Q\u{323}\u{307}"), ("\u{130}zmir", "i\u{307}ZMIR"),
            ("\u{D55C}\u{AE00}", "\u{1112}\u{1161}\u{11AB}"),
        ])
    func spellings(_ text: String, _ searched: String) {
        #expect(finds(text, searched))
        #expect(!finds("Zurich", "Z\u{FC}rich"))
        #expect(!finds("Z\u{FC}rich", "Zurich"))
        #expect(!finds("Zu\u{308}rich", "Zu"))
    }

    @Test("a letter beyond 16 bits is not the one that its last 16 bits are, whatever mark it has")
    func beyondSixteenBits() {
        #expect(finds("a \u{101A0}\u{301} z", "\u{101A0}\u{301}"))
        #expect(!finds("\u{1EDA}", "\u{101A0}\u{301}") && !finds("\u{101A0}\u{301}", "\u{1EDA}"))
        #expect(finds("\u{1109A}", "\u{11099}\u{110BA}") && finds("\u{11099}\u{110BA}", "\u{1109A}"))
    }

    @Test("the empty text is in every one, and a longer one in none")
    func edges() {
        #expect(finds("", "") && finds("a", "") && finds("\u{E9}", ""))
        #expect(!finds("", "a") && !finds("ab", "abc") && !finds("\u{E9}", "\u{E9}\u{E9}"))
        #expect(finds("aab", "ab") && finds("xyZ", "yz"))
        #expect(!finds("ı", "i") && !finds("stra\u{DF}e", "strasse"))
    }

    @Test("it is found exactly where a look at every place finds it")
    func places() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<20_000 {
            func text(_ most: Int) -> String {
                String((0..<Int.random(in: 0...most, using: &random)).map { _ in random.pick(["a", "b"]) })
            }
            let searched = text(5)
            let within = text(12)
            let starts = within.indices + [within.endIndex]
            let isThere = starts.contains { within[$0...].hasPrefix(searched) }
            #expect(finds(within, searched) == isThere, "\(searched) in \(within)")
        }
    }

    @Test("a text that nearly matches everywhere is read once")
    func once() throws {
        let many = String(repeating: "a", count: 200_000)
        let searched = String(repeating: "a", count: 100_000) + "b"
        let seconds = ContinuousClock().measure {
            #expect(!finds(many, searched) && finds(many + "b", searched))
        }
        // At every place it would be ten thousand million looks.
        #expect(seconds < .seconds(5 * Sanitizers.slowdown))
    }

    @Test("what is folded the short way comes out as it would the long way")
    func shortWay() {
        for value in UInt32(0)..<0x530 {
            guard let scalar = Unicode.Scalar(value), scalar.isStable else { continue }
            let apart = String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars
            let long = String(String.UnicodeScalarView(apart.map(\.folded)))
                .precomposedStringWithCanonicalMapping
            #expect(Array(long.utf8) == Array(String(scalar.folded).utf8), "U+\(String(value, radix: 16))")
        }
    }

    @Test("upper and lower case of a scalar fold to the same, and folding again changes nothing")
    func folding() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), value != 0x131 else { continue }
            let folded = scalar.folded
            #expect(folded.folded == folded, "U+\(String(value, radix: 16))")
            for mapping in [scalar.properties.uppercaseMapping, scalar.properties.lowercaseMapping] {
                guard mapping.unicodeScalars.count == 1, let other = mapping.unicodeScalars.first else {
                    continue
                }
                #expect(other.folded == folded, "U+\(String(value, radix: 16))")
            }
        }
    }
}
