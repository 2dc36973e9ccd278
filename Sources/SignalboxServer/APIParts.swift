import Logging
import Signalbox
import Store
import Values

/// What the routes work with.
struct APIParts: Sendable {
    let engine: Engine
    let store: any Store
    let tokens: TokenDirectory
    let clock: @Sendable () -> Timestamp
    /// How long a command in a body may be.
    let commandLimitBytes: Int
}
