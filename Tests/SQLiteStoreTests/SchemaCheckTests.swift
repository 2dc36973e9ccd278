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
}
