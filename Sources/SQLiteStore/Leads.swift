import GRDB
public import Journeys
public import Store
import Values

extension SQLiteStore {
    public func leads(
        matching filter: LeadFilter, after: LeadID?, limit: Int, damaged: (DamagedLead) -> Void
    ) throws(StoreError) -> [LeadSummary] {
        try read { db in
            try PreparedStatement(
                """
                SELECT record, changed, lead FROM leads
                WHERE lead > ?1 AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR map = ?3)
                ORDER BY lead
                """, on: db
            ).rows(
                .text(after?.text ?? ""), Argument(filter.status?.rawValue), Argument(filter.map?.text),
                limit: limit
            ) { row in
                do throws(StoreError) {
                    let lead = try LeadRecord(json: row.bytes(0))
                    return filter.matches(lead) ? LeadSummary(lead, changed: row.timestamp(1)) : nil
                } catch {
                    damaged(DamagedLead(lead: row.text(2), message: error.message))
                    return nil
                }
            }
        }
    }

    /// Every lead whose record does not read or is not of its row, in no order.
    func damagedLeads() throws(StoreError) -> [DamagedLead] {
        try read { db in
            try PreparedStatement(
                """
                SELECT lead, moment, record FROM settled_leads
                UNION ALL
                SELECT settled.lead, recent.moment, recent.record
                FROM recent_leads AS recent LEFT JOIN settled_leads AS settled ON settled.id = recent.lead
                """, on: db
            ).rows { row in
                do throws(StoreError) {
                    let record = try LeadRecord(json: row.bytes(2))
                    if record.id == (try row.leadID(0)), record.lastMoment == row.integer(1) { return nil }
                    return DamagedLead(lead: row.text(0), message: "the lead's record is not of its row")
                } catch {
                    return DamagedLead(lead: row.text(0), message: error.message)
                }
            }
        }
    }

    public func moments(of lead: LeadID, from: Int, limit: Int) throws(StoreError) -> [StoredMoment] {
        if limit <= 0 { return [] }
        let from = max(1, from)
        return try read { db in
            let newest = try PreparedStatement("SELECT last, moment FROM leads WHERE lead = ?", on: db)
                .first(.text(lead.text)) { MomentChain.Link(row: $0.integer(0), number: $0.integer(1)) }
            guard let newest, newest.number >= from else { return [] }
            let top = from > Int.max - limit ? newest.number : min(newest.number, from + limit - 1)
            guard let last = try MomentChain(on: db).moment(top, from: newest) else { return [] }
            return try moments(of: lead, from: from, upTo: last, on: db)
        }
    }

    private func moments(
        of lead: LeadID, from: Int, upTo last: MomentChain.Link, on db: Database
    ) throws -> [StoredMoment] {
        let read = try PreparedStatement(
            """
            SELECT moment, at, command, journal, previous, provenance FROM moments WHERE id = ?
            """, on: db)
        var provenances: [Int: Provenance] = [:]
        var moments: [StoredMoment] = []
        moments.reserveCapacity(last.number - from + 1)
        var next: Int? = last.row
        while let row = next, last.number - moments.count >= from {
            let found = try read.first(.integer(row)) { row in
                let moment = StoredMoment(
                    lead: lead, number: row.integer(0), at: row.timestamp(1),
                    command: try Value(storedJSON: row.bytes(2)), journal: row.lines(3))
                return (moment: moment, previous: row.optionalInteger(4), provenance: row.optionalInteger(5))
            }
            guard let found else { break }
            var moment = found.moment
            if let provenance = found.provenance {
                if provenances[provenance] == nil {
                    provenances[provenance] = try self.provenance(provenance, on: db)
                }
                moment.provenance = provenances[provenance]
            }
            moments.append(moment)
            next = found.previous
        }
        return moments.reversed()
    }

    private func provenance(_ row: Int, on db: Database) throws -> Provenance? {
        try PreparedStatement("SELECT record FROM provenances WHERE id = ?", on: db)
            .first(.integer(row)) { try Provenance(json: $0.bytes(0)) }
    }
}
