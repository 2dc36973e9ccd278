import Testing
import Values

@Suite("Durations as texts")
struct DurationTextTests {
    @Test(
        "whole numbers with units are read",
        arguments: [
            ("50ms", 50), ("1 s", 1_000), ("90 seconds", 90_000), ("2 days", 172_800_000),
            ("1h 30m", 5_400_000),
            ("1 week 1 d", 691_200_000), ("1 minute", 60_000), ("0s", 0), (" 5ms ", 5), ("1h30m", 5_400_000),
        ])
    func reads(text: String, milliseconds: Int64) {
        #expect(Duration(text: text)?.wholeMilliseconds == milliseconds)
    }

    @Test(
        "anything else is not a duration",
        arguments: [
            "", " ", "5", "ms", "-1s", "1.5h", "1 month", "1 Day", "1h,30m", "9223372036854775807s",
            "99999999999999999999ms", "1h 9223372036854775807ms", "１s",
        ])
    func refuses(text: String) {
        #expect(Duration(text: text) == nil)
    }
}
