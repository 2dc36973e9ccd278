/// Writes values as compact JSON, the keys of a table in the order of their bytes.
///
/// Lines whose keys have an order of their own (the journal's) are written key by key with
/// ``beginObject()``, ``key(_:)`` and ``endObject()``.
public struct JSONWriter: ~Copyable {
    private var buffer: ByteBuffer
    /// What was to be written and could not be read back. A number that is not finite is written as null.
    public private(set) var fault: Value.Fault?
    /// Whether the next element needs a comma before it.
    private var needsComma = false
    /// How many objects and lists are open.
    private var depth = 0

    public init(reservingBytes count: Int = 256) { buffer = ByteBuffer(reservingBytes: count) }

    public var isEmpty: Bool { buffer.isEmpty }

    /// What was written so far, as a copy.
    public var bytes: [UInt8] { buffer.bytes }

    public var text: String { buffer.text }

    public mutating func beginObject() { open("{") }
    public mutating func endObject() { close("}") }
    public mutating func beginList() { open("[") }
    public mutating func endList() { close("]") }

    public mutating func key(_ name: String) {
        separate()
        quote(name)
        buffer.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func value(_ value: Value) {
        switch value {
        case .null: raw("null")
        case .bool(let flag): raw(flag ? "true" : "false")
        case .integer(let number): integer(number)
        case .double(let number): double(number)
        case .string(let text): string(text)
        case .list(let items):
            beginList()
            for item in items { self.value(item) }
            endList()
        case .table(let table):
            beginObject()
            for entry in table {
                key(entry.key)
                self.value(entry.value)
            }
            endObject()
        }
    }

    public mutating func string(_ text: String) {
        separate()
        quote(text)
        needsComma = true
    }

    public mutating func integer(_ number: some BinaryInteger) {
        guard let small = Int(exactly: number) else { return raw(number.description) }
        separate()
        digits(small)
        needsComma = true
    }

    private mutating func double(_ number: Double) {
        guard number.isFinite else {
            fault = .notFinite
            return raw("null")
        }
        raw(number.description)
    }

    /// A pair of a name and a value in the object that is open.
    public mutating func field(_ name: String, _ value: Value) {
        key(name)
        self.value(value)
    }

    public mutating func field(_ name: String, _ text: String) {
        key(name)
        string(text)
    }

    public mutating func field(_ name: String, _ number: Int) {
        key(name)
        integer(number)
    }

    /// Appends JSON as it is, and nothing of its own: for lines whose form is fixed.
    package mutating func literal(_ json: StaticString) {
        buffer.append(json)
    }

    /// The same of JSON that this writer wrote before.
    package mutating func literal(bytes json: [UInt8]) { buffer.append(json) }

    /// Ends a line; the next value begins another.
    package mutating func newline() {
        buffer.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    /// A text between its quotes, as a literal.
    package mutating func literal(quoting text: String) { quote(text) }

    /// Two texts with a piece between them that JSON has as it is, between their quotes, as a literal.
    package mutating func literal(quoting first: String, _ between: StaticString, _ second: String) {
        buffer.append(UInt8(ascii: "\""))
        content(first)
        buffer.append(between)
        content(second)
        buffer.append(UInt8(ascii: "\""))
    }

    /// A text of so many letters of ASCII between its quotes, each as `letter` gives it by its index, as a literal.
    package mutating func literal(letters count: Int, _ letter: (Int) -> UInt8) {
        buffer.append(UInt8(ascii: "\""))
        buffer.append(count: count, letter)
        buffer.append(UInt8(ascii: "\""))
    }

    /// A letter of ASCII that JSON has as it is, as a literal.
    package mutating func literal(letter: UInt8) { buffer.append(letter) }

    /// A text that `write` appends piece by piece, as literals of such letters.
    package mutating func string(of write: (inout JSONWriter) -> Void) {
        separate()
        buffer.append(UInt8(ascii: "\""))
        write(&self)
        buffer.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A number as a literal.
    package mutating func literal(number: Int) { digits(number) }

    /// A value as a literal.
    package mutating func literal(value: Value) {
        needsComma = false
        self.value(value)
        needsComma = false
    }

    /// Appends JSON that is already written, as one element.
    public mutating func raw(_ json: String) {
        separate()
        buffer.append(json)
        needsComma = true
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        buffer.append(UInt8(ascii: bracket))
        needsComma = false
        depth += 1
        if depth > JSONReader.depthLimit { fault = .tooDeep }
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        buffer.append(UInt8(ascii: bracket))
        needsComma = true
        depth -= 1
    }

    private mutating func separate() {
        if needsComma { buffer.append(UInt8(ascii: ",")) }
    }

    private mutating func digits(_ number: Int) {
        if (0..<10).contains(number) { return buffer.append(UInt8(ascii: "0") + UInt8(number)) }
        var rest = number.magnitude
        // The most that 64 bits and a sign take.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = digits.count
            repeat {
                start -= 1
                digits.initializeElement(at: start, to: UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            } while rest > 0
            if number < 0 {
                start -= 1
                digits.initializeElement(at: start, to: UInt8(ascii: "-"))
            }
            buffer.append(UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    private mutating func quote(_ text: String) {
        text.withBytes { utf8 in
            if Self.isPlain(utf8) { return buffer.append(utf8, between: UInt8(ascii: "\"")) }
            buffer.append(UInt8(ascii: "\""))
            escape(utf8)
            buffer.append(UInt8(ascii: "\""))
        }
    }

    /// A text without quotes around it.
    private mutating func content(_ text: String) {
        text.withBytes { utf8 in
            if Self.isPlain(utf8) { buffer.append(utf8) } else { escape(utf8) }
        }
    }

    /// Appends the bytes of a text, with an escape for each character that has to have one.
    private mutating func escape(_ utf8: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for index in utf8.indices {
            let byte = utf8[index]
            if byte == Self.latinLead {
                // A control character of Latin-1: two bytes, the second is its number.
                guard index + 1 < utf8.count, utf8[index + 1] < 0xA0 else { continue }
                buffer.append(UnsafeBufferPointer(rebasing: utf8[start..<index]))
                buffer.append("\\u00" + String(utf8[index + 1], radix: 16))
                start = index + 2
                continue
            }
            guard let escape = Self.escape(byte) else { continue }
            buffer.append(UnsafeBufferPointer(rebasing: utf8[start..<index]))
            buffer.append(escape)
            start = index + 1
        }
        buffer.append(UnsafeBufferPointer(rebasing: utf8[start...]))
    }

    /// Whether the text is all of ASCII, and has no control character, quote or backslash. Looks at eight bytes
    /// together, at some of them twice.
    private static func isPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        let bytes = UnsafeRawBufferPointer(utf8)
        let count = bytes.count
        func word(_ offset: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
        func half(_ offset: Int) -> UInt64 {
            UInt64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        if count >= 8 {
            for offset in stride(from: 0, to: count - 8, by: 8) where !isPlain(word(offset)) { return false }
            return isPlain(word(count - 8))
        }
        if count >= 4 { return isPlain(half(0) | half(count - 4) << 32) }
        if count == 0 { return true }
        let (first, middle, last) = (UInt64(bytes[0]), UInt64(bytes[count / 2]), UInt64(bytes[count - 1]))
        // The other five are the letter A.
        return isPlain(first | middle << 8 | last << 16 | 0x4141_4141_4100_0000)
    }

    /// The same of eight bytes.
    private static func isPlain(_ word: UInt64) -> Bool {
        // Each gives the highest bit of a byte that is so, and perhaps of others after it.
        let (ones, highest) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
        func has(_ byte: UInt64) -> UInt64 {
            let difference = word ^ (ones &* byte)
            return (difference &- ones) & ~difference
        }
        let isControl = (word &- ones &* 0x20) & ~word
        return (word | isControl | has(0x22) | has(0x5C) | has(0x7F)) & highest == 0
    }

    /// The first byte of the characters from U+0080 to U+00BF.
    private static let latinLead: UInt8 = 0xC2

    private static func escape(_ byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case 0x0A: "\\n"
        case 0x0D: "\\r"
        case 0x09: "\\t"
        case 0..<0x20, 0x7F:
            "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        default: nil
        }
    }
}

extension Value {
    /// The value as compact JSON.
    public var json: String {
        var writer = JSONWriter()
        writer.value(self)
        return writer.text
    }
}
