import Signalbox
import Store
import Values
import Workspace

/// What the routes work with.
struct APIParts: Sendable {
    let engine: Engine
    let store: any Store
    let tokens: TokenDirectory
    let rate: RateLimiter
    let events: EventHub
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp
    /// Called when deliveries wait that did not before, so that they need not wait for anything else.
    let deliveriesChanged: @Sendable () -> Void

    /// As they are now: a saved file changes them while the service runs.
    var settings: Settings { engine.generation.settings }
}
