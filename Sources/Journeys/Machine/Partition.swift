/// One of the 256 parts that leads are divided into, by their ids alone: what a lane, or a host, owns.
public struct Partition: Sendable, Hashable {
    public static let count = 256

    /// From 0, below ``count``.
    public let number: Int

    /// The lead's: the low byte of FNV-1a (64 bits) of its id's bytes. The same in every version of the program.
    public init(_ lead: LeadID) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in lead.text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        number = Int(hash & 0xff)
    }
}
