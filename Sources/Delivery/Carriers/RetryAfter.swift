import Foundation
import Values

/// When a server wants to be asked again: `Retry-After` (RFC 9110), in seconds or as a date.
enum RetryAfter {
    static func time(_ text: String, now: Timestamp) -> Timestamp? {
        if let seconds = Int64(text), seconds >= 0 {
            return now.adding(.seconds(min(seconds, Int64(Int32.max))))
        }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return format.date(from: text).map { Timestamp(milliseconds: Int64($0.timeIntervalSince1970 * 1000)) }
    }
}
