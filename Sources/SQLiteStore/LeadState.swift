import GRDB

/// What is kept of a lead beside its id and its record.
struct LeadState {
    let status: Argument
    let map: Argument
    let moment: Argument
    let last: Argument
    let changed: Argument
}

/// What writes the states of a batch's leads: into their own rows with the whole record, into slots of
/// ``RecentLeads`` without one.
struct LeadStatements {
    private let insertRow: PreparedStatement
    private let updateRow: PreparedStatement
    private let insertSlot: PreparedStatement
    private let updateSlot: PreparedStatement
    private let removeSlot: PreparedStatement

    init(on db: Database) throws {
        insertRow = try PreparedStatement(
            """
            INSERT INTO settled_leads (lead, held, record, status, map, moment, last, changed, id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, on: db)
        updateRow = try PreparedStatement(
            """
            UPDATE settled_leads
            SET held = ?, record = ?, status = ?, map = ?, moment = ?, last = ?, changed = ? WHERE id = ?
            """, on: db)
        insertSlot = try PreparedStatement(
            """
            INSERT INTO recent_leads (lead, status, map, moment, last, changed, slot)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, on: db)
        updateSlot = try PreparedStatement(
            """
            UPDATE recent_leads SET status = ?, map = ?, moment = ?, last = ?, changed = ? WHERE slot = ?
            """, on: db)
        removeSlot = try PreparedStatement("DELETE FROM recent_leads WHERE slot = ?", on: db)
    }

    func insert(
        _ state: LeadState, _ record: Argument, of lead: Argument, held: Argument, row: Argument
    ) throws {
        try insertRow.run(
            lead, held, record, state.status, state.map, state.moment, state.last, state.changed, row)
    }

    func update(_ state: LeadState, _ record: Argument, row: Argument, held: Argument) throws {
        try updateRow.run(
            held, record, state.status, state.map, state.moment, state.last, state.changed, row)
    }

    func insert(_ state: LeadState, slot: Argument, row: Argument) throws {
        try insertSlot.run(row, state.status, state.map, state.moment, state.last, state.changed, slot)
    }

    func update(_ state: LeadState, slot: Argument) throws {
        try updateSlot.run(state.status, state.map, state.moment, state.last, state.changed, slot)
    }

    func remove(slot: Argument) throws { try removeSlot.run(slot) }
}
