package import Journeys
import Synchronization
package import Values

/// The journal of a moment as JSON lines. Whoever asks for them first writes them, so that a lane that is short of time can
/// leave that to the thread that commits.
package final class MomentJournal: Sendable {
    private let content: Mutex<Content>

    private enum Content {
        case lines([UInt8], Value.Fault?)
        case entries([JournalEntry], incidents: [Int], LeadID, moment: Int)
    }

    /// Of lines that are written: complete, with a newline between them.
    package init(_ bytes: [UInt8]) { content = Mutex(.lines(bytes, nil)) }

    /// Of a moment that is done.
    ///
    /// - Parameter incidents: the numbers of its incidents, in their order.
    package init(of moment: borrowing Moment, incidents: [Int]) {
        content = Mutex(
            .entries(
                moment.journal, incidents: incidents, moment.lead.id, moment: moment.lead.lastMoment))
    }

    /// The lines with a newline between them.
    package var bytes: [UInt8] {
        var lines = JournalLines()
        return write(with: &lines).bytes
    }

    /// Writes the lines if they are not written yet.
    ///
    /// - Parameter lines: what has written the journal of the moment before, if there is one.
    /// - Returns: them, and what in them could be written and not be read back.
    package func write(with lines: inout JournalLines) -> (bytes: [UInt8], fault: Value.Fault?) {
        content.withLock { content in
            switch content {
            case .lines(let bytes, let fault):
                return (bytes, fault)
            case .entries(let entries, let incidents, let lead, let moment):
                lines.begin(lead: lead, moment: moment)
                let writer = Self.write(entries, incidents, with: &lines)
                let bytes = writer.bytes
                content = .lines(bytes, writer.fault)
                return (bytes, writer.fault)
            }
        }
    }

    private static func write(
        _ entries: [JournalEntry], _ incidents: [Int], with lines: inout JournalLines
    ) -> JSONWriter {
        var writer = JSONWriter(reservingBytes: 192 * entries.count)
        var numbers = incidents.makeIterator()
        for entry in entries {
            if !writer.isEmpty { writer.newline() }
            if case .incident = entry {
                lines.write(entry, incident: numbers.next(), to: &writer)
            } else {
                lines.write(entry, incident: nil, to: &writer)
            }
        }
        return writer
    }
}
