/// `POST /v1/commands`, whose answer is read while its body is sent.
///
/// Owner: one thread at a time.
final class ServedStream {
    let connection: ServedConnection
    /// Whether all of the answer has come.
    private var isWhole = false

    init(_ service: ServedProgram) throws {
        connection = try ServedConnection(to: service.port)
        connection.send(service.request("POST", "/v1/commands", more: "Transfer-Encoding: chunked\r\n"))
    }

    func send(_ lines: [UInt8]) {
        connection.send(Array("\(String(lines.count, radix: 16))\r\n".utf8) + lines + Array("\r\n".utf8))
    }

    /// Says that that was all.
    func finish() { connection.send(Array("0\r\n\r\n".utf8)) }

    /// Sends and reads what there is room and data for. Answers whether the answer is whole.
    func go() throws -> Bool {
        connection.flush()
        connection.receive()
        isWhole = try isWhole || connection.reader.readAnswer()
        if isWhole, connection.reader.status != 200 {
            throw ServedProgram.unexpected(connection.reader.status, connection.reader.body)
        }
        if !isWhole, connection.isOver {
            throw BenchmarkError(description: "the service broke off a stream of commands")
        }
        return isWhole
    }

    /// Gives lines in one go and waits until all `count` of them are done.
    static func run(_ lines: [UInt8], count: Int, on service: ServedProgram) throws {
        let before = try service.momentCount()
        let stream = try ServedStream(service)
        stream.send(lines)
        stream.finish()
        var waiting = Waiting()
        var last: [UInt8] = []
        while try !stream.go() {
            // It is the service that is measured.
            last = stream.connection.reader.takeBody()
            waiting.begin()
            waiting.add(stream.connection)
            try waiting.wait()
        }
        let done = try service.momentCount() - before
        guard done == count else {
            let end = String(decoding: (last + stream.connection.reader.body).suffix(300), as: UTF8.self)
            throw BenchmarkError(
                description: "\(done) of \(count) commands of a stream were accepted; its end is \(end)")
        }
    }
}
