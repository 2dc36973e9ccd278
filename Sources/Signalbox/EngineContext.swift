import CoreMetrics
import Journeys
import Logging
import Plugins
import Store
import Values
import Workspace

/// What an engine's lanes and its committer have in common. Everything in it may be used from any thread.
struct EngineContext: Sendable {
    let store: any MomentStore
    let generation: CurrentGeneration
    let clock: @Sendable () -> Timestamp
    let logger: Logger
    let ids = InFlightCommandIDs()
    let quarantine: QuarantineLedger
    let strategy: LaneStrategy
    let meters: EngineMeters

    /// - Parameter lanes: how many there are, at least 1.
    init(
        store: any MomentStore, generation: Generation, lanes: Int, logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        clock: @escaping @Sendable () -> Timestamp
    ) throws(StoreError) {
        try store.noteTrackLengths { map in
            (try? MapDefinition(kept: map.source, file: map.file))?.trackLengths
        }
        self.store = store
        self.generation = CurrentGeneration(generation)
        self.logger = logger
        meters = EngineMeters(metrics, generation)
        self.clock = clock
        quarantine = QuarantineLedger(store)
        strategy = try LaneStrategy(lanes: lanes, store: store, quarantine: quarantine)
    }
}
