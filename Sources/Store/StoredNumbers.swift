package import Values

/// What the numbers of a store may be. A reader takes no other, so that what it counts on with them always fits.
package enum StoredNumbers {
    /// Moments, events, journeys, incidents and rows are counted up to this: the integers that JSON's readers
    /// agree on.
    package static let countLimit = 1 << 53

    /// Those whose year is written with four digits, which alone read back: the years 0 to 9999.
    package static let times =
        Timestamp(
            milliseconds: -62_167_219_200_000)...Timestamp(
            milliseconds: 253_402_300_799_999)

    package static func isCount(_ number: Int) -> Bool { (0...countLimit).contains(number) }
}

extension Timestamp {
    /// Throws ``StoreError/Code/invalidValue`` for a time that could not be read back.
    ///
    /// - Parameter what: of what it is the time.
    package func requireReadable(_ what: @autoclosure () -> String) throws(StoreError) {
        if StoredNumbers.times.contains(self) { return }
        throw StoreError(
            .invalidValue,
            "the time of \(what()) is outside of the years 0 to 9999, so it could not be read back",
            advice: "set the clock")
    }
}
