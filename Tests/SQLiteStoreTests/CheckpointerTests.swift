import Foundation
import GRDB
import Store
import Synchronization
import TestKit
import Testing
import Values

@testable import SQLiteStore

@Suite("checkpoints")
struct CheckpointerTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
    }

    private func size(_ suffix: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
        return attributes?[.size] as? Int ?? 0
    }

    /// Commits about 100 KB, and says how large the `-wal` file is then.
    private func commit(_ samples: inout SampleMoments, to store: SQLiteStore) throws -> Int {
        try store.commit([
            samples.next("L1") { $0.lead.fields["text"] = .string(String(repeating: "x", count: 50_000)) },
            samples.next("L2") { $0.journal = ["\"" + String(repeating: "y", count: 50_000) + "\""] },
        ])
        return size("-wal")
    }

    @Test("the file of the commits begins anew again and again, also where the commits have to see to it")
    func bounded() throws {
        for little in [0, 10, 1000] {
            try? FileManager.default.removeItem(atPath: path)
            var limits = SQLiteStore.Limits()
            limits.checkpoints = .init(step: 40, long: 200, little: little, most: 400)
            let store = try SQLiteStore(at: path, mode: .readWrite, limits: limits)
            var samples = SampleMoments()
            let sizes = try (0..<200).map { _ in try commit(&samples, to: store) }
            // 20 MB were written; 400 pages are 1.6 MB, and some more come while the last are brought over.
            #expect(sizes.max() ?? 0 < 8_000_000)
            #expect(size("") > 8_000_000)
            #expect(try StoreContents(of: store).records.map(\.lastMoment) == [200, 200])
        }
    }

    @Test("pieces are brought over beside the commits, without any of them having to")
    func beside() throws {
        var limits = SQLiteStore.Limits()
        limits.checkpoints = .init(step: 40, long: .max, little: 0, most: .max)
        let store = try SQLiteStore(at: path, mode: .readWrite, limits: limits)
        var samples = SampleMoments()
        // A handful are enough; how many come before the thread gets its turn is the machine's to say.
        var count = 0
        while size("") < 400_000, count < 2000 {
            _ = try commit(&samples, to: store)
            count += 1
        }
        #expect(size("") >= 400_000)
        #expect(try StoreContents(of: store).records.map(\.lastMoment) == [count, count])
    }

    @Test("with few commits nothing is brought over before the store is closed")
    func atTheEnd() throws {
        var samples = SampleMoments()
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            let sizes = try (0..<5).map { _ in try commit(&samples, to: store) }
            #expect(sizes == sizes.sorted())
            #expect(size("") < 400_000)
        }
        #expect(size("-wal") == 0)
        #expect(size("") > 400_000)
    }

    @Test("a step is given to the disk, where there is a file")
    func disk() throws {
        _ = try SQLiteStore(at: path, mode: .readWrite)
        for (path, isTaken) in [(path, true), (":memory:", false)] {
            try DatabaseQueue(path: path).inDatabase { db in
                let connection = try #require(db.sqliteConnection)
                #expect(Checkpointer.giveToDisk(connection) == isTaken)
            }
        }
    }

    @Test("where the disk does not take a step, commits bring over what comes after it themselves")
    func failedDisk() throws {
        let pool = try DatabasePool(path: path)
        let steps = Mutex(0)
        let limits = Checkpointer.Limits(step: 40, long: 200, little: 10, most: 400)
        let checkpointer = try Checkpointer(path: path, configuration: Configuration(), limits: limits) { _ in
            steps.withLock { $0 += 1 }
            return false
        }
        pool.writeWithoutTransaction { checkpointer.watch($0) }
        try pool.write { try $0.execute(sql: "CREATE TABLE texts (text TEXT)") }
        func commit() throws {
            let text = String(repeating: "x", count: 100_000)
            try pool.write { try $0.execute(sql: "INSERT INTO texts VALUES (?)", arguments: [text]) }
        }
        var count = 0
        while steps.withLock({ $0 }) == 0, count < 2000 {
            try commit()
            count += 1
        }
        for _ in 0..<100 { try commit() }
        #expect(steps.withLock { $0 } == 1)
        #expect(size("") > (count + 90) * 100_000)
        #expect(size("-wal") < 8_000_000)
        try pool.writeWithoutTransaction { try checkpointer.stop($0) }
        let kept = try pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM texts") }
        #expect(kept == count + 100)
    }
}
