import Plugins
import Synchronization
import Workspace

/// The generation that moments begin with from now on (R41).
final class CurrentGeneration: Sendable {
    private let state: Mutex<Generation>
    /// How often another one was installed. Lanes look at it before each moment: a number that hardly ever changes costs
    /// them less than a lock and a reference that all of them count.
    private let installed = Atomic(0)

    init(_ generation: Generation) { state = Mutex(generation) }

    var current: Generation { state.withLock { $0 } }

    func install(_ generation: Generation) {
        state.withLock { $0 = generation }
        installed.add(1, ordering: .releasing)
    }

    /// The current one where it may be another than when `seen` was noted, which is noted anew; nil where it is the same.
    func newer(than seen: inout Int) -> Generation? {
        let now = installed.load(ordering: .acquiring)
        if now == seen { return nil }
        seen = now
        return current
    }
}
