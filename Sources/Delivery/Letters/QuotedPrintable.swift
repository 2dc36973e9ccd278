/// Text as quoted-printable (RFC 2045): ASCII in lines of at most 76 characters, whatever the text has.
enum QuotedPrintable {
    private static let lineBytes = 76
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Lines end in CR LF, the last one too.
    static func encode(_ text: String) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count * 5 / 4)
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true, lines.count > 1 { lines.removeLast() }
        for line in lines {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            encode(line, to: &encoded)
            encoded += [0x0D, 0x0A]
        }
        return encoded
    }

    private static func encode(_ line: Substring.UTF8View, to encoded: inout [UInt8]) {
        var length = 0
        let last = line.isEmpty ? line.startIndex : line.index(before: line.endIndex)
        for index in line.indices {
            let byte = line[index]
            let isSpace = byte == 0x20 || byte == 0x09
            let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
            let stays = isPlain || isSpace && index != last
            let width = stays ? 1 : 3
            // Room for the mark that the line goes on.
            if length + width > lineBytes - 1 {
                encoded += [UInt8(ascii: "="), 0x0D, 0x0A]
                length = 0
            }
            if stays {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            length += width
        }
    }
}
