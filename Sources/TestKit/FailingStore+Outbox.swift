public import Journeys
public import Store
public import Values

extension FailingStore {
    public func beginAttempts(_ rows: [Int], at time: Timestamp) throws(StoreError) {
        try step(.beginAttempts)
        try store.beginAttempts(rows, at: time)
    }

    public func settle(_ settlements: [DeliverySettlement], at time: Timestamp) throws(StoreError) {
        try step(.settleAttempts)
        try store.settle(settlements, at: time)
    }

    public func sendAgain(_ ids: [DeliveryID], at time: Timestamp) throws(StoreError) -> Int {
        try step(.sendAgain)
        return try store.sendAgain(ids, at: time)
    }

    public func outbox(after: Int, limit: Int) throws(StoreError) -> [StoredDelivery] {
        try reading(.listing) { store throws(StoreError) in try store.outbox(after: after, limit: limit) }
    }

    public func storeID() throws(StoreError) -> String {
        try reading(.listing) { store throws(StoreError) in try store.storeID() }
    }

    public func waitingChannels() throws(StoreError) -> [String] {
        try reading(.listing) { store throws(StoreError) in try store.waitingChannels() }
    }

    public func due(
        through channel: String, by now: Timestamp, limit: Int
    ) throws(StoreError) -> [StoredDelivery] {
        try reading(.listing) { store throws(StoreError) in
            try store.due(through: channel, by: now, limit: limit)
        }
    }

    public func nextDue(through channel: String) throws(StoreError) -> Timestamp? {
        try reading(.listing) { store throws(StoreError) in try store.nextDue(through: channel) }
    }

    public func interrupted(after row: Int, limit: Int) throws(StoreError) -> [StoredDelivery] {
        try reading(.listing) { store throws(StoreError) in try store.interrupted(after: row, limit: limit) }
    }

    public func deliveries(
        matching filter: DeliveryFilter, before row: Int?, limit: Int
    ) throws(StoreError) -> [StoredDelivery] {
        try reading(.listing) { store throws(StoreError) in
            try store.deliveries(matching: filter, before: row, limit: limit)
        }
    }

    public func delivery(_ id: DeliveryID) throws(StoreError) -> StoredDelivery? {
        try reading(.listing) { store throws(StoreError) in try store.delivery(id) }
    }

    public func attempts(of id: DeliveryID) throws(StoreError) -> [DeliveryAttempt] {
        try reading(.listing) { store throws(StoreError) in try store.attempts(of: id) }
    }

    public func countDeliveries(matching filter: DeliveryFilter) throws(StoreError) -> Int {
        try reading(.listing) { store throws(StoreError) in try store.countDeliveries(matching: filter) }
    }

    public func outboxFigures() throws(StoreError) -> OutboxFigures {
        try reading(.listing) { store throws(StoreError) in try store.outboxFigures() }
    }

    public func latestChange() throws(StoreError) -> Timestamp? {
        try reading(.listing) { store throws(StoreError) in try store.latestChange() }
    }
}
