import Foundation

/// One request to a server of this machine, written and read as bytes, so that tests can send what no client would.
public struct HTTPExchange: Sendable {
    public let status: Int
    /// By their names in small letters.
    public let headers: [String: String]
    public let body: String

    public struct Failed: Error, CustomStringConvertible {
        public let description: String
    }

    /// - Parameters:
    ///   - method: with the path: `GET /v1/leads`.
    ///   - headers: in place of, or beside, `Host` and `Connection: close`.
    public init(
        _ method: String, at port: Int, headers: [String: String] = [:], body: String? = nil
    ) throws {
        var all = ["Host": "127.0.0.1:\(port)", "Connection": "close"]
        if let body { all["Content-Length"] = String(body.utf8.count) }
        all.merge(headers) { $1 }
        var text = "\(method) HTTP/1.1\r\n"
        for (name, value) in all.sorted(by: { $0.key < $1.key }) { text += "\(name): \(value)\r\n" }
        try self.init(sending: text + "\r\n" + (body ?? ""), to: port)
    }

    /// Sends these very bytes, and reads until the server closes.
    public init(sending text: String, to port: Int) throws {
        let connection = try HTTPConnection(to: port)
        connection.write(text)
        var answer: [UInt8] = []
        while let piece = connection.read() { answer += piece }
        try self.init(reading: String(decoding: answer, as: UTF8.self))
    }

    private init(reading text: String) throws {
        guard let end = text.range(of: "\r\n\r\n") else {
            throw Failed(description: "not an answer: \(text.prefix(200))")
        }
        var lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let first = lines.removeFirst().split(separator: " ")
        guard first.count >= 2, let status = Int(first[1]) else {
            throw Failed(description: "not an answer: \(text.prefix(200))")
        }
        self.status = status
        headers = Dictionary(
            lines.map { line in
                let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
                return (parts[0].lowercased(), (parts.last ?? "").trimmingCharacters(in: .whitespaces))
            }, uniquingKeysWith: { $1 })
        body = String(text[end.upperBound...])
    }
}

/// A connection to a server of this machine.
public final class HTTPConnection: Sendable {
    private let descriptor: Int32

    /// Whatever is read comes within a minute, or not at all.
    public init(to port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw HTTPExchange.Failed(description: "no socket") }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw HTTPExchange.Failed(description: "not connected: errno \(errno)") }
    }

    deinit { close(descriptor) }

    /// As much as the server takes.
    public func write(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// What comes next; nil at the end.
    public func read() -> [UInt8]? {
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &piece, piece.count, 0)
        return count > 0 ? Array(piece[..<count]) : nil
    }
}
