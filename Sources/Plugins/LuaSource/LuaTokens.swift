/// One token of Lua source.
enum LuaToken: Equatable {
    case name(String)
    /// A reserved word or a sign.
    case word(String)
    /// A text between quotes or long brackets. Nil when it has escapes, which are not read here.
    case text(String?)
    /// As it is written.
    case number(String)

    static let reserved: Set = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
        "local",
        "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]
}

/// A token and where it is, in bytes of its source.
struct PlacedLuaToken {
    let token: LuaToken
    let range: Range<Int>
}

/// Divides Lua source into tokens. The source is one that the interpreter has compiled: what it would refuse is
/// not looked for.
struct LuaTokens {
    private let bytes: [UInt8]
    private var at = 0
    /// Where the comments are, with their dashes.
    private(set) var comments: [Range<Int>] = []

    static func of(_ source: String) -> [LuaToken] {
        var reader = LuaTokens(bytes: Array(source.utf8))
        return reader.readAll().map(\.token)
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// What is left to read.
    mutating func readAll() -> [PlacedLuaToken] {
        var tokens: [PlacedLuaToken] = []
        skipSpace()
        while at < bytes.count {
            let start = at
            guard let token = next() else { break }
            tokens.append(PlacedLuaToken(token: token, range: start..<max(at, start + 1)))
            skipSpace()
        }
        return tokens
    }

    private func byte(_ offset: Int = 0) -> UInt8? {
        bytes.indices.contains(at + offset) ? bytes[at + offset] : nil
    }

    private mutating func next() -> LuaToken? {
        guard let first = byte() else { return nil }
        if Self.isLetter(first) { return word() }
        let isDigit = Self.isDigit(first) || (first == UInt8(ascii: ".") && byte(1).map(Self.isDigit) == true)
        if isDigit { return number() }
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") { return quoted(first) }
        if first == UInt8(ascii: "["), let text = longText() { return .text(text) }
        return sign()
    }

    private mutating func skipSpace() {
        while let byte = byte() {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                at += 1
            } else if byte == UInt8(ascii: "-"), self.byte(1) == UInt8(ascii: "-") {
                let start = at
                at += 2
                if self.byte() != UInt8(ascii: "[") || longText() == nil {
                    while let byte = self.byte(), byte != 0x0A, byte != 0x0D { at += 1 }
                }
                comments.append(start..<at)
            } else {
                return
            }
        }
    }

    private mutating func word() -> LuaToken {
        let start = at
        while let byte = byte(), Self.isLetter(byte) || Self.isDigit(byte) { at += 1 }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        return LuaToken.reserved.contains(text) ? .word(text) : .name(text)
    }

    /// Digits, letters and dots in a row, and a sign behind an exponent's letter.
    private mutating func number() -> LuaToken {
        let start = at
        let isHexadecimal = byte() == UInt8(ascii: "0") && byte(1).map { $0 | 0x20 } == UInt8(ascii: "x")
        let exponent = UInt8(ascii: isHexadecimal ? "p" : "e")
        while let byte = byte() {
            if byte | 0x20 == exponent, let sign = self.byte(1), "+-".utf8.contains(sign) {
                at += 2
            } else if Self.isLetter(byte) || Self.isDigit(byte) || byte == UInt8(ascii: ".") {
                at += 1
            } else {
                break
            }
        }
        return .number(String(decoding: bytes[start..<at], as: UTF8.self))
    }

    private mutating func quoted(_ quote: UInt8) -> LuaToken {
        at += 1
        let start = at
        var isPlain = true
        while let byte = byte(), byte != quote {
            if byte == UInt8(ascii: "\\") {
                isPlain = false
                at += 1
            }
            at += 1
        }
        let end = min(at, bytes.count)
        at = end + 1
        return .text(isPlain ? String(decoding: bytes[start..<end], as: UTF8.self) : nil)
    }

    /// A text in long brackets; nil, with nothing taken, if none begins here.
    private mutating func longText() -> String? {
        var level = 0
        while byte(1 + level) == UInt8(ascii: "=") { level += 1 }
        guard byte(1 + level) == UInt8(ascii: "[") else { return nil }
        let start = at + level + 2
        let closing =
            [UInt8(ascii: "]")] + Array(repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
        var end = start
        while end < bytes.count, !bytes[end...].starts(with: closing) { end += 1 }
        at = min(end + closing.count, bytes.count)
        var text = bytes[min(start, bytes.count)..<min(end, bytes.count)]
        // The first line's end is not of the text.
        if text.first == 0x0D { text = text.dropFirst() }
        if text.first == 0x0A { text = text.dropFirst() }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func sign() -> LuaToken {
        for sign in ["...", "..", "==", "~=", "<=", ">=", "<<", ">>", "//", "::"]
        where bytes[at...].starts(with: sign.utf8) {
            at += sign.utf8.count
            return .word(sign)
        }
        at += 1
        return .word(String(decoding: bytes[(at - 1)..<at], as: UTF8.self))
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
