import Foundation
import Values

/// A text that others are searched for, in any case and any spelling of its letters.
///
/// Upper and lower case match for all letters that have both, by Unicode's simple case folding; `ß` is
/// not `ss`. An accented letter matches whether it is written as one character or as a letter with marks
/// (canonical equivalence); without its accent it is another letter.
package struct SearchText: Sendable, Hashable {
    /// Folded, in UTF-8.
    private let bytes: [UInt8]
    private let isASCII: Bool
    /// For each byte how long the longest beginning of the text is that ends with it, other than all up to there: where a
    /// byte does not match, so much of what was found still does, and no byte of what is searched is read twice.
    private let borders: [Int]

    package init(_ text: String) {
        bytes = Self.folded(text)
        isASCII = bytes.allSatisfy { $0 < 0x80 }
        borders = Self.borders(of: bytes)
    }

    /// Whether the text contains this one. The empty text is in every one.
    package func isIn(_ text: String) -> Bool {
        let found: Bool? = text.withBytes { utf8 in
            guard utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
            return isASCII && isIn(utf8) { $0.lowercasedASCII }
        }
        return found ?? Self.folded(text).withUnsafeBufferPointer { isIn($0) { $0 } }
    }

    /// Bytes do for characters, as no character of UTF-8 begins within another.
    private func isIn(_ text: UnsafeBufferPointer<UInt8>, folding fold: (UInt8) -> UInt8) -> Bool {
        guard text.count >= bytes.count else { return false }
        var matched = 0
        for byte in text {
            if matched == bytes.count { return true }
            let byte = fold(byte)
            while matched > 0, bytes[matched] != byte { matched = borders[matched - 1] }
            if bytes[matched] == byte { matched += 1 }
        }
        return matched == bytes.count
    }

    private static func borders(of bytes: [UInt8]) -> [Int] {
        var borders: [Int] = []
        borders.reserveCapacity(bytes.count)
        for byte in bytes {
            var length = borders.last ?? 0
            while length > 0, bytes[length] != byte { length = borders[length - 1] }
            borders.append(!borders.isEmpty && bytes[length] == byte ? length + 1 : 0)
        }
        return borders
    }

    private static func folded(_ text: String) -> [UInt8] {
        // Folding changes letters, so it comes after what takes their marks off and before what puts them on.
        let isStable = text.unicodeScalars.allSatisfy(\.isStable)
        let apart = isStable ? text : text.decomposedStringWithCanonicalMapping
        var folded = String.UnicodeScalarView()
        for scalar in apart.unicodeScalars { folded.append(scalar.folded) }
        return Array((isStable ? String(folded) : composed(String(folded))).utf8)
    }

    /// The text with letters and their marks as one character each where there is one.
    ///
    /// Foundation takes a scalar beyond 16 bits for the one that its last 16 are, when it puts a mark to it. No letter there has a
    /// mark of those within 16 bits, so what is between such scalars is composed by itself.
    static func composed(_ text: String) -> String {
        var composed = String.UnicodeScalarView()
        var run = String.UnicodeScalarView()
        func endRun() {
            composed.append(contentsOf: String(run).precomposedStringWithCanonicalMapping.unicodeScalars)
            run = String.UnicodeScalarView()
        }
        for scalar in text.unicodeScalars {
            if scalar.value <= 0xFFFF {
                run.append(scalar)
            } else {
                endRun()
                composed.append(scalar)
            }
        }
        endRun()
        return String(composed)
    }
}

extension UInt8 {
    fileprivate var lowercasedASCII: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}

extension Unicode.Scalar {
    /// Whether a text of such scalars alone has one spelling, and folding leaves it so: Latin, Greek and
    /// Cyrillic letters with their accents, for which the long way is not needed.
    package var isStable: Bool {
        switch value {
        // A capital I with a dot is a small i and a dot.
        case 0x130: false
        case ..<0x300: true
        // Signs that are others' second names.
        case 0x374, 0x37E, 0x387: false
        // Marks that go with the letter before them.
        case 0x483...0x487: false
        case 0x370..<0x530: true
        default: false
        }
    }

    private static let foldedScripts = (UInt32(0)..<0x530).compactMap { Unicode.Scalar($0)?.computedFold }

    /// The scalar that its upper and lower case fold to.
    package var folded: Unicode.Scalar {
        value < 0x530 ? Self.foldedScripts[Int(value)] : computedFold
    }

    /// The library has no case folding of its own. The small letter of the capital is that of Unicode's
    /// simple folding for every letter but the dotless i, whose capital is that of the other i.
    private var computedFold: Unicode.Scalar {
        if value == 0x131 { return self }
        let capital = Self.only(of: properties.uppercaseMapping) ?? self
        return Self.only(of: capital.properties.lowercaseMapping) ?? capital
    }

    private static func only(of text: String) -> Unicode.Scalar? {
        let scalars = text.unicodeScalars
        return scalars.count == 1 ? scalars.first : nil
    }
}
