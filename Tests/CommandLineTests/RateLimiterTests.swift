import Synchronization
import Testing
import Values

@testable import SignalboxServer

@Suite("The rate of a token's requests")
struct RateLimiterTests {
    @Test("each token has its own count, which begins anew with each second")
    func counts() {
        let now = Mutex(Timestamp(milliseconds: 5_000))
        let limiter = RateLimiter { now.withLock { $0 } }
        #expect((1...3).map { _ in limiter.allows("a", limit: 2) } == [true, true, false])
        #expect(limiter.allows("b", limit: 2))
        now.withLock { $0 = Timestamp(milliseconds: 5_999) }
        #expect(!limiter.allows("a", limit: 2))
        #expect(limiter.allows("a", limit: 3))
        now.withLock { $0 = Timestamp(milliseconds: 6_000) }
        #expect(limiter.allows("a", limit: 2))
    }
}
