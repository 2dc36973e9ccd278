public import Journeys
package import Store
public import Values

/// The result of a command. Nothing but ``accepted(_:)`` left a trace.
public enum Answer: Sendable {
    case accepted(Accepted)
    case refused(Refusal)
    /// The command's id was accepted before (R40), as this moment of its lead.
    case repeated(lead: LeadID, id: CommandID, moment: Int)

    /// A moment that is durable. A value in one word, for it goes from its lane through several hands to whoever gave
    /// the command.
    public struct Accepted: Sendable {
        private let shared: Shared<Contents>

        private struct Contents {
            let lead: LeadID
            let moment: Int
            let at: Timestamp
            let journal: MomentJournal
            let hasIncidents: Bool
        }

        public var lead: LeadID { shared.content.lead }
        public var moment: Int { shared.content.moment }
        public var at: Timestamp { shared.content.at }
        /// What happened, as JSON lines without their newlines.
        public var journal: [String] { journalBytes.journalLines }
        /// The lines with a newline between them: few callers read them.
        package var journalBytes: [UInt8] { shared.content.journal.bytes }
        /// Whether a call failed or an effect was refused.
        public var hasIncidents: Bool { shared.content.hasIncidents }

        package init(lead: LeadID, moment: Int, at: Timestamp, journal: MomentJournal, hasIncidents: Bool) {
            shared = Shared(
                Contents(lead: lead, moment: moment, at: at, journal: journal, hasIncidents: hasIncidents))
        }
    }
}
