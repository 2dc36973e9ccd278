import Values

/// Reads what the sandbox wrote. Its own C code wrote the bytes, so they are not doubted.
@usableFromInline
struct Decoder {
    @usableFromInline var at: UnsafeRawPointer
    @usableFromInline let end: UnsafeRawPointer

    /// The bytes must stay where they are while the decoder is used.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        let start = bytes.baseAddress.map(UnsafeRawPointer.init) ?? UnsafeRawPointer(bitPattern: 1)!
        at = start
        end = start + bytes.count
    }

    @inlinable var isAtEnd: Bool { at == end }

    mutating func value() -> Value {
        switch tag() {
        case .null: return .null
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .integer: return .integer(Int64(bitPattern: number()))
        case .double: return .double(Double(bitPattern: number()))
        case .string: return .string(text())
        case .list:
            let count = count()
            return .list(
                Array(unsafeUninitializedCapacity: count) { items, initialized in
                    for index in 0..<count { items.initializeElement(at: index, to: value()) }
                    initialized = count
                })
        case .table:
            let count = count()
            var table = Table(reservingCapacity: count)
            for _ in 0..<count {
                let key = text()
                table[key] = value()
            }
            return .table(table)
        case .function, .keyed, .late, .declared, .asked:
            preconditionFailure("only arguments and exports have this")
        }
    }

    mutating func export() -> Export {
        switch tag() {
        case .null: return .null
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .integer: return .integer(Int64(bitPattern: number()))
        case .double: return .double(Double(bitPattern: number()))
        case .string: return .string(text())
        case .list:
            var items: [Export] = []
            for _ in 0..<count() { items.append(export()) }
            return .list(items)
        case .table:
            var entries: [Export.Entry] = []
            for _ in 0..<count() {
                let key = text()
                entries.append(Export.Entry(key: key, value: export()))
            }
            return .table(entries)
        case .function: return .function(FunctionID(index: UInt32(count())))
        case .keyed, .late, .declared, .asked: preconditionFailure("only arguments have this")
        }
    }

    @inlinable
    mutating func take(_ count: Int) -> UnsafeRawPointer {
        precondition(end - at >= count, "an encoded value ends too early")
        defer { at += count }
        return at
    }

    @inlinable
    mutating func tag() -> Tag {
        guard let tag = Tag(rawValue: take(1).load(as: UInt8.self)) else {
            preconditionFailure("an encoded value begins with an unknown tag")
        }
        return tag
    }

    @inlinable
    mutating func number() -> UInt64 {
        UInt64(littleEndian: take(8).loadUnaligned(as: UInt64.self))
    }

    @inlinable
    mutating func count() -> Int {
        Int(UInt32(littleEndian: take(4).loadUnaligned(as: UInt32.self)))
    }

    /// Holds as long as the bytes that are read.
    @inlinable
    mutating func utf8() -> UnsafeBufferPointer<UInt8> {
        let count = count()
        return UnsafeBufferPointer(start: take(count).assumingMemoryBound(to: UInt8.self), count: count)
    }

    private mutating func text() -> String { String(decoding: utf8(), as: UTF8.self) }
}
