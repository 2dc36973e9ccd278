import ArgumentParser
import Foundation
import Values

/// Standard output: whole lines, written when the buffer is full or on request.
///
/// Owner: the command that runs; one thread.
final class Output {
    private static let bufferBytes = 64 << 10
    private var buffer: [UInt8] = []
    private let outlivesReader: Bool
    private let interruption: Interruption?
    private var hasReader = true
    /// Of lines for people; nil where they go to no terminal.
    private let wrapping = Terminal.columns.map { LineWrapping(columns: max($0, Output.leastColumns)) }
    let style: Style

    /// A narrower terminal breaks lines itself.
    private static let leastColumns = 40

    /// How many columns a line for people has; nil where they are not bounded.
    var columns: Int? { wrapping?.columns }

    /// - Parameters:
    ///   - outlivesReader: whether the command goes on when nobody reads any more: one that stores
    ///   must not stop halfway because of `| head`. Any other ends as other tools do, by SIGPIPE.
    ///   - interruption: when it is requested, a reader that does not read is not waited for.
    init(outlivesReader: Bool = false, until interruption: Interruption? = nil) {
        self.outlivesReader = outlivesReader
        self.interruption = interruption
        if outlivesReader { signal(SIGPIPE, SIG_IGN) }
        style = Style(isColored: Self.wantsColor)
        buffer.reserveCapacity(Self.bufferBytes + 4096)
    }

    /// Colour is for terminals whose owner did not turn it off (NO_COLOR).
    private static var wantsColor: Bool {
        let environment = ProcessInfo.processInfo.environment
        return Terminal.isOutput && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// A line for people, or several. What others brought in it does nothing to a terminal, and what is longer than the
    /// terminal is wide goes on under its beginning.
    func line(_ text: String = "") {
        let clean = text.printableLines(styles: style.isColored)
        guard let wrapping else { return write(line: clean) }
        for line in clean.split(separator: "\n", omittingEmptySubsequences: false) {
            for part in wrapping.lines(String(line)) { write(line: part) }
        }
    }

    /// A line of JSON, in which control characters are escaped.
    func json(_ text: String) { write(line: text) }

    private func write(line text: String) {
        buffer.append(contentsOf: text.utf8)
        buffer.append(0x0A)
        if buffer.count >= Self.bufferBytes { flush() }
    }

    /// A file as it is; on a terminal, as people can read it.
    func bytes(_ bytes: [UInt8]) {
        if Terminal.isOutput {
            let text = String(decoding: bytes, as: UTF8.self).replacing("\t", with: "    ")
            buffer.append(contentsOf: text.printableLines(styles: false).utf8)
        } else {
            buffer += bytes
        }
        if buffer.count >= Self.bufferBytes { flush() }
    }

    /// Writes what is buffered. Ends the process when that cannot be done.
    func flush() {
        defer { buffer.removeAll(keepingCapacity: true) }
        guard hasReader, !buffer.isEmpty else { return }
        Terminal.clearProgress()
        let failure =
            if let interruption {
                Terminal.write(buffer, to: STDOUT_FILENO, until: interruption.descriptor)
            } else {
                Terminal.write(buffer, to: STDOUT_FILENO)
            }
        switch failure {
        case 0: return
        case ETIMEDOUT where interruption != nil:
            hasReader = false
            printToStandardError("Nobody reads standard output: the rest of it is left out.")
        case EPIPE where outlivesReader: hasReader = false
        case EPIPE:
            // The parent ignores the signal, and so did this process.
            signal(SIGPIPE, SIG_DFL)
            raise(SIGPIPE)
            exit(ExitStatus.cannotLoad.rawValue)
        default:
            printToStandardError("Standard output cannot be written: \(String(cString: strerror(failure)))")
            exit(ExitStatus.cannotLoad.rawValue)
        }
    }

    deinit { flush() }
}
