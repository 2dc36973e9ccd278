import Foundation
import TestKit
import Testing
import Values

/// A `POST /v1/commands` whose body is sent bit by bit, and whose answer is read as it comes.
final class OpenStream {
    private let connection: HTTPConnection
    /// What came and is not read yet.
    private var received: [UInt8] = []
    /// Of the answer's body, what was not read yet, and how much of it has no line's end.
    private var body: [UInt8] = []
    private var searched = 0
    /// The line that was read last, for messages.
    private var last: [UInt8] = []
    /// Without the answer's lines. Nil until it is read.
    private var head: String?
    private var isOver = false

    /// - Parameter headers: beside those that each has.
    init(_ service: RunningService, token: String? = nil, headers: [String: String] = [:]) throws {
        let more = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        connection = try HTTPConnection(to: service.port)
        connection.write(
            """
            POST /v1/commands HTTP/1.1\r
            Host: 127.0.0.1:\(service.port)\r
            Authorization: Bearer \(token ?? service.token)\r
            Content-Type: application/jsonl\r
            Transfer-Encoding: chunked\r
            \(more)\r\n
            """)
    }

    func send(_ text: String) {
        connection.write("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    func send(lines: [String]) { send(lines.map { $0 + "\n" }.joined()) }

    /// Ends the body.
    func finish() { connection.write("0\r\n\r\n") }

    /// The status of the answer, as soon as its head has come.
    func status() throws -> Int {
        let head = try readHead()
        return try #require(head.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }

    /// The next lines of the answer: so many, or all to its end.
    func lines(_ count: Int = .max) throws -> [Table] {
        try texts(count).map { try #require(try JSONReader.read($0).table) }
    }

    /// The same as they came.
    func texts(_ count: Int = .max) throws -> [[UInt8]] {
        _ = try readHead()
        var lines: [[UInt8]] = []
        while lines.count < count {
            if let end = body[searched...].firstIndex(of: 0x0A) {
                last = Array(body[..<end])
                lines.append(last)
                body.removeFirst(end + 1)
                searched = 0
            } else {
                searched = body.count
                guard try readPiece() else { break }
            }
        }
        #expect(count == .max || lines.count == count)
        return lines
    }

    private func readHead() throws -> String {
        if let head { return head }
        let mark = Array("\r\n\r\n".utf8)
        while true {
            if let end = received.firstRange(of: mark) {
                let text = String(decoding: received[..<end.lowerBound], as: UTF8.self)
                received.removeFirst(end.upperBound)
                head = text
                return text
            }
            try readMore()
        }
    }

    /// The next chunk of the body. False at its end.
    private func readPiece() throws -> Bool {
        while !isOver {
            guard let line = received.firstRange(of: [0x0D, 0x0A]) else {
                try readMore()
                continue
            }
            let digits = String(decoding: received[..<line.lowerBound], as: UTF8.self)
            let count = try #require(Int(digits, radix: 16), "a chunk begins with \(digits.prefix(40))")
            guard received.count >= line.upperBound + count + 2 else {
                try readMore()
                continue
            }
            body += received[line.upperBound..<line.upperBound + count]
            received.removeFirst(line.upperBound + count + 2)
            isOver = count == 0
            if !isOver { return true }
        }
        return false
    }

    /// Takes what comes next of the answer, to be read later. How many bytes that were.
    @discardableResult
    func readMore() throws -> Int {
        let said = String(decoding: (last + body).suffix(500), as: UTF8.self)
        let piece = try #require(connection.read(), "the answer broke off after \(said)")
        received += piece
        return piece.count
    }
}
