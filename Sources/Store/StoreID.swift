/// The id that a store has of itself (``OutboxStore/storeID()``).
package enum StoreID {
    private static let digits = 32

    package static func random() -> String {
        let halves = (0..<2).map { _ in String(UInt64.random(in: 0 ... .max), radix: 16) }
        return halves.map { String(repeating: "0", count: digits / 2 - $0.count) + $0 }.joined()
    }

    /// It becomes part of what is sent, so a file may not have just any text there.
    package static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        return bytes.count == digits
            && bytes.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
