import Foundation
import SQLiteStore
import TestKit
import Testing

@Suite("the lock of the one process that writes")
struct WriterLockTests {
    #if os(Linux)
        @Test("it is given back with the store, also while a forked process has its descriptor")
        func forked() throws {
            let folder = try TemporaryFolder()
            let path = folder("signalbox.db")
            let store = try SQLiteStore(at: path, mode: .readWrite)
            // What a fork leaves in the child, until it runs another program.
            let copies = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
                .compactMap { CInt($0) }
                .filter {
                    let file = try? FileManager.default.destinationOfSymbolicLink(
                        atPath: "/proc/self/fd/\($0)")
                    return file?.hasSuffix(path + ".lock") == true
                }
                .map { dup($0) }
            defer { for copy in copies { close(copy) } }
            try #require(copies.count == 1)
            withExtendedLifetime(consume store) {}
            _ = try SQLiteStore(at: path, mode: .readWrite)
        }
    #endif
}
