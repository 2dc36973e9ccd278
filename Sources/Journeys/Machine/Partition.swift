import Values

/// One of the 256 parts that leads are divided into, by their ids alone: what a lane, or a host, owns.
public struct Partition: Sendable, Hashable {
    public static let count = 256

    /// From 0, below ``count``.
    public let number: Int

    /// The lead's: the low byte of FNV-1a (64 bits) of its id's bytes. The same in every version of the program.
    public init(_ lead: LeadID) {
        var hash = SmallHash()
        hash.mix(lead.text)
        number = Int(hash.value & 0xff)
    }
}
