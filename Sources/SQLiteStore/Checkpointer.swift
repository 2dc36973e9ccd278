import Dispatch
import GRDB
import GRDBSQLite
import Synchronization

/// Brings what is in the `-wal` file into the database's own, beside the commits: a commit that did it itself
/// would wait while pages from all over the file go to the disk, and with it all callers that wait for that commit.
///
/// The `-wal` file can only begin anew when nothing is left in it, and while commits go on something always
/// is. So when it has grown long, the connection that commits brings over the little that is left itself. Only then SQLite
/// waits for the disk to have all of it; so that this is little too, the disk is given each step as soon as it is brought
/// over.
final class Checkpointer: Sendable {
    /// In pages of the `-wal` file.
    struct Limits {
        /// What is brought over in one go, beside the commits: more would keep the disk from them for too long.
        var step = 2_000
        /// From so many on the file should begin anew: seldom, for a commit waits for it.
        var long = 32_000
        /// What the connection that commits brings over itself then.
        var little = 500
        /// From so many on it does so however much is left.
        var most = 64_000
    }

    private let limits: Limits
    private let connection: DatabaseQueue
    private let giveToDisk: @Sendable (OpaquePointer) -> Bool
    private let queue = DispatchQueue(label: "signalbox.store.checkpoint")
    private let isAtWork = Atomic<Bool>(false)
    /// How many pages from the front of the file were brought over.
    private let done = Atomic<Int>(0)
    /// Whether the disk did not take a step. The system says so to each connection once, and to this one it did: from then
    /// on only the one that commits may say that the disk has what was brought over.
    private let hasFailed = Atomic<Bool>(false)

    /// Opens a connection of its own to the store in the file `path`.
    ///
    /// - Parameter giveToDisk: false where the disk does not take what was brought over.
    init(
        path: String, configuration: Configuration, limits: Limits,
        giveToDisk: @escaping @Sendable (OpaquePointer) -> Bool = Checkpointer.giveToDisk
    ) throws {
        self.limits = limits
        self.giveToDisk = giveToDisk
        connection = try DatabaseQueue(path: path, configuration: configuration)
        try connection.inDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    }

    /// Has the connection that commits tell of each commit; SQLite's own checkpoints end with that.
    func watch(_ writer: Database) {
        _ = sqlite3_wal_hook(
            writer.sqliteConnection,
            { checkpointer, writer, _, pages in
                if let checkpointer, let writer {
                    Unmanaged<Checkpointer>.fromOpaque(checkpointer).takeUnretainedValue()
                        .committed(on: writer, pages: Int(pages))
                }
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Brings everything over and empties the `-wal` file, which has what was removed as it was. What a reader keeps from
    /// that is made good when the store is closed.
    func clear(_ pool: DatabasePool) throws {
        queue.sync {}
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA busy_timeout = 0")
            defer { try? db.execute(sql: "PRAGMA busy_timeout = \(SQLiteStore.busyTimeoutMilliseconds)") }
            do {
                try db.checkpoint(.truncate)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {}
        }
    }

    /// Waits for what is under way, and takes no more notice of commits.
    func stop(_ writer: Database) throws {
        _ = sqlite3_wal_hook(writer.sqliteConnection, nil, nil)
        queue.sync {}
        try connection.close()
    }

    /// - Parameter pages: how many are in the file now.
    private func committed(on writer: OpaquePointer, pages: Int) {
        guard !isAtWork.load(ordering: .acquiring) else { return }
        // The file began anew.
        if pages < done.load(ordering: .relaxed) { done.store(0, ordering: .relaxed) }
        let left = pages - done.load(ordering: .relaxed)
        let isLong = pages >= limits.long
        let isDue = isLong || left >= limits.step
        if isLong && left <= limits.little || pages >= limits.most
            || isDue && hasFailed.load(ordering: .relaxed)
        {
            bringOver(on: writer)
        } else if isDue {
            isAtWork.store(true, ordering: .relaxed)
            queue.async { [self] in
                connection.inDatabase { db in
                    guard let connection = db.sqliteConnection else { return }
                    bringOver(on: connection)
                    if !giveToDisk(connection) { hasFailed.store(true, ordering: .relaxed) }
                }
                isAtWork.store(false, ordering: .releasing)
            }
        }
    }

    /// What fails here fails the next time too, and loses nothing: the file grows, until a commit says that
    /// there is no room.
    private func bringOver(on connection: OpaquePointer) {
        var pages: CInt = 0
        let code = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, &pages)
        if code == SQLITE_OK { done.store(Int(pages), ordering: .relaxed) }
    }

    /// Waits until the disk has what was written into the database's file. False where it does not take that, or there is no
    /// such file.
    @Sendable static func giveToDisk(_ connection: OpaquePointer) -> Bool {
        var file: UnsafeMutablePointer<sqlite3_file>?
        guard sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK,
            let file, let sync = file.pointee.pMethods?.pointee.xSync
        else { return false }
        return sync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) == SQLITE_OK
    }
}
