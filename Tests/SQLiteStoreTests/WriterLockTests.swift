import Foundation
import Store
import TestKit
import Testing

@testable import SQLiteStore

@Suite("the lock file of a store")
struct WriterLockTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
    }

    private func refusal() -> StoreError? {
        do throws(StoreError) {
            _ = try SQLiteStore(at: path, mode: .readWrite)
            return nil
        } catch {
            return error
        }
    }

    @Test("a link in its place is not followed, and what it names stays as it is")
    func links() throws {
        let precious = folder("precious")
        try "content".write(toFile: precious, atomically: false, encoding: .utf8)
        for makeLink in [symlink, link] {
            #expect(makeLink(precious, path + ".lock") == 0)
            #expect(refusal()?.message == "is not a lock file of Signalbox")
            try FileManager.default.removeItem(atPath: path + ".lock")
        }
        #expect(try String(contentsOfFile: precious, encoding: .utf8) == "content")
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("another file, a pipe and a folder in its place are refused, and stay as they are")
    func others() throws {
        try "not a number".write(toFile: path + ".lock", atomically: false, encoding: .utf8)
        #expect(refusal()?.message == "is not a lock file of Signalbox")
        #expect(try String(contentsOfFile: path + ".lock", encoding: .utf8) == "not a number")
        try FileManager.default.removeItem(atPath: path + ".lock")
        #expect(mkfifo(path + ".lock", 0o600) == 0)
        #expect(refusal()?.message == "is not a lock file of Signalbox")
        try FileManager.default.removeItem(atPath: path + ".lock")
        try FileManager.default.createDirectory(
            atPath: path + ".lock", withIntermediateDirectories: false)
        #expect(refusal()?.code == .cannotOpen)
    }

    @Test("a path behind the number is a service's socket; anything else there is another's file")
    func sockets() throws {
        for other in ["12\nrelative\n", "/tmp/x\n", "12\n/tmp/x\n/tmp/y\n", "12\n/tmp/\u{7}\n"] {
            try other.write(toFile: path + ".lock", atomically: false, encoding: .utf8)
            #expect(refusal()?.message == "is not a lock file of Signalbox", "\(other)")
            #expect(SQLiteStore.socket(for: path) == nil)
        }
        try "12\n\(folder("gone"))\n".write(toFile: path + ".lock", atomically: false, encoding: .utf8)
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try String(contentsOfFile: path + ".lock", encoding: .utf8) == "\(getpid())\n")
        // A file that is not a socket is not one that somebody listens at.
        store.name(socket: path)
        #expect(try String(contentsOfFile: path + ".lock", encoding: .utf8) == "\(getpid())\n\(path)\n")
        #expect(SQLiteStore.socket(for: path) == nil)
        #expect(refusal()?.code == .locked(by: getpid()))
    }

    @Test("beside a file that is not a store, none is made")
    func notAStore() throws {
        try String(repeating: "x", count: 10_000).write(toFile: path, atomically: false, encoding: .utf8)
        #expect(refusal()?.code == .notAStore)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["signalbox.db"])
    }

    @Test("a lock file that was left behind is taken up again")
    func left() throws {
        try "12345\n".write(toFile: path + ".lock", atomically: false, encoding: .utf8)
        _ = try SQLiteStore(at: path, mode: .readWrite)
    }
}
