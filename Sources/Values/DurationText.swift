extension Duration {
    /// Reads `50ms`, `2 days`, `1h 30m`: whole numbers, each with a unit, and nothing else.
    ///
    /// Units: `ms`, `s`, `m`, `h`, `d`, `w`, or the words from `millisecond` to `week` with or without an
    /// s. Months and years are not lengths of time. Nil also for more than 64 bits of milliseconds.
    public init?(text: String) {
        var rest = Substring(text).utf8
        var milliseconds: Int64 = 0
        var partCount = 0
        while true {
            rest = rest.drop { $0 == 0x20 }
            if rest.isEmpty { break }
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(digits.count).drop { $0 == 0x20 }
            let unit = rest.prefix { (0x61...0x7A).contains($0) }
            rest = rest.dropFirst(unit.count)
            guard let count = Int64(Substring(digits)),
                let factor = Self.milliseconds(in: String(Substring(unit)))
            else { return nil }
            let (product, tooMuch) = count.multipliedReportingOverflow(by: factor)
            let (sum, overflow) = milliseconds.addingReportingOverflow(product)
            if tooMuch || overflow { return nil }
            milliseconds = sum
            partCount += 1
        }
        guard partCount > 0 else { return nil }
        self = .milliseconds(milliseconds)
    }

    private static func milliseconds(in unit: String) -> Int64? {
        switch unit {
        case "ms", "millisecond", "milliseconds": 1
        case "s", "second", "seconds": 1_000
        case "m", "minute", "minutes": 60_000
        case "h", "hour", "hours": 3_600_000
        case "d", "day", "days": 86_400_000
        case "w", "week", "weeks": 604_800_000
        default: nil
        }
    }

    /// Whole milliseconds, what is smaller cut off.
    public var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
