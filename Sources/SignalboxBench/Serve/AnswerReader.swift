/// Reads the answers of HTTP/1.1 that come on a connection, one after the other.
struct AnswerReader {
    private enum State {
        case head
        /// The body, of which so much is still to come.
        case fixed(left: Int)
        case chunkSize
        /// A chunk and the line's end behind it.
        case chunk(left: Int)
        /// The lines behind the last chunk.
        case trailers
    }

    private var state = State.head
    private var bytes: [UInt8] = []
    private var position = 0
    /// Of the answer that is being read, or else of the last one; 0 before its head has come.
    private(set) var status = 0
    /// Of that answer, what was not taken.
    private(set) var body: [UInt8] = []

    private static let lineEnd = UInt8(ascii: "\n")
    /// How long a head, or a line between chunks, may be.
    private static let headLimitBytes = 64 << 10

    mutating func add(_ piece: UnsafeRawBufferPointer) {
        if position > 0 {
            bytes.removeFirst(position)
            position = 0
        }
        bytes.append(contentsOf: piece)
    }

    /// Takes what has come of the body, so that it is not kept.
    mutating func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }

    /// Reads what has come, to the end of one answer at most. Answers whether that was reached.
    mutating func readAnswer() throws -> Bool {
        while true {
            switch state {
            case .head:
                guard try readHead() else { return false }
            case .fixed(let left):
                let count = take(left)
                state = .fixed(left: left - count)
                if count < left { return false }
                state = .head
                return true
            case .chunkSize:
                guard let line = try line() else { return false }
                let digits = line.prefix { $0 != UInt8(ascii: ";") }
                guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else {
                    throw BenchmarkError(description: "the size of a chunk is not a number")
                }
                state = size == 0 ? .trailers : .chunk(left: size + 2)
            case .chunk(let left):
                let count = left > 2 ? take(left - 2) : 0
                guard count == max(0, left - 2), bytes.count - position >= 2 else {
                    state = .chunk(left: left - count)
                    return false
                }
                position += 2
                state = .chunkSize
            case .trailers:
                guard let line = try line() else { return false }
                if line.isEmpty {
                    state = .head
                    return true
                }
            }
        }
    }

    /// Moves so much to the body, or all that has come.
    private mutating func take(_ count: Int) -> Int {
        let count = min(count, bytes.count - position)
        body += bytes[position..<position + count]
        position += count
        return count
    }

    /// The next line without its end; nil while it is incomplete.
    private mutating func line() throws -> ArraySlice<UInt8>? {
        guard let end = bytes[position...].firstIndex(of: Self.lineEnd) else {
            guard bytes.count - position <= Self.headLimitBytes else {
                throw BenchmarkError(description: "an answer has a line without an end")
            }
            return nil
        }
        let line = bytes[position..<end]
        position = end + 1
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }

    /// False while the head is incomplete.
    private mutating func readHead() throws -> Bool {
        let begin = position
        guard let first = try line() else { return false }
        var length = 0
        var isChunked = false
        while true {
            guard let line = try line() else {
                position = begin
                return false
            }
            if line.isEmpty { break }
            if let value = Self.value("content-length", of: line) { length = Int(value) ?? 0 }
            if Self.value("transfer-encoding", of: line) != nil { isChunked = true }
        }
        let words = first.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count >= 2, let number = Int(String(decoding: words[1], as: UTF8.self)) else {
            throw BenchmarkError(
                description: "not an answer: \(String(decoding: first.prefix(100), as: UTF8.self))")
        }
        status = number
        body = []
        // What comes before the answer proper has no body.
        if !(100..<200).contains(number) { state = isChunked ? .chunkSize : .fixed(left: length) }
        return true
    }

    /// The value of a header whose name, in small letters, is this.
    private static func value(_ name: StaticString, of line: ArraySlice<UInt8>) -> String? {
        let count = name.utf8CodeUnitCount
        guard line.count > count, line[line.startIndex + count] == UInt8(ascii: ":") else { return nil }
        for offset in 0..<count where line[line.startIndex + offset] | 0x20 != name.utf8Start[offset] {
            return nil
        }
        let value = line[(line.startIndex + count + 1)...].drop { $0 == UInt8(ascii: " ") }
        return String(decoding: value, as: UTF8.self)
    }
}
