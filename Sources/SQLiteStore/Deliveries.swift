import GRDB
public import Journeys
public import Store
public import Values

extension SQLiteStore {
    public func outbox(after: Int, limit: Int) throws(StoreError) -> [StoredDelivery] {
        try read { db in
            try PreparedStatement("\(DeliveryTable.select) WHERE d.id > ? ORDER BY d.id LIMIT ?", on: db)
                .rows(.integer(after), .integer(limit)) { try StoredDelivery($0) }
        }
    }

    public func storeID() throws(StoreError) -> String { try read(DeliveryTable.storeID) }

    // MARK: Sending

    public func waitingChannels() throws(StoreError) -> [String] {
        try read { db in
            let next = try PreparedStatement(Self.nextChannel, on: db)
            let waits = try PreparedStatement(Self.waits, on: db)
            var channels: [String] = []
            var channel = ""
            while let found = try next.first(.text(channel), read: { try $0.text(0) }) {
                channel = found
                if try waits.first(.text(channel), read: { _ in true }) != nil { channels.append(channel) }
            }
            return channels
        }
    }

    /// One search for each channel, and not one for each of its deliveries.
    static let nextChannel = """
        SELECT channel FROM deliveries WHERE channel > ? AND head IS NOT NULL ORDER BY channel LIMIT 1
        """
    /// All but those under way wait.
    static let waits = """
        SELECT 1 FROM deliveries WHERE channel = ? AND head IS NOT NULL AND due IS NOT NULL LIMIT 1
        """

    public func due(
        through channel: String, by now: Timestamp, limit: Int
    ) throws(StoreError) -> [StoredDelivery] {
        try read { db in
            try PreparedStatement(Self.due, on: db)
                .rows(.text(channel), Argument(now), .integer(limit)) { try StoredDelivery($0) }
        }
    }

    static let due = """
        \(DeliveryTable.select)
        WHERE d.channel = ? AND d.head = 1 AND d.due IS NOT NULL AND d.due <= ? ORDER BY d.due, d.id LIMIT ?
        """

    public func nextDue(through channel: String) throws(StoreError) -> Timestamp? {
        try read { db in
            try PreparedStatement(Self.nextDue, on: db).first(.text(channel)) { try $0.timestamp(0) }
        }
    }

    static let nextDue = """
        SELECT due FROM deliveries WHERE channel = ? AND head = 1 AND due IS NOT NULL ORDER BY due LIMIT 1
        """

    public func beginAttempts(_ rows: [Int], at time: Timestamp) throws(StoreError) {
        try write { writer in
            if !rows.isEmpty { try writer.transaction { try DeliveryTable(on: $0).begin(rows, at: time) } }
        }
    }

    public func settle(_ settlements: [DeliverySettlement], at time: Timestamp) throws(StoreError) {
        try write { writer in
            if settlements.isEmpty { return }
            try writer.transaction { try DeliveryTable(on: $0).settle(settlements, at: time) }
        }
    }

    public func interrupted(after row: Int, limit: Int) throws(StoreError) -> [StoredDelivery] {
        try read { db in
            try PreparedStatement(Self.interrupted, on: db)
                .rows(.integer(row), .integer(limit)) { try StoredDelivery($0) }
        }
    }

    /// With the condition of the index, which SQLite does not conclude from the other.
    static let interrupted = """
        \(DeliveryTable.select)
        WHERE d.state = 'sending' AND d.state <> 'delivered' AND d.id > ? ORDER BY d.id LIMIT ?
        """

    // MARK: Looking

    public func deliveries(
        matching filter: DeliveryFilter, before row: Int?, limit: Int
    ) throws(StoreError) -> [StoredDelivery] {
        try read { db in
            try PreparedStatement(Self.listing(filter), on: db).rows(
                Argument(filter.lead?.text), Argument(filter.kind?.rawValue), Argument(filter.to),
                Argument(filter.since), Argument(below: row), .integer(limit)
            ) { try StoredDelivery($0) }
        }
    }

    static func listing(_ filter: DeliveryFilter) -> String {
        "\(DeliveryTable.select) WHERE \(condition(filter)) AND d.id <= ?5 ORDER BY d.id DESC LIMIT ?6"
    }

    public func countDeliveries(matching filter: DeliveryFilter) throws(StoreError) -> Int {
        try read { db in
            try PreparedStatement(
                """
                SELECT count(*) FROM deliveries AS d JOIN outbox AS content ON content.id = d.content
                WHERE \(Self.condition(filter))
                """, on: db
            ).first(
                Argument(filter.lead?.text), Argument(filter.kind?.rawValue), Argument(filter.to),
                Argument(filter.since)
            ) { try $0.count(0) } ?? 0
        }
    }

    /// With only what is given, so that an index can be used. The lead is the first argument, then the kind, the
    /// destination and the time.
    private static func condition(_ filter: DeliveryFilter) -> String {
        var conditions = [
            filter.lead == nil ? "?1 IS NULL" : "d.id IN (\(DeliveryTable.ofLead))",
            filter.kind == nil ? "?2 IS NULL" : "content.kind = ?2",
            filter.to == nil ? "?3 IS NULL" : "d.destination = ?3",
            filter.since == nil ? "?4 IS NULL" : "content.at >= ?4",
        ]
        if let state = filter.state {
            conditions.append("d.state = '\(state.rawValue)'")
            if state != .delivered { conditions.append("d.state <> 'delivered'") }
        }
        return conditions.joined(separator: " AND ")
    }

    public func delivery(_ id: DeliveryID) throws(StoreError) -> StoredDelivery? {
        try read { db in
            guard let row = try DeliveryTable(on: db).row(of: id) else { return nil }
            return try PreparedStatement("\(DeliveryTable.select) WHERE d.id = ?", on: db)
                .first(.integer(row)) { try StoredDelivery($0) }
        }
    }

    public func attempts(of id: DeliveryID) throws(StoreError) -> [DeliveryAttempt] {
        try read { db in
            guard let row = try DeliveryTable(on: db).row(of: id) else { return [] }
            return try PreparedStatement(
                """
                SELECT delivery, number, began, ended, outcome, message FROM attempts
                WHERE delivery = ? ORDER BY number
                """, on: db
            ).rows(.integer(row)) { try DeliveryAttempt($0) }
        }
    }

    public func sendAgain(_ ids: [DeliveryID], at time: Timestamp) throws(StoreError) -> Int {
        try write { writer in
            try writer.transaction { try DeliveryTable(on: $0).sendAgain(ids, at: time) }
        }
    }

    public func outboxFigures() throws(StoreError) -> OutboxFigures {
        try read { db in
            var counts: [DeliveryState: Int] = [:]
            let others = try PreparedStatement(
                "SELECT state, count(*) FROM deliveries WHERE state <> 'delivered' GROUP BY state", on: db
            ).rows { (try $0.deliveryState(0), try $0.count(1)) }
            for (state, count) in others { counts[state] = count }
            // Nearly all are delivered; their number is what is left of all.
            let all =
                try PreparedStatement("SELECT count(*) FROM deliveries", on: db)
                .first { try $0.count(0) } ?? 0
            counts[.delivered] = all - counts.values.reduce(0, +)
            let oldest = try PreparedStatement(
                """
                SELECT content.at FROM deliveries AS d JOIN outbox AS content ON content.id = d.content
                WHERE d.state = 'waiting' AND d.state <> 'delivered' ORDER BY d.id LIMIT 1
                """, on: db
            ).first { try $0.timestamp(0) }
            return OutboxFigures(counts: counts, oldestWaiting: oldest)
        }
    }

    public func latestChange() throws(StoreError) -> Timestamp? {
        try read { db in
            // By the index of those that are not delivered.
            try PreparedStatement(
                """
                SELECT max(changed) FROM deliveries
                WHERE state IN ('waiting', 'sending') AND state <> 'delivered'
                """, on: db
            ).first { try $0.optionalTimestamp(0) } ?? nil
        }
    }
}
