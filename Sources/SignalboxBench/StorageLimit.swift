import Foundation

/// Writes rows straight with SQLite, with the settings of the store: as fast as it can be.
struct StorageLimit {
    /// How many moments share a transaction.
    static let batchLimit = 100

    /// Writes the rows into the store in `path`, which is empty.
    static func write(_ rows: [MomentRows], to path: String) throws {
        let database = try RawDatabase(path: path)
        let writer = try RowWriter(database, settling: false)
        for start in stride(from: 0, to: rows.count, by: batchLimit) {
            try database.execute("BEGIN")
            for row in rows[start..<min(rows.count, start + batchLimit)] { try writer.write(row) }
            try database.execute("COMMIT")
        }
        database.close()
    }
}

extension StorageLimit {
    /// Writes the rows at an even rate into the store in `path`, which is empty: those whose time has come in one
    /// transaction. Milliseconds from when each was to be written to the end of its transaction, the shortest first.
    static func times(_ rows: [MomentRows], to path: String, perSecond: Double) throws -> [Double] {
        let database = try RawDatabase(path: path)
        let writer = try RowWriter(database, settling: false)
        var times: [Double] = []
        times.reserveCapacity(rows.count)
        let began = ContinuousClock.now
        while times.count < rows.count {
            let due = min(rows.count, Int((ContinuousClock.now - began) / .seconds(1) * perSecond))
            guard due > times.count else {
                usleep(500)
                continue
            }
            try database.execute("BEGIN")
            for row in rows[times.count..<due] { try writer.write(row) }
            try database.execute("COMMIT")
            let now = (ContinuousClock.now - began) / .milliseconds(1)
            for index in times.count..<due { times.append(now - Double(index) / perSecond * 1000) }
        }
        database.close()
        return times.sorted()
    }
}

/// Writes a moment's rows into a store that was empty before it.
///
/// Owner: the database's.
final class RowWriter {
    private let insertLead: RawStatement
    private let updateLead: RawStatement
    private let settleLead: RawStatement
    private let isSettling: Bool
    private let insertMoment: RawStatement
    private var leadCount = 0
    private var momentCount = 0
    /// Of leads who have moments to come: their rows, and those of their last moments.
    private var leads: [String: (row: Int, last: Int)] = [:]

    /// - Parameter isSettling: whether a lead's row has the whole record after its last moment, as in a store whose leads
    ///   were all at work long ago; else it keeps the first one.
    init(_ database: RawDatabase, settling isSettling: Bool) throws {
        self.isSettling = isSettling
        insertLead = try RawStatement(
            """
            INSERT INTO settled_leads (status, map, moment, last, changed, id, lead, record)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, on: database)
        updateLead = try RawStatement(
            "UPDATE settled_leads SET status = ?, map = ?, moment = ?, last = ?, changed = ? WHERE id = ?",
            on: database)
        settleLead = try RawStatement(
            "UPDATE settled_leads SET status = ?, map = ?, moment = ?, last = ?, changed = ?, record = ? WHERE id = ?",
            on: database)
        insertMoment = try RawStatement(
            """
            INSERT INTO moments (id, lead, moment, previous, at, command, journal, record, change)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, on: database)
    }

    func write(_ row: MomentRows) throws {
        momentCount += 1
        let known = leads[row.lead]
        let lead = known?.row ?? leadCount + 1
        leadCount = max(leadCount, lead)
        leads[row.lead] = row.isLast ? nil : (lead, momentCount)
        let isSettled = isSettling && row.isLast && known != nil
        let statement = known == nil ? insertLead : isSettled ? settleLead : updateLead
        statement.bind(row.status, at: 1)
        statement.bind(row.map, at: 2)
        statement.bind(row.number, at: 3)
        statement.bind(momentCount, at: 4)
        statement.bind(row.at, at: 5)
        if isSettled { statement.bind(row.record, at: 6) }
        statement.bind(lead, at: isSettled ? 7 : 6)
        if known == nil {
            statement.bind(row.lead, at: 7)
            statement.bind(row.record, at: 8)
        }
        try statement.run()
        insertMoment.bind(momentCount, at: 1)
        insertMoment.bind(lead, at: 2)
        insertMoment.bind(row.number, at: 3)
        insertMoment.bind(known?.last, at: 4)
        insertMoment.bind(row.at, at: 5)
        insertMoment.bind(row.command, at: 6)
        insertMoment.bind(row.journal, at: 7)
        insertMoment.bind(row.change == nil ? row.record : nil, at: 8)
        insertMoment.bind(row.change, at: 9)
        try insertMoment.run()
    }
}
