import Foundation
import Synchronization
import Values

/// The terminal, if there is one, that shows results, messages beside them, and progress.
enum Terminal {
    static let isOutput = isatty(STDOUT_FILENO) == 1
    static let showsProgress =
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

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
