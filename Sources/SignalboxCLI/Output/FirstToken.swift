import Foundation
import Logging
import Values

/// Shows the token of a run whose store has none: at a terminal, and else in a file beside the store that only its owner
/// can read, because what is told elsewhere is kept in logs.
struct FirstToken {
    private let file: String

    /// - Parameter store: the store's file.
    init(beside store: String) { file = store + ".token" }

    /// Tells the token, or where it is.
    ///
    /// - Parameters:
    ///   - url: where requests are taken.
    ///   - log: the service's, as `format`. It never gets the token.
    func show(_ token: String, url: String, to log: Logger, as format: LogFormat) {
        if format == .text, isatty(STDERR_FILENO) == 1 {
            printToStandardError(
                "The store has no tokens. For this run alone: \(token)\nTry: curl -H 'Authorization: Bearer \(token)' \(url)/v1/leads"
            )
        } else if write(token) {
            log.info("The store has no tokens. One for this run alone is in \(file)")
        } else {
            log.warning(
                "The store has no tokens, and one for this run could not be written to \(file): \(String(cString: strerror(errno))). Make one with `signalbox token add`."
            )
        }
    }

    /// Whoever reads it later has no use for it.
    func remove() { unlink(file) }

    /// Nothing that lies there is followed or kept.
    private func write(_ token: String) -> Bool {
        unlink(file)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        return (try? handle.write(contentsOf: Data("\(token)\n".utf8))) != nil
    }
}
