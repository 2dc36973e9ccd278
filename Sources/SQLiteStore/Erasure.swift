import GRDB
public import Journeys
public import Store
import Values

/// Removes what is known of leads, within the transaction that commits the moments that erase them (R61).
struct Erasure {
    let names: ErasedNames
    let db: Database

    /// Removes what the moment and those before it left, and notes that in the audit log.
    ///
    /// - Parameters:
    ///   - moment: the one that erases its lead. Its row is written, and what later ones leave is not.
    ///   - row: the lead's.
    ///   - link: where the moment is.
    func carry(out moment: borrowing MomentRecord, lead row: Int, at link: MomentChain.Link) throws {
        let lead = Argument.integer(row)
        let number = Argument.integer(link.number)
        let earlier =
            try PreparedStatement("SELECT erased FROM settled_leads WHERE id = ?", on: db)
            .first(lead) { try $0.count(0) } ?? 0
        var removal = Removal()
        let rows = try rows(after: earlier, upTo: link)
        let deliveries = DeliveryTable(on: db)
        for row in rows {
            if try emptyMoment(row, of: lead) { removal.moments += 1 }
            removal.deliveries += try deliveries.remove(of: .moment(row))
        }
        // The moment itself left nothing but its command.
        removal.moments -= 1
        removal.deliveries += try deliveries.remove(of: .damagedLead(row))
        for (table, count) in [("notes", \Removal.notes), ("todos", \Removal.todos)] {
            try PreparedStatement("DELETE FROM \(table) WHERE lead = ? AND moment <= ?", on: db)
                .run(lead, number)
            removal[keyPath: count] += db.changesCount
        }
        let highest = try PreparedStatement(
            "SELECT max(number) FROM incidents WHERE lead = ? AND moment <= ?", on: db
        ).first(lead, number) { try $0.optionalCount(0) }
        try db.noteRemoved("incident", (highest ?? nil) ?? 0)
        try PreparedStatement("DELETE FROM incidents WHERE lead = ? AND moment <= ?", on: db)
            .run(lead, number)
        removal.incidents = db.changesCount
        try PreparedStatement("UPDATE settled_leads SET erased = ? WHERE id = ?", on: db).run(number, lead)
        let name = AuditEntry.erasedLead(hash: names.hash(of: moment.leadID))
        try PreparedStatement("UPDATE audit SET lead = ? WHERE lead = ?", on: db)
            .run(.text(name), .text(moment.leadID.text))
        try db.eraseFromBulks(moment.leadID, row: lead)
        let entry = AuditEntry(
            removed: removal, by: moment.command.by, action: moment.command.order.verb.rawValue, lead: name,
            at: moment.at)
        try db.append([entry])
    }

    /// The rows of the lead's moments behind the number `earlier`, the latest first.
    private func rows(after earlier: Int, upTo link: MomentChain.Link) throws -> [Int] {
        let chain = try MomentChain(on: db)
        var rows: [Int] = []
        var next: MomentChain.Link? = link
        while let link = next, link.number > earlier {
            rows.append(link.row)
            next = try chain.before(link)
            if next == nil, link.number > earlier + 1 { throw StoreError.damaged(MomentChain.broken) }
        }
        return rows
    }

    /// Leaves the moment's number and, where its command had an id, what R40 needs. False where it was so already.
    private func emptyMoment(_ row: Int, of lead: Argument) throws -> Bool {
        let command = try PreparedStatement("SELECT command FROM moments WHERE id = ?", on: db)
            .first(.integer(row)) { try Value(storedJSON: try $0.bytes(0)) }
        guard let command else { throw StoreError.damaged(MomentChain.broken) }
        let remains = CommandRemains(of: command, hidingID: true, names: names)
        try db.empty(moment: row, leaving: remains)
        if let id = command.table?["id"]?.string, let name = remains.id {
            try PreparedStatement("UPDATE commands SET id = ? WHERE id = ? AND lead = ?", on: db)
                .run(.text(name), .text(id), lead)
        }
        return CommandRemains(command, names: names) == nil
    }
}

extension Database {
    /// Takes away a moment's texts, and what it says of its lead's record.
    func empty(moment row: Int, leaving remains: CommandRemains) throws {
        try PreparedStatement(
            "UPDATE moments SET command = ?, journal = '', record = NULL, change = NULL WHERE id = ?",
            on: self
        ).run(.text(remains.json), .integer(row))
    }

    /// Keeps in mind what number is removed, so that it is not given again.
    func noteRemoved(_ column: String, _ number: Int) throws {
        try PreparedStatement("UPDATE remains SET \(column) = max(\(column), ?)", on: self)
            .run(.integer(number))
    }
}

extension SQLiteStore {
    public func erased(_ id: LeadID) throws(StoreError) -> ErasedLead? {
        guard mayHaveErased else { return nil }
        return try readOnce { db in
            try concerning(id) {
                try PreparedStatement(
                    "SELECT record, moment FROM settled_leads WHERE lead = ?", on: db
                ).first(.text(names.name(of: id))) { row in
                    try ErasedLead(json: try row.bytes(0), after: try row.count(1))
                }
            }
        }
    }

    /// False where it is known that no lead was ever erased: most questions need not be put twice then.
    var mayHaveErased: Bool { writer?.hasErased ?? true }
}

extension ErasedLead {
    /// In the place of a record: `{"seq":9,"moment":4}`.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("seq", lastSeq)
        writer.field("moment", lastMoment)
        writer.endObject()
        return writer.text
    }

    /// Reads what ``json`` wrote for the moment with this number.
    init(json: [UInt8], after moment: Int) throws(StoreError) {
        let table = try Value(storedJSON: json).table
        guard let seq = table?["seq"]?.integer.map(Int.init), StoredNumbers.isCount(seq),
            table?["moment"]?.integer.map(Int.init) == moment
        else { throw .damaged("what is left of an erased lead does not read back") }
        self.init(lastSeq: seq, lastMoment: moment)
    }
}
