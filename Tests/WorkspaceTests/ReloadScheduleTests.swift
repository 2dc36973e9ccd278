import Testing

@testable import Workspace

/// In virtual time: milliseconds since a beginning.
@Suite("When files are read again")
struct ReloadScheduleTests {
    private let schedule = Schedule()

    private func at(_ milliseconds: Int) -> Duration { .milliseconds(milliseconds) }

    /// For expectations, which cannot change a value.
    private final class Schedule {
        private var schedule = ReloadSchedule()
        func changed(at time: Duration) { schedule.changed(at: time) }
        func next(at time: Duration) -> ReloadSchedule.Step { schedule.next(at: time) }
        func loaded(at time: Duration) -> Bool { schedule.loaded(at: time) }
    }

    @Test("at rest nothing is due")
    func rest() {
        #expect(schedule.next(at: at(0)) == .rest)
        #expect(schedule.next(at: at(1_000_000)) == .rest)
    }

    @Test("one change is read after 20 ms of quiet")
    func one() {
        schedule.changed(at: at(5))
        #expect(schedule.next(at: at(5)) == .wait(until: at(25)))
        #expect(schedule.next(at: at(24)) == .wait(until: at(25)))
        #expect(schedule.next(at: at(25)) == .load)
        #expect(schedule.loaded(at: at(30)))
        #expect(schedule.next(at: at(30)) == .rest)
    }

    @Test("a burst is read once, 20 ms after its end")
    func burst() {
        for time in [0, 15, 30, 45] {
            schedule.changed(at: at(time))
            #expect(schedule.next(at: at(time)) == .wait(until: at(time + 20)))
        }
        #expect(schedule.next(at: at(65)) == .load)
        #expect(schedule.loaded(at: at(66)))
        #expect(schedule.next(at: at(66)) == .rest)
    }

    @Test("a burst without an end is read 100 ms after its beginning")
    func longBurst() {
        for time in stride(from: 0, through: 95, by: 5) { schedule.changed(at: at(time)) }
        #expect(schedule.next(at: at(99)) == .wait(until: at(100)))
        #expect(schedule.next(at: at(100)) == .load)
    }

    @Test("what was read while it changed is not used, and read again")
    func changedWhileReading() {
        schedule.changed(at: at(0))
        #expect(schedule.next(at: at(20)) == .load)
        schedule.changed(at: at(22))
        schedule.changed(at: at(25))
        #expect(!schedule.loaded(at: at(30)))
        #expect(schedule.next(at: at(30)) == .wait(until: at(45)))
        #expect(schedule.next(at: at(45)) == .load)
        #expect(schedule.loaded(at: at(46)))
        #expect(schedule.next(at: at(46)) == .rest)
    }

    @Test("who writes without an end is read all the same, 2 s after the first change")
    func patience() {
        var used: [Int] = []
        for time in 0..<5_000 {
            schedule.changed(at: at(time))
            guard schedule.next(at: at(time)) == .load else { continue }
            schedule.changed(at: at(time))
            if schedule.loaded(at: at(time)) { used.append(time) }
        }
        // Each begins to wait anew: from the change on that came while it was read.
        #expect(used == [2_000, 4_000])
    }
}
