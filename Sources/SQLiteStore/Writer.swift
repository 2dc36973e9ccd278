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
    /// How many rows of `step_changes` wait to be added up.
    private let stepChanges: Int
    private let ends: Mutex<Ends>
    /// Used with the lock on ``ends`` held.
    private let written = WrittenLeads()

    private let names: ErasedNames
    private let erases: Atomic<Bool>

    init(
        pool: DatabasePool, lock: WriterLock, checkpointer: Checkpointer, limits: SQLiteStore.Limits,
        names: ErasedNames, ends: Ends
    ) {
        self.names = names
        erases = Atomic(ends.hasErased)
        self.pool = pool
        self.lock = lock
        self.checkpointer = checkpointer
        wholeEvery = limits.wholeEvery
        stepChanges = limits.stepChanges
        self.ends = Mutex(ends)
    }

    /// Whether a lead was ever erased.
    var hasErased: Bool { erases.load(ordering: .acquiring) }

    /// Writes the moments in one transaction: a row for each, and one for each lead.
    func commit(_ moments: [MomentRecord]) throws {
        try ends.withLock { ends in
            let batch = try pool.write { [ends, written, wholeEvery, stepChanges, names] db in
                var batch = Batch(
                    moments, wholeEvery: wholeEvery, after: ends, written: written, names: names, on: db)
                try batch.write(stepChanges: stepChanges)
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

    /// Notes how many steps the tracks of maps have of which nobody knew it, and counts the leads anew if any is noted.
    func noteTrackLengths(_ read: (StoredMap) -> [Int]?) throws {
        try ends.withLock { ends in
            if ends.withoutLengths.isEmpty { return }
            let noted = try pool.write { [ends] db in
                let counters = StepCounters(on: db)
                let noted = try ends.withoutLengths.filter { version in
                    guard let lengths = try SQLiteStore.map(version, on: db).flatMap(read) else {
                        return false
                    }
                    try counters.keep(lengths, of: version)
                    return true
                }
                if !noted.isEmpty { try counters.recount() }
                return noted
            }
            ends.withoutLengths.subtract(noted)
            if !noted.isEmpty { ends.waitingSteps = StepCounters.Waiting() }
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
}
