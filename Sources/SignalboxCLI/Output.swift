import Foundation

/// Standard output: whole lines, written when they are worth a write or asked for.
///
/// Owner: the command that runs; one thread.
final class Output {
    private static let bufferBytes = 64 << 10
    private var buffer: [UInt8] = []
    private let descriptor: Int32
    let style: Style

    init(descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        style = Style(isColored: Self.wantsColor(descriptor))
        buffer.reserveCapacity(Self.bufferBytes + 4096)
    }

    /// Colour is for terminals whose owner did not turn it off (NO_COLOR).
    private static func wantsColor(_ descriptor: Int32) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(descriptor) == 1 && (environment["NO_COLOR"] ?? "").isEmpty
            && environment["TERM"] != "dumb"
    }

    func line(_ text: String = "") {
        buffer.append(contentsOf: text.utf8)
        buffer.append(0x0A)
        if buffer.count >= Self.bufferBytes { flush() }
    }

    /// Writes what is buffered. A reader that went away ends the process as it ends other tools.
    func flush() {
        var start = 0
        while start < buffer.count {
            let written = buffer.withUnsafeBytes { bytes in
                write(descriptor, bytes.baseAddress! + start, bytes.count - start)
            }
            if written < 0 {
                if errno == EINTR { continue }
                exit(errno == EPIPE ? 0 : 70)
            }
            start += written
        }
        buffer.removeAll(keepingCapacity: true)
    }

    deinit { flush() }
}

/// Says something to the person at the terminal, beside the results.
func tell(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
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
