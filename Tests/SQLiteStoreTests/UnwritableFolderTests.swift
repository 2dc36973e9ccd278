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

    @Test("a store in a folder that cannot be written is read as long as nobody writes to it")
    func unwritableFolder() throws {
        let name = folder("a % name?.db")
        var samples = SampleMoments()
        try SQLiteStore(at: name, mode: .readWrite).commit((0..<3).map { _ in samples.next("L1") })
        // SQLite's own may stay, empty.
        for suffix in ["-wal", "-shm", ".lock"] { unlink(name + suffix) }
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
        defer {
            try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        }
        var counts: [Int] = []
        var refused: StoreError.Code?
        try asNobody {
            let store = try SQLiteStore(at: name, mode: .readOnly)
            counts = try StoreContents(of: store).moments.map(\.count)
            do throws(StoreError) {
                _ = try SQLiteStore(at: name, mode: .readWrite)
            } catch {
                refused = error.code
            }
        }
        #expect(counts == [3])
        #expect(refused == .readOnly)
        let made = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(made.filter { $0.hasPrefix("a %") } == ["a % name?.db"])
    }
}
