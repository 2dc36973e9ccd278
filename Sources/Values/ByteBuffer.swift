/// Bytes that are being written, one piece behind the other, owned by their writer: appending looks at nothing but
/// whether there is room.
public struct ByteBuffer: ~Copyable {
    @usableFromInline var start: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var written = 0

    public init(reservingBytes capacity: Int = 256) {
        self.capacity = Swift.max(capacity, 16)
        start = PlainMemory.allocate(self.capacity)
    }

    deinit { PlainMemory.free(start) }

    /// How many bytes were written.
    @inlinable public var count: Int { written }
    @inlinable public var isEmpty: Bool { written == 0 }

    /// What was written, as a copy.
    public var bytes: [UInt8] {
        [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    /// What was written, which has to be UTF-8.
    public var text: String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    @inlinable @inline(__always) public mutating func append(_ byte: UInt8) {
        if count == capacity { grow(by: 1) }
        start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        written += 1
    }

    @inlinable public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        if capacity - count < bytes.count { grow(by: bytes.count) }
        (start + count).copyMemory(from: source, byteCount: bytes.count)
        written += bytes.count
    }

    @inlinable public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        append(UnsafeRawBufferPointer(bytes))
    }

    /// Appends the bytes with one more before and one after them.
    @inlinable mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, between mark: UInt8) {
        let count = bytes.count
        if capacity - written < count + 2 { grow(by: count + 2) }
        let place = start + written
        place.storeBytes(of: mark, as: UInt8.self)
        if let source = bytes.baseAddress { (place + 1).copyMemory(from: source, byteCount: count) }
        place.storeBytes(of: mark, toByteOffset: count + 1, as: UInt8.self)
        written += count + 2
    }

    @inlinable public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    @inlinable public mutating func append(_ text: String) {
        text.withBytes { append($0) }
    }

    @inlinable public mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends how many bytes there are, in four bytes, and the bytes.
    @inlinable public mutating func append(counting bytes: UnsafeBufferPointer<UInt8>) {
        let count = bytes.count
        if capacity - written < count + 4 { grow(by: count + 4) }
        let place = start + written
        place.storeBytes(of: UInt32(count).littleEndian, as: UInt32.self)
        if let source = bytes.baseAddress { (place + 4).copyMemory(from: source, byteCount: count) }
        written += count + 4
    }

    /// The same with one byte before them.
    @inlinable public mutating func append(counting bytes: UnsafeBufferPointer<UInt8>, after mark: UInt8) {
        append(mark)
        append(counting: bytes)
    }

    /// Appends so many bytes, each as `byte` gives it by its index.
    @inlinable public mutating func append(count more: Int, _ byte: (Int) -> UInt8) {
        if capacity - count < more { grow(by: more) }
        let place = start + count
        for index in 0..<more { place.storeBytes(of: byte(index), toByteOffset: index, as: UInt8.self) }
        written += more
    }

    /// Appends a number, its lowest byte first.
    @inlinable public mutating func append(lowestFirst number: UInt64) {
        if capacity - count < 8 { grow(by: 8) }
        start.storeBytes(of: number.littleEndian, toByteOffset: count, as: UInt64.self)
        written += 8
    }

    /// The same in four bytes.
    @inlinable public mutating func append(lowestFirst number: UInt32) {
        if capacity - count < 4 { grow(by: 4) }
        start.storeBytes(of: number.littleEndian, toByteOffset: count, as: UInt32.self)
        written += 4
    }

    /// Puts a number in the place of four bytes that were written before.
    public mutating func replace(at place: Int, lowestFirst number: UInt32) {
        precondition(place >= 0 && place + 4 <= count, "only what was written is replaced")
        start.storeBytes(of: number.littleEndian, toByteOffset: place, as: UInt32.self)
    }

    @usableFromInline mutating func grow(by more: Int) {
        let larger = Swift.max(2 * capacity, count + more)
        start = PlainMemory.grow(start, to: larger)
        capacity = larger
    }
}
