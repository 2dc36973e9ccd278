import GRDB
import Journeys
public import Store
public import Values

extension SQLiteStore {
    public func remove(
        _ kind: RetentionKind, before time: Timestamp, after place: Int?, limit: Int, at now: Timestamp
    ) throws(StoreError) -> RetentionStep {
        try write { writer in
            try now.requireReadable("an entry of the audit log")
            return try writer.transaction { db in
                var retention = Retention(db: db, names: names, before: time, limit: limit)
                let step =
                    switch kind {
                    case .history: try retention.history()
                    case .deliveries: try retention.deliveries(after: place ?? 0)
                    case .incidents: try retention.incidents(after: place ?? 0)
                    case .ids: try retention.ids()
                    }
                if !step.removal.isEmpty { try db.append([AuditEntry(aged: step.removal, at: now)]) }
                return step
            }
        }
    }
}

/// One step of removing what is older than it may be.
private struct Retention {
    let db: Database
    let names: ErasedNames
    let before: Timestamp
    let limit: Int
    private var removal = Removal()

    init(db: Database, names: ErasedNames, before: Timestamp, limit: Int) {
        self.db = db
        self.names = names
        self.before = before
        self.limit = limit
    }

    // MARK: Moments

    private struct Moment {
        let row: Int
        let lead: Int
        let number: Int
        let at: Timestamp
        let command: Value
        /// The row of the lead's moment before.
        let previous: Int?
    }

    /// Takes away the texts of moments, behind those of which it did that before.
    ///
    /// The last one of a lead keeps the whole record: what the lead was then, it was until the next one, whose row has only
    /// what that changed.
    mutating func history() throws -> RetentionStep {
        let idsRemoved = try position(of: "ids")
        let (old, step) = try oldMoments("history")
        for moments in Dictionary(grouping: old, by: \.lead).values {
            try empty(moments.sorted { $0.row < $1.row }, idsRemoved: idsRemoved)
        }
        return RetentionStep(removal, next: step)
    }

    /// - Parameter moments: of one lead, in their order.
    private mutating func empty(_ moments: [Moment], idsRemoved: Int) throws {
        let moments = moments.filter { CommandRemains($0.command, names: names) == nil }
        guard let first = moments.first, let last = moments.last else { return }
        let record: LeadRecord?
        do {
            record = try self.record(after: last)
        } catch let error as StoreError where error.code == .damaged {
            // It stays as it is.
            return
        }
        if let previous = first.previous {
            try PreparedStatement("UPDATE moments SET record = NULL WHERE id = ?", on: db)
                .run(.integer(previous))
        }
        for moment in moments {
            let remains = CommandRemains(of: moment.command, hidingID: false, names: names)
            try db.empty(moment: moment.row, leaving: moment.row > idsRemoved ? remains : .nothing)
        }
        try PreparedStatement("UPDATE moments SET record = ? WHERE id = ?", on: db)
            .run(Argument(utf8: record?.jsonBytes), .integer(last.row))
        removal.moments += moments.count
    }

    /// The lead after the moment; nil where an earlier version wrote it. What the lead is now is then in its own row, whose
    /// former record goes.
    private func record(after moment: Moment) throws -> LeadRecord? {
        let lead = Argument.integer(moment.lead)
        let newest = try PreparedStatement(RecentLeads.newest, on: db).first(lead) {
            try RecordHistory.Newest($0)
        }
        guard let newest else { throw StoreError.damaged(MomentChain.broken) }
        let history = try RecordHistory(on: db)
        let record = try history.record(
            of: newest, after: MomentChain.Link(row: moment.row, number: moment.number))
        try RecentLeads.rewrite(moment.lead, history.newest(newest), on: db)
        return record
    }

    /// Forgets the ids of commands, behind those that it forgot before.
    mutating func ids() throws -> RetentionStep {
        let (old, step) = try oldMoments("ids")
        let forget = try PreparedStatement("DELETE FROM commands WHERE id = ? AND lead = ?", on: db)
        for moment in old {
            guard let id = moment.command.table?["id"]?.string else { continue }
            try forget.run(.text(id), .integer(moment.lead))
            removal.commandIDs += db.changesCount
            if CommandRemains(moment.command, names: names) != nil {
                try PreparedStatement("UPDATE moments SET command = ? WHERE id = ?", on: db)
                    .run(.text(CommandRemains.nothing.json), .integer(moment.row))
            }
        }
        return RetentionStep(removal, next: step)
    }

    private func position(of column: String) throws -> Int {
        try PreparedStatement("SELECT \(column) FROM remains", on: db).first { try $0.count(0) } ?? 0
    }

    /// The next moments that are too old, and where to go on; in the order of commits, which is that of time as long as
    /// nobody sets a clock back.
    private func oldMoments(_ column: String) throws -> (old: [Moment], next: Int?) {
        let found = try PreparedStatement(
            "SELECT id, lead, moment, at, command, previous FROM moments WHERE id > ? ORDER BY id LIMIT ?",
            on: db
        ).rows(.integer(try position(of: column)), .integer(limit)) { row in
            Moment(
                row: try row.count(0), lead: try row.count(1), number: try row.count(2),
                at: try row.timestamp(3), command: (try? Value(storedJSON: try row.bytes(4))) ?? .null,
                previous: try row.optionalCount(5))
        }
        let old = Array(found.prefix { $0.at < before })
        guard let last = old.last?.row else { return ([], nil) }
        try PreparedStatement("UPDATE remains SET \(column) = ?", on: db).run(.integer(last))
        let isDone = old.count < found.count || found.count < limit
        return (old, isDone ? nil : last)
    }

    // MARK: Deliveries and incidents

    mutating func deliveries(after row: Int) throws -> RetentionStep {
        let found = try PreparedStatement(
            """
            SELECT d.id, content.at, d.changed, d.head FROM deliveries AS d
            JOIN outbox AS content ON content.id = d.content WHERE d.id > ? ORDER BY d.id LIMIT ?
            """, on: db
        ).rows(.integer(row), .integer(limit)) { row in
            (
                row: try row.count(0), at: try row.timestamp(1), changed: try row.timestamp(2),
                isSettled: try row.optionalCount(3) == nil
            )
        }
        let old = found.prefix { $0.at < before }
        let table = DeliveryTable(on: db)
        for delivery in old where delivery.isSettled && delivery.changed < before {
            removal.deliveries += try table.remove(of: .one(delivery.row))
        }
        let isDone = old.count < found.count || found.count < limit
        return RetentionStep(removal, next: isDone ? nil : old.last?.row)
    }

    mutating func incidents(after number: Int) throws -> RetentionStep {
        let found = try PreparedStatement(
            "SELECT number, at, state FROM incidents WHERE number > ? ORDER BY number LIMIT ?", on: db
        ).rows(.integer(number), .integer(limit)) { row in
            (number: try row.count(0), at: try row.timestamp(1), isOpen: try row.text(2) == "open")
        }
        let old = found.prefix { $0.at < before }
        for incident in old where !incident.isOpen {
            try db.noteRemoved("incident", incident.number)
            try PreparedStatement("DELETE FROM incidents WHERE number = ?", on: db)
                .run(.integer(incident.number))
            removal.incidents += 1
        }
        let isDone = old.count < found.count || found.count < limit
        return RetentionStep(removal, next: isDone ? nil : old.last?.number)
    }
}
