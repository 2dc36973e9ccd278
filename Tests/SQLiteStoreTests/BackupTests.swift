import Foundation
import GRDB
import Journeys
import Store
import TestKit
import Testing

@testable import SQLiteStore

@Suite("backups of the store in an SQLite file")
struct BackupTests {
    private let folder: TemporaryFolder
    private let path: String
    private let backup: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
        backup = folder("backup.db")
    }

    private func fill(_ path: String, leads: ClosedRange<Int> = 1...20) throws {
        var samples = SampleMoments()
        let store = try SQLiteStore(at: path, mode: .readWrite)
        try store.commit(leads.map { samples.next("L\($0)") })
    }

    private func contents(_ path: String) throws -> StoreContents {
        try StoreContents(of: SQLiteStore(at: path, mode: .readOnly))
    }

    /// Without what SQLite puts beside a file that is read.
    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
    }

    /// The error of a restore, after which everything is as it was.
    private func refusalOfRestore(from file: String) throws -> StoreError? {
        let before = try contents(path)
        let names = try files()
        let error = #expect(throws: StoreError.self) { try SQLiteStore.restore(path, from: file) }
        #expect(try contents(path) == before)
        #expect(try files() == names)
        return error
    }

    // MARK: Backups

    @Test("a backup taken between commits of a writer is one of the states that were there")
    func whileWriting() async throws {
        let store = try SQLiteStore(at: path, mode: .readWrite)
        var samples = SampleMoments()
        try store.commit([samples.next("L0")])
        let moments = (0..<300).map { _ in [samples.next("L1"), samples.next("L2")] }
        let writing = Task.detached { for pair in moments { try store.commit(pair) } }
        for number in 0..<10 {
            let file = folder("backup-\(number).db")
            let copied = try SQLiteStore.backUp(path, to: file)
            #expect(copied.counts.moments % 2 == 1)
            let found = try contents(file)
            try found.requireWhole(afterRemovals: true)
            #expect(found.counts == copied.counts)
        }
        try await writing.value
        _ = try SQLiteStore.backUp(path, to: backup)
        #expect(try contents(backup) == StoreContents(of: store))
    }

    @Test("a backup is one file, which can be read and written to as a store")
    func oneFile() throws {
        try fill(path)
        let store = try SQLiteStore(at: path, mode: .readWrite)
        let copied = try SQLiteStore.backUp(path, to: backup)
        #expect(copied.counts.moments == 20)
        #expect(try files().filter { $0.hasPrefix("backup") } == ["backup.db"])
        #expect(try contents(backup) == StoreContents(of: store))
        let opened = try SQLiteStore(at: backup, mode: .readWrite)
        #expect(try opened.pragma("journal_mode") == "wal")
        #expect(try opened.counts().moments == 20)
    }

    @Test("a backup takes the place of the one before, and of nothing else")
    func replacing() throws {
        try fill(path)
        _ = try SQLiteStore.backUp(path, to: backup)
        _ = try SQLiteStore.backUp(path, to: backup)
        #expect(try contents(backup) == contents(path))

        let text = Data("name,email\n".utf8)
        try text.write(to: URL(fileURLWithPath: folder("leads.csv")))
        try DatabaseQueue(path: folder("other.db")).write { try $0.execute(sql: "CREATE TABLE theirs (id)") }
        let used = folder("used.db")
        try fill(used)
        let user = try SQLiteStore(at: used, mode: .readWrite)
        try FileManager.default.createSymbolicLink(atPath: folder("link.db"), withDestinationPath: path)
        let names = try files()
        for file in [folder("leads.csv"), folder("other.db"), used, path, folder("link.db"), folder.path] {
            let error = #expect(throws: StoreError.self) { try SQLiteStore.backUp(path, to: file) }
            #expect(error?.code == .cannotOpen, "\(file)")
        }
        #expect(try files() == names)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder("leads.csv"))) == text)
        #expect(try user.counts().moments == 20)
    }

    @Test("a file that is not a store, and one that is damaged, give no backup")
    func damagedSource() throws {
        #expect(throws: StoreError.self) { try SQLiteStore.backUp(path, to: backup) }
        try fill(path, leads: 1...500)
        try damage(path)
        let error = #expect(throws: StoreError.self) { try SQLiteStore.backUp(path, to: backup) }
        #expect(error?.code == .damaged)
        #expect(error?.file == path)
        #expect(try files().filter { $0.hasPrefix("backup") } == [])
    }

    // MARK: Restoring

    @Test("a restore puts the backup in the store's place and keeps what was there")
    func restoring() throws {
        try fill(path, leads: 1...5)
        _ = try SQLiteStore.backUp(path, to: backup)
        let backedUp = try contents(path)
        try fill(path, leads: 6...9)
        let last = try contents(path)
        let copied = try SQLiteStore.restore(path, from: backup)
        #expect(copied.replaced == path + ".replaced-1")
        #expect(copied.counts == backedUp.counts)
        #expect(try contents(path) == backedUp)
        #expect(try contents(path + ".replaced-1") == last)
        #expect(try SQLiteStore.restore(path, from: backup).replaced == path + ".replaced-2")
        try fill(path, leads: 10...11)
        #expect(try contents(path).counts.moments == 7)
        #expect(try contents(backup) == backedUp)
    }

    @Test("a restore makes the store and its folder where there is none")
    func restoringAnew() throws {
        try fill(path)
        _ = try SQLiteStore.backUp(path, to: backup)
        let place = folder("data/signalbox.db")
        #expect(try SQLiteStore.restore(place, from: backup).replaced == nil)
        #expect(try contents(place) == contents(path))
    }

    @Test("commits that a killed process left in the -wal file go where the store goes")
    func leftWAL() throws {
        try fill(backup, leads: 100...101)
        let live = folder("live.db")
        let store = try SQLiteStore(at: live, mode: .readWrite)
        var samples = SampleMoments()
        try store.commit([samples.next("L1"), samples.next("L2")])
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: live + suffix, toPath: path + suffix)
        }
        _ = try SQLiteStore.restore(path, from: backup)
        #expect(try contents(path + ".replaced-1") == StoreContents(of: store))
        #expect(try contents(path) == contents(backup))
    }

    @Test("a damaged store is kept too, with what is beside it")
    func damagedTarget() throws {
        try fill(path, leads: 1...5)
        _ = try SQLiteStore.backUp(path, to: backup)
        let garbage = Data(String(repeating: "garbage ", count: 2000).utf8)
        for suffix in ["", "-wal"] { try garbage.write(to: URL(fileURLWithPath: path + suffix)) }
        let copied = try SQLiteStore.restore(path, from: backup)
        let kept = try #require(copied.replaced)
        #expect(try Data(contentsOf: URL(fileURLWithPath: kept)) == garbage)
        #expect(try contents(path) == contents(backup))
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
    }

    @Test("another program's database in the store's place is refused and left as it is")
    func otherTarget() throws {
        try fill(backup)
        try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE theirs (id)") }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = #expect(throws: StoreError.self) { try SQLiteStore.restore(path, from: backup) }
        #expect(error?.code == .cannotOpen)
        #expect(error?.file == path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(!FileManager.default.fileExists(atPath: WriterLock.path(for: path)))
    }

    @Test("a restore is refused while another writes, and possible again after")
    func locked() throws {
        try fill(path)
        try fill(backup, leads: 1...2)
        let writer = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try refusalOfRestore(from: backup)?.code == .locked(by: getpid()))
        withExtendedLifetime(consume writer) {}
        #expect(try SQLiteStore.restore(path, from: backup).counts.moments == 2)
        #expect(try contents(path).counts.moments == 2)
    }

    @Test("a file that is not a whole store is refused, with the file's name, and the store stays")
    func refused() throws {
        try fill(path)
        #expect(try refusalOfRestore(from: folder("none.db"))?.code == .noStore)
        #expect(try refusalOfRestore(from: path)?.code == .cannotOpen)
        #expect(try refusalOfRestore(from: folder.path)?.code == .cannotOpen)

        let text = folder("text.db")
        try Data(String(repeating: "no database ", count: 100).utf8).write(to: URL(fileURLWithPath: text))
        #expect(try refusalOfRestore(from: text)?.code == .notAStore)

        let other = folder("other.db")
        try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE theirs (id)") }
        #expect(try refusalOfRestore(from: other)?.code == .notAStore)

        var unchecked = Configuration()
        unchecked.foreignKeysEnabled = false
        let newer = folder("newer.db")
        try fill(newer)
        try DatabaseQueue(path: newer).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('9999')")
        }
        #expect(try refusalOfRestore(from: newer)?.code == .newerVersion)

        let orphaned = folder("orphaned.db")
        try fill(orphaned)
        try DatabaseQueue(path: orphaned, configuration: unchecked).write {
            try $0.execute(sql: "DELETE FROM settled_leads WHERE lead = 'L7'")
        }
        #expect(try refusalOfRestore(from: orphaned)?.code == .damaged)

        let damaged = folder("damaged.db")
        try fill(damaged, leads: 1...500)
        try damage(damaged)
        #expect(try refusalOfRestore(from: damaged)?.code == .damaged)

        let short = folder("short.db")
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: short))
        #expect(try refusalOfRestore(from: short)?.code == .damaged)
    }

    /// Overwrites a page in the middle.
    private func damage(_ file: String) throws {
        let handle = try #require(FileHandle(forUpdatingAtPath: file))
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: size / 2 / 4096 * 4096)
        try handle.write(contentsOf: Data(repeating: 0x5A, count: 4096))
        try handle.close()
    }
}
