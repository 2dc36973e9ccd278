import GRDB

/// What is kept of a lead beside its id.
struct LeadState {
    let status: Argument
    let map: Argument
    let moment: Argument
    let last: Argument
    let changed: Argument
    let record: Argument

    func insert(_ lead: Argument, held: Argument, row: Argument, on db: Database) throws {
        try PreparedStatement(
            """
            INSERT INTO settled_leads (lead, held, status, map, moment, last, changed, record, id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, on: db
        ).run(lead, held, status, map, moment, last, changed, record, row)
    }

    func update(row: Argument, held: Argument, on db: Database) throws {
        try PreparedStatement(
            """
            UPDATE settled_leads
            SET held = ?, status = ?, map = ?, moment = ?, last = ?, changed = ?, record = ? WHERE id = ?
            """, on: db
        ).run(held, status, map, moment, last, changed, record, row)
    }

    func insert(slot: Argument, row: Argument, on db: Database) throws {
        try PreparedStatement(
            """
            INSERT INTO recent_leads (lead, status, map, moment, last, changed, record, slot)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, on: db
        ).run(row, status, map, moment, last, changed, record, slot)
    }

    func update(slot: Argument, on db: Database) throws {
        try PreparedStatement(
            """
            UPDATE recent_leads
            SET status = ?, map = ?, moment = ?, last = ?, changed = ?, record = ? WHERE slot = ?
            """, on: db
        ).run(status, map, moment, last, changed, record, slot)
    }

    static func remove(slot: Argument, on db: Database) throws {
        try PreparedStatement("DELETE FROM recent_leads WHERE slot = ?", on: db).run(slot)
    }
}
