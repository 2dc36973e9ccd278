import Foundation
import Synchronization
import Values

/// The terminal, if there is one, that shows results, messages beside them, and progress.
enum Terminal {
    static let isOutput = isatty(STDOUT_FILENO) == 1
    static let showsProgress =
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// How wide the terminal is that shows results; nil where there is none, or where it does not say.
    static let columns: Int? = {
        guard isOutput else { return nil }
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }.flatMap {
            $0 > 0 ? $0 : nil
        }
    }()

    private static let hasProgress = Mutex(false)

    /// Shows how far a command is, in place of what it showed before.
    static func progress(_ text: String) {
        guard showsProgress else { return }
        clearProgress()
        hasProgress.withLock { $0 = true }
        _ = write(Array(text.utf8), to: STDERR_FILENO)
    }

    /// Makes room for other lines.
    static func clearProgress() {
        let isThere = hasProgress.withLock { isThere in
            defer { isThere = false }
            return isThere
        }
        if isThere { _ = write(Array("\r\u{1B}[K".utf8), to: STDERR_FILENO) }
    }

    /// How long a command that is to end waits for whoever reads its output, each time that there is no room.
    private static let patienceMilliseconds: CInt = 2_000
    /// A pipe that has room has room for so many bytes.
    private static let pieceBytes = 4096

    /// The same, but when `descriptor` can be read from the reader is waited for only a little longer: then what
    /// failed is ETIMEDOUT.
    static func write(_ bytes: [UInt8], to output: CInt, until descriptor: CInt) -> CInt {
        var start = 0
        while start < bytes.count {
            var ready = [
                pollfd(fd: output, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            var count = poll(&ready, 2, -1)
            let isToEnd = count > 0 && ready[0].revents == 0
            if isToEnd { count = poll(&ready, 1, patienceMilliseconds) }
            switch count {
            case 0: return ETIMEDOUT
            case ..<0 where errno == EINTR: continue
            case ..<0: return errno
            default: break
            }
            let failure = write(Array(bytes[start..<min(start + pieceBytes, bytes.count)]), to: output)
            guard failure == 0 else { return failure }
            start += pieceBytes
        }
        return 0
    }

    /// The system's number of what failed, or 0.
    static func write(_ bytes: [UInt8], to descriptor: CInt) -> CInt {
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes { bytes in
                Foundation.write(descriptor, bytes.baseAddress! + start, bytes.count - start)
            }
            if written >= 0 {
                start += written
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}

/// Prints a message for the person at the terminal, beside the results.
func printToStandardError(_ text: String) {
    Terminal.clearProgress()
    // Nothing is left to say it with when this fails.
    _ = Terminal.write(Array((text.printableLines(styles: false) + "\n").utf8), to: STDERR_FILENO)
}

/// Writes a line for a program that reads standard error, in one piece.
func printLineToStandardError(_ line: String) {
    Terminal.clearProgress()
    _ = Terminal.write(Array((line + "\n").utf8), to: STDERR_FILENO)
}
