extension String {
    /// Gives the text's UTF-8 bytes as they lie in memory: a copy is made only of texts of another form.
    @inlinable
    public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        var copy = self
        return copy.withUTF8(body)
    }
}

/// Negative, zero or positive as `left` comes before, is or comes after `right` in the order of their UTF-8 bytes.
@inlinable
public func compareBytes(_ left: String, _ right: String) -> Int {
    left.withBytes { left in
        right.withBytes { right in
            let order = compare(left, right, count: min(left.count, right.count))
            return order == 0 ? left.count - right.count : order
        }
    }
}

/// Whether the two texts are the same bytes.
@inlinable
public func sameBytes(_ left: String, _ right: String) -> Bool {
    if lieAlike(left, right) { return true }
    // Most that differ are of different length, which is known without a look at the bytes.
    guard left.utf8.count == right.utf8.count else { return false }
    return left.withBytes { left in
        right.withBytes { right in
            left.baseAddress == right.baseAddress || compare(left, right, count: left.count) == 0
        }
    }
}

/// Whether the two texts are the same words in memory: a short text lies in its own two words, and a copy of a longer one
/// points to the same bytes. Texts that lie elsewhere may be the same all the same.
@inlinable
func lieAlike(_ left: String, _ right: String) -> Bool {
    unsafeBitCast(left, to: (UInt64, UInt64).self) == unsafeBitCast(right, to: (UInt64, UInt64).self)
}

/// The order of the first `count` bytes of the two, eight at a time.
@inlinable
func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>, count: Int) -> Int {
    let leftBytes = UnsafeRawBufferPointer(left)
    let rightBytes = UnsafeRawBufferPointer(right)
    var offset = 0
    while offset + 8 <= count {
        let leftWord = leftBytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let rightWord = rightBytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        if leftWord != rightWord { return leftWord.bigEndian < rightWord.bigEndian ? -1 : 1 }
        offset += 8
    }
    while offset < count {
        if left[offset] != right[offset] { return left[offset] < right[offset] ? -1 : 1 }
        offset += 1
    }
    return 0
}
