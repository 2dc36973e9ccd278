import GRDB
import Store

/// Which slots of the table `recent_leads` are taken.
///
/// The leads that are at work lie all over a large store. Written where they lie, each would cost a page of
/// its own in every commit; so the newest state of a lead that is written again is here, beside those of
/// the leads that are written at the same time, and replaces its row in `settled_leads`. Its record is not here: its
/// moments have what they changed of it (``RecordHistory``). A lead takes the slot behind the last one; when there
/// are more slots than the limit, those that were taken first are given back, and the states in them go to the leads' own
/// rows, with the whole records.
struct RecentLeads {
    /// At most so many slots are taken after a commit.
    let limit: Int
    /// Some of them may be free again.
    private(set) var slots: Range<Int>

    init(of db: Database, limit: Int) throws {
        self.limit = limit
        let taken = try PreparedStatement(
            "SELECT min(slot) AS slot, max(slot) AS slot FROM recent_leads", on: db
        )
        .first { row in (first: try row.optionalCount(0), last: try row.optionalCount(1)) }
        if let first = taken?.first, let last = taken?.last {
            slots = first..<last + 1
        } else {
            slots = 1..<1
        }
    }

    /// The slot for a lead that comes.
    mutating func take() -> Int {
        slots = slots.lowerBound..<slots.upperBound + 1
        return slots.upperBound - 1
    }

    /// Brings the states that are beyond the limit to the leads' own rows.
    mutating func settle(on db: Database) throws {
        guard slots.count > limit else { return }
        let first = slots.upperBound - limit
        // One by one: what changes many rows has a journal of its own, of every page.
        let leads = try PreparedStatement("SELECT lead FROM recent_leads WHERE slot < ?", on: db)
            .rows(.integer(first)) { try $0.count(0) }
        for lead in leads { try Self.settle(lead, on: db) }
        try PreparedStatement("DELETE FROM recent_leads WHERE slot < ?", on: db).run(.integer(first))
        slots = first..<slots.upperBound
    }

    /// A lead whose record does not read back keeps the one that its row has, with its slot's state: it stays damaged,
    /// and no other lead's moments fail for it.
    private static func settle(_ row: Int, on db: Database) throws {
        var record: LeadRecord?
        do {
            record = try PreparedStatement(newest, on: db)
                .first(.integer(row)) { try RecordHistory.Newest($0) }
                .map { try RecordHistory(on: db).newest($0) }
        } catch let error as StoreError where error.code == .damaged {}
        try PreparedStatement(settle, on: db).run(.integer(row), Argument(utf8: record?.jsonBytes))
    }

    /// Puts the newest record into the lead's own row, with its slot's state, if it has a slot: it keeps that.
    static func rewrite(_ row: Int, _ record: LeadRecord, on db: Database) throws {
        let hasSlot =
            try PreparedStatement("SELECT 1 FROM recent_leads WHERE lead = ?", on: db)
            .first(.integer(row)) { _ in true } ?? false
        guard hasSlot else { return }
        try PreparedStatement(settle, on: db).run(.integer(row), .utf8(record.jsonBytes))
    }

    static let newest = """
        SELECT \(RecordHistory.Newest.columns) FROM \(RecordHistory.Newest.tables) WHERE settled.id = ?
        """
    static let settle = """
        UPDATE settled_leads SET (status, map, moment, last, changed) =
            (SELECT status, map, moment, last, changed FROM recent_leads WHERE lead = settled_leads.id),
            record = coalesce(?2, record)
        WHERE id = ?1
        """
}
