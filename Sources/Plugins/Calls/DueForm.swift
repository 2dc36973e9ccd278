import Values

/// The form of a day or a time that `host.time.parse` reads: `2026-11-22`, `2026-11-22T09:00:00.5+02:00`.
enum DueForm {
    static func isValid(_ text: String) -> Bool {
        var reader = Reader(rest: Array(text.utf8)[...])
        return reader.date() && (reader.rest.isEmpty || reader.time() && reader.zone() && reader.rest.isEmpty)
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ bytes: String) -> UInt8? {
            guard let first = rest.first, bytes.utf8.contains(first) else { return nil }
            rest = rest.dropFirst()
            return first
        }

        /// A number of so many digits.
        mutating func number(_ digits: ClosedRange<Int>) -> Int? {
            let found = rest.prefix(digits.upperBound).prefix { (0x30...0x39).contains($0) }
            guard found.count >= digits.lowerBound else { return nil }
            rest = rest.dropFirst(found.count)
            return found.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        /// A day that the calendar has.
        mutating func date() -> Bool {
            let isNegative = take("+-") == UInt8(ascii: "-")
            guard let year = number(4...6), take("-") != nil, let month = number(2...2), take("-") != nil,
                let day = number(2...2), (1...12).contains(month)
            else { return false }
            let days = Timestamp.days(inMonth: Int64(month), of: Int64(isNegative ? -year : year))
            return (1...days).contains(Int64(day))
        }

        mutating func time() -> Bool {
            guard take("T ") != nil, let hour = number(2...2), take(":") != nil, let minute = number(2...2)
            else { return false }
            _ = take(":")
            let second = number(1...2) ?? 0
            _ = take(".")
            while take("0123456789") != nil {}
            return hour < 24 && minute < 60 && second < 60
        }

        mutating func zone() -> Bool {
            if rest.isEmpty || take("Z") != nil { return true }
            guard take("+-") != nil, number(2...2) != nil else { return false }
            _ = take(":")
            return number(2...2) != nil
        }
    }
}
