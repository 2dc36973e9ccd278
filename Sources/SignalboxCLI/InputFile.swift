import ArgumentParser
import Foundation

/// A file that a command was given to read; `-` is standard input.
final class InputFile {
    let name: String
    private let descriptor: CInt

    /// What the system said.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(_ path: String) throws(Failure) {
        if path == "-" {
            name = "standard input"
            descriptor = STDIN_FILENO
            return
        }
        name = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
    }

    deinit {
        if descriptor > STDIN_FILENO { close(descriptor) }
    }

    /// Reads a whole file for a command, or says why that cannot be done and ends the command.
    static func read(_ path: String) throws -> [UInt8] {
        do throws(Failure) {
            let file = try InputFile(path)
            var bytes: [UInt8] = []
            while true {
                let more = try file.read(upToCount: 1 << 20)
                if more.isEmpty { return bytes }
                bytes += more
            }
        } catch {
            tell("\(error)")
            throw Ending.cannotLoad
        }
    }

    /// What is there, waiting for one byte at least. Empty at the end.
    func read(upToCount limit: Int) throws(Failure) -> [UInt8] {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            var result = 0
            repeat {
                result = Foundation.read(descriptor, buffer.baseAddress, limit)
            } while result < 0 && errno == EINTR
            failed = result < 0
            count = max(0, result)
        }
        if failed { throw failure() }
        return bytes
    }

    /// Whether reading would not have to wait.
    var isReady: Bool {
        var query = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, 0) != 0
    }

    private func failure() -> Failure {
        Failure(description: "\(name): the file cannot be read: \(String(cString: strerror(errno)))")
    }
}
