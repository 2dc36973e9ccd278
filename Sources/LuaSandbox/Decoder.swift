import Values

/// Reads what the sandbox wrote. Its own C code wrote the bytes, so they are not doubted.
struct Decoder {
    private var at: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>

    /// The bytes must stay where they are while the decoder is used.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        if let start = bytes.baseAddress {
            at = start
            end = start + bytes.count
        } else {
            at = UnsafePointer(bitPattern: 1)!
            end = at
        }
    }

    var isAtEnd: Bool { at == end }

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
            var items: [Value] = []
            items.reserveCapacity(count)
            for _ in 0..<count { items.append(value()) }
            return .list(items)
        case .table:
            var table = Table()
            for _ in 0..<count() {
                let key = text()
                table[key] = value()
            }
            return .table(table)
        case .function: preconditionFailure("a function among plain values")
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
        }
    }

    private mutating func take(_ count: Int) -> UnsafePointer<UInt8> {
        precondition(end - at >= count, "an encoded value ends too early")
        defer { at += count }
        return at
    }

    private mutating func tag() -> Tag {
        guard let tag = Tag(rawValue: take(1).pointee) else {
            preconditionFailure("an encoded value begins with an unknown tag")
        }
        return tag
    }

    private mutating func number() -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(take(8)).loadUnaligned(as: UInt64.self))
    }

    private mutating func count() -> Int {
        Int(UInt32(littleEndian: UnsafeRawPointer(take(4)).loadUnaligned(as: UInt32.self)))
    }

    private mutating func text() -> String {
        let count = count()
        return String(decoding: UnsafeBufferPointer(start: take(count), count: count), as: UTF8.self)
    }
}
