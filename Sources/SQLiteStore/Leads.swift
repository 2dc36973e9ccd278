import GRDB
public import Journeys
public import Store
import Values

extension SQLiteStore {
    public func leads(
        matching filter: LeadFilter, after: LeadID?, limit: Int, damaged: (DamagedLead) -> Void
    ) throws(StoreError) -> [LeadSummary] {
        try read { db in
            let history = try RecordHistory(on: db)
            return try PreparedStatement(Self.listing(filter), on: db).rows(
                .text(after?.text ?? ErasedNames.end), Argument(filter.status?.rawValue),
                Argument(filter.map?.text),
                limit: limit
            ) { row in
                do {
                    let lead = try history.newest(RecordHistory.Newest(row))
                    return filter.matches(lead) ? LeadSummary(lead, changed: try row.timestamp(6)) : nil
                } catch let error as StoreError where error.code == .damaged {
                    damaged(DamagedLead(lead: row.shown(0), message: error.message))
                    return nil
                }
            }
        }
    }

    public func values(
        of plugin: String, after key: String?, limit: Int
    ) throws(StoreError) -> [StoredValue] {
        if limit <= 0 { return [] }
        return try read { db in
            try PreparedStatement(
                "SELECT key, value FROM plugin_values WHERE plugin = ? AND key > ? ORDER BY key", on: db
            ).rows(.text(plugin), .text(key ?? ""), limit: limit) { row in
                StoredValue(key: try row.text(0), value: try Value(storedJSON: try row.bytes(1)))
            }
        }
    }

    /// Those with a held track by their index: it has each of them, and no other lead.
    static func listing(_ filter: LeadFilter) -> String {
        """
        SELECT \(RecordHistory.Newest.columns)
        FROM \(RecordHistory.Newest.tables)
        WHERE settled.lead > ?1 AND (?2 IS NULL OR coalesce(recent.status, settled.status) = ?2)
            AND (?3 IS NULL OR iif(recent.slot IS NULL, settled.map, recent.map) = ?3)
            \(filter.isHeld == true ? "AND settled.held = 1" : "")
        ORDER BY settled.lead
        """
    }

    public func moments(of lead: LeadID, from: Int, limit: Int) throws(StoreError) -> [StoredMoment] {
        if limit <= 0 { return [] }
        let from = max(1, from)
        return try read { db in
            guard let newest = try concerning(lead, { try newest(lead, on: db) }),
                newest.link.number >= from
            else { return [] }
            let top = from > Int.max - limit ? newest.link.number : min(newest.link.number, from + limit - 1)
            guard let last = try MomentChain(on: db).moment(top, from: newest.link) else {
                throw StoreError.leadDamaged(lead, MomentChain.broken)
            }
            return try moments(of: lead, at: newest.row, from: from, upTo: last, on: db)
        }
    }

    public func stepCounts(of map: MapID) throws(StoreError) -> [StepCounts] {
        try read { db in try StepCounters(on: db).counts(of: map) }
    }

    public func activeLeads(on maps: [MapID]) throws(StoreError) -> [MapID: Int] {
        try read { db in try StepCounters(on: db).activeLeads(on: maps) }
    }

    public func committed(after position: Int, limit: Int) throws(StoreError) -> [CommittedMoment] {
        if limit <= 0 { return [] }
        return try read { db in
            try PreparedStatement(
                """
                SELECT moments.id, leads.lead, moments.journal
                FROM moments JOIN leads ON leads.id = moments.lead
                WHERE moments.id > ? ORDER BY moments.id
                """, on: db
            ).rows(.integer(position), limit: limit) { row in
                CommittedMoment(
                    position: try row.count(0), lead: try row.leadID(1), journal: try row.lines(2))
            }
        }
    }

    public func lastPosition() throws(StoreError) -> Int {
        try read { db in
            let last = try PreparedStatement("SELECT max(id) FROM moments", on: db)
                .first { try $0.optionalCount(0) }
            return (last ?? nil) ?? 0
        }
    }

    public func lead(_ id: LeadID, after moment: Int) throws(StoreError) -> LeadRecord? {
        try read { db in
            try concerning(id) {
                guard let newest = try newest(id, on: db), moment >= 1, moment <= newest.link.number else {
                    return nil
                }
                guard let link = try MomentChain(on: db).moment(moment, from: newest.link) else {
                    throw StoreError.damaged(MomentChain.broken)
                }
                if link == newest.link { return try RecordHistory(on: db).newest(newest) }
                guard try !isRemoved(link, on: db),
                    let record = try RecordHistory(on: db).record(of: newest, after: link)
                else { throw StoreError.recordNotKept(id, moment) }
                return record
            }
        }
    }

    /// Whether nothing is left of the moment but its number (R61).
    private func isRemoved(_ moment: MomentChain.Link, on db: Database) throws -> Bool {
        let command = try PreparedStatement("SELECT command FROM moments WHERE id = ?", on: db)
            .first(.integer(moment.row)) { try Value(storedJSON: try $0.bytes(0)) }
        return command.map { CommandRemains($0, names: names) != nil } ?? false
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
                let command = try Value(storedJSON: try row.bytes(3))
                let moment = StoredMoment(
                    lead: lead, number: link.number, at: try row.timestamp(2), command: command,
                    journal: try row.lines(4))
                return (
                    moment: moment, isRemoved: CommandRemains(command, names: names) != nil,
                    previous: try row.optionalCount(5), provenance: try row.optionalCount(6)
                )
            }
            guard var moment = found?.moment else { throw StoreError.leadDamaged(lead, MomentChain.broken) }
            // So were all before it.
            if found?.isRemoved == true { break }
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
