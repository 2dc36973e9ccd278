import Dispatch
import GRDB
import TestKit
import Testing

@testable import SQLiteStore

@Suite("lookups")
struct LookupsTests {
    private struct NoDescriptors: Error {}

    private static func number(_ db: Database) throws -> Int? { try Int.fetchOne(db, sql: "SELECT 1") }

    @Test("a reader takes a connection that nobody has, and another is opened only where all are taken")
    func opened() throws {
        let lookups = Lookups(try DatabaseQueue(), others: 2) { try DatabaseQueue() }
        for _ in 0..<3 { #expect(try lookups.read(Self.number) == 1) }
        #expect(lookups.count == 1)
        try lookups.read { (_: Database) throws in
            #expect(try lookups.read(Self.number) == 1)
            #expect(lookups.count == 2)
            try lookups.read { (_: Database) throws in #expect(try lookups.read(Self.number) == 1) }
            #expect(lookups.count == 3)
        }
        try lookups.read { (_: Database) throws in
            try lookups.read { (_: Database) throws in #expect(try lookups.read(Self.number) == 1) }
        }
        #expect(lookups.count == 3, "those that were given back serve again")
        lookups.close()
    }

    @Test("where no other connection can be opened, readers take turns")
    func turns() throws {
        for opened in [0, 1] {
            let lookups = Lookups(try DatabaseQueue(), others: opened) { throw NoDescriptors() }
            let isOver = DispatchSemaphore(value: 0)
            try lookups.read { (db: Database) throws in
                DispatchQueue.global().async {
                    let read = Result { try lookups.read(Self.number) }
                    #expect((try? read.get()) == 1)
                    isOver.signal()
                }
                #expect(try Self.number(db) == 1)
            }
            isOver.wait()
            #expect(lookups.count == 1)
            #expect(try lookups.read(Self.number) == 1)
            lookups.close()
        }
    }
}
