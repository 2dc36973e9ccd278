import ArgumentParser
import Logging
import Values

/// How what is logged is written to standard error.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// A JSON object a line, for programs that collect logs.
    case json
}

/// Prints what is logged to standard error. As text, each mistake has a line of its own, with its place.
struct StandardErrorLogHandler: LogHandler {
    let format: LogFormat
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(_ format: LogFormat) { self.format = format }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var details = metadata.merging(event.metadata ?? [:]) { $1 }
        if let error = event.error, details["error"] == nil { details["error"] = "\(error)" }
        // The name that the HTTP library gives the id.
        if let request = details.removeValue(forKey: "hb.request.id") { details["request_id"] = request }
        switch format {
        case .text: printToStandardError(Self.text(event, details))
        case .json: printLineToStandardError(Self.json(event, details, at: WallClock.now()))
        }
    }

    private static func text(_ event: LogEvent, _ details: Logger.Metadata) -> String {
        var details = details
        var lines: [String] = []
        if case .array(let mistakes)? = details.removeValue(forKey: "mistakes") {
            lines = mistakes.map { "\($0)" }
        }
        // Their number is in the message.
        details["mended"] = nil
        let parts = ["\(event.message)"] + details.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        lines.append(parts.joined(separator: "; ") + (lines.isEmpty ? "" : "; what was there before goes on"))
        return lines.joined(separator: "\n")
    }

    /// `at`, `level` and `message`, and the metadata as further members in the order of their names. Metadata of one of
    /// these names is left out.
    static func json(_ event: LogEvent, _ details: Logger.Metadata, at time: Timestamp) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("at", time.description)
        writer.field("level", event.level.rawValue)
        writer.field("message", "\(event.message)")
        for (key, value) in details.sorted(by: { compareBytes($0.key, $1.key) < 0 })
        where !["at", "level", "message"].contains(where: { sameBytes($0, key) }) {
            writer.field(key, Value(value))
        }
        writer.endObject()
        return writer.text
    }
}

extension Value {
    fileprivate init(_ metadata: Logger.MetadataValue) {
        switch metadata {
        case .string(let text): self = .string(text)
        case .stringConvertible(let value): self = .string(value.description)
        case .array(let items): self = .list(items.map { Value($0) })
        case .dictionary(let entries):
            var table = Table()
            for (key, value) in entries { table[key] = Value(value) }
            self = .table(table)
        }
    }
}

extension Logger {
    /// For what an operator has to know while a command runs.
    static let standardError = standardError(.text)

    static func standardError(_ format: LogFormat) -> Logger {
        Logger(label: "signalbox", factory: { _ in StandardErrorLogHandler(format) })
    }

    /// The same for the parts of a service, whose every step nobody wants to know.
    var quieter: Logger {
        var logger = self
        logger.logLevel = .warning
        return logger
    }
}
