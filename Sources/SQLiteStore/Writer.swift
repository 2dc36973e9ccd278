import GRDB
import Journeys
import Store
import Synchronization
import Values

/// What can commit: one connection, the right to use it, and what is known of the tables.
final class Writer: Sendable {
    let pool: DatabasePool
    private let lock: WriterLock
    private let ends: Mutex<Ends>

    init(pool: DatabasePool, lock: WriterLock, ends: Ends) {
        self.pool = pool
        self.lock = lock
        self.ends = Mutex(ends)
    }

    /// Writes the moments in one transaction: a row for each, and one for each lead.
    func commit(_ moments: [MomentRecord]) throws {
        try ends.withLock { ends in
            // Kept only if the transaction is.
            ends = try pool.write { [ends] db in
                var batch = Batch(ends, on: db)
                try batch.write(moments)
                return batch.ends
            }
        }
    }

    /// Brings what is in the `-wal` file into the database's own, as far as others who read let it; GRDB
    /// closes its readers last, and they cannot.
    func settle() throws {
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA busy_timeout = 0")
            try db.checkpoint(.truncate)
        }
    }

    /// Where the tables end, and which maps are kept: only this process adds to them.
    struct Ends {
        var lastLead: Int
        var lastMoment: Int
        var maps: Set<MapVersion>

        init(of db: Database) throws {
            lastLead = try Int.fetchOne(db, sql: "SELECT max(id) FROM leads") ?? 0
            lastMoment = try Int.fetchOne(db, sql: "SELECT max(id) FROM moments") ?? 0
            maps = Set(
                try String.fetchAll(db, sql: "SELECT version FROM maps").map { MapVersion($0) })
        }
    }
}

/// One transaction's work.
private struct Batch {
    private(set) var ends: Writer.Ends
    private let db: Database
    private var leads: [LeadID: Place] = [:]
    /// In the order in which they come first.
    private var order: [LeadID] = []

    /// Where a lead stands.
    private struct Place {
        let row: Int
        let isNew: Bool
        /// The number and the row of its last moment.
        var moment: Int
        var last: Int?
        /// The index of its last moment in the batch.
        var index = 0
    }

    init(_ ends: Writer.Ends, on db: Database) {
        self.ends = ends
        self.db = db
    }

    mutating func write(_ moments: [MomentRecord]) throws {
        let previous = try place(moments)
        try writeLeads(moments)
        try writeMoments(moments, previous)
        for moment in moments { try writeRest(of: moment) }
    }

    /// Gives every moment its row, checks that it follows its lead's last, and answers the rows of the
    /// moments before.
    private mutating func place(_ moments: [MomentRecord]) throws -> [Int?] {
        let known = try PreparedStatement("SELECT id, moment, last FROM leads WHERE lead = ?", on: db)
        var previous: [Int?] = []
        previous.reserveCapacity(moments.count)
        for (index, moment) in moments.enumerated() {
            moment.requireWhole()
            let id = moment.lead.id
            var place: Place
            if let seen = leads[id] {
                place = seen
            } else {
                order.append(id)
                if let found = try known.first(
                    .text(id.text),
                    read: {
                        Place(row: $0.integer(0), isNew: false, moment: $0.integer(1), last: $0.integer(2))
                    })
                {
                    place = found
                } else {
                    ends.lastLead += 1
                    place = Place(row: ends.lastLead, isNew: true, moment: 0, last: nil)
                }
            }
            guard moment.number == place.moment + 1 else {
                throw StoreError.outOfOrder(moment, last: place.moment)
            }
            try keepMaps(of: moment)
            previous.append(place.last)
            ends.lastMoment += 1
            place.moment = moment.number
            place.last = ends.lastMoment
            place.index = index
            leads[id] = place
        }
        return previous
    }

    private mutating func keepMaps(of moment: MomentRecord) throws {
        for map in moment.maps where ends.maps.insert(map.version).inserted {
            try PreparedStatement("INSERT INTO maps (version, map, file, source) VALUES (?, ?, ?, ?)", on: db)
                .run(.text(map.version.text), .text(map.id.text), .text(map.file), .bytes(map.source))
        }
        if let version = moment.lead.journey?.version, !ends.maps.contains(version) {
            throw StoreError.mapMissing(moment)
        }
    }

    /// A lead that has several moments in the batch is written once, as it is after the last.
    private func writeLeads(_ moments: [MomentRecord]) throws {
        let insert = try PreparedStatement(
            """
            INSERT INTO leads (lead, status, map, moment, last, changed, record, id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, on: db)
        let update = try PreparedStatement(
            """
            UPDATE leads SET status = ?, map = ?, moment = ?, last = ?, changed = ?, record = ?
            WHERE id = ?
            """, on: db)
        for id in order {
            guard let place = leads[id], let last = place.last else {
                preconditionFailure("lead \(id) has no place")
            }
            let moment = moments[place.index]
            let lead = moment.lead
            let status = Argument.text(lead.status.rawValue)
            let map = Argument(lead.journey?.map.text)
            let changed = Argument.integer(Int(moment.at.milliseconds))
            if place.isNew {
                try insert.run(
                    .text(id.text), status, map, .integer(place.moment), .integer(last), changed,
                    .text(lead.json), .integer(place.row))
            } else {
                try update.run(
                    status, map, .integer(place.moment), .integer(last), changed, .text(lead.json),
                    .integer(place.row))
            }
        }
    }

    private func writeMoments(_ moments: [MomentRecord], _ previous: [Int?]) throws {
        let insert = try PreparedStatement(
            """
            INSERT INTO moments (id, lead, moment, previous, at, command, journal)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, on: db)
        let remember = try PreparedStatement("INSERT INTO commands (id, moment) VALUES (?, ?)", on: db)
        let first = ends.lastMoment - moments.count + 1
        for (index, moment) in moments.enumerated() {
            let row = Argument.integer(first + index)
            try insert.run(
                row, .integer(leadRow(moment)), .integer(moment.number), Argument(previous[index]),
                .integer(Int(moment.at.milliseconds)), .text(moment.command.value.json),
                .text(moment.journal.joined(separator: "\n")))
            if let id = moment.command.id {
                try refusing(.commandIDTaken(moment)) { try remember.run(.text(id), row) }
            }
        }
    }

    private func writeRest(of moment: MomentRecord) throws {
        let lead = Argument.integer(leadRow(moment))
        let number = Argument.integer(moment.number)
        let at = Argument.integer(Int(moment.at.milliseconds))
        for incident in moment.incidents {
            let insert = try PreparedStatement(
                """
                INSERT INTO incidents (number, lead, moment, place, at, reason, message, traceback,
                    trigger_name, run, plugin, plugin_version, seq, event, details)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, on: db)
            try refusing(.incidentTaken(incident)) {
                try insert.run(
                    .integer(incident.number), lead, number, .integer(incident.index),
                    .integer(Int(incident.at.milliseconds)), .text(incident.reason), .text(incident.message),
                    Argument(incident.traceback), Argument(incident.trigger), Argument(incident.run),
                    Argument(incident.plugin), Argument(incident.pluginVersion), Argument(incident.seq),
                    Argument(incident.event), .text(incident.details.json))
            }
        }
        for (index, note) in moment.notes.enumerated() {
            try PreparedStatement(
                "INSERT INTO notes (lead, moment, place, at, by, text) VALUES (?, ?, ?, ?, ?, ?)", on: db
            ).run(lead, number, .integer(index + 1), at, .text(note.by), .text(note.text))
        }
        for (index, todo) in moment.todos.enumerated() {
            try PreparedStatement(
                "INSERT INTO todos (lead, moment, place, at, by, todo) VALUES (?, ?, ?, ?, ?, ?)", on: db
            ).run(
                lead, number, .integer(index + 1), at, .text(todo.by), .text(Value.table(todo.todo).json))
        }
        for (index, email) in moment.emails.enumerated() {
            try PreparedStatement(
                "INSERT INTO outbox (lead, moment, place, at, by, email) VALUES (?, ?, ?, ?, ?, ?)", on: db
            ).run(
                lead, number, .integer(index + 1), at, .text(email.by),
                .text(Value.table(email.message).json))
        }
        for change in moment.values { try apply(change) }
    }

    private func apply(_ change: MomentRecord.ValueChange) throws {
        let plugin = Argument.text(change.plugin)
        let key = Argument.text(change.key)
        let old = try PreparedStatement(
            "SELECT value FROM plugin_values WHERE plugin = ? AND key = ?", on: db
        ).first(plugin, key) { try Value(storedJSON: $0.bytes(0)) }
        if let value = change.applied(to: old) {
            try PreparedStatement(
                "INSERT OR REPLACE INTO plugin_values (plugin, key, value) VALUES (?, ?, ?)", on: db
            ).run(plugin, key, .text(value.json))
        } else if old != nil {
            try PreparedStatement("DELETE FROM plugin_values WHERE plugin = ? AND key = ?", on: db)
                .run(plugin, key)
        }
    }

    private func leadRow(_ moment: MomentRecord) -> Int {
        guard let place = leads[moment.lead.id] else {
            preconditionFailure("lead \(moment.lead.id) has no place")
        }
        return place.row
    }

    /// Says in words of the store that a row with this key is there already.
    private func refusing(_ conflict: @autoclosure () -> StoreError, _ insert: () throws -> Void) throws {
        do {
            try insert()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            throw conflict()
        }
    }
}
