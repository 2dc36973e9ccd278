package import Logging
package import Signalbox
package import Store
package import Values
import Workspace

/// What the routes work with, at both doors.
package struct APIParts: Sendable {
    let engine: Engine
    let store: any Store
    let tokens: TokenDirectory
    let rate: RateLimiter
    let events: EventHub
    let audit: AuditLog
    let own: OwnMoments
    let bulks = BulkWaker()
    /// Of the settings at the start; nil where nothing is masked.
    let mask: Mask?
    let clock: @Sendable () -> Timestamp
    /// Called when deliveries wait that did not before, so that they need not wait for anything else.
    let deliveriesChanged: @Sendable () -> Void

    /// - Parameters:
    ///   - tokens: who may ask.
    ///   - own: what the engine does by itself, for the streams of commands.
    ///   - deliveriesChanged: called when deliveries wait that did not before; it must be quick.
    package init(
        _ engine: Engine, _ store: any Store, tokens: TokenDirectory, own: OwnMoments, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp, deliveriesChanged: @escaping @Sendable () -> Void
    ) {
        self.engine = engine
        self.store = store
        self.tokens = tokens
        self.own = own
        rate = RateLimiter(clock: clock)
        events = EventHub(engine, store, logger: logger)
        audit = AuditLog(store)
        mask = Mask(engine.generation.settings.serve.maskedFields)
        self.clock = clock
        self.deliveriesChanged = deliveriesChanged
    }

    /// As they are now: a saved file changes them while the service runs.
    var settings: Settings { engine.generation.settings }
}
