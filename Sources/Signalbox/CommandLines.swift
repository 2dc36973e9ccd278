package import Journeys

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Divides what comes in pieces into the lines of a commands file, so that one of any size does; also those of a
/// service's answer.
package struct CommandLines {
    /// Of a line.
    private let limitBytes: Int
    private var buffer: [UInt8] = []
    /// Where the next line begins in the buffer.
    private var start = 0
    /// How far that line was searched for its end.
    private var searched = 0
    /// Whether the rest of a line that is too long comes next, which is passed over.
    private var isBehindCut = false
    private var isAtEnd = false
    /// The number of the line that was read last.
    package private(set) var number = 0

    package struct Line {
        package let number: Int
        /// Of one that is too long, the beginning.
        package let bytes: [UInt8]
        package let isTooLong: Bool
    }

    package init(limitBytes: Int) { self.limitBytes = limitBytes }

    package mutating func add(_ piece: [UInt8]) {
        buffer.removeFirst(start)
        searched -= start
        start = 0
        buffer += piece
    }

    /// Nothing more comes.
    ///
    /// - Parameter isCut: whether that is not the end of the file; then a line without its end is none.
    package mutating func end(isCut: Bool = false) {
        isAtEnd = true
        guard isCut else { return }
        let whole = buffer.lastIndex(of: Self.newline).map { $0 + 1 } ?? start
        buffer.removeSubrange(max(start, whole)...)
        searched = min(searched, buffer.count)
    }

    /// The next line that is there to its end, past empty ones. Nil where more is needed, and at the end. Throws for what
    /// is not text of bytes at all.
    package mutating func next() throws(MalformedCommand) -> Line? {
        while var bytes = nextBytes() {
            number += 1
            if number == 1 {
                guard !ByteOrderMark.isUTF16(bytes) else {
                    throw MalformedCommand(ByteOrderMark.utf16Mistake)
                }
                bytes = Array(ByteOrderMark.removed(from: bytes))
            }
            // Also one of nothing but spaces, of which only the beginning was read.
            let isTooLong = bytes.count > limitBytes
            if !isTooLong, bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            return Line(number: number, bytes: bytes, isTooLong: isTooLong)
        }
        return nil
    }

    private static let newline: UInt8 = 0x0A

    /// From ``searched`` on.
    private var nextNewline: Int? {
        buffer.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            return memchr(start + searched, CInt(Self.newline), bytes.count - searched)
                .map { UnsafeRawPointer($0) - start }
        }
    }

    private mutating func nextBytes() -> [UInt8]? {
        while let end = nextNewline {
            let line = start..<end
            start = end + 1
            searched = start
            if !isBehindCut { return Array(buffer[line]) }
            isBehindCut = false
        }
        searched = buffer.count
        if isBehindCut { start = buffer.count }
        let rest = buffer[start...]
        guard !rest.isEmpty, isAtEnd || rest.count > limitBytes else { return nil }
        isBehindCut = !isAtEnd
        start = buffer.count
        return Array(rest)
    }
}

/// What editors and spreadsheets put before a text.
package enum ByteOrderMark {
    package static func removed(from bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    }

    package static func isUTF16(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    }

    package static let utf16Mistake = "the file is UTF-16; save it as UTF-8"
}
