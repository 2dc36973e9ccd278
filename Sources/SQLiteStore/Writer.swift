import GRDB
import Journeys
import Store
import Synchronization
import Values

/// What can commit: one connection, the right to use it, and what is known of the tables.
final class Writer: Sendable {
    let pool: DatabasePool
    let lock: WriterLock
    private let checkpointer: Checkpointer
    /// With which moments a record is written whole.
    private let wholeEvery: Int
    private let ends: Mutex<Ends>
    /// Used with the lock on ``ends`` held.
    private let written = WrittenLeads()

    private let names: ErasedNames
    private let erases: Atomic<Bool>

    init(
        pool: DatabasePool, lock: WriterLock, checkpointer: Checkpointer, wholeEvery: Int,
        names: ErasedNames, ends: Ends
    ) {
        self.names = names
        erases = Atomic(ends.hasErased)
        self.pool = pool
        self.lock = lock
        self.checkpointer = checkpointer
        self.wholeEvery = wholeEvery
        self.ends = Mutex(ends)
    }

    /// Whether a lead was ever erased.
    var hasErased: Bool { erases.load(ordering: .acquiring) }

    /// Writes the moments in one transaction: a row for each, and one for each lead.
    func commit(_ moments: [MomentRecord]) throws {
        try ends.withLock { ends in
            let batch = try pool.write { [ends, written, wholeEvery, names] db in
                var batch = Batch(
                    moments, wholeEvery: wholeEvery, after: ends, written: written, names: names, on: db)
                try batch.write()
                return batch
            }
            // Kept only if the transaction is.
            ends = batch.ends
            written.note(batch)
            if batch.erases {
                erases.store(true, ordering: .releasing)
                try checkpointer.clear(pool)
            }
        }
    }

    /// Writes something that is not a moment, in one transaction.
    func transaction<Result: Sendable>(_ body: (Database) throws -> Result) throws -> Result {
        try ends.withLock { _ in try pool.write(body) }
    }

    /// Keeps a plugin's value, in a transaction of its own.
    func put(_ value: Value?, _ key: String, of plugin: String) throws {
        try value?.requireReadable()
        try transaction { db in try db.put(value, key, of: plugin) }
    }

    /// Sets aside those of the incidents that are open, and answers how many.
    func dismiss(_ incidents: [Int]) throws -> Int {
        try transaction { db in
            let dismiss = try PreparedStatement(
                "UPDATE incidents SET state = 'dismissed' WHERE number = ? AND state = 'open'", on: db)
            var count = 0
            for number in incidents {
                try dismiss.run(.integer(number))
                count += db.changesCount
            }
            return count
        }
    }

    /// Brings what is in the `-wal` file into the database's own, as far as other readers let it; GRDB
    /// closes its readers last, and they cannot.
    func settle() throws {
        try pool.writeWithoutTransaction { db in
            try checkpointer.stop(db)
            try db.execute(sql: "PRAGMA busy_timeout = 0")
            try db.checkpoint(.truncate)
        }
    }

    /// Where the tables end, and which maps and versions are kept: only this process adds to them.
    struct Ends {
        var lastLead: Int
        var lastMoment: Int
        var recent: RecentLeads
        var maps: Set<MapVersion>
        var versions: Set<[ExactText]>
        /// The rows of the provenances, by their JSON.
        var provenances: [ExactText: Int]
        /// Whether a lead was ever erased.
        var hasErased: Bool

        /// - Parameter recentLimit: how many slots ``RecentLeads`` has.
        init(of db: Database, recentLimit: Int) throws {
            lastLead = try Self.last(of: "settled_leads", on: db)
            recent = try RecentLeads(of: db, limit: recentLimit)
            lastMoment = try Self.last(of: "moments", on: db)
            // SQLite numbers their rows, in their order as long as the last is in its range.
            for table in ["outbox", "deliveries", "audit"] { _ = try Self.last(of: table, on: db) }
            maps = Set(
                try PreparedStatement("SELECT version FROM maps", on: db).rows { MapVersion(try $0.text(0)) })
            versions = try StoredVersion.keys(on: db)
            provenances = Dictionary(
                try PreparedStatement("SELECT record, id FROM provenances", on: db)
                    .rows { (ExactText(try $0.text(0)), try $0.count(1)) },
                uniquingKeysWith: { first, _ in first })
            hasErased =
                try PreparedStatement("SELECT 1 FROM settled_leads WHERE erased > 0 LIMIT 1", on: db)
                .first { _ in true } ?? false
        }

        private static func last(of table: String, on db: Database) throws -> Int {
            try PreparedStatement("SELECT max(id) AS id FROM \(table)", on: db)
                .first { try $0.optionalCount(0) ?? 0 } ?? 0
        }
    }
}

/// Where the leads are that were written lately: to find a lead's row in a store of a million reads three
/// pages of an index that no other lead needs.
///
/// Owner: the writer, because it uses it with its own lock held; so it may be sent.
final class WrittenLeads: @unchecked Sendable {
    /// How many leads are known; when there are more, those that were not written for the longest time go.
    private static let limit = 50_000

    private var recent: [LeadID: Batch.Place] = [:]
    private var older: [LeadID: Batch.Place] = [:]

    func place(of lead: LeadID) -> Batch.Place? { recent[lead] ?? older[lead] }

    /// The batch is committed.
    func note(_ batch: borrowing Batch) {
        for place in batch.leads { recent[batch.moments[place.index].lead.id] = place }
        guard recent.count > Self.limit / 2 else { return }
        older = recent
        recent = [:]
    }
}
