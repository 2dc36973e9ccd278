import Foundation
import Values

/// Fields of a letter's header as they are written (RFC 5322), each with the end of its line.
enum HeaderText {
    /// How long a line is at most where it can be divided.
    private static let lineBytes = 76
    /// Longer words do not fit a line and are encoded.
    private static let wordBytes = 900
    /// `=?UTF-8?B?` and `?=`.
    private static let encodingBytes = 12

    /// A field with a text for people. Letters beyond ASCII are written as encoded words (RFC 2047).
    static func text(_ name: String, _ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
        let words = words(of: text)
        guard isPlain, words.allSatisfy({ $0.utf8.count <= wordBytes }) else {
            return encoded(name, text)
        }
        return folded(name, words)
    }

    /// A field with addresses.
    static func addresses(_ name: String, _ addresses: [String]) -> String {
        let last = addresses.count - 1
        return folded(name, addresses.enumerated().map { $0.offset == last ? $0.element : $0.element + "," })
    }

    /// A field whose value is written as it is.
    static func exact(_ name: String, _ value: String) -> String { "\(name): \(value)\r\n" }

    /// Pieces that each begin with the spaces before their word; a line may end before one.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var hasLetter = false
        for letter in text {
            if letter == " ", hasLetter {
                words.append(word)
                word = ""
                hasLetter = false
            }
            word.append(letter)
            hasLetter = hasLetter || letter != " "
        }
        // A line of spaces alone would end the header for some readers.
        if hasLetter || words.isEmpty {
            words.append(word)
        } else {
            words[words.count - 1] += word
        }
        return words
    }

    private static func folded(_ name: String, _ words: [String]) -> String {
        var text = "\(name):"
        var length = text.utf8.count
        for (index, word) in words.enumerated() {
            let piece = index > 0 && word.hasPrefix(" ") ? word : " " + word
            if length + piece.utf8.count > lineBytes, index > 0 {
                text += "\r\n"
                length = 0
            }
            text += piece
            length += piece.utf8.count
        }
        return text + "\r\n"
    }

    private static func encoded(_ name: String, _ text: String) -> String {
        var line = "\(name):"
        var field = ""
        var chunk: [UInt8] = []
        func room() -> Int { (lineBytes - line.utf8.count - 1 - encodingBytes) / 4 * 3 }
        func flush() {
            line += " =?UTF-8?B?\(Data(chunk).base64EncodedString())?="
            field += line
            line = ""
            chunk = []
        }
        // A character is not divided between two words.
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if chunk.count + bytes.count > room() {
                if chunk.isEmpty { field += line } else { flush() }
                field += "\r\n"
                line = ""
            }
            chunk += bytes
        }
        flush()
        return field + "\r\n"
    }
}

extension Timestamp {
    /// As letters have it: `Sun, 29 Nov 2026 04:15:47 +0000`.
    var letterDate: String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let dayMilliseconds: Int64 = 86_400_000
        let day = milliseconds / dayMilliseconds - (milliseconds % dayMilliseconds < 0 ? 1 : 0)
        // `2026-11-29T04:15:47.000Z`
        let text = description.split { "-T.Z".contains($0) }.map(String.init)
        let month = months[(Int(text[1]) ?? 1) - 1]
        return "\(days[Int((day % 7 + 7) % 7)]), \(text[2]) \(month) \(text[0]) \(text[3]) +0000"
    }
}
