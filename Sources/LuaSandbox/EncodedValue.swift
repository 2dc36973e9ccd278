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

    /// An argument that is encoded when the program first looks at it (``CallInput/asked``), which none can tell: a table.
    public static let asked = EncodedValue(bytes: [Tag.asked.rawValue])

    public var byteCount: Int { bytes.count }
}

/// Some names of a table with their values, as bytes that are written into any number of tables.
public struct EncodedFields: Sendable {
    fileprivate let bytes: [UInt8]
    fileprivate let count: UInt32

    /// `fields` writes a key and a value, and so on.
    public init(_ fields: (inout ValueEncoder) -> Void) {
        var encoder = ValueEncoder()
        fields(&encoder)
        self = encoder.finishFields()
    }

    fileprivate init(bytes: [UInt8], count: UInt32) {
        self.bytes = bytes
        self.count = count
    }

    public var byteCount: Int { bytes.count }
}

/// Writes an ``EncodedValue`` piece by piece: exactly one value, which may be a table written key by key.
///
///     var encoder = ValueEncoder()
///     encoder.table { event in
///         event.field("name", text: "step.close")
///         event.field("lead", encodedLead)
///     }
///     let event = encoder.finish()
///
/// A key that is written twice reaches Lua with its last value. The order of keys has no meaning.
public struct ValueEncoder: ~Copyable {
    private var buffer: ByteBuffer
    /// How many values the list or table that is open has so far.
    private var count: UInt32 = 0

    public init(reservingBytes count: Int = 256) { buffer = ByteBuffer(reservingBytes: count) }

    public mutating func null() { begin(.null) }

    public mutating func bool(_ flag: Bool) { begin(flag ? .yes : .no) }

    public mutating func integer(_ number: Int64) {
        begin(.integer)
        buffer.append(lowestFirst: UInt64(bitPattern: number))
    }

    public mutating func double(_ number: Double) {
        begin(.double)
        buffer.append(lowestFirst: number.bitPattern)
    }

    public mutating func string(_ text: String) {
        count += 1
        text.withBytes { buffer.append(counting: $0, after: Tag.string.rawValue) }
    }

    public mutating func value(_ value: Value) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .integer(let number): integer(number)
        case .double(let number): double(number)
        case .string(let text): string(text)
        case .list(let items):
            list { list in
                for item in items { list.value(item) }
            }
        case .table(let entries):
            table { table in table.fields(entries) }
        }
    }

    /// Writes a value that is already encoded.
    public mutating func splice(_ value: EncodedValue) {
        count += 1
        buffer.append(value.bytes)
    }

    /// Writes a list; `items` writes its values.
    public mutating func list(_ items: (inout ValueEncoder) -> Void) {
        begin(.list)
        container(items)
    }

    /// Writes a table; `pairs` writes a key and a value, and so on.
    public mutating func table(_ pairs: (inout ValueEncoder) -> Void) {
        begin(.table)
        container(pairs)
    }

    /// Writes a table that Lua makes only when the program looks at it, which none can tell. Only in the
    /// arguments of a call.
    public mutating func lateTable(_ pairs: (inout ValueEncoder) -> Void) {
        begin(.late)
        let place = buffer.count
        buffer.append(lowestFirst: UInt32(0))
        container(pairs)
        buffer.replace(at: place, lowestFirst: UInt32(buffer.count - place - 4))
    }

    /// Writes a table that may have only the keys of one of the call's ``CallInput/declared`` tables, by its number; `pairs` writes
    /// a key and a value, and so on. Only in the arguments of a call.
    public mutating func declaredTable(_ number: Int, _ pairs: (inout ValueEncoder) -> Void) {
        begin(.declared)
        buffer.append(lowestFirst: UInt32(number))
        container(pairs)
    }

    /// Writes one of the call's ``CallInput/keyed`` tables, by its number. Only in the arguments of a call.
    public mutating func keyed(_ number: Int) {
        begin(.keyed)
        buffer.append(lowestFirst: UInt32(number))
    }

    /// The name of the value that is written next; only in a table.
    public mutating func key(_ name: String) { name.withBytes { buffer.append(counting: $0) } }

    public mutating func field(_ name: String, _ value: Value) {
        key(name)
        self.value(value)
    }

    public mutating func field(_ name: String, text: String) {
        key(name)
        string(text)
    }

    public mutating func field(_ name: String, _ number: Int64) {
        key(name)
        integer(number)
    }

    public mutating func field(_ name: String, _ value: EncodedValue) {
        key(name)
        splice(value)
    }

    /// All entries of a table.
    public mutating func fields(_ table: Table) {
        for entry in table { field(entry.key, entry.value) }
    }

    /// Fields that are already encoded.
    public mutating func fields(_ fields: EncodedFields) {
        count += fields.count
        buffer.append(fields.bytes)
    }

    fileprivate consuming func finishFields() -> EncodedFields {
        EncodedFields(bytes: buffer.bytes, count: count)
    }

    /// What was written. One value must have been.
    public consuming func finish() -> EncodedValue {
        precondition(count == 1, "an encoded value is one value")
        return EncodedValue(bytes: buffer.bytes)
    }

    private mutating func begin(_ tag: Tag) {
        count += 1
        buffer.append(tag.rawValue)
    }

    /// The values that `content` writes, with their count before them.
    private mutating func container(_ content: (inout ValueEncoder) -> Void) {
        let (place, outer) = (buffer.count, count)
        count = 0
        buffer.append(lowestFirst: UInt32(0))
        content(&self)
        buffer.replace(at: place, lowestFirst: count)
        count = outer
    }
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
    /// The number of one of the call's tables with fixed keys in 4 bytes; only in arguments.
    case keyed = 9
    /// A length in 4 bytes, and so many bytes as a table has them behind its tag; only in arguments.
    case late = 10
    /// The number of one of the call's declared tables in 4 bytes, and then as a table; only in arguments.
    case declared = 11
    /// Nothing more; only a whole argument.
    case asked = 12
}
