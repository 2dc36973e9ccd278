import GRDB
import Journeys
import Store
import Synchronization
import Values

/// What can commit: one connection, the right to use it, and what is known of the tables.
final class Writer: Sendable {
    let pool: DatabasePool
    let lock: WriterLock
    private let checkpointer: Checkpointer
    /// With which moments a record is written whole.
    private let wholeEvery: Int
    /// How many rows of `step_changes` wait to be added up.
    private let stepChanges: Int
    private let ends: Mutex<Ends>
    /// Used with the lock on ``ends`` held.
    private let written = WrittenLeads()

    init(
        pool: DatabasePool, lock: WriterLock, checkpointer: Checkpointer, limits: SQLiteStore.Limits,
        ends: Ends
    ) {
        self.pool = pool
        self.lock = lock
        self.checkpointer = checkpointer
        wholeEvery = limits.wholeEvery
        stepChanges = limits.stepChanges
        self.ends = Mutex(ends)
    }

    /// Writes the moments in one transaction: a row for each, and one for each lead.
    func commit(_ moments: [MomentRecord]) throws {
        try ends.withLock { ends in
            let batch = try pool.write { [ends, written, wholeEvery, stepChanges] db in
                var batch = Batch(moments, wholeEvery: wholeEvery, after: ends, written: written, on: db)
                try batch.write(stepChanges: stepChanges)
                return batch
            }
            // Kept only if the transaction is.
            ends = batch.ends
            written.note(batch)
        }
    }

    /// Notes how many steps the tracks of maps have of which nobody knew it, and counts the leads anew if any is noted.
    func noteTrackLengths(_ read: (StoredMap) -> [Int]?) throws {
        try ends.withLock { ends in
            if ends.withoutLengths.isEmpty { return }
            let noted = try pool.write { [ends] db in
                let counters = StepCounters(on: db)
                let noted = try ends.withoutLengths.filter { version in
                    guard let lengths = try SQLiteStore.map(version, on: db).flatMap(read) else {
                        return false
                    }
                    try counters.keep(lengths, of: version)
                    return true
                }
                if !noted.isEmpty { try counters.recount() }
                return noted
            }
            ends.withoutLengths.subtract(noted)
            if !noted.isEmpty { ends.waitingSteps = StepCounters.Waiting() }
        }
    }

    /// Writes something that is not a moment, in one transaction.
    func transaction<Result: Sendable>(_ body: (Database) throws -> Result) throws -> Result {
        try ends.withLock { _ in try pool.write(body) }
    }

    /// Keeps a plugin's value, in a transaction of its own.
    func put(_ value: Value?, _ key: String, of plugin: String) throws {
        try value?.requireReadable()
        try transaction { db in try db.put(value, key, of: plugin) }
    }

    /// Sets aside those of the incidents that are open, and answers how many.
    func dismiss(_ incidents: [Int]) throws -> Int {
        try transaction { db in
            let dismiss = try PreparedStatement(
                "UPDATE incidents SET state = 'dismissed' WHERE number = ? AND state = 'open'", on: db)
            var count = 0
            for number in incidents {
                try dismiss.run(.integer(number))
                count += db.changesCount
            }
            return count
        }
    }

    /// Brings what is in the `-wal` file into the database's own, as far as other readers let it; GRDB
    /// closes its readers last, and they cannot.
    func settle() throws {
        try pool.writeWithoutTransaction { db in
            try checkpointer.stop(db)
            try db.execute(sql: "PRAGMA busy_timeout = 0")
            try db.checkpoint(.truncate)
        }
    }
}

/// Where the leads are that were written lately: to find a lead's row in a store of a million reads three
/// pages of an index that no other lead needs.
///
/// Owner: the writer, because it uses it with its own lock held; so it may be sent.
private final class WrittenLeads: @unchecked Sendable {
    /// How many leads are known; when there are more, those that were not written for the longest time go.
    private static let limit = 50_000

    private var recent: [LeadID: Batch.Place] = [:]
    private var older: [LeadID: Batch.Place] = [:]

    func place(of lead: LeadID) -> Batch.Place? { recent[lead] ?? older[lead] }

    /// The batch is committed.
    func note(_ batch: borrowing Batch) {
        for place in batch.leads { recent[batch.moments[place.index].lead.id] = place }
        guard recent.count > Self.limit / 2 else { return }
        older = recent
        recent = [:]
    }
}

extension MomentRecord {
    /// Whether it has rows beside its own and its lead's.
    fileprivate var leavesMore: Bool {
        !(incidents.isEmpty && settlements.isEmpty && notes.isEmpty && todos.isEmpty && outgoing.isEmpty
            && settledDeliveries.isEmpty)
    }
}

/// One transaction's work.
private struct Batch {
    private(set) var ends: Writer.Ends
    private let db: Database
    let moments: [MomentRecord]
    private let wholeEvery: Int
    private let written: WrittenLeads
    /// The leads of the moments, in the order in which they come first.
    private(set) var leads: [Place] = []
    /// For each moment, in ``leads``.
    private var leadIndexes: [Int] = []
    /// For each moment, the row of its lead's moment before.
    private var previous: [Int?] = []
    /// The version that a journey was last found to be on, and that is kept.
    private var lastVersion: MapVersion?
    /// Those that are written whole, by the indexes of their moments.
    private var wholeRecords: [Int: [UInt8]] = [:]
    /// The provenance that was asked for last, and its row.
    private var lastProvenance: (json: String, row: Int)?

    /// Where a lead is.
    struct Place {
        let row: Int
        var location: RowLocation
        /// The number and the row of its last moment.
        var moment: Int
        var last: Int?
        /// The index of its last moment in the batch.
        var index = 0
    }

    /// Where the newest state of a lead is.
    enum RowLocation {
        /// Nowhere: it has no row yet.
        case none
        /// In its own row, where the next goes too: it is held.
        case row
        /// In its own row; the next goes to a slot of ``RecentLeads``.
        case settled
        case slot(Int)
    }

    init(
        _ moments: [MomentRecord], wholeEvery: Int, after ends: Writer.Ends, written: WrittenLeads,
        on db: Database
    ) {
        self.moments = moments
        self.wholeEvery = wholeEvery
        self.written = written
        self.ends = ends
        self.db = db
    }

    /// - Parameter stepChanges: how many of them wait to be added up.
    mutating func write(stepChanges: Int) throws {
        try place()
        try countSteps(waiting: stepChanges)
        try writeLeads()
        try writeMoments()
        // The leads that leave may have moments among these.
        try ends.recent.settle(on: db)
        for (index, lead) in leadIndexes.enumerated() where moments[index].leavesMore {
            try refusing(tooLarge: index) {
                try writeRest(of: moments[index], at: index, lead: leads[lead].row)
            }
        }
        try writeValues()
    }

    /// Gives every moment its row, and checks that it follows its lead's last.
    private mutating func place() throws {
        var indexes: [LeadID: Int] = [:]
        // By their indexes: a record is large, and would be copied to be named.
        for index in moments.indices {
            try moments[index].requireWholeBesideLead()
            let id = moments[index].lead.id
            let number = moments[index].number
            let lead: Int
            if let seen = indexes[id] {
                lead = seen
            } else {
                lead = leads.count
                indexes[id] = lead
                leads.append(try place(of: id, at: index))
            }
            guard number == leads[lead].moment + 1 else {
                throw StoreError.conflict(
                    moments[index], at: index, .outOfOrder(last: leads[lead].moment))
            }
            try keepMaps(of: index)
            for source in moments[index].sources where ends.versions.insert(source.version.key).inserted {
                try source.insert(on: db)
            }
            leadIndexes.append(lead)
            previous.append(leads[lead].last)
            ends.lastMoment += 1
            leads[lead].moment = number
            leads[lead].last = ends.lastMoment
            leads[lead].index = index
        }
    }

    /// Where the lead is before the batch.
    private mutating func place(of lead: LeadID, at index: Int) throws -> Place {
        var place: Place?
        do {
            place = try written.place(of: lead) ?? storedPlace(of: lead)
        } catch let error as StoreError where error.code == .damaged {
            // It fails this lead's moments, and no other's.
            throw StoreError.conflict(moments[index], at: index, .leadDamaged(error.message))
        }
        if place == nil { ends.lastLead += 1 }
        if case .slot(let slot) = place?.location, !ends.recent.slots.contains(slot) {
            place?.location = .settled
        }
        return place ?? Place(row: ends.lastLead, location: .none, moment: 0, last: nil)
    }

    private func storedPlace(of lead: LeadID) throws -> Place? {
        try PreparedStatement(
            """
            SELECT id, held, slot, coalesce(recent.moment, settled.moment) AS moment,
                coalesce(recent.last, settled.last) AS last
            FROM settled_leads AS settled LEFT JOIN recent_leads AS recent ON recent.lead = settled.id
            WHERE settled.lead = ?
            """, on: db
        ).first(.text(lead.text)) { row in
            let slot = try row.optionalCount(2)
            let last = try row.count(4)
            guard last <= ends.lastMoment else { throw StoreError.damaged(MomentChain.broken) }
            return Place(
                row: try row.count(0),
                location: try slot.map(RowLocation.slot) ?? (row.count(1) == 1 ? .row : .settled),
                moment: try row.count(3), last: last)
        }
    }

    private mutating func keepMaps(of index: Int) throws {
        for map in moments[index].maps where ends.maps.insert(map.version).inserted {
            try PreparedStatement("INSERT INTO maps (version, map, file, source) VALUES (?, ?, ?, ?)", on: db)
                .run(.text(map.version.text), .text(map.id.text), .text(map.file), .bytes(map.source))
            if let lengths = map.trackLengths {
                try StepCounters(on: db).keep(lengths, of: map.version)
            } else {
                ends.withoutLengths.insert(map.version)
            }
        }
        guard let version = moments[index].lead.journey?.version, version != lastVersion else { return }
        guard ends.maps.contains(version) else {
            throw StoreError.conflict(moments[index], at: index, .mapMissing)
        }
        lastVersion = version
    }

    /// To be called when the maps are kept, and before the leads are written.
    private mutating func countSteps(waiting limit: Int) throws {
        let counters = StepCounters(on: db)
        var tally = StepCounters.Tally()
        for index in moments.indices {
            let changes =
                switch moments[index].steps {
                case .known(let changes): changes
                case .unknown: try counters.changes(from: recordBefore(index), to: moments[index].lead)
                }
            if let changes { tally.add(changes, withoutLengths: ends.withoutLengths) }
        }
        guard let first = moments.map(\.at).min() else { return }
        try counters.note(tally, at: first, &ends.waitingSteps, limit: limit)
    }

    /// The lead's record before a moment; nil where it is new, or does not read back.
    private func recordBefore(_ index: Int) throws -> LeadRecord? {
        let lead = leadIndexes[index]
        if let earlier = leadIndexes[..<index].lastIndex(of: lead) { return moments[earlier].lead }
        if case .none = leads[lead].location { return nil }
        return try RecordHistory(on: db).readable(moments[index].lead.id)
    }

    /// A lead that has several moments in the batch is written once, as it is after the last.
    private mutating func writeLeads() throws {
        let statements = try LeadStatements(on: db)
        for index in leads.indices {
            do {
                try writeLead(index, with: statements)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_TOOBIG {
                throw StoreError.conflict(moments[leads[index].index], at: leads[index].index, .tooLarge)
            }
        }
    }

    private mutating func writeLead(_ index: Int, with statements: LeadStatements) throws {
        let place = leads[index]
        guard let last = place.last else { preconditionFailure("a lead of a batch has a moment") }
        let state = state(after: moments[place.index], place.moment, last)
        let row = Argument.integer(place.row)
        let isHeld = moments[place.index].lead.isHeld
        let held = Argument.integer(isHeld ? 1 : 0)
        let inRow = isHeld ? RowLocation.row : .settled
        switch place.location {
        case .none:
            let lead = Argument.text(moments[place.index].lead.id.text)
            try statements.insert(state, wholeRecord(after: place.index), of: lead, held: held, row: row)
            leads[index].location = inRow
        case .row:
            try statements.update(state, wholeRecord(after: place.index), row: row, held: held)
            leads[index].location = inRow
        case .settled where isHeld:
            try statements.update(state, wholeRecord(after: place.index), row: row, held: held)
            leads[index].location = inRow
        case .settled:
            let slot = ends.recent.take()
            try statements.insert(state, slot: .integer(slot), row: row)
            leads[index].location = .slot(slot)
        case .slot(let slot) where isHeld:
            try statements.update(state, wholeRecord(after: place.index), row: row, held: held)
            try statements.remove(slot: .integer(slot))
            leads[index].location = inRow
        case .slot(let slot):
            try statements.update(state, slot: .integer(slot))
        }
    }

    private func state(after moment: borrowing MomentRecord, _ number: Int, _ row: Int) -> LeadState {
        LeadState(
            status: .text(moment.lead.status.rawValue), map: Argument(moment.lead.journey?.map.text),
            moment: .integer(number), last: .integer(row), changed: .integer(Int(moment.at.milliseconds)))
    }

    private mutating func writeMoments() throws {
        let insert = try PreparedStatement(
            """
            INSERT INTO moments (id, lead, moment, previous, at, command, journal, provenance, record, change)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, on: db)
        let remember = try PreparedStatement(
            "INSERT INTO commands (id, lead, moment) VALUES (?, ?, ?)", on: db)
        let first = ends.lastMoment - moments.count + 1
        for index in moments.indices {
            let row = Argument.integer(first + index)
            let provenance = Argument(try provenance(of: index))
            var record = Argument.null
            var change = Argument.null
            // A whole record every now and then, and else what the moment changed.
            if moments[index].number % wholeEvery != 0, let made = moments[index].madeChange {
                try moments[index].requireReadable(made.fault)
                change = .utf8(made.json)
            } else {
                record = try wholeRecord(after: index)
            }
            try refusing(tooLarge: index) {
                try insert.run(
                    row, .integer(leads[leadIndexes[index]].row), .integer(moments[index].number),
                    Argument(previous[index]),
                    .integer(Int(moments[index].at.milliseconds)), .utf8(moments[index].command.jsonBytes),
                    .utf8(moments[index].journalBytes), provenance, record, change)
            }
            if MomentChain.target(of: moments[index].number) != nil {
                let link = MomentChain.Link(row: first + index, number: moments[index].number)
                try MomentChain(on: db).note(link, on: db)
            }
            if let id = moments[index].command.id {
                let lead = Argument.integer(leads[leadIndexes[index]].row)
                try refusing(.conflict(moments[index], at: index, .commandIDTaken)) {
                    try remember.run(.text(id.text), lead, row)
                }
            }
        }
    }

    /// A lead's first is written into its own row and into the moment's.
    private mutating func wholeRecord(after index: Int) throws -> Argument {
        if let json = wholeRecords[index] { return .utf8(json) }
        try moments[index].requireReadable(moments[index].lead.fault)
        let json = moments[index].lead.jsonBytes
        wholeRecords[index] = json
        return .utf8(json)
    }

    /// The row of what the moment's calls were functions of.
    private mutating func provenance(of index: Int) throws -> Int? {
        guard let json = moments[index].provenance?.json else { return nil }
        // Most follow one that is the same, and two texts that share their storage are compared at once.
        if let last = lastProvenance, last.json == json { return last.row }
        let row: Int
        if let known = ends.provenances[json] {
            row = known
        } else {
            try PreparedStatement("INSERT INTO provenances (record) VALUES (?)", on: db).run(.text(json))
            row = Int(db.lastInsertedRowID)
            ends.provenances[json] = row
        }
        lastProvenance = (json, row)
        return row
    }

    /// What changes of plugins' values is worked out first, so that each is written once.
    private func writeValues() throws {
        guard moments.indices.contains(where: { !moments[$0].values.isEmpty }) else { return }
        let changes = try ValueChanges(of: moments) { key, plugin in try db.stored(key, of: plugin) }
        try changes.requireSums()
        for result in changes.results {
            try db.put(result.value, result.key.key.text, of: result.key.plugin.text)
        }
    }

    private func writeRest(of moment: MomentRecord, at index: Int, lead row: Int) throws {
        let lead = Argument.integer(row)
        let number = Argument.integer(moment.number)
        let at = Argument.integer(Int(moment.at.milliseconds))
        for settlement in moment.settlements { try db.settle(settlement, lead: lead, moment: number) }
        let deliveries = DeliveryTable(on: db)
        for settlement in moment.settledDeliveries {
            guard try deliveries.settle(settlement, of: row, at: moment.at) else {
                throw StoreError.conflict(moment, at: index, .deliveryChanged(row: settlement.row))
            }
        }
        for incident in moment.incidents {
            let insert = try PreparedStatement(
                """
                INSERT INTO incidents (number, lead, moment, place, at, reason, message, traceback,
                    trigger_name, run, plugin, plugin_version, plugin_hash, seq, event, details)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, on: db)
            try refusing(.conflict(moment, at: index, .incidentTaken(incident.number))) {
                try insert.run(
                    .integer(incident.number), lead, number, .integer(incident.index),
                    .integer(Int(incident.at.milliseconds)), .text(incident.reason), .text(incident.message),
                    Argument(incident.traceback), Argument(incident.trigger), Argument(incident.run),
                    Argument(incident.plugin), Argument(incident.pluginVersion),
                    Argument(incident.pluginHash), Argument(incident.seq), Argument(incident.event),
                    .text(incident.details.json))
            }
        }
        for (place, note) in moment.notes.enumerated() {
            try PreparedStatement(
                "INSERT INTO notes (lead, moment, place, at, by, text) VALUES (?, ?, ?, ?, ?, ?)", on: db
            ).run(lead, number, .integer(place + 1), at, .text(note.by), .text(note.text))
        }
        for (place, todo) in moment.todos.enumerated() {
            try PreparedStatement(
                "INSERT INTO todos (lead, moment, place, at, by, todo) VALUES (?, ?, ?, ?, ?, ?)", on: db
            ).run(
                lead, number, .integer(place + 1), at, .text(todo.by), .text(Value.table(todo.todo).json))
        }
        let momentRow = ends.lastMoment - moments.count + 1 + index
        try deliveries.insert(outgoingOf: moment, at: momentRow, of: row)
    }

    /// Says in words of the store that a row of the moment would be larger than SQLite can keep.
    private func refusing(tooLarge index: Int, _ write: () throws -> Void) throws {
        do {
            try write()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_TOOBIG {
            throw StoreError.conflict(moments[index], at: index, .tooLarge)
        }
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
