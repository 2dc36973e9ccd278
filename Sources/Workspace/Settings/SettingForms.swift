import Values

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Sizes as an operator writes them: a whole number of bytes, or of `B`, `KiB`, `MiB` or `GiB`.
enum ByteSize {
    /// Nil when the text is not a size.
    static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard let count = Int(digits), let factor = factor(text.dropFirst(digits.count).drop { $0 == " " })
        else {
            return nil
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? nil : bytes
    }

    static func text(_ bytes: Int) -> String {
        for (unit, factor) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= factor && bytes % factor == 0 { return "\(bytes / factor)\(unit)" }
        return "\(bytes)B"
    }

    private static func factor(_ unit: Substring) -> Int? {
        switch unit {
        case "", "B": 1
        case "KiB": 1 << 10
        case "MiB": 1 << 20
        case "GiB": 1 << 30
        default: nil
        }
    }
}

/// Times as an operator writes them: as everywhere (``Swift/Duration/init(text:)``), or a whole number of years.
enum SettingTime {
    /// The milliseconds of 365 days.
    static let year: Int64 = 365 * 86_400_000

    /// Nil when the text is not a time, or one of more than 64 bits of milliseconds.
    static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        switch text.dropFirst(digits.count).drop(while: { $0 == " " }) {
        case "y", "year", "years":
            guard let count = Int64(digits) else { return nil }
            let (milliseconds, overflow) = count.multipliedReportingOverflow(by: year)
            return overflow ? nil : .milliseconds(milliseconds)
        default: return Duration(text: text)
        }
    }

    /// In the largest unit that gives a whole number: `90d`, `1h`, `50ms`.
    static func text(_ milliseconds: Int64) -> String {
        let units: [(String, Int64)] = [
            ("y", year), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000),
        ]
        for (unit, factor) in units where milliseconds >= factor && milliseconds % factor == 0 {
            return "\(milliseconds / factor)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}

/// Names and addresses of hosts.
enum Host {
    static let rule = "the name of a host in small letters, or an IPv4 address"

    /// A name in small letters or an IPv4 address, without a port.
    static func isName(_ text: String) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        // What ends in a number is an address and nothing else.
        if let last = labels.last, last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            var address = in_addr()
            return inet_pton(AF_INET, text, &address) == 1
        }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-")
                && label.utf8.last != UInt8(ascii: "-")
                && label.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
                }
        }
    }

    static func isIPv6(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }

    /// Whether only this machine reaches it.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" { return true }
        var address = in_addr()
        if inet_pton(AF_INET, host, &address) == 1 { return UInt32(bigEndian: address.s_addr) >> 24 == 127 }
        var longer = in6_addr()
        guard inet_pton(AF_INET6, host, &longer) == 1 else { return false }
        let bytes = withUnsafeBytes(of: &longer) { Array($0) }
        return bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }

    /// `HOST:PORT`, an IPv6 address in brackets. Nil when the text is not that.
    static func address(
        _ text: String, ports: ClosedRange<Int> = Settings.portRange
    ) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits),
            ports.contains(port)
        else { return nil }
        let host = String(text[..<colon])
        if isName(host) { return (host, port) }
        let inside = String(host.dropFirst().dropLast())
        guard host.first == "[", host.last == "]", isIPv6(inside) else { return nil }
        return (inside, port)
    }
}

/// Where something is reached on the web.
enum WebAddress {
    static let rule = "a URL that begins with https:// or http://, without a user, a password or a fragment"

    static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= Settings.textLimitBytes,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !#""<>\^`{|}"#.utf8.contains($0) }),
            let scheme = ["https://", "http://"].first(where: text.hasPrefix), !text.contains("#")
        else { return false }
        let authority = String(text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" })
        let inBrackets = authority.first == "[" && authority.last == "]"
        if inBrackets { return Host.isIPv6(String(authority.dropFirst().dropLast())) }
        return Host.isName(authority.lowercased()) || Host.address(authority.lowercased()) != nil
    }
}

/// Time zones by their IANA names.
enum ZoneName {
    private static let folder = "/usr/share/zoneinfo"

    /// What is wrong with the name; nil where the machine has this zone.
    static func fault(_ name: String) -> String? {
        if name == "UTC" { return nil }
        guard access(folder, R_OK) == 0 else {
            return "the zones of this machine are not in \(folder); install tzdata"
        }
        let segments = name.split(separator: "/", omittingEmptySubsequences: false)
        let isShaped =
            name.utf8.count <= 64 && !["posix", "right"].contains(segments[0])
            && !["localtime", "posixrules"].contains(name)
            && segments.allSatisfy { segment in
                !segment.isEmpty
                    && segment.utf8.allSatisfy {
                        (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0)
                            || (0x30...0x39).contains($0) || "_+-".utf8.contains($0)
                    }
            }
        guard isShaped, isZone("\(folder)/\(name)") else {
            return
                "there is no time zone \(name.quotedForMessage); expected an IANA name such as `Europe/Berlin`"
        }
        return nil
    }

    /// Whether it is a file that begins as those of zones do.
    private static func isZone(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4)
        return read(descriptor, &bytes, 4) == 4 && bytes == Array("TZif".utf8)
    }
}
