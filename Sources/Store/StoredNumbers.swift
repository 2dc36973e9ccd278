package import Values

/// What the numbers of a store may be. A reader takes no other, so that what it counts on with them always fits.
package enum StoredNumbers {
    /// Moments, events, journeys, incidents and rows are counted up to this: the integers that JSON's readers
    /// agree on.
    package static let countLimit = 1 << 53

    /// 275,760 years to both sides of 1970, which no clock leaves.
    package static let times =
        Timestamp(
            milliseconds: -8_640_000_000_000_000)...Timestamp(
            milliseconds: 8_640_000_000_000_000)

    package static func isCount(_ number: Int) -> Bool { (0...countLimit).contains(number) }
}
