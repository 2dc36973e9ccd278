import ArgumentParser
import Foundation
import Signalbox

/// Reads a commands file line by line, so that a file of any size does.
struct CommandsFile {
    private let name: String
    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private(set) var line = 0

    /// Why reading stopped: the file's name, the line and what is wrong.
    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    /// Opens the file for a command, or says why it cannot and ends the command.
    init(opening path: String) throws {
        do throws(Mistake) {
            try self.init(path)
        } catch {
            tell("\(error)")
            throw Ending.cannotLoad
        }
    }

    /// `-` stands for standard input.
    init(_ path: String) throws(Mistake) {
        if path == "-" {
            name = "standard input"
            handle = .standardInput
            return
        }
        name = path
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Mistake(description: "\(path): the file cannot be read: \(String(cString: strerror(errno)))")
        }
        self.handle = handle
    }

    /// The next command, past empty lines. Nil at the end.
    mutating func next() throws(Mistake) -> (line: Int, command: GivenCommand)? {
        while let bytes = try nextLine() {
            line += 1
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do throws(GivenCommand.Mistake) {
                return (line, try GivenCommand(reading: bytes))
            } catch {
                throw Mistake(description: "\(name):\(line): \(error.message)")
            }
        }
        return nil
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
            do {
                let more = try handle.read(upToCount: 256 << 10) ?? Data()
                if more.isEmpty { isAtEnd = true }
                buffer.append(contentsOf: more)
            } catch {
                throw Mistake(description: "\(name): reading failed after line \(line): \(error.localizedDescription)")
            }
        }
    }
}
