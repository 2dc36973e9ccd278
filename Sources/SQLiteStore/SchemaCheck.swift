import GRDB
import Store
import Values

/// Whether a database has what a store has: a file may come from anywhere, and what is in its schema runs when it
/// is read and written.
enum SchemaCheck {
    /// One row of a schema.
    private struct Object: Hashable {
        let type: String
        let name: String
        /// How it is made, apart from comments, spaces and quotation marks, which differ between versions of the program
        /// and of SQLite. Nil for the indexes that a table has of itself.
        let statement: String?

        var description: String { "the \(type) \(name.quotedForMessage)" }
    }

    /// What else a database may have.
    enum Extras {
        /// Indexes, views and tables of others; they change nothing of a store.
        case harmless
        case none
    }

    /// Throws ``StoreError/Code/damaged`` unless everything of a store of the file's version is there as the
    /// migrations make it. To be called before anything is read or changed; a store that is just being made passes.
    static func requireSame(_ db: Database, allowing extras: Extras) throws {
        let found = try objects(of: db)
        guard let version = try Schema.migrator.appliedMigrations(db).last else { return }
        // Without this, every command would make a database to compare with.
        if version == Schema.migrator.migrations.last, digest(of: found) == newestDigest { return }
        let made = try objects(upTo: version)
        if let missing = made.subtracting(found).min(by: { $0.name < $1.name }) {
            throw StoreError.damaged("\(missing.description) is not there as Signalbox makes it")
        }
        let others = found.subtracting(made).sorted { $0.name < $1.name }
        switch extras {
        case .harmless: if let other = others.first(where: { $0.type == "trigger" }) { throw foreign(other) }
        case .none: if let other = others.first { throw foreign(other) }
        }
    }

    /// The digest of a new store's objects.
    static let newestDigest = "af484cb4d6775a3ea2e7743007fe37cb11a2be5906bec02bbcc8093c9572e5a8"

    /// The digest of the objects that a database has.
    static func digest(of db: Database) throws -> String { digest(of: try objects(of: db)) }

    private static func digest(of objects: Set<Object>) -> String {
        let lines = objects.map { "\($0.type)\n\($0.name)\n\($0.statement ?? "")\n" }
        return SHA256.hexadecimal(of: Array(lines.sorted { compareBytes($0, $1) < 0 }.joined().utf8))
    }

    private static func foreign(_ object: Object) -> StoreError {
        StoreError(
            .damaged, "the store has \(object.description), which Signalbox did not make",
            advice: "drop it with a shell of SQLite, or name another file")
    }

    /// What a new store has after the migrations up to this one.
    private static func objects(upTo version: String) throws -> Set<Object> {
        let queue = try DatabaseQueue()
        try Schema.migrator.migrate(queue, upTo: version)
        return try queue.read(objects)
    }

    private static func objects(of db: Database) throws -> Set<Object> {
        // Names that begin so are SQLite's own, of its statistics for example.
        let rows = try PreparedStatement(
            """
            SELECT type, name, sql FROM sqlite_master
            WHERE name NOT LIKE 'sqlite^_%' ESCAPE '^' OR name LIKE 'sqlite^_autoindex^_%' ESCAPE '^'
            """, on: db
        ).rows { row in
            Object(
                type: try row.text(0), name: try row.text(1), statement: try row.optionalText(2).map(plain))
        }
        return Set(rows)
    }

    /// The statement without comments, without spaces outside of quotation marks, and without marks around names that need
    /// none.
    private static func plain(_ statement: String) -> String {
        var result: [UInt8] = []
        var rest = statement.utf8[...]
        while let first = rest.first {
            switch first {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"):
                rest = rest.dropFirst()
            case UInt8(ascii: "-") where rest.starts(with: "--".utf8):
                rest = rest.drop { $0 != UInt8(ascii: "\n") }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let quoted = rest.dropFirst().prefix { $0 != first }
                let isPlain = first == UInt8(ascii: "\"") && quoted.allSatisfy(isOfName)
                result += isPlain ? Array(quoted) : [first] + quoted + [first]
                rest = rest.dropFirst(quoted.count + 2)
            case _:
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
    }
}
