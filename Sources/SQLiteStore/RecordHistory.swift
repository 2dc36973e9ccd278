import GRDB
import Journeys
import Store
import Values

/// Leads' records, as they were after any moment.
///
/// A moment's row has what the moment changed of its lead's record, and now and then the whole record instead: with the
/// lead's first moment, and with every 64th (``SQLiteStore/Limits/wholeEvery``). A row of `settled_leads` has the whole record as it was when the row
/// was written. So a record is the nearest whole one, with what the moments after it changed.
struct RecordHistory {
    /// A lead with its newest moment, and with its record as its own row has it.
    struct Newest {
        let lead: LeadID
        let row: Int
        /// The newest moment.
        let link: MomentChain.Link
        fileprivate let settledRecord: [UInt8]
        /// The moment after which the record is the settled one.
        fileprivate let settledMoment: Int

        /// - Parameter row: one that begins with ``columns``.
        init(_ row: ResultRow) throws(StoreError) {
            lead = try row.leadID(0)
            self.row = try row.count(1)
            link = MomentChain.Link(row: try row.count(2), number: try row.count(3))
            settledRecord = try row.bytes(4)
            settledMoment = try row.count(5)
        }

        static let columns = """
            settled.lead, settled.id, coalesce(recent.last, settled.last) AS last,
            coalesce(recent.moment, settled.moment) AS moment, settled.record, settled.moment AS settled,
            coalesce(recent.changed, settled.changed) AS changed
            """
        static let tables = """
            settled_leads AS settled LEFT JOIN recent_leads AS recent ON recent.lead = settled.id
            """
        static let one = "SELECT \(columns) FROM \(tables) WHERE settled.lead = ?"
    }

    private let db: Database
    private let read: PreparedStatement

    init(on db: Database) throws {
        self.db = db
        read = try PreparedStatement(
            "SELECT lead, moment, previous, record, change FROM moments WHERE id = ?", on: db)
    }

    /// What a moment's row says about the record.
    private enum Kept {
        case whole([UInt8])
        case changed(RecordChange)
        /// An earlier version of the program wrote it.
        case nothing
    }

    /// The record after a moment of the lead; nil where an earlier version of the program wrote the moment and kept only
    /// what the record came to later.
    ///
    /// Throws ``StoreError/Code/damaged`` for what does not read back.
    func record(of newest: Newest, after moment: MomentChain.Link) throws -> LeadRecord? {
        try record(
            of: newest.lead.text, at: newest.row, after: moment,
            settled: (newest.settledMoment, newest.settledRecord))
    }

    /// Throws ``StoreError/Code/damaged`` where what moments changed, back to the nearest whole record, does not come to
    /// a record after this moment. What an earlier version of the program wrote is passed over.
    func requireReadable(after moment: MomentChain.Link, of lead: Int, named name: String) throws {
        _ = try record(of: name, at: lead, after: moment, settled: nil)
    }

    /// - Parameters:
    ///   - name: the lead's id, or the name of one that was erased.
    ///   - settled: the record that the lead's own row has, and after which moment; nil to look for an earlier one.
    private func record(
        of name: String, at lead: Int, after moment: MomentChain.Link, settled: (moment: Int, json: [UInt8])?
    ) throws -> LeadRecord? {
        var changes: [RecordChange] = []
        func applied(to json: [UInt8], after moment: Int) throws -> LeadRecord {
            var record = try LeadRecord(json: json, of: name, after: moment)
            for change in changes.reversed() { try record.apply(change) }
            return record
        }
        var link = moment
        while true {
            if let settled, settled.moment == link.number {
                return try applied(to: settled.json, after: link.number)
            }
            let (kept, before) = try self.kept(link, of: lead)
            switch kept {
            case .whole(let json): return try applied(to: json, after: link.number)
            case .changed(let change): changes.append(change)
            case .nothing: return nil
            }
            guard let before else { throw StoreError.damaged(MomentChain.broken) }
            link = before
        }
    }

    /// The record after the newest moment.
    func newest(_ newest: Newest) throws -> LeadRecord {
        guard let record = try record(of: newest, after: newest.link) else {
            throw StoreError.damaged("what its moments changed is not there")
        }
        return record
    }

    /// The record after the newest moment; nil where there is no such lead, or the record does not read back.
    func readable(_ lead: LeadID) throws -> LeadRecord? {
        do {
            return try PreparedStatement(Newest.one, on: db)
                .first(.text(lead.text)) { try newest(Newest($0)) }
        } catch let error as StoreError where error.code == .damaged {
            return nil
        }
    }

    private func kept(
        _ link: MomentChain.Link, of lead: Int
    ) throws -> (Kept, before: MomentChain.Link?) {
        let found = try read.first(.integer(link.row)) { row in
            guard try row.count(0) == lead, try row.count(1) == link.number else {
                throw StoreError.damaged(MomentChain.broken)
            }
            let before = link.before(at: try row.optionalCount(2))
            if let json = try row.optionalBytes(3) { return (Kept.whole(json), before) }
            return (try row.optionalBytes(4).map { .changed(RecordChange(json: $0)) } ?? .nothing, before)
        }
        guard let found else { throw StoreError.damaged(MomentChain.broken) }
        return found
    }
}
