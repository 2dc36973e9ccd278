import Foundation
import Journeys
import Values

/// A `GET /v1/events` that is read as it comes.
///
/// Owner: one thread at a time.
final class EventListener {
    /// Nil for all.
    let lead: LeadID?
    private let connection: ServedConnection
    private var reader = LineReader()
    /// Of each line that was heard, in their order.
    private var hashes: [Int] = []
    private var place = (moment: 0, line: 0)

    init(_ service: ServedProgram, of lead: LeadID?) throws {
        self.lead = lead
        connection = try ServedConnection(to: service.port)
        connection.send(service.request("GET", "/v1/events" + (lead.map { "?lead=\($0.text)" } ?? "")))
    }

    /// How many lines were heard.
    var count: Int { hashes.count }

    static func hash(of line: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        line.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    /// Returns when the service says that it listens.
    func waitUntilHeard() throws {
        var waiting = Waiting()
        while connection.reader.body.isEmpty {
            waiting.begin()
            waiting.add(connection)
            try waiting.wait()
            connection.receive()
            try readOn()
        }
    }

    /// Takes what has come.
    func receive() throws {
        connection.receive()
        try readOn()
        try reader.read(connection.reader.takeBody(), take)
    }

    private func readOn() throws {
        let isWhole = try connection.reader.readAnswer()
        guard connection.reader.status == 0 || connection.reader.status == 200 else {
            throw ServedProgram.unexpected(connection.reader.status, connection.reader.body)
        }
        if isWhole || connection.isOver {
            throw BenchmarkError(description: "the service stopped telling a listener")
        }
    }

    /// Takes one line of the answer. Each place must be behind the one before.
    private func take(_ line: ArraySlice<UInt8>) throws {
        if line.starts(with: Array("data: ".utf8)) { return hashes.append(Self.hash(of: line.dropFirst(6))) }
        guard line.starts(with: Array("id: ".utf8)) else { return }
        let parts = line.dropFirst(4).split(separator: UInt8(ascii: "-"))
        let numbers = parts.dropFirst().compactMap { Int(String(decoding: $0, as: UTF8.self)) }
        guard parts.count == 3, numbers.count == 2, place < (numbers[0], numbers[1]) else {
            throw BenchmarkError(
                description:
                    "a listener heard \(String(decoding: line, as: UTF8.self)) behind \(place.moment)-\(place.line)"
            )
        }
        place = (numbers[0], numbers[1])
    }

    /// How many lines it did not hear. Throws where it heard others, or those of one lead in another order.
    func missed(of expected: ExpectedLines) throws -> Int {
        let lines = expected.lines(for: lead)
        if hashes == lines { return 0 }
        var counts: [Int: Int] = [:]
        for hash in lines { counts[hash, default: 0] += 1 }
        for hash in hashes { counts[hash, default: 0] -= 1 }
        guard counts.values.allSatisfy({ $0 >= 0 }), lead == nil || hashes.count < lines.count else {
            throw BenchmarkError(description: "a listener heard what it was not to hear, or not in its order")
        }
        return counts.values.reduce(0, +)
    }
}

/// Lines of what comes piece by piece.
struct LineReader {
    private var rest: [UInt8] = []

    init() {}

    /// Gives `take` each line that is whole with this piece, without its end and but for empty ones.
    mutating func read(_ piece: [UInt8], _ take: (ArraySlice<UInt8>) throws -> Void) rethrows {
        if piece.isEmpty { return }
        rest += piece
        var begin = 0
        while let end = rest[begin...].firstIndex(of: UInt8(ascii: "\n")) {
            if end > begin { try take(rest[begin..<end]) }
            begin = end + 1
        }
        rest.removeFirst(begin)
    }
}
