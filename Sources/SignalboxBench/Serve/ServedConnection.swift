import Foundation

/// A connection to a server of this machine. Nothing that is done with it waits.
///
/// Owner: one thread at a time.
final class ServedConnection {
    let descriptor: CInt
    var reader = AnswerReader()
    /// Whether one side has closed it.
    private(set) var isOver = false
    private var unsent: [UInt8] = []
    private var sent = 0

    private static let readBytes = 64 << 10

    init(to port: Int) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw BenchmarkError(description: "no socket: \(Self.reason)") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            // `deinit` closes it: all of the object is set.
            throw BenchmarkError(description: "no connection to port \(port): \(Self.reason)")
        }
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit { close(descriptor) }

    private static var reason: String { String(cString: strerror(errno)) }

    var isSending: Bool { !isOver && sent < unsent.count }

    /// Sends as much as there is room for; the rest with ``flush()``.
    func send(_ bytes: [UInt8]) {
        if isSending { unsent += bytes } else { (unsent, sent) = (bytes, 0) }
        flush()
    }

    func flush() {
        while isSending {
            let count = unsent.withUnsafeBytes {
                write(descriptor, $0.baseAddress! + sent, $0.count - sent)
            }
            guard count >= 0 else {
                if errno == EINTR { continue }
                if errno != EAGAIN { isOver = true }
                return
            }
            sent += count
        }
        if sent == unsent.count { (unsent, sent) = ([], 0) }
    }

    /// Gives the reader what has come.
    func receive() {
        withUnsafeTemporaryAllocation(byteCount: Self.readBytes, alignment: 1) { buffer in
            while !isOver {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                if count > 0 { reader.add(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
                if count < 0, errno == EINTR { continue }
                if count == 0 || count < 0 && errno != EAGAIN { isOver = true }
                if count < buffer.count { return }
            }
        }
    }
}

/// Waits for what happens on several connections.
struct Waiting {
    /// How long nothing may happen before the service counts as one that hangs.
    private static let limitSeconds: CInt = 60
    private var polled: [pollfd] = []

    /// Forgets those that were added.
    mutating func begin() { polled.removeAll(keepingCapacity: true) }

    mutating func add(_ connection: ServedConnection) {
        let events = Int16(POLLIN) | (connection.isSending ? Int16(POLLOUT) : 0)
        polled.append(pollfd(fd: connection.descriptor, events: events, revents: 0))
    }

    /// Waits until something happens. Whether something did is told of each by its place among those that were added.
    mutating func wait() throws {
        let count = poll(&polled, nfds_t(polled.count), Self.limitSeconds * 1000)
        if count == 0 {
            throw BenchmarkError(description: "the service says nothing for \(Self.limitSeconds) s")
        }
        if count < 0, errno != EINTR {
            throw BenchmarkError(description: "poll: \(String(cString: strerror(errno)))")
        }
    }

    func happened(at place: Int) -> Bool { polled[place].revents != 0 }
}
