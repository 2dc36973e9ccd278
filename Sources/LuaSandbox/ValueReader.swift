import CSandbox
public import Values

/// Walks through an encoded value from its beginning to its end, without making anything of it.
/// Holds only as long as the bytes that it was made for.
///
/// A list is followed by its items, a table by its pairs: ``key()`` and ``next()`` in turns.
public struct ValueReader {
    /// One value, or the beginning of a list or table.
    public enum Piece {
        case null
        case bool(Bool)
        case integer(Int64)
        case double(Double)
        case string(Text)
        /// So many items follow.
        case list(count: Int)
        /// So many pairs follow, in the order of their keys' bytes unless there are very many.
        case table(count: Int)
    }

    /// Valid UTF-8 that lies where it was written.
    public struct Text {
        public let utf8: UnsafeBufferPointer<UInt8>

        @inlinable init(utf8: UnsafeBufferPointer<UInt8>) { self.utf8 = utf8 }

        public var string: String { String(decoding: utf8, as: UTF8.self) }
    }

    @usableFromInline var decoder: Decoder

    init(_ bytes: UnsafeBufferPointer<UInt8>) { decoder = Decoder(bytes) }

    init(_ bytes: sbx_bytes) { self.init(bytes.buffer) }

    /// Whether everything was read.
    public var isAtEnd: Bool { decoder.isAtEnd }

    /// The value here, whole, as a tree of its own.
    public mutating func value() -> Value { decoder.value() }

    /// The value here. Reading past the end is a mistake of the caller and ends the process.
    @inlinable @inline(__always)
    public mutating func next() -> Piece {
        switch decoder.tag() {
        case .null: .null
        case .no: .bool(false)
        case .yes: .bool(true)
        case .integer: .integer(Int64(bitPattern: decoder.number()))
        case .double: .double(Double(bitPattern: decoder.number()))
        case .string: .string(Text(utf8: decoder.utf8()))
        case .list: .list(count: decoder.count())
        case .table: .table(count: decoder.count())
        case .function, .keyed, .late, .declared, .asked:
            preconditionFailure("only arguments and exports have this")
        }
    }

    /// The name of the value that comes next; only in a table.
    @inlinable @inline(__always)
    public mutating func key() -> Text { Text(utf8: decoder.utf8()) }
}
