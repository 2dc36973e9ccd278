import ArgumentParser
import Signalbox

/// Reads a commands file line by line, so that a file of any size does.
struct CommandsFile {
    private static let readBytes = 256 << 10
    private let input: InputFile
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private(set) var line = 0

    /// Why reading stopped: the file's name, the line and what is wrong.
    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    typealias Line = (line: Int, command: GivenCommand)

    /// Opens the file for a command, or says why it cannot and ends the command.
    init(opening path: String) throws {
        do throws(InputFile.Failure) {
            input = try InputFile(path)
        } catch {
            tell("\(error)")
            throw Ending.cannotLoad
        }
    }

    /// The next command, past empty lines. Nil at the end.
    mutating func next() throws(Mistake) -> Line? {
        while let bytes = try nextLine() {
            line += 1
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do throws(GivenCommand.Mistake) {
                return (line, try GivenCommand(reading: bytes))
            } catch {
                throw Mistake(description: "\(input.name):\(line): \(error.message)")
            }
        }
        return nil
    }

    /// Adds the commands that are there to `batch`, waiting for the first alone, so that whoever writes
    /// them one by one is answered one by one. Answers whether more may come.
    mutating func read(into batch: inout [Line], limit: Int) throws(Mistake) -> Bool {
        while batch.count < limit {
            guard let next = try next() else { return false }
            batch.append(next)
            if !isAtEnd, !buffer[start...].contains(0x0A), !input.isReady { break }
        }
        return true
    }

    private mutating func nextLine() throws(Mistake) -> [UInt8]? {
        var scanned = start
        while true {
            if let end = buffer[scanned...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return Array(buffer[start..<end])
            }
            scanned = buffer.count - start
            buffer.removeFirst(start)
            start = 0
            guard !isAtEnd, buffer.count <= GivenCommand.limitBytes else {
                guard !buffer.isEmpty else { return nil }
                defer { buffer = [] }
                return buffer
            }
            do throws(InputFile.Failure) {
                var more = try input.read(upToCount: Self.readBytes)
                if more.isEmpty { isAtEnd = true }
                // A byte order mark, as some editors write it.
                if line == 0, buffer.isEmpty, more.starts(with: [0xEF, 0xBB, 0xBF]) { more.removeFirst(3) }
                buffer += more
            } catch {
                throw Mistake(description: "\(error), after line \(line)")
            }
        }
    }
}
