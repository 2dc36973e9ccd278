package import Journeys
import Store
import Values

/// One line of what a running service answers the command line: whole answers, which the command line shows as it
/// shows those of an engine of its own.
package enum ServiceLine: Sendable {
    /// The answer to the line of the stream with this number, counted from 1.
    case answer(StreamedAnswer, line: Int)
    /// What the engine did by itself for a lead of the stream.
    case own(Command, Answer.Accepted)
    /// Why no more is done from this line on.
    case error(line: Int, message: String)
}

private enum Kind: String {
    case accepted, refused, repeated, released, own, error
}

extension ServiceLine {
    /// The line, without its newline.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        switch self {
        case .answer(.command(.accepted(let moment)), let line):
            Self.begin(.accepted, line, &writer)
            moment.write(to: &writer)
        case .answer(.command(.refused(let refusal)), let line), .answer(.release(let refusal?), let line):
            Self.begin(.refused, line, &writer)
            writer.field("reason", refusal.reason.rawValue)
            writer.field("message", refusal.message)
        case .answer(.command(.repeated(let lead, let id, let moment)), let line):
            Self.begin(.repeated, line, &writer)
            writer.field("lead", lead.text)
            writer.field("id", id.text)
            writer.field("moment", moment)
        case .answer(.release(nil), let line):
            Self.begin(.released, line, &writer)
        case .own(let command, let moment):
            writer.field("type", Kind.own.rawValue)
            writer.field("command", command.value)
            moment.write(to: &writer)
        case .error(let line, let message):
            Self.begin(.error, line, &writer)
            writer.field("message", message)
        }
        writer.endObject()
        return writer.text
    }

    private static func begin(_ kind: Kind, _ line: Int, _ writer: inout JSONWriter) {
        writer.field("type", kind.rawValue)
        writer.field("line", line)
    }

    /// Reads what ``json`` wrote. Nil for anything else.
    ///
    /// - Parameter request: the request on the line with this number.
    package init?(reading bytes: [UInt8], _ request: (Int) -> CommandLineEntry.Request?) {
        guard let table = (try? JSONReader.read(bytes))?.table,
            let kind = table["type"]?.string.flatMap(Kind.init(rawValue:))
        else { return nil }
        if case .own = kind {
            guard let command = table["command"].flatMap({ Command(reading: $0) }),
                let moment = Answer.Accepted(reading: table)
            else { return nil }
            self = .own(command, moment)
            return
        }
        guard let line = table["line"]?.integer.map({ Int($0) }) else { return nil }
        if case .error = kind {
            self = .error(line: line, message: table["message"]?.string ?? "")
            return
        }
        guard let request = request(line), let answer = StreamedAnswer(kind, to: request, reading: table)
        else { return nil }
        self = .answer(answer, line: line)
    }
}

extension StreamedAnswer {
    fileprivate init?(_ kind: Kind, to request: CommandLineEntry.Request, reading table: Table) {
        switch (kind, request) {
        case (.accepted, .command):
            guard let moment = Answer.Accepted(reading: table) else { return nil }
            self = .command(.accepted(moment))
        case (.refused, _):
            guard let reason = table["reason"]?.string.flatMap(Refusal.Reason.init(rawValue:)),
                let message = table["message"]?.string
            else { return nil }
            self = Self.refused(Refusal(reason, message), by: request)
        case (.repeated, .command):
            guard let lead = table["lead"]?.string.flatMap({ LeadID($0) }), let id = table["id"]?.string,
                let moment = table["moment"]?.integer
            else { return nil }
            self = .command(.repeated(lead: lead, id: CommandID(id), moment: Int(moment)))
        case (.released, .release): self = .release(nil)
        case (.accepted, .release), (.repeated, .release), (.released, .command), (.own, _), (.error, _):
            return nil
        }
    }
}

extension Answer.Accepted {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.field("lead", lead.text)
        writer.field("moment", moment)
        writer.field("at", at.description)
        writer.field("incidents", .bool(hasIncidents))
        // Its lines byte for byte.
        writer.field("journal", String(decoding: journalBytes, as: UTF8.self))
    }

    fileprivate init?(reading table: Table) {
        guard let lead = table["lead"]?.string.flatMap({ LeadID($0) }), let moment = table["moment"]?.integer,
            let at = table["at"]?.string.flatMap({ Timestamp($0) }),
            case .bool(let hasIncidents)? = table["incidents"], let journal = table["journal"]?.string
        else { return nil }
        self.init(
            lead: lead, moment: Int(moment), at: at, journal: MomentJournal(Array(journal.utf8)),
            hasIncidents: hasIncidents)
    }
}
