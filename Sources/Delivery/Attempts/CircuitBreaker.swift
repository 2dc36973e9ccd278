import Values

/// Keeps attempts from a channel that does not work: after some failures in a row it is left alone for a while, then tried
/// with one delivery.
struct CircuitBreaker {
    private var failures = 0
    private var opens: Timestamp?
    private var pause = Self.firstPause

    /// As many failures in a row open it.
    static let failureLimit = 5
    static let firstPause = Duration.seconds(15)
    static let longestPause = Duration.seconds(600)

    init() {}

    /// When the channel may be tried again; nil where nothing keeps it.
    var closedUntil: Timestamp? { opens }

    /// How many attempts may be under way at `now`, of at most `width`.
    func width(_ width: Int, at now: Timestamp) -> Int {
        guard let opens else { return width }
        return now < opens ? 0 : 1
    }

    mutating func note(_ end: AttemptEnd, at now: Timestamp) {
        guard end.isOfChannel else {
            self = CircuitBreaker()
            return
        }
        failures += 1
        // Attempts that were under way when it opened say nothing new.
        if let opens, now < opens { return }
        guard failures >= Self.failureLimit else { return }
        if opens != nil { pause = min(pause * 2, Self.longestPause) }
        opens = now.adding(pause)
    }
}
