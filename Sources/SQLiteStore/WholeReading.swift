import GRDB
public import Store
import Values

extension SQLiteStore {
    /// Values of a store that do not read back. Each concerns nothing but itself.
    public struct Damage: Sendable, Hashable {
        /// Of leads, in the order of their ids; a lead is named once, by the first thing that is damaged.
        public fileprivate(set) var leads: [DamagedLead] = []
        /// Of what belongs to no lead, each in a sentence.
        public fileprivate(set) var others: [String] = []

        public var isEmpty: Bool { leads.isEmpty && others.isEmpty }
    }

    /// Reads every row as the program would read it.
    ///
    /// Throws ``StoreError/Code/damaged`` where rows do not lead to each other as the program counts on, or where a
    /// number is out of its range. Texts that do not read back are answered: they concern one lead or one value.
    func readEverything() throws(StoreError) -> Damage {
        try read { db in
            var reading = try WholeReading(db)
            try reading.readLeads()
            try reading.readMoments()
            try reading.readSkips()
            try reading.readRestOfLeads()
            try reading.readDeliveries()
            try reading.readPluginValues()
            try reading.readSources()
            try reading.readStepCounts()
            try reading.readAccess()
            try reading.readBulks()
            return reading.damage
        }
    }
}

/// One reading of all rows.
private struct WholeReading {
    private let db: Database
    /// What is damaged first of a lead, by its id as far as that is whole.
    private var leads: [ExactText: String] = [:]
    private var others: [String] = []
    private var steps: StepAudit

    init(_ db: Database) throws {
        self.db = db
        steps = try StepAudit(on: db)
    }

    var damage: SQLiteStore.Damage {
        let leads = leads.map { DamagedLead(lead: $0.key.text, message: $0.value) }
        return SQLiteStore.Damage(leads: leads.sorted { compareBytes($0.lead, $1.lead) < 0 }, others: others)
    }

    mutating func readLeads() throws {
        try each("SELECT slot FROM recent_leads") { row, _ in _ = try row.count(0) }
        let history = try RecordHistory(on: db)
        try each(
            """
            SELECT \(RecordHistory.Newest.columns), newest.lead = settled.id
                AND newest.moment = coalesce(recent.moment, settled.moment) AS follows
            FROM \(RecordHistory.Newest.tables)
            LEFT JOIN moments AS newest ON newest.id = coalesce(recent.last, settled.last)
            """
        ) { row, reading in
            try requireCounts(row, 1, 2, 3, 5)
            _ = try row.timestamp(6)
            guard try row.optionalCount(7) == 1 else { throw Self.broken(row.shown(0)) }
            if ErasedNames.isName(row.shown(0)) {
                return try reading.note(row.shown(0)) {
                    _ = try ErasedLead(json: try row.bytes(4), after: try row.count(5))
                }
            }
            var lead: LeadRecord?
            try reading.note(row.shown(0)) { lead = try history.newest(RecordHistory.Newest(row)) }
            if let lead { try reading.steps.take(lead) } else { reading.steps.passOver() }
        }
    }

    /// To be called when the leads were read.
    mutating func readStepCounts() throws {
        try each("SELECT version, lengths FROM map_tracks") { row, reading in
            let version = try row.text(0)
            do throws(StoreError) {
                _ = try StepCounters.trackLengths(json: try row.bytes(1))
            } catch {
                reading.others.append(
                    "The tracks of the map's version \(version.quotedForMessage) are damaged: \(error.message)"
                )
            }
        }
        others += try steps.mistakes()
    }

    /// Each moment follows the one that it names, which was written before it, and what moments changed can be followed
    /// from one whole record to the next. What came after the last one was read with the leads.
    mutating func readMoments() throws {
        let history = try RecordHistory(on: db)
        try each(
            """
            SELECT settled.lead, moments.id, moments.moment, moments.previous, moments.at,
                moments.command, moments.journal,
                before.lead = moments.lead AND before.moment = moments.moment - 1 AS follows,
                moments.record, moments.change,
                before.record IS NOT NULL OR before.change IS NOT NULL AS continues, settled.id
            FROM moments JOIN settled_leads AS settled ON settled.id = moments.lead
            LEFT JOIN moments AS before ON before.id = moments.previous
            """
        ) { row, reading in
            let link = MomentChain.Link(row: try row.count(1), number: try row.count(2))
            let previous = try row.optionalCount(3)
            _ = try row.timestamp(4)
            let follows =
                link.number == 1
                ? previous == nil : try link.before(at: previous) != nil && row.optionalCount(7) == 1
            guard follows else { throw Self.broken(row.shown(0)) }
            try reading.note(row.shown(0), "moment \(link.number)") {
                _ = try Value(storedJSON: try row.bytes(5))
                for line in try row.lines(6) { _ = try Value(storedJSON: Array(line.utf8)) }
                if let record = try row.optionalBytes(8) {
                    let name = try row.text(0)
                    _ = try LeadRecord(json: record, of: name, after: link.number)
                    if let before = link.before(at: previous) {
                        try history.requireReadable(after: before, of: try row.count(11), named: name)
                    }
                } else if let change = try row.optionalBytes(9) {
                    _ = try Value(storedJSON: change)
                } else if try row.optionalCount(10) == 1 {
                    throw StoreError.damaged("what it changed is not there")
                }
            }
        }
    }

    mutating func readSkips() throws {
        try each(
            """
            SELECT settled.lead, skips.moment, skips.earlier, skips.number,
                earlier.lead = moments.lead AND earlier.moment = skips.number AND skips.number < moments.moment AS follows
            FROM moment_skips AS skips JOIN moments ON moments.id = skips.moment
            JOIN settled_leads AS settled ON settled.id = moments.lead
            LEFT JOIN moments AS earlier ON earlier.id = skips.earlier
            """
        ) { row, _ in
            let isEarlier = try row.count(2) < row.count(1)
            _ = try row.count(3)
            guard try isEarlier && row.optionalCount(4) == 1 else { throw Self.broken(row.shown(0)) }
        }
    }

    mutating func readRestOfLeads() throws {
        try each("\(SQLiteStore.incidents) ORDER BY number") { row, reading in
            let number = try row.count(0)
            try requireCounts(row, 2, 3, optional: 13)
            _ = try row.timestamp(4)
            try reading.note(row.shown(1), "incident \(number)") {
                _ = try IncidentRecord(row)
            }
        }
        try each(
            """
            SELECT settled.lead, notes.moment, place, at, by, text
            FROM notes JOIN settled_leads AS settled ON settled.id = notes.lead
            """
        ) { row, reading in
            try requireCounts(row, 1, 2)
            _ = (try row.timestamp(3), try row.text(4), try row.text(5))
        }
        try each(
            """
            SELECT settled.lead, todos.moment, place, at, by, todo, done_moment, done_at, done_by
            FROM todos JOIN settled_leads AS settled ON settled.id = todos.lead
            """
        ) { row, reading in
            try requireCounts(row, 1, 2)
            _ = (try row.timestamp(3), try row.text(4))
            try reading.note(row.shown(0), "a to-do") {
                _ = (try row.table(5), try TodoTable.done(row, from: 6))
            }
        }
        try each("SELECT id, lead, moment FROM commands") { row, _ in
            _ = try row.text(0)
            try requireCounts(row, 1, 2)
        }
    }

    mutating func readDeliveries() throws {
        _ = try DeliveryTable.storeID(on: db)
        try each(DeliveryTable.select) { row, reading in
            try requireCounts(row, DeliveryTable.counts)
            for column in DeliveryTable.times { _ = try row.optionalTimestamp(column) }
            guard try row.optionalCount(DeliveryTable.follows) == 1 else {
                throw Self.broken(row.shown(1), DeliveryTable.withoutContent)
            }
            try reading.note(row.shown(1), "a delivery") { _ = try StoredDelivery(row) }
        }
        try each(
            """
            SELECT settled.lead, moments.lead = d.lead AND moments.moment = content.moment AS follows
            FROM deliveries AS d JOIN outbox AS content ON content.id = d.content
            JOIN settled_leads AS settled ON settled.id = d.lead
            LEFT JOIN moments ON moments.id = d.at_moment WHERE d.at_moment IS NOT NULL
            """
        ) { row, _ in
            guard try row.optionalCount(1) == 1 else {
                throw Self.broken(row.shown(0), DeliveryTable.withoutContent)
            }
        }
        // Of each lead and destination, one is the next.
        try each(
            """
            SELECT settled.lead, total(head) AS heads FROM deliveries
            JOIN settled_leads AS settled ON settled.id = deliveries.lead
            WHERE head IS NOT NULL GROUP BY channel, deliveries.lead, destination HAVING heads <> 1
            """
        ) { row, reading in
            try reading.note(row.shown(0)) {
                throw StoreError.damaged("its deliveries do not follow each other")
            }
        }
        try each(
            """
            SELECT settled.lead, number, began, ended, outcome, attempts.message
            FROM attempts JOIN deliveries ON deliveries.id = attempts.delivery
            JOIN settled_leads AS settled ON settled.id = deliveries.lead
            """
        ) { row, reading in
            try requireCounts(row, [1])
            _ = (try row.timestamp(2), try row.optionalTimestamp(3))
            try reading.note(row.shown(0), "an attempt to deliver") { _ = try DeliveryAttempt(row) }
        }
    }

    mutating func readPluginValues() throws {
        try each("SELECT plugin, key, value FROM plugin_values") { row, reading in
            let name = (plugin: try row.text(0), key: try row.text(1))
            do throws(StoreError) {
                _ = try Value(storedJSON: try row.bytes(2))
            } catch {
                reading.others.append(
                    "The value \(name.key.quotedForMessage) of plugin \(name.plugin.quotedForMessage) is damaged: \(error.message)"
                )
            }
        }
    }

    mutating func readSources() throws {
        try each("SELECT version, map, file, source FROM maps") { row, _ in
            _ = (try row.text(0), try row.text(1), try row.text(2), try row.bytes(3))
        }
        try each("SELECT id, kind, name, hash, declared, since FROM versions") { row, _ in
            _ = (try row.count(0), try row.text(1), try row.text(2), try row.text(3))
            _ = (try row.optionalText(4), try row.timestamp(5))
        }
        try each("SELECT hash, bytes FROM sources") { row, reading in
            let hash = try row.text(0)
            if SHA256.hexadecimal(of: try row.bytes(1)) != hash {
                reading.others.append(
                    "The source \(hash.quotedForMessage) is damaged: its bytes have another hash")
            }
        }
        try each("SELECT id, record FROM provenances") { row, reading in
            let id = try row.count(0)
            do throws(StoreError) {
                _ = try Provenance(json: try row.bytes(1))
            } catch {
                reading.others.append("What some moments ran on (row \(id)) is damaged: \(error.message)")
            }
        }
    }

    mutating func readAccess() throws {
        try each(AccessToken.select) { row, reading in
            _ = (try row.timestamp(3), try row.optionalTimestamp(4))
            do throws(StoreError) {
                _ = try AccessToken(row)
            } catch {
                reading.others.append(
                    "The token \(row.shown(0).quotedForMessage) is damaged: \(error.message)")
            }
        }
        try each(StoredAuditEntry.select) { row, _ in _ = try StoredAuditEntry(row) }
    }

    mutating func readBulks() throws {
        try each(StoredBulk.select) { row, _ in _ = try StoredBulk(row) }
        try each("SELECT bulk, place, number, lead, reason, message FROM bulk_items") { row, _ in
            try requireCounts(row, 0, 1, 2, 3)
            _ = (try row.optionalText(4), try row.optionalText(5))
        }
    }

    // MARK: Parts

    private mutating func each(
        _ sql: String, _ read: (ResultRow, inout WholeReading) throws -> Void
    ) throws {
        var reading = self
        _ = try PreparedStatement(sql, on: db).rows { row -> Void? in
            try read(row, &reading)
            return nil
        }
        self = reading
    }

    private mutating func note(
        _ lead: String, _ what: String? = nil, _ read: () throws -> Void
    ) throws {
        do {
            try read()
        } catch let error as StoreError where error.code == .damaged {
            let key = ExactText(lead)
            leads[key] = leads[key] ?? (what.map { "\($0): " } ?? "") + error.message
        }
    }

    private static func broken(_ lead: String, _ what: String = MomentChain.broken) -> StoreError {
        .damaged("lead \(lead.quotedForMessage) is damaged: \(what)")
    }
}

private func requireCounts(_ row: ResultRow, _ columns: Int..., optional: Int? = nil) throws(StoreError) {
    try requireCounts(row, columns)
    if let optional { _ = try row.optionalCount(optional) }
}

private func requireCounts(_ row: ResultRow, _ columns: [Int]) throws(StoreError) {
    for column in columns { _ = try row.count(column) }
}
