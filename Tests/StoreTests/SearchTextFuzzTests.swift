import Foundation
import TestKit
import Testing
import Values

@testable import Store

@Suite("Searching for random texts")
struct SearchTextFuzzTests {
    private static let pieces = [
        "a", "I", "i", "\u{130}", "\u{131}", "ß", "ẞ", "Σ", "ς", "\u{301}", "\u{307}", "\u{323}", "\u{345}",
        "\u{1F80}",
        "\u{1F88}", "ﬁ", "ŉ", "ǰ", "Å", "\u{212B}", "\u{212A}", "한", "\u{1112}\u{1161}\u{11AB}",
        "\u{1E9B}\u{323}",
        "\u{37E}", "\u{483}", "\u{FFFF}", "👋🏽", "𐐀", "\u{101A0}",
    ]

    @Test(
        "a text is found in itself, between others, in each spelling, and as its folding says in either case")
    func found() throws {
        try Fuzzing("searched texts").run(
            make: { random in
                (0...Int.random(in: 0...5, using: &random)).map { _ in
                    random.once(in: 4) ? random.text() : random.pick(Self.pieces)
                }.joined()
            }, bytes: { Array($0.utf8) }
        ) { text in
            let searched = SearchText(text)
            try require(searched.isIn(text), "not in itself")
            // A letter before and a space behind, to which no mark of the text's own goes.
            try require(
                searched.isIn("\(text) z") && searched.isIn("z \(text)") || text.unicodeScalars.isEmpty
                    || Self.beginsWithMark(text), "not between others")
            for spelling in [
                text.decomposedStringWithCanonicalMapping, SearchText.composed(text),
            ] {
                try require(
                    searched.isIn(spelling) && SearchText(spelling).isIn(text), "not in another spelling")
                try requireEqual(SearchText(spelling), searched)
            }
            for scalar in text.unicodeScalars where scalar.value != 0x131 {
                for other in [scalar.properties.uppercaseMapping, scalar.properties.lowercaseMapping]
                where other.unicodeScalars.count == 1 {
                    try require(SearchText(String(scalar)).isIn(other), "\(scalar) is not \(other)")
                }
            }
        }
    }

    /// Whether a letter before it would take part of it.
    private static func beginsWithMark(_ text: String) -> Bool {
        let apart = text.decomposedStringWithCanonicalMapping.unicodeScalars
        return apart.first?.properties.canonicalCombiningClass != .notReordered
            || apart.first?.properties.generalCategory == .nonspacingMark
    }
}
