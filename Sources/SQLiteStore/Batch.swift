import GRDB
import Journeys
import Store
import Values

extension MomentRecord {
    /// Whether it has rows beside its own and its lead's, or takes some away.
    fileprivate var leavesMore: Bool {
        isLeadErased
            || hasAdditions
                && !(incidents.isEmpty && settlements.isEmpty && notes.isEmpty && todos.isEmpty
                    && doneTodos.isEmpty && outgoing.isEmpty && settledDeliveries.isEmpty)
    }
}

/// One transaction's work.
struct Batch {
    private(set) var ends: Writer.Ends
    private let db: Database
    let moments: [MomentRecord]
    private let wholeEvery: Int
    private let written: WrittenLeads
    private let names: ErasedNames
    /// The leads of the moments, in the order in which they come first.
    private(set) var leads: [Place] = []
    /// What is known of them from earlier batches.
    private(set) var known: [WrittenLeads.Known?] = []
    /// For each moment, in ``leads``.
    private var leadIndexes: [Int] = []
    /// For each moment, the row of its lead's moment before.
    private var previous: [Int?] = []
    /// The map that a lead was last found to be on, which is kept.
    private var lastMap: MapDefinition?
    /// Those that are written whole, by the indexes of their moments.
    private var wholeRecords: [Int: [UInt8]] = [:]
    /// The provenance of the moment before, and its row.
    private var lastProvenance: (provenance: Provenance, row: Int)?
    /// The leads that some moment erases, by their indexes.
    private var erased: Set<Int> = []
    var erases: Bool { !erased.isEmpty }

    /// Where a lead is.
    struct Place {
        let row: Int
        var location: RowLocation
        /// The number and the row of its last moment.
        var moment: Int
        var last: Int?
        /// The index of its last moment in the batch.
        var index = 0
        /// Whether its row has the name of an erased lead.
        var isNamedErased = false
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
        names: ErasedNames, on db: Database
    ) {
        self.names = names
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
        for (index, moment) in moments.enumerated() {
            if let request = moment.audited {
                try db.append([
                    request.entry(of: moment.command, acceptedAs: moment.number, at: moment.at)
                ])
            }
            guard moment.leavesMore else { continue }
            let lead = leads[leadIndexes[index]].row
            try refusing(tooLarge: index) { try writeRest(of: moment, at: index, lead: lead) }
            if moment.isLeadErased {
                try erase(
                    with: index, lead: lead, at: MomentChain.Link(row: row(of: index), number: moment.number))
            }
        }
        try writeValues()
    }

    /// A lead that does not read back stays as it is, and fails no other's moments.
    private func erase(with index: Int, lead row: Int, at link: MomentChain.Link) throws {
        do {
            try Erasure(names: names, db: db).carry(out: moments[index], lead: row, at: link)
        } catch let error as StoreError where error.code == .damaged {
            throw StoreError.conflict(moments[index], at: index, .leadDamaged(error.message))
        }
    }

    /// Gives every moment its row, and checks that it follows its lead's last.
    private mutating func place() throws {
        let batch = written.nextBatch()
        // Of those that are not known.
        var indexes: [LeadID: Int] = [:]
        var lines = JournalLines()
        for moment in moments { try moment.requireWholeBesideLead(writing: &lines) }
        for (index, moment) in moments.enumerated() {
            let id = moment.leadID
            let number = moment.number
            let known = written[id]
            let lead: Int
            if let seen = known?.index(in: batch) ?? indexes[id] {
                lead = seen
            } else {
                lead = leads.count
                if let known { known.note(lead, in: batch) } else { indexes[id] = lead }
                leads.append(try place(of: id, known: known?.place, at: index))
                self.known.append(known)
            }
            guard number == leads[lead].moment + 1 else {
                throw StoreError.conflict(moment, at: index, .outOfOrder(last: leads[lead].moment))
            }
            if moment.hasAdditions { try keepSources(of: moment) }
            try requireMap(of: moment, at: index)
            leadIndexes.append(lead)
            if moment.isLeadErased {
                erased.insert(lead)
                ends.hasErased = true
            }
            previous.append(leads[lead].last)
            ends.lastMoment += 1
            leads[lead].moment = number
            leads[lead].last = ends.lastMoment
            leads[lead].index = index
        }
    }

    /// Where the lead is before the batch.
    private mutating func place(of lead: LeadID, known: Place?, at index: Int) throws -> Place {
        var place: Place?
        do {
            place = try known ?? storedPlace(of: lead.text)
            if place == nil, ends.hasErased {
                place = try storedPlace(of: names.name(of: lead))
                place?.isNamedErased = true
                place?.location = .row
            }
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

    /// - Parameter lead: its id, or the name of one that was erased.
    private func storedPlace(of lead: String) throws -> Place? {
        try PreparedStatement(
            """
            SELECT id, held, slot, coalesce(recent.moment, settled.moment) AS moment,
                coalesce(recent.last, settled.last) AS last
            FROM settled_leads AS settled LEFT JOIN recent_leads AS recent ON recent.lead = settled.id
            WHERE settled.lead = ?
            """, on: db
        ).first(.text(lead)) { row in
            let slot = try row.optionalCount(2)
            let last = try row.count(4)
            guard last <= ends.lastMoment else { throw StoreError.damaged(MomentChain.broken) }
            return Place(
                row: try row.count(0),
                location: try slot.map(RowLocation.slot) ?? (row.count(1) == 1 ? .row : .settled),
                moment: try row.count(3), last: last)
        }
    }

    /// Keeps the maps, plugins and templates that came with a moment.
    private mutating func keepSources(of moment: MomentRecord) throws {
        for map in moment.maps where ends.maps.insert(map.version).inserted {
            try PreparedStatement("INSERT INTO maps (version, map, file, source) VALUES (?, ?, ?, ?)", on: db)
                .run(.text(map.version.text), .text(map.id.text), .text(map.file), .bytes(map.source))
            if let lengths = map.trackLengths {
                try StepCounters(on: db).keep(lengths, of: map.version)
            } else {
                ends.withoutLengths.insert(map.version)
            }
        }
        for source in moment.sources where ends.versions.insert(source.version.key).inserted {
            try source.insert(on: db)
        }
    }

    /// To be called when what came with the moment is kept.
    private mutating func requireMap(of moment: MomentRecord, at index: Int) throws {
        if let lastMap, moment.isLead(on: lastMap) { return }
        guard let version = moment.leadMapVersion else { return }
        guard ends.maps.contains(version) else { throw StoreError.conflict(moment, at: index, .mapMissing) }
        lastMap = moment.leadDefinition
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
        return try RecordHistory(on: db).readable(moments[index].leadID)
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
        let isHeld = moments[place.index].isLeadHeld
        let held = Argument.integer(isHeld ? 1 : 0)
        // What a slot's row says of a lead that was erased is to go.
        let staysInRow = isHeld || erased.contains(index)
        let inRow = staysInRow ? RowLocation.row : .settled
        switch place.location {
        case .none:
            let lead = Argument.text(moments[place.index].leadID.text)
            try statements.insert(state, wholeRecord(after: place.index), of: lead, held: held, row: row)
            leads[index].location = inRow
        case .row:
            try statements.update(state, wholeRecord(after: place.index), row: row, held: held)
            leads[index].location = inRow
        case .settled where staysInRow:
            try statements.update(state, wholeRecord(after: place.index), row: row, held: held)
            leads[index].location = inRow
        case .settled:
            let slot = ends.recent.take()
            try statements.insert(state, slot: .integer(slot), row: row)
            leads[index].location = .slot(slot)
        case .slot(let slot) where staysInRow:
            try statements.update(state, wholeRecord(after: place.index), row: row, held: held)
            try statements.remove(slot: .integer(slot))
            leads[index].location = inRow
        case .slot(let slot):
            try statements.update(state, slot: .integer(slot))
        }
        let isErased = moments[place.index].isLeadErased
        guard isErased != place.isNamedErased else { return }
        let id = moments[place.index].leadID
        try PreparedStatement("UPDATE settled_leads SET lead = ? WHERE id = ?", on: db)
            .run(.text(isErased ? names.name(of: id) : id.text), row)
        leads[index].isNamedErased = isErased
    }

    private func state(after moment: borrowing MomentRecord, _ number: Int, _ row: Int) -> LeadState {
        LeadState(
            status: .text(moment.leadStatus.rawValue), map: Argument(moment.leadMap?.text),
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
        for index in moments.indices {
            let moment = moments[index]
            let row = row(of: index)
            let lead = Argument.integer(leads[leadIndexes[index]].row)
            let provenance = Argument(try provenance(of: moment))
            var record = Argument.null
            var change = Argument.null
            // A whole record every now and then, and else what the moment changed.
            if moment.number % wholeEvery != 0, let made = moment.madeChange {
                try moment.requireReadable(made.fault)
                change = .utf8(made.json)
            } else {
                record = try wholeRecord(after: index)
            }
            try refusing(tooLarge: index) {
                try insert.run(
                    .integer(row), lead, .integer(moment.number), Argument(previous[index]),
                    .integer(Int(moment.at.milliseconds)), .utf8(moment.commandJSON),
                    .utf8(moment.journalBytes), provenance, record, change)
            }
            if MomentChain.target(of: moment.number) != nil {
                try MomentChain(on: db).note(MomentChain.Link(row: row, number: moment.number), on: db)
            }
            if let id = moment.commandID {
                try refusing(.conflict(moment, at: index, .commandIDTaken)) {
                    try remember.run(.text(id.text), lead, .integer(row))
                }
            }
        }
    }

    /// A lead's first is written into its own row and into the moment's.
    private mutating func wholeRecord(after index: Int) throws -> Argument {
        if let json = wholeRecords[index] { return .utf8(json) }
        let lead = moments[index].lead
        try moments[index].requireReadable(lead.fault)
        let json = lead.isErased ? Array(ErasedLead(lead).json.utf8) : lead.jsonBytes
        wholeRecords[index] = json
        return .utf8(json)
    }

    /// The row of what the moment's calls were functions of.
    private mutating func provenance(of moment: MomentRecord) throws -> Int? {
        guard let provenance = moment.provenance else { return nil }
        if let last = lastProvenance, provenance.isCopy(of: last.provenance) { return last.row }
        let json = provenance.json
        let row: Int
        if let known = ends.provenances[json] {
            row = known
        } else {
            try PreparedStatement("INSERT INTO provenances (record) VALUES (?)", on: db).run(.text(json))
            row = Int(db.lastInsertedRowID)
            ends.provenances[json] = row
        }
        lastProvenance = (provenance, row)
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
        try TodoTable(on: db).write(moment, at: index, lead: row)
        try deliveries.insert(outgoingOf: moment, at: self.row(of: index), of: row)
    }

    /// The row of the moment with this index.
    private func row(of index: Int) -> Int { ends.lastMoment - moments.count + 1 + index }

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
