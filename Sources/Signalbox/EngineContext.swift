import Journeys
import Logging
import Plugins
import Store
import Synchronization
import Values

/// What all lanes of an engine share. Everything in it may be used from any thread.
struct EngineContext: Sendable {
    let store: any MomentStore
    let generation: CurrentGeneration
    let clock: @Sendable () -> Timestamp
    let logger: Logger
    let incidents: IncidentNumbers
    let ids: InFlightCommandIDs
    let values: any PluginValues
    let standings: QuarantineLedger
    /// Whether there is one lane alone, so that moments are committed in the order in which they are computed.
    let isOrdered: Bool

    init(
        store: any MomentStore, generation: Generation, lanes: Int, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp
    ) throws(StoreError) {
        self.store = store
        self.generation = CurrentGeneration(generation)
        self.logger = logger
        self.clock = clock
        incidents = IncidentNumbers(next: try store.nextIncident())
        ids = InFlightCommandIDs()
        isOrdered = lanes == 1
        values = isOrdered ? SingleLaneValues(store) : MultiLaneValues(store)
        standings = QuarantineLedger(store)
    }
}

/// The generation that moments begin with from now on (R41).
final class CurrentGeneration: Sendable {
    private let state: Mutex<Generation>

    init(_ generation: Generation) { state = Mutex(generation) }

    var current: Generation { state.withLock { $0 } }

    func install(_ generation: Generation) { state.withLock { $0 = generation } }
}

/// Numbers the incidents of a store. A number whose moment was not committed stays unused.
final class IncidentNumbers: Sendable {
    private let upcoming: Atomic<Int>

    init(next: Int) { upcoming = Atomic(next) }

    func next() -> Int { upcoming.add(1, ordering: .relaxed).oldValue }
}
