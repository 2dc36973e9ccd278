import CSandboxTesting
import Foundation
import Testing

/// The watchdog's bookkeeping with workers that have counters for clocks and flags for signals. These run
/// under the thread sanitizer too. `WATCHDOG_SEED` repeats a run.
@Suite struct WatchdogTests {
    @Test func `a call is late at its deadline after the first look and no other call is`() {
        var report = watchdog_report()
        watchdog_simulate_orders(8, &report)
        #expect(report.violation.map { String(cString: $0) } == nil)
        #expect(report.late_calls > 1000)
    }

    @Test func `late calls of many threads are told so and the watchdog sleeps when there is none`() {
        var report = watchdog_report()
        watchdog_simulate_threads(Self.seed, 4, 2000, &report)
        print(
            "WATCHDOG_SEED=\(Self.seed): \(report.calls) calls, \(report.late_calls) late,",
            "\(report.stale_signals) stale signals, \(report.sleeps) sleeps, \(report.removals) removals")
        #expect(report.violation.map { String(cString: $0) } == nil, "WATCHDOG_SEED=\(Self.seed)")
        #expect(report.late_calls >= 80)
        #expect(report.sleeps == 20)
        #expect(report.removals > 100)
    }

    @Test func `a call that begins while the watchdog falls asleep is looked at`() {
        let isLong = ProcessInfo.processInfo.environment["SIGNALBOX_LONG_TESTS"] != nil
        var report = watchdog_report()
        watchdog_simulate_falling_asleep(Self.seed, isLong ? 20_000 : 2000, &report)
        #expect(report.violation.map { String(cString: $0) } == nil, "WATCHDOG_SEED=\(Self.seed)")
    }

    private static let seed =
        ProcessInfo.processInfo.environment["WATCHDOG_SEED"].flatMap(UInt64.init)
        ?? .random(in: 0..<1_000_000)
}
