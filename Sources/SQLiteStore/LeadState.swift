import GRDB

/// What is kept of a lead beside its id.
struct LeadState {
    let status: Argument
    let map: Argument
    let moment: Argument
    let last: Argument
    let changed: Argument
    let record: Argument
}

/// What writes the states of a batch's leads.
struct LeadStatements {
    private let insertRow: PreparedStatement
    private let updateRow: PreparedStatement
    private let insertSlot: PreparedStatement
    private let updateSlot: PreparedStatement
    private let removeSlot: PreparedStatement

    init(on db: Database) throws {
        insertRow = try PreparedStatement(
            """
            INSERT INTO settled_leads (lead, held, status, map, moment, last, changed, record, id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, on: db)
        updateRow = try PreparedStatement(
            """
            UPDATE settled_leads
            SET held = ?, status = ?, map = ?, moment = ?, last = ?, changed = ?, record = ? WHERE id = ?
            """, on: db)
        insertSlot = try PreparedStatement(
            """
            INSERT INTO recent_leads (lead, status, map, moment, last, changed, record, slot)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, on: db)
        updateSlot = try PreparedStatement(
            """
            UPDATE recent_leads
            SET status = ?, map = ?, moment = ?, last = ?, changed = ?, record = ? WHERE slot = ?
            """, on: db)
        removeSlot = try PreparedStatement("DELETE FROM recent_leads WHERE slot = ?", on: db)
    }

    func insert(_ state: LeadState, of lead: Argument, held: Argument, row: Argument) throws {
        try insertRow.run(
            lead, held, state.status, state.map, state.moment, state.last, state.changed, state.record, row)
    }

    func update(_ state: LeadState, row: Argument, held: Argument) throws {
        try updateRow.run(
            held, state.status, state.map, state.moment, state.last, state.changed, state.record, row)
    }

    func insert(_ state: LeadState, slot: Argument, row: Argument) throws {
        try insertSlot.run(
            row, state.status, state.map, state.moment, state.last, state.changed, state.record, slot)
    }

    func update(_ state: LeadState, slot: Argument) throws {
        try updateSlot.run(
            state.status, state.map, state.moment, state.last, state.changed, state.record, slot)
    }

    func remove(slot: Argument) throws { try removeSlot.run(slot) }
}
