import Signalbox
import TestKit
import Testing
import Values

@Suite("The lines of a commands file")
struct CommandLinesTests {
    /// Of each line in the pieces its number, its beginning and whether it is too long.
    private func lines(_ pieces: [ArraySlice<UInt8>], isCut: Bool = false) throws -> [String] {
        var lines = CommandLines(limitBytes: 8)
        var found: [String] = []
        func take() throws {
            while let line = try lines.next() {
                found.append("\(line.number) \(String(decoding: line.bytes.prefix(8), as: UTF8.self))")
                #expect(line.isTooLong == (line.bytes.count > 8))
                if line.isTooLong { found[found.count - 1] += "..." }
            }
        }
        for piece in pieces {
            lines.add(Array(piece))
            try take()
        }
        lines.end(isCut: isCut)
        try take()
        #expect(try lines.next() == nil)
        return found
    }

    private static let text = Array(
        "\u{FEFF}one\n\n \t\r\ntwo\r\n12345678\n123456789\nfive and six\n\nlast".utf8)
    private static let expected = [
        "1 one", "4 two\r", "5 12345678", "6 12345678...", "7 five and...", "9 last",
    ]

    @Test("they are the same wherever the pieces end")
    func pieces() throws {
        let text = Self.text
        #expect(try lines([text[...]]) == Self.expected)
        for first in text.indices {
            for second in first..<text.count {
                #expect(
                    try lines([text[..<first], text[first..<second], text[second...]]) == Self.expected)
            }
        }
        #expect(try lines(text.indices.map { text[$0...$0] }) == Self.expected)
    }

    @Test("a line that was not read to its end is none where the reading was cut off")
    func cut() throws {
        for pieces in [[Self.text[...]], Self.text.indices.map { Self.text[$0...$0] }] {
            #expect(try lines(pieces, isCut: true) == Self.expected.dropLast())
        }
        #expect(try lines([Array("one".utf8)[...]], isCut: true) == [])
        #expect(try lines([], isCut: true) == [])
    }
}
