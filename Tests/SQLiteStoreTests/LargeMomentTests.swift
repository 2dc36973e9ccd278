import Foundation
import GRDB
import GRDBSQLite
import Journeys
import Store
import TestKit
import Testing
import Values

@testable import SQLiteStore

@Suite("moments that are too large for the store")
struct LargeMomentTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
    }

    @Test(
        "a moment that is larger than SQLite can keep is named, and the others can be committed",
        arguments: [
            { $0.journal = ["{" + String(repeating: "j", count: 200_000) + "}"] },
            { $0.lead.fields["f"] = .string(String(repeating: "f", count: 200_000)) },
            { $0.notes = [.init(text: String(repeating: "n", count: 200_000), by: "plugin:p")] },
        ] as [@Sendable (inout MomentRecord) -> Void])
    func tooLarge(_ change: @Sendable (inout MomentRecord) -> Void) throws {
        let store = try SQLiteStore(at: path, mode: .readWrite)
        store.writer?.pool.writeWithoutTransaction { db in
            _ = sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, 100_000)
        }
        var samples = SampleMoments()
        let moments = [samples.next("A"), samples.next("B", change: change), samples.next("C")]
        let error = #expect(throws: StoreError.self) { try store.commit(moments) }
        #expect(error?.code == .conflict(StoreError.Conflict(moment: 1, cause: .tooLarge)))
        try store.commit([moments[0], moments[2]])
        #expect(try store.leads(matching: .all, after: nil, limit: 10).map(\.id.text) == ["A", "C"])
    }
}
