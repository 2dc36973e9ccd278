import Foundation
import Store
import Values

/// The right to write to a store, which one process at a time has.
///
/// A file beside the database carries an advisory lock, which the system takes back however the process
/// ends, and the holder's process id as text; behind it, in a line of its own, where a service takes commands that has the
/// store. The file stays when the lock is given back. It does not cover file systems that are shared between machines.
final class WriterLock: Sendable {
    private let descriptor: CInt

    /// The lock file of a database.
    static func path(for database: String) -> String { database + ".lock" }

    /// Takes the lock, or throws ``StoreError/Code/locked(by:)`` when another has it.
    init(for database: String) throws(StoreError) {
        // In one step: once all of it is set, an initializer that throws runs `deinit` too, and the number of a
        // descriptor that was closed may be another file's by then.
        descriptor = try Self.take(Self.path(for: database), of: database)
        // Only a help for a process that is refused; a disk that is full shows itself where it matters.
        write("\(getpid())\n")
    }

    /// Says in the lock file where commands can be given to the holder.
    func name(socket: String) { write("\(getpid())\n\(socket)\n") }

    private func write(_ text: String) {
        _ = ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
    }

    private static func take(_ path: String, of database: String) throws(StoreError) -> CInt {
        // A link would lead to a file that is somebody else's, and a pipe would wait.
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let descriptor = open(path, flags, 0o644)
        guard descriptor >= 0 else {
            throw errno == ELOOP ? Self.notALock(path) : StoreError(opening: path, errno: errno)
        }
        guard isLock(descriptor) else {
            close(descriptor)
            throw Self.notALock(path)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            let holder = holder(descriptor)
            close(descriptor)
            guard reason == EWOULDBLOCK else { throw StoreError(opening: path, errno: reason) }
            throw .locked(by: holder, file: database)
        }
        return descriptor
    }

    /// How long the file can be.
    private static let limitBytes = 16 + 4_096

    /// Whether the file is one that this wrote, or new: a regular file under one name alone, with a number in it and
    /// perhaps a path, or nothing.
    private static func isLock(_ descriptor: CInt) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1,
            status.st_size < limitBytes
        else { return false }
        return Content(reading: descriptor) != nil
    }

    /// What a lock file says.
    private struct Content {
        let holder: Int32?
        let socket: String?

        /// Nil where it is not one.
        init?(reading descriptor: CInt) {
            var buffer = [UInt8](repeating: 0, count: limitBytes)
            let count = pread(descriptor, &buffer, buffer.count, 0)
            let lines = buffer.prefix(max(0, count)).split(
                separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
            guard lines.count <= 2 else { return nil }
            if let first = lines.first {
                guard first.count < 16,
                    first.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
                else { return nil }
            }
            holder = lines.first.flatMap { Int32(String(decoding: $0, as: UTF8.self)) }
            socket = lines.count > 1 ? String(decoding: lines[1], as: UTF8.self) : nil
            if let socket, !socket.hasPrefix("/") || socket.hasControlCharacters { return nil }
        }
    }

    /// Where the service takes commands that has, or had, the database. Nil where the lock file names no socket, or one
    /// that is not its owner's.
    static func socket(for database: String) -> String? {
        let descriptor = open(path(for: database), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var lock = stat()
        var socket = stat()
        guard isLock(descriptor), let place = Content(reading: descriptor)?.socket,
            fstat(descriptor, &lock) == 0, lstat(place, &socket) == 0,
            socket.st_mode & S_IFMT == S_IFSOCK, socket.st_uid == lock.st_uid
        else { return nil }
        return place
    }

    private static func notALock(_ path: String) -> StoreError {
        StoreError(
            .cannotOpen, "is not a lock file of Signalbox", file: path,
            advice: "move it away, or name another place for the store")
    }

    private static func holder(_ descriptor: CInt) -> Int32? { Content(reading: descriptor)?.holder }

    deinit {
        _ = ftruncate(descriptor, 0)
        // A process that was just forked has the descriptor too, until it runs its own program.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
