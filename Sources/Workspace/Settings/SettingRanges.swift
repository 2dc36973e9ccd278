/// The ranges of what an operator may set.
extension Settings {
    static let laneRange = 1...1_024
    static let queueRange = 1...10_000_000
    static let fieldBytesRange = 1_024...(64 << 20)
    static let leadBytesRange = 1_024...(256 << 20)
    static let lineBytesRange = 1_024...(256 << 20)
    static let momentCallRange = 1...1_000_000
    static let momentEffectRange = 1...10_000_000
    static let momentDeliveryRange = 0...1_000_000
    static let momentBytesRange = (64 << 10)...(1 << 30)
    static let deadlineRange: ClosedRange<Int64> = 1...600_000
    static let memoryBytesRange = (256 << 10)...(1 << 30)
    static let instructionRange = 1_000...Int(Int32.max)
    static let effectRange = 1...100_000
    static let logBytesRange = 1_024...(16 << 20)
    static let portRange = 1...65_535
    /// 0 is any port that is free.
    static let listenPortRange = 0...65_535
    static let rateRange = 1...1_000_000
    /// Milliseconds, as all ranges of times.
    static let firstRetryRange: ClosedRange<Int64> = 1_000...86_400_000
    static let longestRetryRange: ClosedRange<Int64> = 1_000...(7 * 86_400_000)
    static let deliveryDeadlineRange: ClosedRange<Int64> = 60_000...(30 * 86_400_000)
    static let stopRange: ClosedRange<Int64> = 1_000...600_000
    static let retentionRange: ClosedRange<Int64> = 86_400_000...(100 * SettingTime.year)
    /// Whoever sends a command again after this time gets it done again (R40, R61).
    static let idRetentionRange: ClosedRange<Int64> = (30 * 86_400_000)...(100 * SettingTime.year)
    /// How many items a list of the settings may have.
    static let listLimit = 1_000
    /// How many bytes a text of the settings may have.
    static let textLimitBytes = 2_048
}
