public import Journeys
package import Store
public import Values

/// The result of a command. Nothing but ``accepted(_:)`` left a trace.
public enum Answer: Sendable {
    case accepted(Accepted)
    case refused(Refusal)
    /// The command's id was accepted before (R40), as this moment of its lead.
    case repeated(lead: LeadID, id: CommandID, moment: Int)

    /// A moment that is durable.
    public struct Accepted: Sendable {
        public let lead: LeadID
        public let moment: Int
        public let at: Timestamp
        /// What happened, as JSON lines without their newlines.
        public var journal: [String] { journalBytes.journalLines }
        /// The lines with a newline between them: few callers read them.
        package var journalBytes: [UInt8] { written.bytes }
        private let written: MomentJournal
        /// Whether a call failed or an effect was refused.
        public let hasIncidents: Bool

        package init(lead: LeadID, moment: Int, at: Timestamp, journal: MomentJournal, hasIncidents: Bool) {
            self.lead = lead
            self.moment = moment
            self.at = at
            written = journal
            self.hasIncidents = hasIncidents
        }
    }
}
