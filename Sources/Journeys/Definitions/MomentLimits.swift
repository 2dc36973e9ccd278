/// What the calls of one moment may ask for together (R32).
public struct MomentLimits: Sendable, Hashable {
    public var calls: Int
    public var effects: Int
    /// A mail is one for each recipient (R53).
    public var deliveries: Int
    /// Of effects, payloads, logs, reads and messages, as ``Value/approximateBytes`` counts them; the payload of a mail
    /// counts for each recipient.
    public var bytes: Int
    /// CPU time.
    public var time: Duration

    /// How many times the deadline of one call the calls of a moment may take.
    public static let deadlines = 20
    /// How many incidents of a moment are kept; one more says how many others there were.
    public static let incidents = 100

    public init(
        calls: Int = 10_000, effects: Int = 100_000, deliveries: Int = 100, bytes: Int = 16 << 20,
        time: Duration = .seconds(1)
    ) {
        self.calls = calls
        self.effects = effects
        self.deliveries = deliveries
        self.bytes = bytes
        self.time = time
    }
}
