#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A connection to Redis over a unix socket.
///
/// Owner: one thread at a time.
final class RedisConnection {
    enum Reply: Equatable {
        case integer(Int)
        case text([UInt8])
        case null
        case list([Reply])
        case error(String)
    }

    private static let readBytes = 64 << 10
    private let descriptor: CInt
    private var received: [UInt8] = []
    private var position = 0

    init(path: String) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw BenchmarkError(description: "no socket: \(Self.reason)") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let text = Array(path.utf8)
        let isCopied = withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard text.count < place.count else { return false }
            place.copyBytes(from: text)
            return true
        }
        let isConnected =
            isCopied
            && withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
        guard isConnected else {
            // `deinit` closes it: all of the object is set.
            throw BenchmarkError(description: "no connection to \(path): \(Self.reason)")
        }
    }

    deinit { close(descriptor) }

    private static var reason: String { String(cString: strerror(errno)) }

    /// A command as bytes to be sent.
    static func encode(_ parts: [[UInt8]]) -> [UInt8] {
        var bytes = Array("*\(parts.count)\r\n".utf8)
        for part in parts {
            bytes += "$\(part.count)\r\n".utf8
            bytes += part
            bytes += "\r\n".utf8
        }
        return bytes
    }

    /// Gives one command and waits for its reply.
    func ask(_ parts: String...) throws -> Reply {
        try send(Self.encode(parts.map { Array($0.utf8) }))
        let reply = try receive()
        if case .error(let message) = reply { throw BenchmarkError(description: "\(parts[0]): \(message)") }
        return reply
    }

    func send(_ bytes: [UInt8]) throws {
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if written < 0, errno != EINTR { throw BenchmarkError(description: "not sent: \(Self.reason)") }
            start += max(written, 0)
        }
    }

    func receive() throws -> Reply {
        let line = try line()
        guard let kind = line.first else { throw BenchmarkError(description: "an empty reply") }
        let rest = String(decoding: line.dropFirst(), as: UTF8.self)
        switch kind {
        case UInt8(ascii: "+"): return .text(Array(line.dropFirst()))
        case UInt8(ascii: "-"): return .error(rest)
        case UInt8(ascii: ":"): return .integer(try number(rest))
        case UInt8(ascii: "$"):
            let count = try number(rest)
            if count < 0 { return .null }
            while received.count - position < count + 2 { try fill() }
            defer { position += count + 2 }
            return .text(Array(received[position..<position + count]))
        case UInt8(ascii: "*"):
            let count = try number(rest)
            return count < 0 ? .null : .list(try (0..<count).map { _ in try receive() })
        default: throw BenchmarkError(description: "a reply of a kind that is not known: \(rest)")
        }
    }

    private func number(_ text: String) throws -> Int {
        guard let number = Int(text) else { throw BenchmarkError(description: "\(text) is not a number") }
        return number
    }

    private func line() throws -> [UInt8] {
        var searched = position
        while true {
            if let end = received[searched...].firstIndex(of: UInt8(ascii: "\r")), end + 1 < received.count {
                defer { position = end + 2 }
                return Array(received[position..<end])
            }
            let seen = received.count - position
            try fill()
            // What was read moved to the front; its last byte may be the first of the line's two last.
            searched = position + max(0, seen - 1)
        }
    }

    private func fill() throws {
        if position > 0 {
            received.removeFirst(position)
            position = 0
        }
        var buffer = [UInt8](repeating: 0, count: Self.readBytes)
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else {
            if count < 0, errno == EINTR { return }
            throw BenchmarkError(description: count == 0 ? "the server closed the connection" : Self.reason)
        }
        received += buffer[..<count]
    }
}
