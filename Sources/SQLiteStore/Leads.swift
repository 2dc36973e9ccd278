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
                SELECT record, changed, lead, moment FROM leads
                WHERE lead > ?1 AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR map = ?3)
                ORDER BY lead
                """, on: db
            ).rows(
                .text(after?.text ?? ""), Argument(filter.status?.rawValue), Argument(filter.map?.text),
                limit: limit
            ) { row in
                do throws(StoreError) {
                    let lead = try LeadRecord(
                        json: try row.bytes(0), of: try row.text(2), after: try row.count(3))
                    return filter.matches(lead) ? LeadSummary(lead, changed: try row.timestamp(1)) : nil
                } catch {
                    damaged(DamagedLead(lead: row.shown(2), message: error.message))
                    return nil
                }
            }
        }
    }

    public func moments(of lead: LeadID, from: Int, limit: Int) throws(StoreError) -> [StoredMoment] {
        if limit <= 0 { return [] }
        let from = max(1, from)
        return try read { db in
            let newest = try PreparedStatement("SELECT id, last, moment FROM leads WHERE lead = ?", on: db)
                .first(.text(lead.text)) { row in
                    (
                        lead: try row.count(0),
                        link: MomentChain.Link(row: try row.count(1), number: try row.count(2))
                    )
                }
            guard let newest, newest.link.number >= from else { return [] }
            let top = from > Int.max - limit ? newest.link.number : min(newest.link.number, from + limit - 1)
            guard let last = try MomentChain(on: db).moment(top, from: newest.link) else {
                throw StoreError.leadDamaged(lead, MomentChain.broken)
            }
            return try moments(of: lead, at: newest.lead, from: from, upTo: last, on: db)
        }
    }

    private func moments(
        of lead: LeadID, at leadRow: Int, from: Int, upTo last: MomentChain.Link, on db: Database
    ) throws -> [StoredMoment] {
        let read = try PreparedStatement(
            """
            SELECT lead, moment, at, command, journal, previous, provenance FROM moments WHERE id = ?
            """, on: db)
        var provenances: [Int: Provenance] = [:]
        var moments: [StoredMoment] = []
        var next: MomentChain.Link? = last
        while let link = next, link.number >= from {
            let found = try read.first(.integer(link.row)) { row in
                guard try row.count(0) == leadRow, try row.count(1) == link.number else {
                    throw StoreError.leadDamaged(lead, MomentChain.broken)
                }
                let moment = StoredMoment(
                    lead: lead, number: link.number, at: try row.timestamp(2),
                    command: try Value(storedJSON: try row.bytes(3)), journal: try row.lines(4))
                return (
                    moment: moment, previous: try row.optionalCount(5), provenance: try row.optionalCount(6)
                )
            }
            guard var moment = found?.moment else { throw StoreError.leadDamaged(lead, MomentChain.broken) }
            if let provenance = found?.provenance {
                if provenances[provenance] == nil {
                    provenances[provenance] = try self.provenance(provenance, on: db)
                }
                moment.provenance = provenances[provenance]
            }
            moments.append(moment)
            next = link.before(at: found?.previous)
            if next == nil, link.number > max(1, from) {
                throw StoreError.leadDamaged(lead, MomentChain.broken)
            }
        }
        return moments.reversed()
    }

    private func provenance(_ row: Int, on db: Database) throws -> Provenance? {
        try PreparedStatement("SELECT record FROM provenances WHERE id = ?", on: db)
            .first(.integer(row)) { try Provenance(json: try $0.bytes(0)) }
    }
}
