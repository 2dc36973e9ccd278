public import Values

/// A value as the bytes that cross to Lua: made once, handed to any number of calls, and spliced into
/// others without being looked at again.
public struct EncodedValue: Sendable, Hashable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    public init(_ value: Value) {
        var encoder = ValueEncoder()
        encoder.value(value)
        self = encoder.finish()
    }

    public static let null = EncodedValue(.null)

    public var byteCount: Int { bytes.count }
}

/// Writes an ``EncodedValue`` piece by piece: exactly one value, which may be a table written key by key.
///
///     var encoder = ValueEncoder()
///     encoder.beginTable()
///     encoder.key("name")
///     encoder.string("step.close")
///     encoder.key("lead")
///     encoder.splice(encodedLead)
///     encoder.endTable()
///     let event = encoder.finish()
///
/// A key that is written twice reaches Lua with its last value. The order of keys has no meaning.
public struct ValueEncoder: Sendable {
    private var bytes: [UInt8] = []
    /// Where the counts of the open lists and tables are, and their values so far.
    private var open: [(place: Int, count: UInt32)] = []

    public init(reservingBytes count: Int = 256) { bytes.reserveCapacity(count) }

    public mutating func null() { begin(.null) }

    public mutating func bool(_ flag: Bool) { begin(flag ? .yes : .no) }

    public mutating func integer(_ number: Int64) {
        begin(.integer)
        append(UInt64(bitPattern: number))
    }

    public mutating func double(_ number: Double) {
        begin(.double)
        append(number.bitPattern)
    }

    public mutating func string(_ text: String) {
        begin(.string)
        append(text)
    }

    public mutating func value(_ value: Value) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .integer(let number): integer(number)
        case .double(let number): double(number)
        case .string(let text): string(text)
        case .list(let items):
            beginList()
            for item in items { self.value(item) }
            endList()
        case .table(let table):
            beginTable()
            for entry in table {
                key(entry.key)
                self.value(entry.value)
            }
            endTable()
        }
    }

    /// Writes a value that is already encoded.
    public mutating func splice(_ value: EncodedValue) {
        count()
        bytes.append(contentsOf: value.bytes)
    }

    public mutating func beginList() { beginContainer(.list) }
    public mutating func endList() { endContainer() }
    public mutating func beginTable() { beginContainer(.table) }
    public mutating func endTable() { endContainer() }

    /// The name of the value that is written next; only in a table.
    public mutating func key(_ name: String) { append(name) }

    public mutating func field(_ name: String, _ value: Value) {
        key(name)
        self.value(value)
    }

    public mutating func field(_ name: String, text: String) {
        key(name)
        string(text)
    }

    public mutating func field(_ name: String, _ value: EncodedValue) {
        key(name)
        splice(value)
    }

    /// What was written. One value must have been, and everything begun been ended.
    public consuming func finish() -> EncodedValue {
        precondition(open.isEmpty && !bytes.isEmpty, "a list or table was not ended, or nothing was written")
        return EncodedValue(bytes: bytes)
    }

    private mutating func begin(_ tag: Tag) {
        count()
        bytes.append(tag.rawValue)
    }

    private mutating func beginContainer(_ tag: Tag) {
        begin(tag)
        open.append((bytes.count, 0))
        bytes.append(contentsOf: [0, 0, 0, 0])
    }

    private mutating func endContainer() {
        guard let (place, count) = open.popLast() else { preconditionFailure("nothing is open") }
        for shift in 0..<4 { bytes[place + shift] = UInt8(truncatingIfNeeded: count >> (8 * shift)) }
    }

    private mutating func count() {
        if !open.isEmpty { open[open.count - 1].count += 1 }
    }

    private mutating func append(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ text: String) {
        text.withBytes { utf8 in
            let count = UInt32(utf8.count).littleEndian
            guard utf8.count <= Self.shortLimit else {
                withUnsafeBytes(of: count) { bytes.append(contentsOf: $0) }
                bytes.append(contentsOf: utf8)
                return
            }
            // In one piece: most of what is written are short texts.
            withUnsafeTemporaryAllocation(byteCount: 4 + utf8.count, alignment: 4) { piece in
                piece.storeBytes(of: count, as: UInt32.self)
                UnsafeMutableRawBufferPointer(rebasing: piece[4...]).copyMemory(
                    from: UnsafeRawBufferPointer(utf8))
                bytes.append(contentsOf: piece)
            }
        }
    }

    /// In bytes; what is put together on the stack.
    private static let shortLimit = 256
}

/// The first byte of an encoded value. `codec.h` has the same.
@usableFromInline
enum Tag: UInt8 {
    case null = 0
    case no = 1
    case yes = 2
    /// 8 bytes, the lowest first.
    case integer = 3
    /// 8 bytes, the lowest first.
    case double = 4
    /// The length in 4 bytes, the lowest first, and so many bytes of UTF-8.
    case string = 5
    /// The count in 4 bytes, and so many values.
    case list = 6
    /// The count in 4 bytes, and so many pairs of a length, a name and a value.
    case table = 7
    /// A number in 4 bytes; only in exports.
    case function = 8
}
