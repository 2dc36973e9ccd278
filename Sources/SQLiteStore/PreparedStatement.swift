import GRDB
import GRDBSQLite
import Store
import Values

/// What takes the place of a `?`.
enum Argument {
    case null
    case integer(Int)
    case text(String)
    /// A text by its bytes of UTF-8.
    case utf8([UInt8])
    case bytes([UInt8])

    init(_ text: String?) { self = text.map(Argument.text) ?? .null }
    init(_ number: Int?) { self = number.map(Argument.integer) ?? .null }
    init(_ time: Timestamp) { self = .integer(Int(time.milliseconds)) }
    init(_ time: Timestamp?) { self = time.map { Argument($0) } ?? .null }
    /// The last row that may be shown of those below `row`; of all where that is nil, also of a file whose rows are out of
    /// their range.
    init(below row: Int?) { self = .integer(row.map { max($0, 1) - 1 } ?? .max) }
    init(utf8 bytes: [UInt8]?) { self = bytes.map(Argument.utf8) ?? .null }
}

/// A statement of a connection, to be run only while that connection is held.
///
/// Texts are bound and read with their lengths. GRDB's own bindings end a text at its first NUL, and two
/// keys that differ behind it would be one.
struct PreparedStatement {
    private let statement: Statement

    /// Compiled once for each connection.
    init(_ sql: String, on db: Database) throws {
        statement = try db.cachedStatement(sql: sql)
    }

    /// Runs a statement whose rows, if it has any, nobody reads.
    func run(_ arguments: Argument...) throws {
        try with(arguments) {
            while try step() {}
        }
    }

    /// The first row, as `read` gives it; nil when there is none.
    func first<Result>(_ arguments: Argument..., read: (ResultRow) throws -> Result) throws -> Result? {
        try with(arguments) { try step() ? try read(ResultRow(pointer: pointer)) : nil }
    }

    /// Every row, as `read` gives it. Rows for which it answers nil are left out, and after `limit` that
    /// are not, no more are read.
    func rows<Result>(
        _ arguments: Argument..., limit: Int = .max, read: (ResultRow) throws -> Result?
    ) throws -> [Result] {
        try with(arguments) {
            var results: [Result] = []
            while results.count < limit, try step() {
                if let result = try read(ResultRow(pointer: pointer)) { results.append(result) }
            }
            return results
        }
    }

    private var pointer: SQLiteStatement { statement.sqliteStatement }

    /// Runs `body` with the arguments in their places. Long ones are lent: the statement has them only meanwhile.
    private func with<Result>(_ arguments: [Argument], _ body: () throws -> Result) throws -> Result {
        precondition(
            arguments.count == Int(sqlite3_bind_parameter_count(pointer)),
            "\(arguments.count) arguments for: \(statement.sql)")
        defer {
            sqlite3_reset(pointer)
            sqlite3_clear_bindings(pointer)
        }
        return try bind(arguments, from: 0, body)
    }

    /// Up to so many bytes a copy costs less than lending.
    private static let copiedLimit = 128

    /// Binds one argument after the other; what comes after one that is lent, inside of the closure in which its
    /// bytes hold.
    private func bind<Result>(
        _ arguments: [Argument], from first: Int, _ body: () throws -> Result
    ) throws -> Result {
        for index in first..<arguments.count {
            let place = CInt(index + 1)
            switch arguments[index] {
            case .null: try check(sqlite3_bind_null(pointer, place))
            case .integer(let number): try check(sqlite3_bind_int64(pointer, place, Int64(number)))
            case .text(var text):
                if text.utf8.count <= Self.copiedLimit {
                    try check(text.withUTF8 { copy(text: UnsafeRawBufferPointer($0), to: place) })
                } else {
                    return try text.withUTF8 {
                        try check(lend(text: UnsafeRawBufferPointer($0), to: place))
                        return try bind(arguments, from: index + 1, body)
                    }
                }
            case .utf8(let bytes):
                if bytes.count <= Self.copiedLimit {
                    try check(bytes.withUnsafeBytes { copy(text: $0, to: place) })
                } else {
                    return try bytes.withUnsafeBytes {
                        try check(lend(text: $0, to: place))
                        return try bind(arguments, from: index + 1, body)
                    }
                }
            case .bytes(let bytes):
                if bytes.isEmpty {
                    try check(sqlite3_bind_zeroblob(pointer, place, 0))
                } else {
                    return try bytes.withUnsafeBytes {
                        let length = CInt(clamping: $0.count)
                        try check(sqlite3_bind_blob(pointer, place, $0.baseAddress, length, Self.lent))
                        return try bind(arguments, from: index + 1, body)
                    }
                }
            }
        }
        return try body()
    }

    private func check(_ code: CInt) throws {
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private func copy(text: UnsafeRawBufferPointer, to place: CInt) -> CInt {
        guard let start = text.assumingMemoryBound(to: CChar.self).baseAddress else {
            return sqlite3_bind_text(pointer, place, "", 0, Self.copied)
        }
        return sqlite3_bind_text(pointer, place, start, CInt(text.count), Self.copied)
    }

    private func lend(text: UnsafeRawBufferPointer, to place: CInt) -> CInt {
        let start = text.assumingMemoryBound(to: CChar.self).baseAddress
        return sqlite3_bind_text(pointer, place, start, CInt(clamping: text.count), Self.lent)
    }

    /// SQLITE_STATIC, a macro that Swift does not see: the bytes stay where they are.
    private static let lent: sqlite3_destructor_type? = nil

    private static var copied: sqlite3_destructor_type {
        // SQLITE_TRANSIENT, another one.
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }

    /// Whether there is a row.
    private func step() throws -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    private func failure(_ code: CInt) -> DatabaseError {
        let connection = sqlite3_db_handle(pointer)
        return DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: sqlite3_errmsg(connection).map { String(cString: $0) })
    }
}

/// The row that a statement is on; valid until the statement goes on.
///
/// A file can hold anything: what is not of the type that the program writes throws ``StoreError/Code/damaged``.
struct ResultRow {
    fileprivate let pointer: SQLiteStatement

    func integer(_ column: Int) throws(StoreError) -> Int {
        guard type(column) == SQLITE_INTEGER else { throw mistake(column, "not a whole number") }
        return Int(sqlite3_column_int64(pointer, CInt(column)))
    }

    /// A number that counts: see ``StoredNumbers``.
    func count(_ column: Int) throws(StoreError) -> Int {
        let number = try integer(column)
        guard StoredNumbers.isCount(number) else {
            throw mistake(column, "\(number), which is out of its range")
        }
        return number
    }

    func optionalCount(_ column: Int) throws(StoreError) -> Int? { isNull(column) ? nil : try count(column) }

    func timestamp(_ column: Int) throws(StoreError) -> Timestamp {
        let time = Timestamp(milliseconds: Int64(try integer(column)))
        guard StoredNumbers.times.contains(time) else {
            throw mistake(column, "outside of the years 0 to 9999")
        }
        return time
    }

    func optionalTimestamp(_ column: Int) throws(StoreError) -> Timestamp? {
        isNull(column) ? nil : try timestamp(column)
    }

    func text(_ column: Int) throws(StoreError) -> String {
        guard type(column) == SQLITE_TEXT else { throw mistake(column, "not a text") }
        return String(decoding: buffer(column), as: UTF8.self)
    }

    func optionalText(_ column: Int) throws(StoreError) -> String? { isNull(column) ? nil : try text(column) }

    /// The bytes of a text or a blob.
    func bytes(_ column: Int) throws(StoreError) -> [UInt8] {
        let type = type(column)
        guard type == SQLITE_TEXT || type == SQLITE_BLOB else { throw mistake(column, "not a text") }
        return Array(buffer(column))
    }

    func optionalBytes(_ column: Int) throws(StoreError) -> [UInt8]? {
        isNull(column) ? nil : try bytes(column)
    }

    /// Whatever is in the column, as a text for people.
    func shown(_ column: Int) -> String { String(decoding: buffer(column), as: UTF8.self) }

    private func isNull(_ column: Int) -> Bool { type(column) == SQLITE_NULL }

    private func type(_ column: Int) -> CInt { sqlite3_column_type(pointer, CInt(column)) }

    private func mistake(_ column: Int, _ what: String) -> StoreError {
        let name = sqlite3_column_name(pointer, CInt(column)).map { String(cString: $0) } ?? "?"
        return .damaged("the store has a row whose `\(name)` is \(what)")
    }

    private func buffer(_ column: Int) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(pointer, CInt(column))
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, CInt(column))))
    }
}
