import Journeys
import Store
import TestKit
import Testing
import Values
import Workspace

@testable import Delivery

@Suite("when a delivery is tried again (R55)")
struct ScheduleTests {
    private func schedule(repeatsUnknown: Bool = true) -> RetrySchedule {
        RetrySchedule(settings: DeliverySettings.Retry(), repeatsUnknown: repeatsUnknown)
    }

    private let failed = AttemptEnd(.failed(canPass: true), "no")

    @Test("pauses grow to the longest, until a last attempt at the deadline")
    func pauses() {
        var now = start
        var seconds: [Int64] = []
        while case .again(let due) = schedule().next(
            after: failed, firstAttempt: start, now: now, random: 0.5)
        {
            seconds.append((due.milliseconds - now.milliseconds) / 1000)
            now = due
        }
        #expect(Array(seconds.prefix(5)) == [30, 60, 120, 240, 480])
        #expect(seconds.max() == Int64(21_600))
        #expect(now == start.adding(DeliverySettings.Retry().deadline))
        #expect(seconds.count < 40)
    }

    @Test("what failed together is tried again at different times")
    func jitter() {
        let least = schedule().next(after: failed, firstAttempt: start, now: start, random: 0)
        let most = schedule().next(after: failed, firstAttempt: start, now: start, random: 1)
        #expect(least == .again(due: start.adding(.seconds(24))))
        #expect(most == .again(due: start.adding(.seconds(36))))
    }

    @Test("a server says when it wants to be asked again, up to the deadline")
    func retryAfter() {
        var end = failed
        end.notBefore = start.adding(.seconds(7200))
        #expect(
            schedule().next(after: end, firstAttempt: start, now: start, random: 0.5)
                == .again(due: start.adding(.seconds(7200))))
        end.notBefore = start.adding(.seconds(30 * 86_400))
        #expect(
            schedule().next(after: end, firstAttempt: start, now: start, random: 0.5)
                == .again(due: start.adding(.seconds(3 * 86_400))))
        end.notBefore = start.adding(.seconds(1))
        #expect(
            schedule().next(after: end, firstAttempt: start, now: start, random: 0.5)
                == .again(due: start.adding(.seconds(30))))
    }

    @Test("what cannot pass is dead, and an unknown end is repeated only where that may be")
    func ends() {
        func next(_ outcome: AttemptEnd.Outcome, repeats: Bool = false) -> DeliverySettlement.Next {
            schedule(repeatsUnknown: repeats).next(
                after: AttemptEnd(outcome, ""), firstAttempt: start, now: start, random: 0.5)
        }
        #expect(next(.delivered) == .delivered)
        #expect(next(.failed(canPass: false)) == .dead)
        #expect(next(.unknown) == .unknown)
        #expect(next(.unknown, repeats: true) == .again(due: start.adding(.seconds(30))))
    }

    @Test("a breaker opens after failures in a row, and lets one attempt through when its pause is over")
    func breaker() {
        let down = AttemptEnd(.failed(canPass: true), "no", isOfChannel: true)
        var breaker = CircuitBreaker()
        for _ in 1..<CircuitBreaker.failureLimit { breaker.note(down, at: start) }
        #expect(breaker.width(8, at: start) == 8)
        breaker.note(failed, at: start)
        for _ in 1...CircuitBreaker.failureLimit { breaker.note(down, at: start) }
        #expect(breaker.width(8, at: start) == 0)
        breaker.note(down, at: start)
        #expect(breaker.closedUntil == start.adding(CircuitBreaker.firstPause))
        let over = start.adding(CircuitBreaker.firstPause)
        #expect(breaker.width(8, at: over) == 1)
        breaker.note(down, at: over)
        #expect(breaker.closedUntil == over.adding(CircuitBreaker.firstPause * 2))
        breaker.note(AttemptEnd(.delivered, ""), at: over.adding(.seconds(60)))
        #expect(breaker.width(8, at: over) == 8)
    }

    @Test("a clock that is set back holds nothing up")
    func clock() {
        let wall = VirtualWall()
        let clock = DayClock(atLeast: start.adding(.seconds(50))) { wall.now }
        let first = clock.now
        #expect(first >= start.adding(.seconds(50)))
        wall.now = start.adding(.seconds(-86_400))
        #expect(clock.now >= first)
        wall.now = start.adding(.seconds(86_400))
        #expect(clock.now >= start.adding(.seconds(86_400)))
    }
}
