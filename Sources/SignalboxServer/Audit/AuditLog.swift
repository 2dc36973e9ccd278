import NIOPosix
import Store
import Synchronization

/// Writes what the audit log says beside that of moments: entries that come while others are on their way to the disk go
/// there together, so that many refusals do not cost a commit each.
final class AuditLog: Sendable {
    private let store: any AccessStore
    private let state = Mutex(State())

    /// How many entries may wait before those that note many wait too.
    static let waitingLimit = 10_000

    private struct State {
        var waiting: [AuditEntry] = []
        /// How many were noted, those that wait included.
        var noted = 0
        /// How many are written, or could not be.
        var settled = 0
        var isWriting = false
        /// The entries that could not be written last, and why.
        var failure: (numbers: Range<Int>, error: StoreError)?
        var waiters: [Waiter] = []

        func result(for place: Place) -> Result<Void, StoreError> {
            guard let failure, failure.numbers.contains(place.number) else { return .success(()) }
            return .failure(failure.error)
        }
    }

    private struct Waiter {
        let place: Place
        let continuation: CheckedContinuation<Result<Void, StoreError>, Never>
    }

    /// The place of an entry among those that were noted.
    struct Place: Sendable, Comparable {
        fileprivate let number: Int

        static func < (one: Self, other: Self) -> Bool { one.number < other.number }
    }

    init(_ store: any AccessStore) { self.store = store }

    /// Adds an entry; it is written soon.
    @discardableResult
    func note(_ entry: AuditEntry) -> Place {
        let (place, begins) = state.withLock { state in
            defer {
                state.noted += 1
                state.isWriting = true
            }
            let place = Place(number: state.noted)
            state.waiting.append(entry)
            return (place, !state.isWriting)
        }
        if begins { NIOThreadPool.singleton.submit { _ in self.write() } }
        return place
    }

    /// Whether so many wait that no more should come.
    var isFull: Bool { state.withLock { $0.waiting.count >= Self.waitingLimit } }

    /// Waits until everything that was noted is written, or could not be.
    func settle() async {
        let last = state.withLock { $0.noted == 0 ? nil : Place(number: $0.noted - 1) }
        if let last { _ = try? await written(last) }
    }

    /// Waits until the entry is written. Throws where it cannot be.
    func written(_ place: Place) async throws(StoreError) {
        let result = await withCheckedContinuation { continuation in
            let settled: Result<Void, StoreError>? = state.withLock { state in
                if place.number < state.settled { return state.result(for: place) }
                state.waiters.append(Waiter(place: place, continuation: continuation))
                return nil
            }
            if let settled { continuation.resume(returning: settled) }
        }
        try result.get()
    }

    /// Writes what waits, and what comes meanwhile. Blocks its thread.
    private func write() {
        while let group = next() {
            let failure: StoreError?
            do throws(StoreError) {
                try store.appendAudit(group)
                failure = nil
            } catch {
                failure = error
            }
            let answered = state.withLock { state in
                if let failure {
                    state.failure = (state.settled..<state.settled + group.count, failure)
                }
                state.settled += group.count
                let first = state.waiters.partition { $0.place.number < state.settled }
                defer { state.waiters.removeSubrange(first...) }
                return state.waiters[first...].map { ($0.continuation, state.result(for: $0.place)) }
            }
            for (continuation, result) in answered { continuation.resume(returning: result) }
        }
    }

    /// Nil where nothing waits.
    private func next() -> [AuditEntry]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
