import Synchronization

/// The streams of every moment that is committed, and of the news that deliveries were.
final class Observers: Sendable {
    private let continuations = Mutex(State())

    private struct State {
        var next = 0
        var all: [Int: AsyncStream<Answer.Accepted>.Continuation] = [:]
        var ofDeliveries: [AsyncStream<Void>.Continuation] = []
        var isFinished = false
    }

    /// Moments from now on. One that is not read in time pushes out the oldest of `bufferLimit`. After
    /// ``finish()`` there are none, and the stream ends at once.
    func moments(bufferLimit: Int) -> AsyncStream<Answer.Accepted> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Answer.Accepted.self, bufferingPolicy: .bufferingNewest(bufferLimit))
        let number: Int? = continuations.withLock { state in
            if state.isFinished { return nil }
            state.next += 1
            state.all[state.next] = continuation
            return state.next
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.continuations.withLock { $0.all.removeValue(forKey: number) }
        }
        return stream
    }

    /// See ``Engine/committedDeliveries()``.
    func committedDeliveries() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let isTaken = continuations.withLock { state in
            if !state.isFinished { state.ofDeliveries.append(continuation) }
            return !state.isFinished
        }
        if !isTaken { continuation.finish() }
        return stream
    }

    func tellOfDeliveries() {
        let all = continuations.withLock { $0.ofDeliveries }
        for continuation in all { continuation.yield() }
    }

    /// Who listens to moments now.
    struct Listeners {
        fileprivate let all: [AsyncStream<Answer.Accepted>.Continuation]

        var isEmpty: Bool { all.isEmpty }

        func hear(_ moment: Answer.Accepted) {
            for continuation in all { continuation.yield(moment) }
        }
    }

    var listeners: Listeners { Listeners(all: continuations.withLock { Array($0.all.values) }) }

    func finish() {
        let all = continuations.withLock { state in
            state.isFinished = true
            return (Array(state.all.values), state.ofDeliveries)
        }
        for continuation in all.0 { continuation.finish() }
        for continuation in all.1 { continuation.finish() }
    }
}
