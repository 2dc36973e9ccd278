extension SQLiteStore {
    /// How much of a store is kept where. A store that was written with others is read all the same.
    package struct Limits: Sendable {
        /// Of how many leads ``RecentLeads`` keeps the newest state: some times as many as are at work at once.
        package var recent = 50_000
        /// A record is written whole with every moment whose number is a multiple of this (``RecordHistory``).
        package var wholeEvery = 64
        /// How many rows of what commits changed of how many leads are at steps wait at most (``StepCounters``).
        package var stepChanges = 64
        var checkpoints = Checkpointer.Limits()

        package init() {}

        /// The usual ones, or those that the variable `SIGNALBOX_STORE_LIMITS` gives, as `recent,wholeEvery,step`. With
        /// small ones a test that kills the program meets it in the middle of each of these things.
        package init(environment: [String: String]) {
            let numbers = environment["SIGNALBOX_STORE_LIMITS"]?.split(separator: ",").compactMap { Int($0) }
            guard let numbers, numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else { return }
            recent = numbers[0]
            wholeEvery = numbers[1]
            stepChanges = numbers[1]
            checkpoints = Checkpointer.Limits(
                step: numbers[2], long: 4 * numbers[2], little: numbers[2], most: 20 * numbers[2])
        }
    }
}
