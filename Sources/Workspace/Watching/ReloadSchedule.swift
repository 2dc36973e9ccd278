/// When files that change are read: after a burst of changes has ended, and not while it lasts.
///
/// It knows no clock: times are what has passed since a beginning of the caller's. Ask ``next(at:)`` what to
/// do, and report what happened by ``changed(at:)`` and ``loaded(at:)``.
struct ReloadSchedule {
    /// How long nothing must have changed before files are read.
    static let quiet = Duration.milliseconds(20)
    /// How long after the first change of a burst files are read at the latest.
    static let longestWait = Duration.milliseconds(100)
    /// For how long nothing is taken of what was read while it changed. Then it is, so that somebody who
    /// writes without an end does not keep everything else from being loaded.
    static let patience = Duration.seconds(2)

    private var state = State.idle

    private enum State: Equatable {
        /// Next: waiting.
        case idle
        /// Next: loading.
        case waiting(Burst)
        /// Files are being read; a burst has begun meanwhile or not. Next: idle, waiting.
        case loading(unread: Duration, Burst?)
    }

    private struct Burst: Equatable {
        var first: Duration
        var last: Duration
        /// When the first change was that nothing was taken of yet.
        var unread: Duration

        var due: Duration { min(last + ReloadSchedule.quiet, first + ReloadSchedule.longestWait) }
    }

    enum Step: Equatable {
        /// Nothing changed.
        case rest
        case wait(until: Duration)
        /// Read the files now, then say ``ReloadSchedule/loaded(at:)``.
        case load
    }

    /// Something changed, or may have.
    mutating func changed(at time: Duration) {
        switch state {
        case .idle:
            state = .waiting(Burst(first: time, last: time, unread: time))
        case .waiting(var burst):
            burst.last = time
            state = .waiting(burst)
        case .loading(let unread, var burst?):
            burst.last = time
            state = .loading(unread: unread, burst)
        case .loading(let unread, nil):
            state = .loading(unread: unread, Burst(first: time, last: time, unread: time))
        }
    }

    mutating func next(at time: Duration) -> Step {
        switch state {
        case .idle:
            return .rest
        case .waiting(let burst) where time < burst.due:
            return .wait(until: burst.due)
        case .waiting(let burst):
            state = .loading(unread: burst.unread, nil)
            return .load
        case .loading:
            preconditionFailure("files are being read already")
        }
    }

    /// The files were read. Answers whether what was read may be used: not if something changed meanwhile,
    /// for it may be half of the one and half of the other. They are read again in any case then.
    mutating func loaded(at time: Duration) -> Bool {
        guard case .loading(let unread, let burst) = state else {
            preconditionFailure("nobody was told to read files")
        }
        guard var burst else {
            state = .idle
            return true
        }
        let isUsable = time - unread >= Self.patience
        if !isUsable { burst.unread = unread }
        state = .waiting(burst)
        return isUsable
    }
}
