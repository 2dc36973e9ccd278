import Values

/// A time that a person names: `2026-11-22T09:00:00Z`, or how long ago it was, such as `2 days`.
enum SinceTime {
    /// Nil for a text that is neither.
    static func read(_ text: String) -> Timestamp? {
        if let time = Timestamp(text) { return time }
        return Duration(text: text).map { duration in
            let (seconds, fraction) = duration.components
            let milliseconds = seconds * 1000 + fraction / 1_000_000_000_000_000
            return Timestamp(milliseconds: WallClock.now().milliseconds - milliseconds)
        }
    }

    /// The mistake of an option with such a text.
    static func mistake(_ text: String) -> String {
        "--since: \(text.quotedForMessage) is neither a time such as 2026-11-22T09:00:00Z nor a duration such as 2 days"
    }
}
