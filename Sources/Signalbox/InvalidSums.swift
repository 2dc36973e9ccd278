import Journeys
import Store
import Values

/// Moments whose journals became longer as they were committed.
struct AmendedMoments: Sendable {
    private var journals: [LeadID: [Int: [UInt8]]] = [:]

    static let none = AmendedMoments()

    var isEmpty: Bool { journals.isEmpty }

    func journal(of lead: LeadID, moment: Int) -> [UInt8]? { journals[lead]?[moment] }

    mutating func note(_ record: MomentRecord) {
        journals[record.leadID, default: [:]][record.number] = record.journalBytes
    }
}

extension MomentStore {
    /// Commits the records. A change of a plugin's values that has no sum when its turn comes, which is known
    /// only now, is left out, and is an incident of its moment: the last of its lines.
    func commit(
        _ records: [MomentRecord], numbering incidents: inout IncidentBlock
    ) throws(StoreError) -> AmendedMoments {
        do throws(StoreError) {
            try commit(records)
            return .none
        } catch {
            guard case .invalidSums(let sums) = error.code else { throw error }
            var records = records
            for sum in sums { records[sum.moment].note(sum, number: incidents.next()) }
            for (moment, sums) in Dictionary(grouping: sums, by: \.moment) {
                let places = Set(sums.map(\.change))
                records[moment].values = records[moment].values.enumerated()
                    .filter { !places.contains($0.offset) }.map(\.element)
            }
            try commit(records)
            var amended = AmendedMoments()
            for sum in sums { amended.note(records[sum.moment]) }
            return amended
        }
    }
}

extension MomentRecord {
    /// Sets down that the change was not made.
    fileprivate mutating func note(_ sum: StoreError.InvalidSum, number: Int) {
        let change = values[sum.change]
        let incident = Incident(refusal: sum.refusal, source: change.request)
        var lines = JournalLines(lead: lead.id, moment: self.number)
        var writer = JSONWriter(reservingBytes: 256)
        lines.write(.incident(incident), incident: number, to: &writer)
        if !journalBytes.isEmpty { journalBytes.append(UInt8(ascii: "\n")) }
        journalBytes += writer.bytes
        let plugin = provenance?.plugins.first { sameBytes($0.name, change.plugin) }
        incidents.append(
            IncidentRecord(
                number: number, lead: lead.id, moment: self.number, index: incidents.count + 1, at: at,
                reason: incident.reason, message: incident.message, trigger: change.request?.trigger,
                run: change.request?.run.description, plugin: change.plugin, pluginVersion: plugin?.version,
                pluginHash: plugin?.hash, seq: change.request?.event.seq,
                event: change.request?.event.name.text))
    }
}

extension Answer {
    /// The answer with the journal that the moment was committed with.
    func amended(by moments: AmendedMoments) -> Answer {
        guard case .accepted(let accepted) = self,
            let journal = moments.journal(of: accepted.lead, moment: accepted.moment)
        else { return self }
        return .accepted(
            Accepted(
                lead: accepted.lead, moment: accepted.moment, at: accepted.at,
                journal: MomentJournal(journal),
                hasIncidents: true))
    }
}
