import Plugins
import Synchronization
import Workspace

/// The generation that moments begin with from now on (R41).
final class CurrentGeneration: Sendable {
    private let state: Mutex<Generation>

    init(_ generation: Generation) { state = Mutex(generation) }

    var current: Generation { state.withLock { $0 } }

    func install(_ generation: Generation) { state.withLock { $0 = generation } }
}
