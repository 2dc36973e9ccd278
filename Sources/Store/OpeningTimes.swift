public import Values

/// How many leads are at a step, by when it opened for them.
///
/// Times near each other are counted together, in classes that do not overlap. The longer ago a class is, the wider it may
/// be: for how long a lead has been there is known to a sixteenth, and a step has a few hundred classes however many
/// leads are at it. A lead that leaves is found by its time alone.
public struct OpeningTimes: Sendable, Hashable {
    /// From the oldest to the newest.
    private(set) var classes: [Class] = []
    /// Those for which nobody knows when it opened: an earlier version of the program did not keep that.
    private(set) var untimed = 0

    /// More leads than this are at no step.
    static let limit = 1 << 40
    /// The part of the time since then that a class may be wide.
    private static let widestPart = 8

    public init() {}

    /// Leads for which a step opened in a span of time, whose bounds are those of slots.
    struct Class: Sendable, Hashable {
        /// In milliseconds since 1970, as all here.
        var since: Int
        var until: Int
        var leads: Int

        fileprivate var middle: Int { since + (until - since) / 2 }
    }

    public var leads: Int { classes.reduce(untimed) { $0 + $1.leads } }

    public var isEmpty: Bool { untimed == 0 && classes.isEmpty }

    package var classCount: Int { classes.count }

    /// Counts more leads of a slot, or fewer. Where there are too few, none is left, and the answer is false.
    @discardableResult
    package mutating func add(_ count: Int, in slot: OpeningSlot?) -> Bool {
        guard let slot else {
            untimed += count
            defer { untimed = max(untimed, 0) }
            return untimed >= 0
        }
        let index = firstClass(endingAfter: slot.since)
        guard index < classes.count, classes[index].since <= slot.since else {
            if count > 0 {
                classes.insert(Class(since: slot.since, until: slot.until, leads: count), at: index)
            }
            return count >= 0
        }
        classes[index].leads += count
        let left = classes[index].leads
        if left <= 0 { classes.remove(at: index) }
        return left >= 0
    }

    private func firstClass(endingAfter time: Int) -> Int {
        var (low, high) = (0, classes.count)
        while low < high {
            let middle = (low + high) / 2
            if classes[middle].until <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Makes one class of neighbors that are so long ago that they need not be told apart any more. Those later than `now`
    /// stay apart.
    package mutating func merge(at now: Timestamp) {
        let now = Int(now.milliseconds)
        var merged: [Class] = []
        for next in classes {
            if let last = merged.last {
                let both = Class(since: last.since, until: next.until, leads: last.leads + next.leads)
                if both.until - both.since <= (now - both.until) / Self.widestPart {
                    merged[merged.count - 1] = both
                    continue
                }
            }
            merged.append(next)
        }
        classes = merged
    }
}

extension [OpeningTimes] {
    public var leads: Int { reduce(0) { $0 + $1.leads } }

    /// For how long a part of the leads has been there at most: half of them for the median. Right to a sixteenth and a
    /// twentieth of a second. Nil where that is known of none.
    ///
    /// - Parameter part: above 0, at most 1.
    public func age(of part: Double, at now: Timestamp) -> Duration? {
        precondition(part > 0 && part <= 1, "a part of the leads")
        let timed = flatMap(\.classes).sorted { $0.middle > $1.middle }
        let count = timed.reduce(0) { $0 + $1.leads }
        var left = Int((part * Double(count)).rounded(.up))
        for one in timed {
            left -= one.leads
            if left <= 0 { return .milliseconds(Swift.max(0, Int(now.milliseconds) - one.middle)) }
        }
        return nil
    }
}

// MARK: As JSON

extension OpeningTimes {
    /// `[[null,null,2],[1763802000000,1763802000050,1]]`: leads, behind the bounds of the time in which the step opened for
    /// them.
    package var jsonBytes: [UInt8] {
        var writer = JSONWriter(reservingBytes: 32 * (classes.count + 1))
        func write(_ bounds: (Int, Int)?, _ leads: Int) {
            writer.beginList()
            if let bounds {
                writer.integer(bounds.0)
                writer.integer(bounds.1)
            } else {
                writer.value(.null)
                writer.value(.null)
            }
            writer.integer(leads)
            writer.endList()
        }
        writer.beginList()
        if untimed > 0 { write(nil, untimed) }
        for one in classes { write((one.since, one.until), one.leads) }
        writer.endList()
        return writer.bytes
    }

    /// Reads what ``jsonBytes`` wrote. Throws ``StoreError/Code/damaged`` for anything else.
    package init(json: [UInt8]) throws(StoreError) {
        let damaged = StoreError.damaged("how many leads are at a step does not read back")
        guard let items = try Value(storedJSON: json).list else { throw damaged }
        var (left, end) = (Self.limit, Int.min)
        for item in items {
            guard let parts = item.list, parts.count == 3, let number = parts[2].integer,
                number > 0, number <= left
            else { throw damaged }
            left -= Int(number)
            if parts[0].isNull, parts[1].isNull {
                untimed += Int(number)
                continue
            }
            guard let since = parts[0].integer.map(Int.init), let until = parts[1].integer.map(Int.init),
                OpeningSlot.bounds.contains(since), OpeningSlot.bounds.contains(until), since < until,
                since >= end
            else { throw damaged }
            classes.append(Class(since: since, until: until, leads: Int(number)))
            end = until
        }
    }
}

/// A twentieth of a second, the finest of what is told apart of when steps opened.
package struct OpeningSlot: Sendable, Hashable {
    /// From 1970 on.
    package let number: Int

    private static let milliseconds = 50

    package init(_ time: Timestamp) {
        let time = Int(time.milliseconds)
        let rest = time % Self.milliseconds
        number = (time - (rest < 0 ? rest + Self.milliseconds : rest)) / Self.milliseconds
    }

    /// Nil for a slot that is outside of the years 0 to 9999.
    package init?(number: Int) {
        guard Self.numbers.contains(number) else { return nil }
        self.number = number
    }

    var since: Int { number * Self.milliseconds }
    var until: Int { since + Self.milliseconds }

    private static let numbers =
        OpeningSlot(StoredNumbers.times.lowerBound)
        .number...OpeningSlot(StoredNumbers.times.upperBound).number

    /// Where slots begin and end.
    static let bounds = numbers.lowerBound * milliseconds...(numbers.upperBound + 1) * milliseconds
}
