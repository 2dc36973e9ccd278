package import Store
package import Values

/// What takes deliveries to where they go.
package protocol Carrier: Sendable {
    /// Makes one attempt, and answers when its end is known.
    func attempt(_ delivery: StoredDelivery) async -> AttemptEnd

    /// Whether what leaves through the channel may be attempted at all; else it waits.
    func isOpen(_ channel: String) -> Bool
}

/// How an attempt ended, as its carrier saw it.
package struct AttemptEnd: Sendable, Hashable {
    package var outcome: Outcome
    /// What the receiver answered, or what went wrong; without a secret.
    package var message: String
    /// Whether the channel as a whole did not work, and not this one delivery alone.
    package var isOfChannel = false
    /// Whether the receiver wants nothing any more.
    package var endsChannel = false
    /// The earliest time at which the receiver wants to be asked again.
    package var notBefore: Timestamp?

    package enum Outcome: Sendable, Hashable {
        case delivered
        /// It was not handed over. Where that cannot pass, the delivery is dead.
        case failed(canPass: Bool)
        /// It was sent, and no answer came.
        case unknown
    }

    package init(
        _ outcome: Outcome, _ message: String, isOfChannel: Bool = false, endsChannel: Bool = false,
        notBefore: Timestamp? = nil
    ) {
        self.outcome = outcome
        self.message = message
        self.isOfChannel = isOfChannel
        self.endsChannel = endsChannel
        self.notBefore = notBefore
    }
}
