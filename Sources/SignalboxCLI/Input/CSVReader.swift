import Foundation

/// Reads a spreadsheet that was saved as comma-separated values (RFC 4180): cells in quotes may hold
/// commas, line breaks and doubled quotes. Spaces around the quotes are not part of the cell.
///
/// A byte order mark is expected to be gone.
struct CSVReader {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1

    struct Row {
        /// The line that the row begins on.
        let line: Int
        /// Its cells, or what is wrong with it.
        let cells: Result<[String], SyntaxError>
        /// Of its text.
        let bytes: Int
    }

    struct SyntaxError: Error, CustomStringConvertible {
        let description: String
    }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next row, past empty lines. Nil at the end.
    mutating func next() -> Row? {
        while index < bytes.count, bytes[index] == 0x0A || bytes[index] == 0x0D { takeLineBreak() }
        guard index < bytes.count else { return nil }
        let start = (line: line, index: index)
        var cells: [String] = []
        var mistake: SyntaxError?
        while true {
            do throws(SyntaxError) {
                cells.append(try cell())
            } catch {
                mistake = mistake ?? error
            }
            guard index < bytes.count, bytes[index] == UInt8(ascii: ",") else { break }
            index += 1
        }
        if index < bytes.count { takeLineBreak() }
        return Row(
            line: start.line, cells: mistake.map(Result.failure) ?? .success(cells),
            bytes: index - start.index)
    }

    /// One cell; stops at the comma, line break or end behind it.
    private mutating func cell() throws(SyntaxError) -> String {
        var content: [UInt8] = []
        if let quote = openingQuote {
            index = quote + 1
            while true {
                guard index < bytes.count else {
                    throw SyntaxError(
                        description: "a quoted cell is not closed, so all the rest of the file is lost in it")
                }
                let byte = bytes[index]
                if byte == UInt8(ascii: "\"") {
                    index += 1
                    guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { break }
                } else if byte == 0x0A || byte == 0x0D && !isLineFeed(at: index + 1) {
                    line += 1
                }
                content.append(byte)
                index += 1
            }
            skipSpaces()
            guard isAtCellEnd else {
                skipToCellEnd()
                throw SyntaxError(description: "something follows the closing quote of a cell")
            }
        } else {
            let start = index
            skipToCellEnd()
            content = Array(bytes[start..<index])
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw SyntaxError(description: "a cell is not valid UTF-8; save the sheet as CSV in UTF-8")
        }
        return text
    }

    private var isAtCellEnd: Bool {
        index >= bytes.count || bytes[index] == UInt8(ascii: ",") || bytes[index] == 0x0A
            || bytes[index] == 0x0D
    }

    private mutating func skipToCellEnd() {
        while !isAtCellEnd { index += 1 }
    }

    /// Where the cell's quote is, if nothing but spaces comes before it.
    private var openingQuote: Int? {
        let index = bytes[index...].firstIndex { !Self.isSpace($0) }
        return index.flatMap { bytes[$0] == UInt8(ascii: "\"") ? $0 : nil }
    }

    private mutating func skipSpaces() {
        while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private func isLineFeed(at index: Int) -> Bool { index < bytes.count && bytes[index] == 0x0A }

    private mutating func takeLineBreak() {
        if bytes[index] == 0x0D, isLineFeed(at: index + 1) { index += 1 }
        index += 1
        line += 1
    }
}
