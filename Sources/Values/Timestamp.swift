/// A point in time: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Timestamp: CustomStringConvertible {
    /// ISO 8601 in UTC: `2026-11-22T09:00:00Z`, with milliseconds only where there are any.
    public var description: String {
        let (days, inDay) = milliseconds.flooredDivision(by: 86_400_000)
        let (year, month, day) = Self.civil(fromDays: days)
        let seconds = inDay / 1000
        let rest = inDay % 1000
        guard (0...9999).contains(year) else {
            let rest = String(String(1000 + rest).dropFirst())
            let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(Self.twoDigits)
            let date = "\(year)-\(Self.twoDigits(month))-\(Self.twoDigits(day))"
            return "\(date)T\(time.joined(separator: ":"))\(rest == "000" ? "" : "." + rest)Z"
        }
        // Every moment is written with its time, so this makes no strings between.
        return String(unsafeUninitializedCapacity: 24) { text in
            var count = 0
            func append(_ number: Int64, _ width: Int, then mark: Unicode.Scalar) {
                var number = number
                for place in stride(from: count + width - 1, through: count, by: -1) {
                    text[place] = UInt8(ascii: "0") + UInt8(number % 10)
                    number /= 10
                }
                text[count + width] = UInt8(ascii: mark)
                count += width + 1
            }
            append(year, 4, then: "-")
            append(month, 2, then: "-")
            append(day, 2, then: "T")
            append(seconds / 3600, 2, then: ":")
            append(seconds / 60 % 60, 2, then: ":")
            append(seconds % 60, 2, then: rest == 0 ? "Z" : ".")
            if rest != 0 { append(rest, 3, then: "Z") }
            return count
        }
    }

    private static func twoDigits(_ number: Int64) -> String { String(String(100 + number).dropFirst()) }

    /// Reads `YYYY-MM-DDTHH:MM:SS`, up to nine digits of a fraction (cut to milliseconds), and `Z` or an
    /// offset `+HH:MM`. Nil for anything else, also for days that no calendar has.
    public init?(_ text: String) {
        var scanner = Scanner(text)
        guard let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2),
            scanner.take("-"),
            let day = scanner.number(2), scanner.take("T"), let hour = scanner.number(2), scanner.take(":"),
            let minute = scanner.number(2), scanner.take(":"), let second = scanner.number(2),
            (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year), hour < 24,
            minute < 60, second < 60
        else { return nil }
        var fraction: Int64 = 0
        if scanner.take(".") {
            guard let digits = scanner.digits(upTo: 9) else { return nil }
            fraction = Int64(digits.prefix(3) + String(repeating: "0", count: max(0, 3 - digits.count)))!
        }
        var offset: Int64 = 0
        if !scanner.take("Z") {
            let sign: Int64 = scanner.take("+") ? 1 : -1
            guard sign == 1 || scanner.take("-"), let hours = scanner.number(2), scanner.take(":"),
                let minutes = scanner.number(2), hours < 24, minutes < 60
            else { return nil }
            offset = sign * (hours * 60 + minutes)
        }
        guard scanner.isAtEnd else { return nil }
        let days = Self.days(fromCivil: (year, month, day))
        let minutes = (days * 24 + hour) * 60 + minute - offset
        self.init(milliseconds: (minutes * 60 + second) * 1000 + fraction)
    }

    /// How many days the month, from 1 to 12, has in this year of the Gregorian calendar.
    package static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 of a day of the Gregorian calendar. Years are counted from March, so that
    /// the leap day is the last of its year.
    private static func days(fromCivil date: (year: Int64, month: Int64, day: Int64)) -> Int64 {
        let year = date.month <= 2 ? date.year - 1 : date.year
        let (era, yearOfEra) = year.flooredDivision(by: 400)
        let monthFromMarch = (date.month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + date.day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

private struct Scanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ width: Int) -> Int64? {
        let digits = rest.prefix(width)
        guard digits.count == width, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest.removeFirst(width)
        return Int64(Substring(digits))
    }

    mutating func digits(upTo limit: Int) -> String? {
        let digits = rest.prefix(while: { (0x30...0x39).contains($0) })
        guard !digits.isEmpty, digits.count <= limit else { return nil }
        rest.removeFirst(digits.count)
        return String(Substring(digits))
    }
}
