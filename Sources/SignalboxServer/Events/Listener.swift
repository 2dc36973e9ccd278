import Store
import Synchronization

/// A client that receives lines as they are committed. Lines that it has not taken yet have at most ``heldLimitBytes``;
/// beyond that it receives no more, and reads on from the store.
final class Listener: Sendable {
    let filter: EventFilter
    let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    private struct State {
        var lines: [ToldLine] = []
        var bytes = 0
        var hasLost = false
        var isOver = false
    }

    enum Taken {
        case lines([ToldLine])
        /// Lines were lost; they are in the store.
        case behind
        case over
    }

    private static let heldLimitBytes = 1 << 20

    init(_ filter: EventFilter) {
        self.filter = filter
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Answers whether it goes on hearing.
    func hear(_ line: ToldLine) -> Bool {
        let isHeard = state.withLock { state in
            state.bytes += line.text.utf8.count
            if state.bytes > Self.heldLimitBytes {
                state.hasLost = true
                state.lines = []
            } else {
                state.lines.append(line)
            }
            return !state.hasLost
        }
        waker.yield()
        return isHeard
    }

    func take() -> Taken {
        state.withLock { state in
            if state.hasLost { return .behind }
            if state.isOver, state.lines.isEmpty { return .over }
            defer {
                state.lines = []
                state.bytes = 0
            }
            return .lines(state.lines)
        }
    }

    /// To be called from time to time, so that a listener who hears nothing is not taken for gone.
    func wake() { waker.yield() }

    func end() {
        state.withLock { $0.isOver = true }
        waker.yield()
    }
}
