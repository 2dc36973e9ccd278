import ArgumentParser
import Foundation
import Synchronization

/// Standard output: whole lines, written when they are worth a write or asked for.
///
/// Owner: the command that runs; one thread.
final class Output {
    private static let bufferBytes = 64 << 10
    private var buffer: [UInt8] = []
    private let outlivesReader: Bool
    private var hasReader = true
    let style: Style

    /// - Parameter outlivesReader: whether the command goes on when nobody reads any more: one that stores
    ///   must not stop halfway because of `| head`. Any other ends as other tools do, by SIGPIPE.
    init(outlivesReader: Bool = false) {
        self.outlivesReader = outlivesReader
        if outlivesReader { signal(SIGPIPE, SIG_IGN) }
        style = Style(isColored: Self.wantsColor)
        buffer.reserveCapacity(Self.bufferBytes + 4096)
    }

    /// Colour is for terminals whose owner did not turn it off (NO_COLOR).
    private static var wantsColor: Bool {
        let environment = ProcessInfo.processInfo.environment
        return Terminal.isOutput && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    func line(_ text: String = "") {
        buffer.append(contentsOf: text.utf8)
        buffer.append(0x0A)
        if buffer.count >= Self.bufferBytes { flush() }
    }

    /// A file as it is.
    func bytes(_ bytes: [UInt8]) {
        buffer += bytes
        if buffer.count >= Self.bufferBytes { flush() }
    }

    /// Writes what is buffered. Ends the process when that cannot be done.
    func flush() {
        defer { buffer.removeAll(keepingCapacity: true) }
        guard hasReader, !buffer.isEmpty else { return }
        Terminal.clearProgress()
        let failure = Terminal.write(buffer, to: STDOUT_FILENO)
        switch failure {
        case 0: return
        case EPIPE where outlivesReader: hasReader = false
        case EPIPE:
            // Whoever started this ignores the signal, and so did this process.
            signal(SIGPIPE, SIG_DFL)
            raise(SIGPIPE)
            exit(Ending.cannotLoad.rawValue)
        default:
            tell("Standard output cannot be written: \(String(cString: strerror(failure)))")
            exit(Ending.cannotLoad.rawValue)
        }
    }

    deinit { flush() }
}

/// Says something to the person at the terminal, beside the results.
func tell(_ text: String) {
    Terminal.clearProgress()
    // Nothing is left to say it with when this fails.
    _ = Terminal.write(Array((text + "\n").utf8), to: STDERR_FILENO)
}

/// The terminal, if there is one, that shows results, what is told beside them, and progress.
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

/// How text stands out on a terminal.
struct Style {
    let isColored: Bool

    enum Tone: String {
        case strong = "1"
        case faint = "2"
        case good = "32"
        case bad = "31"
        case notice = "33"
        case calm = "36"
    }

    func callAsFunction(_ text: String, _ tone: Tone) -> String {
        isColored ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
    }
}
