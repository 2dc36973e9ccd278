import GRDBSQLite
import Journeys
import Signalbox
import Store
import Values

/// What a moment leaves in the store: the bytes of a row of its own and of one of its lead's.
struct MomentRows: Sendable {
    let lead: String
    let status: String
    let map: String?
    let number: Int
    let at: Int
    let command: [UInt8]
    let journal: [UInt8]
    let record: [UInt8]

    init(_ moment: Answer.Accepted, of lead: LeadRecord, after command: Command) {
        self.lead = lead.id.text
        status = lead.status.rawValue
        map = lead.journey?.map.text
        number = moment.moment
        at = Int(moment.at.milliseconds)
        self.command = Array(command.value.json.utf8)
        journal = Array(moment.journal.joined(separator: "\n").utf8)
        record = lead.jsonBytes
    }
}

/// Writes rows straight with SQLite, with the settings of the store: as fast as it can be.
struct StorageLimit {
    /// How many moments share a transaction.
    static let batchLimit = 100

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Writes the rows into the store in `path`, which is empty.
    static func write(_ rows: [MomentRows], to path: String) throws {
        var opened: OpaquePointer?
        defer { sqlite3_close(opened) }
        guard sqlite3_open(path, &opened) == SQLITE_OK, let database = opened else {
            throw Failure(description: "\(path) cannot be opened")
        }
        let settings = """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
            PRAGMA cache_size = -32768
            """
        try execute(settings, on: database)
        let insertLead = try Statement(
            """
            INSERT INTO leads (status, map, moment, last, changed, record, id, lead)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, on: database)
        let updateLead = try Statement(
            "UPDATE leads SET status = ?, map = ?, moment = ?, last = ?, changed = ?, record = ? WHERE id = ?",
            on: database)
        let insertMoment = try Statement(
            """
            INSERT INTO moments (id, lead, moment, previous, at, command, journal)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, on: database)
        var leads: [String: (row: Int, last: Int)] = [:]
        var next = 0
        for start in stride(from: 0, to: rows.count, by: batchLimit) {
            try execute("BEGIN", on: database)
            for row in rows[start..<min(rows.count, start + batchLimit)] {
                next += 1
                let known = leads[row.lead]
                let lead = known?.row ?? leads.count + 1
                leads[row.lead] = (lead, next)
                let statement = known == nil ? insertLead : updateLead
                statement.bind(row.status, at: 1)
                statement.bind(row.map, at: 2)
                statement.bind(row.number, at: 3)
                statement.bind(next, at: 4)
                statement.bind(row.at, at: 5)
                statement.bind(row.record, at: 6)
                statement.bind(lead, at: 7)
                if known == nil { statement.bind(row.lead, at: 8) }
                try statement.run()
                insertMoment.bind(next, at: 1)
                insertMoment.bind(lead, at: 2)
                insertMoment.bind(row.number, at: 3)
                insertMoment.bind(known?.last, at: 4)
                insertMoment.bind(row.at, at: 5)
                insertMoment.bind(row.command, at: 6)
                insertMoment.bind(row.journal, at: 7)
                try insertMoment.run()
            }
            try execute("COMMIT", on: database)
        }
    }

    private static func execute(_ sql: String, on database: OpaquePointer) throws {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
            throw Failure(description: String(cString: sqlite3_errmsg(database)))
        }
    }

    /// Owner: the thread that writes.
    private final class Statement {
        private let pointer: OpaquePointer
        private let database: OpaquePointer

        init(_ sql: String, on database: OpaquePointer) throws {
            var prepared: OpaquePointer?
            guard sqlite3_prepare_v2(database, sql, -1, &prepared, nil) == SQLITE_OK, let prepared else {
                throw Failure(description: String(cString: sqlite3_errmsg(database)))
            }
            pointer = prepared
            self.database = database
        }

        deinit { sqlite3_finalize(pointer) }

        func bind(_ number: Int?, at index: CInt) {
            if let number {
                sqlite3_bind_int64(pointer, index, Int64(number))
            } else {
                sqlite3_bind_null(pointer, index)
            }
        }

        func bind(_ text: String?, at index: CInt) {
            guard let text else {
                sqlite3_bind_null(pointer, index)
                return
            }
            bind(Array(text.utf8), at: index)
        }

        func bind(_ utf8: [UInt8], at index: CInt) {
            // SQLITE_TRANSIENT, a macro that Swift does not see.
            let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            utf8.withUnsafeBytes { bytes in
                _ = sqlite3_bind_text(
                    pointer, index, bytes.assumingMemoryBound(to: CChar.self).baseAddress, CInt(bytes.count),
                    copied)
            }
        }

        func run() throws {
            let code = sqlite3_step(pointer)
            sqlite3_reset(pointer)
            guard code == SQLITE_DONE else {
                throw Failure(description: String(cString: sqlite3_errmsg(database)))
            }
        }
    }
}
