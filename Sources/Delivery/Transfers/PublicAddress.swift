import Glibc

/// Which addresses are reached without the operator's word: those that are not of this machine, its network, or set aside
/// for other than public hosts.
enum PublicAddress {
    /// - Parameter address: of an IPv4 or IPv6 host; any other is not public.
    static func isPublic(_ address: UnsafePointer<sockaddr>) -> Bool {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                isPublic(v4: UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
            }
        case AF_INET6:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { place in
                withUnsafeBytes(of: place.pointee.sin6_addr) { isPublic(v6: Array($0)) }
            }
        case _: false
        }
    }

    /// The first bits of addresses that are not public (RFC 6890), and how many of them count.
    private static let reservedV4: [(network: UInt32, bits: UInt32)] = [
        (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16),
        (0xAC10_0000, 12), (0xC000_0000, 24), (0xC000_0200, 24), (0xC058_6300, 24), (0xC0A8_0000, 16),
        (0xC612_0000, 15), (0xC633_6400, 24), (0xCB00_7100, 24), (0xE000_0000, 3),
    ]

    static func isPublic(v4 address: UInt32) -> Bool {
        !reservedV4.contains { address >> (32 - $0.bits) == $0.network >> (32 - $0.bits) }
    }

    /// - Parameter address: 16 bytes.
    static func isPublic(v6 address: [UInt8]) -> Bool {
        func begins(_ bytes: UInt8...) -> Bool { address.starts(with: bytes) }
        func v4(at place: Int) -> UInt32 { address[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        let zeros = [UInt8](repeating: 0, count: 10)
        // An IPv4 address in another dress is judged as that.
        if address.starts(with: zeros), begins(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF) {
            return isPublic(v4: v4(at: 12))
        }
        if begins(0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0) { return isPublic(v4: v4(at: 12)) }
        if begins(0x20, 0x02) { return isPublic(v4: v4(at: 2)) }
        // Global unicast, but for Teredo, documentation and what is set aside for tests and identifiers.
        guard address[0] & 0xE0 == 0x20 else { return false }
        if begins(0x20, 0x01), address[2] < 0x02 { return false }
        return !begins(0x20, 0x01, 0x0D, 0xB8) && !begins(0x3F, 0xFF)
    }
}
