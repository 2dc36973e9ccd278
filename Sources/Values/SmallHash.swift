/// FNV-1a in 64 bits: small, and the same on every machine and in every version of the program. Not for what comes from
/// people who want two texts to have one hash.
package struct SmallHash {
    package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package mutating func mix(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

    package mutating func mix(_ text: String) {
        self = text.withBytes { [self] bytes in bytes.reduce(into: self) { $0.mix($1) } }
    }
}
