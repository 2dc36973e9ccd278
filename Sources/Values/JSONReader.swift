/// Reads JSON strictly: one document, valid UTF-8, no name twice in an object, integers within
/// 64 bits, doubles finite, at most ``JSONReader/depthLimit`` levels.
///
/// A number without fraction and exponent is an integer, any other a double, as Lua has it.
public struct JSONReader {
    /// How deep lists and objects may be nested.
    public static let depthLimit = 64

    private let bytes: UnsafeBufferPointer<UInt8>
    private let bearsInfinity: Bool
    private let depthLimit: Int
    private var index = 0

    /// What is wrong with a document, and at which byte from 1.
    public struct SyntaxError: Error, CustomStringConvertible {
        public let message: String
        public let column: Int
        public var description: String { "\(message), at byte \(column)" }
    }

    public static func read(_ text: String) throws(SyntaxError) -> Value {
        try read(Array(text.utf8))
    }

    public static func read(_ bytes: [UInt8]) throws(SyntaxError) -> Value {
        try read(bytes, bearsInfinity: false, depthLimit)
    }

    /// Reads what a store holds. Earlier versions of the program wrote a sum that was too large as `inf` or
    /// `-inf`, which is not JSON: it is read as the largest double, or the lowest.
    ///
    /// - Parameter depthLimit: where more is around what is stored, how deep all of it may be nested.
    package static func read(
        stored bytes: [UInt8], depthLimit: Int = JSONReader.depthLimit
    ) throws(SyntaxError) -> Value {
        try read(bytes, bearsInfinity: true, depthLimit)
    }

    private static func read(
        _ bytes: [UInt8], bearsInfinity: Bool, _ depthLimit: Int
    ) throws(SyntaxError) -> Value {
        let result: Result<Value, SyntaxError> = bytes.withUnsafeBufferPointer { buffer in
            var reader = JSONReader(bytes: buffer, bearsInfinity: bearsInfinity, depthLimit: depthLimit)
            do throws(SyntaxError) {
                let value = try reader.value(depth: 0)
                reader.skipSpace()
                guard reader.index == buffer.count else {
                    throw reader.syntaxError("something follows the end of the value")
                }
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, bearsInfinity: Bool, depthLimit: Int) {
        self.bytes = bytes
        self.bearsInfinity = bearsInfinity
        self.depthLimit = depthLimit
    }

    private func syntaxError(_ message: String, at place: Int? = nil) -> SyntaxError {
        SyntaxError(message: message, column: (place ?? index) + 1)
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            index += 1
        }
    }

    private mutating func value(depth: Int) throws(SyntaxError) -> Value {
        guard depth <= depthLimit else {
            throw syntaxError("more than \(depthLimit) levels deep")
        }
        skipSpace()
        guard let byte = peek else { throw syntaxError("the JSON ends too early") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "i") where bearsInfinity:
            return try word("inf", .double(.greatestFiniteMagnitude))
        case UInt8(ascii: "-")
        where bearsInfinity && index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "i"):
            return try word("-inf", .double(-.greatestFiniteMagnitude))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw syntaxError("expected a JSON value")
        }
    }

    private mutating func word(_ text: String, _ value: Value) throws(SyntaxError) -> Value {
        let start = index
        for byte in text.utf8 {
            guard peek == byte else { throw syntaxError("expected a JSON value", at: start) }
            index += 1
        }
        return value
    }

    private mutating func object(depth: Int) throws(SyntaxError) -> Value {
        index += 1
        var table = Table()
        skipSpace()
        if peek == UInt8(ascii: "}") {
            index += 1
            return .table(table)
        }
        table = Table(reservingCapacity: 4)
        while true {
            skipSpace()
            let place = index
            guard peek == UInt8(ascii: "\"") else { throw syntaxError("expected a name in quotes") }
            let name = try string()
            skipSpace()
            guard peek == UInt8(ascii: ":") else { throw syntaxError("expected a colon") }
            index += 1
            guard table.add(try value(depth: depth + 1), for: name) else {
                throw syntaxError("\(name.quotedForMessage) appears twice", at: place)
            }
            skipSpace()
            switch peek {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "}"):
                index += 1
                return .table(table)
            default: throw syntaxError("expected a comma or }")
            }
        }
    }

    private mutating func list(depth: Int) throws(SyntaxError) -> Value {
        index += 1
        var items: [Value] = []
        skipSpace()
        if peek == UInt8(ascii: "]") {
            index += 1
            return .list(items)
        }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            switch peek {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "]"):
                index += 1
                return .list(items)
            default: throw syntaxError("expected a comma or ]")
            }
        }
    }

    private mutating func number() throws(SyntaxError) -> Value {
        let start = index
        var isInteger = true
        if peek == UInt8(ascii: "-") { index += 1 }
        let digitsStart = index
        skipDigits()
        let digits = index - digitsStart
        guard digits > 0, digits == 1 || bytes[digitsStart] != UInt8(ascii: "0") else {
            throw syntaxError("not a JSON number", at: start)
        }
        if peek == UInt8(ascii: ".") {
            isInteger = false
            index += 1
            let fraction = index
            skipDigits()
            guard index > fraction else { throw syntaxError("not a JSON number", at: start) }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            isInteger = false
            index += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
            let exponent = index
            skipDigits()
            guard index > exponent else { throw syntaxError("not a JSON number", at: start) }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isInteger {
            guard let number = Int64(text) else {
                throw syntaxError("the integer \(text.prefix(40)) needs more than 64 bits", at: start)
            }
            return .integer(number)
        }
        guard let number = Double(text), number.isFinite else {
            throw syntaxError("the number \(text.prefix(40)) is too large", at: start)
        }
        return .double(number)
    }

    private mutating func skipDigits() {
        while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { index += 1 }
    }

    private mutating func string() throws(SyntaxError) -> String {
        let start = index
        index += 1
        let first = index
        var union: UInt8 = 0
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            guard byte >= 0x20 else {
                throw syntaxError("a control character in a text; write it as \\u00XX")
            }
            union |= byte
            index += 1
        }
        if peek == UInt8(ascii: "\"") {
            index += 1
            let text = UnsafeBufferPointer(rebasing: bytes[first..<(index - 1)])
            return union < 0x80 ? String(ascii: text) : try decode(text, at: first)
        }
        var buffer = Array(bytes[first..<index])
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return try buffer.withUnsafeBufferPointer { buffer throws(SyntaxError) in
                    try decode(buffer, at: first)
                }
            case UInt8(ascii: "\\"):
                index += 1
                try escape(into: &buffer)
            case 0..<0x20:
                throw syntaxError("a control character in a text; write it as \\u00XX")
            default:
                buffer.append(byte)
                index += 1
            }
        }
        throw syntaxError("the text is not closed", at: start)
    }

    private func decode(_ text: UnsafeBufferPointer<UInt8>, at place: Int) throws(SyntaxError) -> String {
        guard let text = String(validating: text, as: UTF8.self) else {
            throw syntaxError("the text is not valid UTF-8", at: place)
        }
        return text
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(SyntaxError) {
        guard let byte = peek else { throw syntaxError("the text is not closed") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"):
            let place = index - 2
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code), peek == UInt8(ascii: "\\") {
                index += 1
                guard peek == UInt8(ascii: "u") else {
                    throw syntaxError("half of a surrogate pair", at: place)
                }
                index += 1
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else {
                    throw syntaxError("half of a surrogate pair", at: place)
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw syntaxError("half of a surrogate pair", at: place)
            }
            buffer.append(contentsOf: UTF8.encode(scalar)!)
        default: throw syntaxError("not an escape of JSON", at: index - 2)
        }
    }

    private mutating func hexadecimal() throws(SyntaxError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw syntaxError("expected four hexadecimal digits after \\u")
            }
            code = code << 4 | UInt32(digit)
            index += 1
        }
        return code
    }
}

extension String {
    /// - Parameter bytes: none of them is above 0x7F.
    fileprivate init(ascii bytes: UnsafeBufferPointer<UInt8>) {
        self.init(unsafeUninitializedCapacity: bytes.count) { $0.initialize(fromContentsOf: bytes) }
    }
}
