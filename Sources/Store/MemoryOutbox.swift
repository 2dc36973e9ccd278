public import Journeys
import Synchronization
public import Values

/// The deliveries of a store in memory.
struct MemoryOutbox: Sendable {
    /// Made with the store, as every store's is.
    let storeID = StoreID.random()
    /// By their rows, from 1; nil where one was removed.
    private var stored: [StoredDelivery?] = []
    private var rows: [DeliveryID: Int] = [:]
    /// Of the deliveries that are there under each row.
    private var attempts: [Int: [DeliveryAttempt]] = [:]
    /// Those that have deliveries that are not settled.
    private var queues: [DestinationKey: Queue] = [:]

    /// The deliveries of one lead to one destination that are not settled.
    private struct Queue {
        /// In their order.
        var rows: [Int]
        /// The next (R56): the row of the one under way, or else the first.
        var head: Int
    }

    mutating func append(_ outgoing: [MomentRecord.Outgoing], at time: Timestamp) {
        for delivery in outgoing {
            let first = outgoing[delivery.first - 1]
            let row = stored.count + 1
            let waiting = StoredDelivery(
                row: row, id: delivery.id, kind: first.kind, to: delivery.to, first: first.id, at: time,
                by: first.by, payload: first.payload, templateHash: first.templateHash,
                isQuiet: delivery.isQuiet, trace: first.trace)
            stored.append(waiting)
            rows[delivery.id] = row
            enqueue(waiting)
        }
    }

    /// In the order of their rows.
    var deliveries: [StoredDelivery] { stored.compactMap(\.self) }

    private subscript(row: Int) -> StoredDelivery {
        get {
            guard let delivery = stored[row - 1] else { preconditionFailure("delivery \(row) was removed") }
            return delivery
        }
        set { stored[row - 1] = newValue }
    }

    private func state(of row: Int) -> DeliveryState? {
        row >= 1 && row <= stored.count ? stored[row - 1]?.state : nil
    }

    /// Removes those that are wanted, whatever their states, and answers how many there were.
    mutating func remove(where isMeant: (StoredDelivery) -> Bool) -> Int {
        let removed = deliveries.filter(isMeant)
        for delivery in removed {
            stored[delivery.row - 1] = nil
            rows[delivery.id] = nil
            attempts[delivery.row] = nil
            let key = DestinationKey(delivery)
            queues[key]?.rows.removeAll { $0 == delivery.row }
            chooseNext(key)
        }
        return removed.count
    }

    func isSending(_ row: Int, of lead: LeadID? = nil) -> Bool {
        state(of: row) == .sending && self[row].id.lead == lead ?? self[row].id.lead
    }

    private func isNext(_ row: Int) -> Bool {
        state(of: row) == .waiting && queues[DestinationKey(self[row])]?.head == row
    }

    private mutating func enqueue(_ delivery: StoredDelivery) {
        let key = DestinationKey(delivery)
        var queue = queues.removeValue(forKey: key) ?? Queue(rows: [], head: delivery.row)
        let place = queue.rows.firstIndex { $0 > delivery.row } ?? queue.rows.count
        queue.rows.insert(delivery.row, at: place)
        queues[key] = queue
        chooseNext(key)
    }

    /// Nothing that is under way is overtaken.
    private mutating func chooseNext(_ key: DestinationKey) {
        guard let queue = queues[key], state(of: queue.head) != .sending else { return }
        queues[key] = queue.rows.first.map { Queue(rows: queue.rows, head: $0) }
    }

    // MARK: Sending

    mutating func begin(_ rows: [Int], at time: Timestamp) throws(StoreError) {
        try time.requireReadable("an attempt")
        var seen: Set<Int> = []
        for row in rows {
            guard isNext(row), seen.insert(row).inserted else { throw .deliveryChanged(row: row) }
        }
        for row in rows {
            self[row].state = .sending
            self[row].attempts += 1
            self[row].firstAttempt = self[row].firstAttempt ?? time
            self[row].due = nil
            self[row].changed = time
            attempts[row, default: []].append(DeliveryAttempt(number: self[row].attempts, began: time))
        }
    }

    mutating func settle(_ settlements: [DeliverySettlement], at time: Timestamp) throws(StoreError) {
        try time.requireReadable("the end of an attempt")
        var seen: Set<Int> = []
        for settlement in settlements {
            try settlement.requireWhole()
            guard isSending(settlement.row), seen.insert(settlement.row).inserted else {
                throw .deliveryChanged(row: settlement.row)
            }
        }
        for settlement in settlements { settle(settlement, at: time) }
    }

    /// Of a delivery that is being sent.
    mutating func settle(_ settlement: DeliverySettlement, at time: Timestamp) {
        let row = settlement.row
        if let last = attempts[row]?.indices.last {
            attempts[row]?[last].ended = time
            attempts[row]?[last].outcome = settlement.outcome
            attempts[row]?[last].message = settlement.message
        }
        self[row].state = settlement.next.state
        self[row].due = settlement.next.due
        self[row].changed = time
        if settlement.outcome != .delivered { self[row].message = settlement.message }
        let key = DestinationKey(self[row])
        if self[row].state.isSettled { queues[key]?.rows.removeAll { $0 == row } }
        chooseNext(key)
    }

    mutating func sendAgain(_ ids: [DeliveryID], at time: Timestamp) throws(StoreError) -> Int {
        try time.requireReadable("a delivery's next attempt")
        var count = 0
        for row in ids.compactMap({ rows[$0] }) where [.dead, .unknown].contains(self[row].state) {
            self[row].state = .waiting
            self[row].firstAttempt = nil
            self[row].due = time
            self[row].changed = time
            enqueue(self[row])
            count += 1
        }
        return count
    }

    // MARK: Reading

    /// Those that wait and are the next of their destinations, in the order in which they may be attempted.
    func next(through channel: String) -> [StoredDelivery] {
        queues.filter { sameBytes($0.key.channel.text, channel) }.map { self[$0.value.head] }
            .filter { $0.due != nil }
            .sorted { ($0.due ?? $0.at, $0.row) < ($1.due ?? $1.at, $1.row) }
    }

    var waitingChannels: [String] {
        let waiting = queues.filter { $0.value.rows.contains { state(of: $0) == .waiting } }
        return Set(waiting.keys.map(\.channel)).sorted().map(\.text)
    }

    func delivery(_ id: DeliveryID) -> StoredDelivery? { rows[id].map { self[$0] } }

    func attempts(of id: DeliveryID) -> [DeliveryAttempt] { rows[id].flatMap { attempts[$0] } ?? [] }

    var figures: OutboxFigures {
        OutboxFigures(
            counts: deliveries.reduce(into: [:]) { $0[$1.state, default: 0] += 1 },
            oldestWaiting: deliveries.first { $0.state == .waiting }?.at)
    }
}

extension MemoryStore {
    public func outbox(after: Int, limit: Int) -> [StoredDelivery] {
        contents.withLock { Array($0.outbox.deliveries.lazy.filter { $0.row > after }.prefix(limit)) }
    }

    public func storeID() -> String { contents.withLock { $0.outbox.storeID } }

    public func waitingChannels() -> [String] { contents.withLock { $0.outbox.waitingChannels } }

    public func due(through channel: String, by now: Timestamp, limit: Int) -> [StoredDelivery] {
        contents.withLock { contents in
            Array(contents.outbox.next(through: channel).prefix { $0.due ?? now <= now }.prefix(limit))
        }
    }

    public func nextDue(through channel: String) -> Timestamp? {
        contents.withLock { $0.outbox.next(through: channel).first?.due }
    }

    public func beginAttempts(_ rows: [Int], at time: Timestamp) throws(StoreError) {
        try contents.withLock { contents throws(StoreError) in try contents.outbox.begin(rows, at: time) }
    }

    public func settle(_ settlements: [DeliverySettlement], at time: Timestamp) throws(StoreError) {
        try contents.withLock { contents throws(StoreError) in
            try contents.outbox.settle(settlements, at: time)
        }
    }

    public func interrupted(after row: Int, limit: Int) -> [StoredDelivery] {
        contents.withLock { contents in
            Array(
                contents.outbox.deliveries.lazy.filter { $0.row > row && $0.state == .sending }
                    .prefix(limit))
        }
    }

    public func deliveries(
        matching filter: DeliveryFilter, before row: Int?, limit: Int
    ) -> [StoredDelivery] {
        contents.withLock { contents in
            Array(
                contents.outbox.deliveries.lazy.reversed()
                    .filter { $0.row < row ?? .max && filter.matches($0) }.prefix(limit))
        }
    }

    public func delivery(_ id: DeliveryID) -> StoredDelivery? { contents.withLock { $0.outbox.delivery(id) } }

    public func attempts(of id: DeliveryID) -> [DeliveryAttempt] {
        contents.withLock { $0.outbox.attempts(of: id) }
    }

    public func countDeliveries(matching filter: DeliveryFilter) -> Int {
        contents.withLock { $0.outbox.deliveries.count { filter.matches($0) } }
    }

    public func sendAgain(_ ids: [DeliveryID], at time: Timestamp) throws(StoreError) -> Int {
        try contents.withLock { contents throws(StoreError) in
            try contents.outbox.sendAgain(ids, at: time)
        }
    }

    public func outboxFigures() -> OutboxFigures { contents.withLock { $0.outbox.figures } }

    public func latestChange() -> Timestamp? {
        contents.withLock { contents in
            contents.outbox.deliveries.lazy.filter { [.waiting, .sending].contains($0.state) }
                .map(\.changed).max()
        }
    }
}
