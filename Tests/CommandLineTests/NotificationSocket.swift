import Foundation
import TestKit

/// A socket as a service manager has it, where services tell how they are.
final class NotificationSocket: Sendable {
    enum Kind: CaseIterable {
        case path
        case abstract
    }

    struct Failed: Error {
        let what: String
    }

    /// As `NOTIFY_SOCKET` names it.
    let place: String
    private let descriptor: Int32
    private let folder: TemporaryFolder

    /// What is received comes within a minute, or not at all.
    init(_ kind: Kind = .path) throws {
        folder = try TemporaryFolder()
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failed(what: "no socket") }
        place =
            switch kind {
            case .path: folder("s")
            case .abstract: "@signalbox-\(UUID().uuidString)"
            }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: Array(place.utf8))
            if kind == .abstract { path[0] = 0 }
        }
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + place.utf8.count
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(length))
            }
        }
        guard bound == 0 else { throw Failed(what: "not bound: errno \(errno)") }
    }

    deinit { close(descriptor) }

    /// The next message; nil where none comes. Waits on a thread of its own, because the sender may need those that
    /// tasks share.
    func receive() async -> String? {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var waiting = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
                _ = poll(&waiting, 1, 60_000)
                continuation.resume(returning: self.next(flags: Int32(MSG_DONTWAIT)))
            }
        }
    }

    /// Reads from now on until the message comes, and answers whether it did. On a thread of its own alone: tasks may
    /// wait for others while the socket fills.
    func reading(until message: String) -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        Thread.detachNewThread {
            var found = false
            var waiting = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
            while !found, poll(&waiting, 1, 60_000) > 0 {
                found = self.next(flags: Int32(MSG_DONTWAIT)) == message
            }
            continuation.yield(found)
            continuation.finish()
        }
        return stream
    }

    private func next(flags: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, flags)
        return count >= 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    /// The messages that are there.
    func rest() -> [String] {
        var found: [String] = []
        while let message = next(flags: Int32(MSG_DONTWAIT)) { found.append(message) }
        return found
    }
}
