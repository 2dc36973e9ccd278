import GRDB
import Journeys
public import Store
import Values

// The thirteenth migration, and what it is for: work on many things that goes on in the next process.

extension Schema {
    static let bulks = """
        CREATE TABLE bulks (
            id INTEGER PRIMARY KEY,
            action TEXT NOT NULL,
            filter TEXT NOT NULL,           -- as JSON
            by TEXT NOT NULL,
            at INTEGER NOT NULL,            -- in milliseconds since 1970
            count INTEGER NOT NULL,         -- of its items
            done INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX unfinished_bulks ON bulks (id) WHERE done + failed < count;

        CREATE TABLE bulk_items (
            bulk INTEGER NOT NULL REFERENCES bulks (id),
            place INTEGER NOT NULL,         -- among its bulk's, from 1
            number INTEGER NOT NULL,        -- of an incident, or the row of a delivery
            lead INTEGER NOT NULL REFERENCES settled_leads (id),
            state TEXT NOT NULL DEFAULT 'waiting',  -- or done, failed
            reason TEXT,
            message TEXT,
            PRIMARY KEY (bulk, place)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX bulk_items_left ON bulk_items (bulk, place) WHERE state = 'waiting';
        CREATE INDEX bulk_items_failed ON bulk_items (bulk, place) WHERE state = 'failed';
        CREATE INDEX failed_by_lead ON bulk_items (lead) WHERE message IS NOT NULL;
        """
}

extension SQLiteStore {
    public func addBulk(_ bulk: NewBulk) throws(StoreError) -> Int {
        try write { writer in
            try bulk.requireReadable()
            return try writer.transaction { db in
                try PreparedStatement(
                    "INSERT INTO bulks (action, filter, by, at, count) VALUES (?, ?, ?, ?, ?)", on: db
                ).run(
                    .text(bulk.action.rawValue), .text(Value.table(bulk.filter).json), .text(bulk.by),
                    Argument(bulk.at), .integer(bulk.items.count))
                let number = Int(db.lastInsertedRowID)
                let insert = try PreparedStatement(
                    """
                    INSERT INTO bulk_items (bulk, place, number, lead)
                    SELECT ?, ?, ?, id FROM settled_leads WHERE lead = ?
                    """, on: db)
                var place = 0
                for item in bulk.items {
                    try insert.run(
                        .integer(number), .integer(place + 1), .integer(item.number), .text(item.lead.text))
                    // A lead that was erased meanwhile has nothing any more.
                    place += db.changesCount
                }
                try PreparedStatement("UPDATE bulks SET count = ? WHERE id = ?", on: db)
                    .run(.integer(place), .integer(number))
                return number
            }
        }
    }

    public func bulk(_ number: Int) throws(StoreError) -> StoredBulk? {
        try readOnce { db in
            try PreparedStatement("\(StoredBulk.select) WHERE id = ?", on: db)
                .first(.integer(number)) { try StoredBulk($0) }
        }
    }

    public func unfinishedBulks() throws(StoreError) -> [Int] {
        try readOnce { db in
            try PreparedStatement("SELECT id FROM bulks WHERE done + failed < count ORDER BY id", on: db)
                .rows { try $0.count(0) }
        }
    }

    public func nextItems(ofBulk number: Int, limit: Int) throws(StoreError) -> [BulkItem] {
        try readOnce { db in
            try PreparedStatement(
                """
                SELECT place, number FROM bulk_items
                WHERE bulk = ? AND state = 'waiting' ORDER BY place LIMIT ?
                """, on: db
            ).rows(.integer(number), .integer(limit)) {
                BulkItem(place: try $0.count(0), number: try $0.count(1))
            }
        }
    }

    public func settle(_ results: [BulkResult], ofBulk number: Int) throws(StoreError) {
        try write { writer in
            if results.isEmpty { return }
            try writer.transaction { db in
                let settle = try PreparedStatement(
                    """
                    UPDATE bulk_items SET state = ?, reason = ?, message = ?
                    WHERE bulk = ? AND place = ? AND state = 'waiting'
                    """, on: db)
                var (done, failed) = (0, 0)
                for result in results {
                    try settle.run(
                        .text(result.failure == nil ? "done" : "failed"), Argument(result.failure?.reason),
                        Argument(result.failure?.message), .integer(number), .integer(result.place))
                    if result.failure == nil { done += db.changesCount } else { failed += db.changesCount }
                }
                try PreparedStatement(
                    "UPDATE bulks SET done = done + ?, failed = failed + ? WHERE id = ?", on: db
                ).run(.integer(done), .integer(failed), .integer(number))
            }
        }
    }

    public func failures(
        ofBulk number: Int, after place: Int, limit: Int
    ) throws(StoreError) -> [BulkFailure] {
        try readOnce { db in
            try PreparedStatement(
                """
                SELECT place, number, reason, message FROM bulk_items
                WHERE bulk = ? AND state = 'failed' AND place > ? ORDER BY place LIMIT ?
                """, on: db
            ).rows(.integer(number), .integer(place), .integer(limit)) { row in
                BulkFailure(
                    BulkItem(place: try row.count(0), number: try row.count(1)),
                    BulkResult.Failure(reason: try row.text(2), message: try row.text(3)))
            }
        }
    }
}

extension Database {
    /// Takes away what bulks say of the lead, and where they name it (R61).
    func eraseFromBulks(_ lead: LeadID, row: Argument) throws {
        try PreparedStatement(
            "UPDATE bulk_items SET message = '' WHERE lead = ? AND message IS NOT NULL", on: self
        ).run(row)
        let named = try PreparedStatement("SELECT id, filter FROM bulks", on: self).rows { row in
            let filter = try? Value(storedJSON: try row.bytes(1))
            return filter?.table?["lead"] == .string(lead.text) ? try row.count(0) : nil
        }
        for number in named {
            try PreparedStatement("UPDATE bulks SET filter = '{}' WHERE id = ?", on: self)
                .run(.integer(number))
        }
    }
}

extension StoredBulk {
    static let select = "SELECT id, action, filter, by, at, count, done, failed FROM bulks"

    /// - Parameter row: one of ``select``.
    init(_ row: ResultRow) throws(StoreError) {
        guard let action = BulkAction(rawValue: try row.text(1)) else {
            throw .damaged("a bulk does what no bulk can")
        }
        self.init(
            try row.count(0), action, filter: try row.table(2), by: try row.text(3),
            at: try row.timestamp(4), count: try row.count(5), doneCount: try row.count(6),
            failedCount: try row.count(7))
    }
}
