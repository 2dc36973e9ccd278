import ArgumentParser
import Journeys
import Signalbox

/// Reads a commands file line by line, so that a file of any size does.
struct CommandsFile {
    /// Also how much is still done after an interruption.
    private static let readBytes = 64 << 10
    private let input: InputFile
    /// As messages name it.
    var name: String { input.name }
    /// Of a line.
    private let limitBytes: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// Whether the rest of a line that is too long comes next, which is passed over.
    private var isBehindCut = false
    private(set) var line = 0
    /// Whether reading ended before the end, after the whole lines that were read until then.
    private(set) var isInterrupted = false

    /// Why reading stopped: the file's name, the line and what is wrong.
    struct LineError: Error, CustomStringConvertible {
        let description: String
    }

    struct Line {
        let number: Int
        /// What the line asks for, or why it asks for nothing.
        let content: Result<CommandLineEntry, MalformedCommand>
        /// Of its text.
        let bytes: Int
    }

    /// The error for a line with a mistake.
    func error(_ mistake: MalformedCommand, line: Int) -> LineError {
        LineError(description: "\(name):\(line): \(mistake.message)")
    }

    /// Opens the file for a command, or says why it cannot and ends the command.
    init(opening path: String, limitBytes: Int, until interruption: Interruption? = nil) throws {
        self.limitBytes = limitBytes
        do throws(InputFile.ReadError) {
            input = try InputFile(path, until: interruption)
        } catch {
            printToStandardError("\(error)")
            throw ExitStatus.cannotLoad
        }
    }

    /// The next line, past empty ones. Nil at the end. Throws for what cannot be read on.
    mutating func next() throws(LineError) -> Line? {
        while var bytes = try nextLine() {
            line += 1
            if line == 1 {
                guard !ByteOrderMark.isUTF16(bytes) else {
                    throw LineError(description: "\(input.name):1: \(ByteOrderMark.utf16Mistake)")
                }
                bytes = Array(ByteOrderMark.removed(from: bytes))
            }
            // Also one of nothing but spaces, of which only the beginning was read.
            let isWhole = bytes.count <= limitBytes
            if isWhole, bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            let content = Result { () throws(MalformedCommand) in
                try CommandLineEntry(reading: bytes, limitBytes: limitBytes)
            }
            return Line(number: line, content: content, bytes: bytes.count)
        }
        return nil
    }

    private mutating func nextLine() throws(LineError) -> [UInt8]? {
        var scanned = start
        while true {
            if let end = buffer[scanned...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                guard isBehindCut else { return Array(buffer[start..<end]) }
                isBehindCut = false
                scanned = end + 1
                start = end + 1
                continue
            }
            if isBehindCut { start = buffer.count }
            scanned = buffer.count - start
            buffer.removeFirst(start)
            start = 0
            guard !isAtEnd, buffer.count <= limitBytes else {
                // A line that was not read to its end is none.
                guard !buffer.isEmpty, !isInterrupted else { return nil }
                defer { buffer = [] }
                isBehindCut = !isAtEnd
                return buffer
            }
            do throws(InputFile.ReadError) {
                guard let more = try input.read(upToCount: Self.readBytes) else {
                    isInterrupted = true
                    isAtEnd = true
                    continue
                }
                if more.isEmpty { isAtEnd = true }
                buffer += more
            } catch {
                throw LineError(description: "\(error), after line \(line)")
            }
        }
    }
}
