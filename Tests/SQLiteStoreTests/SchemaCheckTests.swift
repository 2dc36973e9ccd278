import GRDB
import Testing

@testable import SQLiteStore

@Suite("The check of a store's schema")
struct SchemaCheckTests {
    /// Also with SQLite of another version: what differs between them is not part of it.
    @Test("the digest of a new store's schema is the one that makes the check quick")
    func digest() throws {
        let queue = try DatabaseQueue()
        try Schema.migrator.migrate(queue)
        let digest = try queue.read { try SchemaCheck.digest(of: $0) }
        #expect(digest == SchemaCheck.newestDigest, "after a change of the schema it is this")
    }

    @Test("a new store is made at once as all migrations make it one after the other")
    func newest() throws {
        let (made, migrated) = (try DatabaseQueue(), try DatabaseQueue())
        try made.write { db in
            #expect(try Schema.isEmpty(db))
            try Schema.make(db)
            #expect(try !Schema.isEmpty(db))
        }
        #expect(try made.read { try Schema.migrator.hasCompletedMigrations($0) })
        try Schema.migrator.migrate(migrated)
        let parts = try [made, migrated].map { try $0.read(Self.parts) }
        #expect(parts[0] == parts[1])
    }

    /// The digest of the schema, the numbers of the header, what is in the columns that are not random, and how many rows there are.
    private static func parts(of db: Database) throws -> [String] {
        var parts = [try SchemaCheck.digest(of: db)]
        for pragma in ["application_id", "user_version", "auto_vacuum", "page_size"] {
            parts.append("\(pragma) \(try Int.fetchOne(db, sql: "PRAGMA \(pragma)") ?? -1)")
        }
        parts += try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations ORDER BY identifier")
        parts += try String.fetchAll(
            db,
            sql:
                "SELECT one || ' ' || length(salt) || ' ' || incident || ' ' || delivery || ' ' || history || ' ' || ids FROM remains"
        )
        parts += try String.fetchAll(db, sql: "SELECT one || ' ' || length(store) FROM identity")
        let tables = try String.fetchAll(
            db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        for table in tables {
            parts.append("\(table) \(try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? -1)")
            let columns = try Row.fetchAll(db, sql: "SELECT * FROM pragma_table_xinfo('\(table)')")
            parts += columns.map(\.description)
        }
        return parts
    }
}
