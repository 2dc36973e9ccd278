import ArgumentParser
import Foundation
import Signalbox

/// A file that a command was given to read; `-` is standard input.
final class InputFile: Sendable {
    let name: String
    private let descriptor: CInt
    private let interruption: Interruption?

    /// What the system said.
    struct ReadError: Error, CustomStringConvertible {
        let description: String
    }

    /// Where an interruption is given, it ends the reading.
    init(_ path: String, until interruption: Interruption? = nil) throws(ReadError) {
        self.interruption = interruption
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

    /// Reads a whole file of text for a command, without its byte order mark, or says why that cannot be
    /// done and ends the command. Of a file that is larger than the limit no more is read.
    static func read(_ path: String, limitBytes: Int) throws -> [UInt8] {
        do throws(ReadError) {
            let file = try InputFile(path)
            var bytes: [UInt8] = []
            while let more = try file.read(upToCount: 1 << 20), !more.isEmpty {
                bytes += more
                guard bytes.count <= limitBytes else {
                    throw ReadError(
                        description: "\(file.name): the file is larger than \(limitBytes >> 20) MiB")
                }
            }
            guard !ByteOrderMark.isUTF16(bytes) else {
                throw ReadError(description: "\(file.name): \(ByteOrderMark.utf16Mistake)")
            }
            return Array(ByteOrderMark.removed(from: bytes))
        } catch {
            printToStandardError("\(error)")
            throw ExitStatus.cannotLoad
        }
    }

    /// What is there, waiting for one byte at least. Empty at the end, nil when it was interrupted.
    func read(upToCount limit: Int) throws(ReadError) -> [UInt8]? {
        if isInterrupted() { return nil }
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

    /// Waits until something is there or an interruption.
    private func isInterrupted() -> Bool {
        guard let interruption else { return false }
        var queries = [descriptor, interruption.descriptor].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while poll(&queries, nfds_t(queries.count), -1) < 0, errno == EINTR {}
        return interruption.isAsked
    }

    private func failure() -> ReadError {
        ReadError(description: "\(name): the file cannot be read: \(String(cString: strerror(errno)))")
    }
}
