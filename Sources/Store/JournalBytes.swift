import Values

extension [UInt8] {
    /// The lines of a journal that is kept with a newline between them.
    package var journalLines: [String] {
        split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The same of a journal that is stored, each line as JSON that others read: earlier versions of
    /// the program wrote an infinite sum that a call had read as `inf` (see ``JSONReader/read(stored:)``).
    package var storedJournalLines: [String] {
        let lines = split(separator: UInt8(ascii: "\n"))
        return lines.map { line in
            let text = String(decoding: line, as: UTF8.self)
            guard line.mayHoldInfinity, (try? JSONReader.read(text)) == nil,
                let value = try? JSONReader.read(stored: Array(line))
            else { return text }
            return value.json
        }
    }
}

extension ArraySlice<UInt8> {
    /// Whether `inf` is where a JSON value may begin.
    fileprivate var mayHoldInfinity: Bool {
        var before: (UInt8, UInt8, UInt8) = (0, 0, 0)
        for byte in self {
            if byte == UInt8(ascii: "f"), before.2 == UInt8(ascii: "n"), before.1 == UInt8(ascii: "i"),
                Self.marks.contains(before.0)
            {
                return true
            }
            before = (before.1, before.2, byte)
        }
        return false
    }

    private static let marks = Array(":,[-".utf8)
}
