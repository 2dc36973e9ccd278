import Foundation
import GRDB
import Store
import TestKit
import Testing

@testable import SQLiteStore

enum OlderStore {
    /// Makes of the store one as the program wrote it when it had so many migrations, with the same rows.
    static func make(at path: String, in folder: TemporaryFolder, form version: String) throws {
        // Earlier forms have whole records wherever a lead is.
        try DatabaseQueue(path: path).write { db in
            var recent = try RecentLeads(of: db, limit: 0)
            try recent.settle(on: db)
        }
        let older = folder("older.db")
        let queue = try DatabaseQueue(path: older)
        try Schema.migrator.migrate(queue, upTo: version)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF; ATTACH ? AS newer", arguments: [path])
            let tables = try String.fetchAll(
                db,
                sql: "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name <> 'grdb_migrations'")
            for table in tables where table != "recent_leads" {
                let columns = try String.fetchAll(
                    db, sql: "SELECT name FROM pragma_table_info(?, 'main')", arguments: [table])
                let sources = columns.map { table == "outbox" && $0 == "email" ? "payload" : $0 }
                try db.execute(
                    sql: """
                        INSERT OR REPLACE INTO main.\(table) (\(columns.joined(separator: ", ")))
                        SELECT \(sources.joined(separator: ", ")) FROM newer.\(table)
                        """)
            }
        }
        try queue.close()
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        try FileManager.default.moveItem(atPath: older, toPath: path)
        let error = #expect(throws: StoreError.self) { try SQLiteStore(at: path, mode: .readOnly) }
        #expect(error?.code == .olderVersion)
    }
}
