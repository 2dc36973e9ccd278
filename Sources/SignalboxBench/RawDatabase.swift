import GRDBSQLite

/// SQLite itself, without what the store adds.
///
/// Owner: one thread at a time.
final class RawDatabase {
    /// Nil once it is closed.
    fileprivate private(set) var pointer: OpaquePointer?
    private var statements: [RawStatement] = []

    /// Opens the file, with the settings of the store.
    init(path: String) throws {
        guard sqlite3_open(path, &pointer) == SQLITE_OK else {
            // `deinit` closes it: all of the object is set.
            throw BenchmarkError(description: "\(path) cannot be opened")
        }
        try execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
            PRAGMA cache_size = -32768
            """)
    }

    deinit { close() }

    func close() {
        for statement in statements { statement.finish() }
        statements = []
        sqlite3_close(pointer)
        pointer = nil
    }

    func execute(_ sql: String) throws {
        guard sqlite3_exec(pointer, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    fileprivate func add(_ statement: RawStatement) { statements.append(statement) }

    fileprivate func failure() -> BenchmarkError {
        BenchmarkError(description: sqlite3_errmsg(pointer).map { String(cString: $0) } ?? "closed")
    }
}

/// A prepared statement of a ``RawDatabase``, which finishes it.
///
/// Owner: the database's.
final class RawStatement {
    private var pointer: OpaquePointer?
    private unowned let database: RawDatabase

    init(_ sql: String, on database: RawDatabase) throws {
        self.database = database
        guard sqlite3_prepare_v2(database.pointer, sql, -1, &pointer, nil) == SQLITE_OK else {
            throw database.failure()
        }
        database.add(self)
    }

    fileprivate func finish() {
        sqlite3_finalize(pointer)
        pointer = nil
    }

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
        sqlite3_bind_text(pointer, index, text, -1, Self.copied)
    }

    func bind(_ text: [UInt8]?, at index: CInt) {
        guard let text else {
            sqlite3_bind_null(pointer, index)
            return
        }
        text.withUnsafeBytes {
            _ = sqlite3_bind_text(
                pointer, index, $0.assumingMemoryBound(to: CChar.self).baseAddress, CInt($0.count),
                Self.copied)
        }
    }

    func bind(blob bytes: [UInt8], at index: CInt) {
        sqlite3_bind_blob(pointer, index, bytes, CInt(bytes.count), Self.copied)
    }

    func run() throws {
        guard sqlite3_step(pointer) == SQLITE_DONE, sqlite3_reset(pointer) == SQLITE_OK else {
            throw database.failure()
        }
    }

    /// SQLITE_TRANSIENT, a macro that Swift does not see.
    private static var copied: sqlite3_destructor_type {
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }
}
