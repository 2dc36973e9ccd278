import Journeys
import Testing

@Suite("Partitions")
struct PartitionTests {
    @Test(
        "a lead's partition is the low byte of FNV-1a of its id's bytes",
        arguments: [("a", 0x8c), ("b", 0xa5), ("foobar", 0xe8), ("\u{e9}", partition(of: [0xc3, 0xa9]))])
    func lowByte(id: String, number: Int) throws {
        #expect(Partition(try #require(LeadID(id))).number == number)
    }

    /// By the other definition: one bit of the product at a time.
    private static func partition(of bytes: [UInt8]) -> Int {
        bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, byte in
            (0..<64).reduce(0) { product, bit in
                0x100_0000_01b3 >> UInt64(bit) & 1 == 1
                    ? product &+ (hash ^ UInt64(byte)) << UInt64(bit) : product
            }
        }.hashed
    }

    @Test("leads spread evenly over all partitions")
    func spread() throws {
        var counts = [Int](repeating: 0, count: Partition.count)
        for number in 0..<25_600 {
            counts[Partition(try #require(LeadID("lead-\(number)"))).number] += 1
        }
        #expect(counts.allSatisfy { (50...150).contains($0) })
    }
}

extension UInt64 {
    fileprivate var hashed: Int { Int(self & 0xff) }
}
