import Logging

/// Prints what is logged to standard error, each mistake on a line of its own, with its place.
struct StandardErrorLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var details = metadata.merging(event.metadata ?? [:]) { $1 }
        var lines: [String] = []
        if case .array(let mistakes)? = details.removeValue(forKey: "mistakes") {
            lines = mistakes.map { "\($0)" }
        }
        // Their number is in the message.
        details["mended"] = nil
        let parts = ["\(event.message)"] + details.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        lines.append(parts.joined(separator: "; ") + (lines.isEmpty ? "" : "; what was there before goes on"))
        printToStandardError(lines.joined(separator: "\n"))
    }
}

extension Logger {
    /// For what an operator has to know while a command runs.
    static let standardError = Logger(label: "signalbox", factory: { _ in StandardErrorLogHandler() })

    /// For the parts of a service, whose every step nobody wants to know.
    static let serving: Logger = {
        var logger = standardError
        logger.logLevel = .warning
        return logger
    }()
}
