import Foundation
import SQLiteStore
import Store
import TestKit
import Testing

@Suite("a store in a folder that cannot be written")
struct UnwritableFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Runs the body as a user who may write nowhere here; what this thread opens is opened by that user.
    private func asNobody(_ body: () throws -> Void) throws {
        let symbol = try #require(dlsym(nil, "setfsuid"))
        let setUser = unsafeBitCast(symbol, to: (@convention(c) (UInt32) -> CInt).self)
        _ = setUser(65_534)
        defer { _ = setUser(geteuid()) }
        try body()
    }

    /// What is beside the store's file.
    enum Companion: CaseIterable {
        case none
        case emptyLog
        /// Commits that are not in the store's file yet. Nobody who may not write there can read them.
        case fullLog
    }

    @Test(
        "a store in a folder that cannot be written is read where all that was committed is in its file",
        arguments: Companion.allCases)
    func unwritableFolder(companion: Companion) throws {
        let name = folder("a % name?.db")
        var samples = SampleMoments()
        try SQLiteStore(at: name, mode: .readWrite).commit((0..<3).map { _ in samples.next("L1") })
        // SQLite's own may stay, empty.
        for suffix in ["-wal", "-shm", ".lock"] { unlink(name + suffix) }
        switch companion {
        case .none: break
        case .emptyLog: try Data().write(to: URL(fileURLWithPath: name + "-wal"))
        case .fullLog: try Data(repeating: 1, count: 4_152).write(to: URL(fileURLWithPath: name + "-wal"))
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
        defer {
            try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        }
        var counts: [Int] = []
        var refused: StoreError.Code?
        var unread: StoreError.Code?
        try asNobody {
            do {
                let store = try SQLiteStore(at: name, mode: .readOnly)
                counts = try StoreContents(of: store).moments.map(\.count)
            } catch let error as StoreError {
                unread = error.code
            }
            do throws(StoreError) {
                _ = try SQLiteStore(at: name, mode: .readWrite)
            } catch {
                refused = error.code
            }
        }
        #expect(counts == (companion == .fullLog ? [] : [3]))
        #expect(unread == (companion == .fullLog ? .cannotOpen : nil))
        #expect(refused == (companion == .fullLog ? .cannotOpen : .readOnly))
        let made = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(
            made.filter { $0.hasPrefix("a %") }.sorted()
                == ["a % name?.db"] + (companion == .none ? [] : ["a % name?.db-wal"]))
    }
}
