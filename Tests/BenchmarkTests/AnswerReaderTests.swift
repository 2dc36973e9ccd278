import Testing

@testable import SignalboxBench

/// The benchmarks' own reader of HTTP.
@Suite("Answers as the benchmarks read them")
struct AnswerReaderTests {
    private static let answers =
        "HTTP/1.1 100 Continue\r\n\r\n"
        + "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
        + "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        + "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"
        + "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 2\r\n\r\nno"

    /// Every whole answer, as its status and body, when the text comes in pieces of so many bytes.
    private static func read(_ text: String, by count: Int) throws -> [String] {
        var reader = AnswerReader()
        var answers: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: count) {
            bytes[start..<min(bytes.count, start + count)].withUnsafeBytes { reader.add($0) }
            while try reader.readAnswer() {
                answers.append("\(reader.status) \(String(decoding: reader.takeBody(), as: UTF8.self))")
            }
        }
        return answers
    }

    @Test("each is read whole, however it comes", arguments: [1, 2, 3, 7, 50, 1000])
    func pieces(count: Int) throws {
        #expect(
            try Self.read(Self.answers, by: count) == ["200 hello", "404 ", "200 abc0123456789", "413 no"])
    }

    @Test("a body can be taken before it is whole, and what is not whole is not an answer")
    func parts() throws {
        var reader = AnswerReader()
        Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab".utf8).withUnsafeBytes {
            reader.add($0)
        }
        #expect(try !reader.readAnswer())
        #expect(reader.takeBody() == Array("ab".utf8))
        Array("c\r\n".utf8).withUnsafeBytes { reader.add($0) }
        #expect(try !reader.readAnswer())
        #expect(reader.takeBody() == Array("c".utf8) && reader.status == 200)
    }

    @Test(
        "what is not HTTP is not read",
        arguments: [
            "SSH-2.0\r\n\r\n", "HTTP/1.1 x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsize\r\n",
        ])
    func garbage(text: String) {
        #expect(throws: BenchmarkError.self) { try Self.read(text, by: 1000) }
    }

    @Test("lines are read whole, however they come", arguments: [1, 2, 5, 100])
    func lines(count: Int) {
        var reader = LineReader()
        var lines: [String] = []
        let bytes = Array("one\n\ntwo\nthree".utf8)
        for start in stride(from: 0, to: bytes.count, by: count) {
            reader.read(Array(bytes[start..<min(bytes.count, start + count)])) {
                lines.append(String(decoding: $0, as: UTF8.self))
            }
        }
        #expect(lines == ["one", "two"])
    }
}
