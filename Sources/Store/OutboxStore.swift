public import Journeys
public import Values

/// What leaves the building: the deliveries that were committed with their moments, and how far each has come (R53 to
/// R56).
///
/// What changes a delivery is one transaction, durable when the call returns; when it throws, nothing has changed. A
/// delivery that does not read back throws ``StoreError/Code/damaged`` wherever its turn comes.
public protocol OutboxStore: Sendable {
    /// All deliveries, in the order in which they were committed: rows after the row `after`, at most `limit`.
    func outbox(after: Int, limit: Int) throws(StoreError) -> [StoredDelivery]

    /// The store's own id, from which the names are made under which deliveries are known outside (R54): 128 random
    /// bits as 32 hexadecimal digits. A restored store has another one than its backup.
    func storeID() throws(StoreError) -> String

    // MARK: Sending

    /// The channels in which deliveries wait, in the order of their bytes.
    func waitingChannels() throws(StoreError) -> [String]

    /// The deliveries that may be attempted at `now`, by their ``StoredDelivery/due`` and then by their rows, at most
    /// `limit`: those that wait until `now` or less, each the next of its lead and destination (R56).
    ///
    /// Of a lead and a destination, the next is the one under way, or else the first in the outbox that is not settled.
    func due(through channel: String, by now: Timestamp, limit: Int) throws(StoreError) -> [StoredDelivery]

    /// When the next delivery may be attempted, whether that has passed or not; nil when all wait for one that is under
    /// way, and when none waits.
    func nextDue(through channel: String) throws(StoreError) -> Timestamp?

    /// Notes that an attempt of each begins. Throws ``StoreError/Code/deliveryChanged(row:)`` for one that does not
    /// wait, or is not the next of its lead and destination.
    func beginAttempts(_ rows: [Int], at time: Timestamp) throws(StoreError)

    /// Notes how attempts ended. Throws ``StoreError/Code/deliveryChanged(row:)`` for a delivery that is not being
    /// sent.
    func settle(_ settlements: [DeliverySettlement], at time: Timestamp) throws(StoreError)

    /// The deliveries that are being sent, in the order of their rows, those after `row`, at most `limit`: before the
    /// first attempt of a process, those of one that ended meanwhile.
    func interrupted(after row: Int, limit: Int) throws(StoreError) -> [StoredDelivery]

    // MARK: Looking

    /// Deliveries, the latest first: those with a row below `row`, at most `limit`.
    func deliveries(
        matching filter: DeliveryFilter, before row: Int?, limit: Int
    ) throws(StoreError) -> [StoredDelivery]

    func delivery(_ id: DeliveryID) throws(StoreError) -> StoredDelivery?

    /// In their order; empty for a delivery that is not there.
    func attempts(of id: DeliveryID) throws(StoreError) -> [DeliveryAttempt]

    func countDeliveries(matching filter: DeliveryFilter) throws(StoreError) -> Int

    /// Lets those of the deliveries wait again that are dead or unknown, to be attempted at once, and answers how many
    /// there were. Their attempts are counted on, their deadline begins anew. Each takes its place among those of its
    /// lead and destination by its row, behind one that is under way.
    func sendAgain(_ ids: [DeliveryID], at time: Timestamp) throws(StoreError) -> Int

    func outboxFigures() throws(StoreError) -> OutboxFigures

    /// When one that waits or is being sent last changed, the latest of all; nil when there is none. By the clocks of then:
    /// one may have been set back since.
    func latestChange() throws(StoreError) -> Timestamp?
}

extension OutboxStore {
    /// Hands over deliveries in any of the states one after the other, state by state, of each the latest first, until
    /// `visit` answers that it wants no more.
    package func visitDeliveries(
        matching filter: DeliveryFilter, in states: [DeliveryState], _ visit: (StoredDelivery) -> Bool
    ) throws(StoreError) {
        let readTogether = 500
        for state in states {
            var wanted = filter
            wanted.state = state
            var before: Int?
            while true {
                let page = try deliveries(matching: wanted, before: before, limit: readTogether)
                for delivery in page {
                    guard visit(delivery) else { return }
                }
                guard page.count == readTogether, let last = page.last else { break }
                before = last.row
            }
        }
    }
}
