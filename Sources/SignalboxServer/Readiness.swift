import Synchronization

/// Whether the service takes commands now.
final class Readiness: Sendable {
    private let state = Mutex(State.starting)

    private enum State {
        /// Next: ready.
        case starting
        /// Next: stopping.
        case ready
        case stopping
    }

    init() {}

    func start() { state.withLock { $0 = .ready } }
    func stop() { state.withLock { $0 = .stopping } }

    /// Why it takes none; nil where it does.
    var whyNot: String? {
        switch state.withLock({ $0 }) {
        case .starting: "the service is starting"
        case .ready: nil
        case .stopping: "the service is stopping"
        }
    }
}
