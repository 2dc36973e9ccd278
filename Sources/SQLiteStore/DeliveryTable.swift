import GRDB
import Journeys
import Store
import Values

/// The rows of deliveries, and how they change.
///
/// Of the deliveries of one lead to one destination that are not settled, one is the next (R56): the one under way, or
/// else the first. It is marked (`head`), so that what can leave is found without a look at what waits behind it. The
/// mark is handed on whenever one of them is settled or comes back.
struct DeliveryTable {
    private let db: Database
    /// Selects the row of the next delivery.
    private let nextRow: String

    /// - Parameter remembersRemoved: false before the eleventh migration, up to which nothing is removed.
    init(on db: Database, remembersRemoved: Bool = true) {
        self.db = db
        nextRow = remembersRemoved ? Self.rowAfterRemoved : "NULL"
    }

    /// A delivery that is to be added. Its numbers may be any of an earlier version's file.
    struct New {
        /// The row of the outbox.
        let content: Int
        /// The row of its moment.
        let moment: Int?
        /// The row of its lead.
        let lead: Int
        var place: Int
        /// In milliseconds since 1970.
        let at: Int
    }

    /// The deliveries of one lead to one destination.
    private struct Queue {
        let channel: String
        let lead: Int
        let destination: String
    }

    // MARK: Adding

    /// Adds what a moment sends, whose first deliveries come before the others of their mails.
    ///
    /// - Parameters:
    ///   - row: the moment's.
    ///   - lead: its lead's row.
    func insert(outgoingOf moment: borrowing MomentRecord, at row: Int, of lead: Int) throws {
        let outgoing = moment.outgoing
        if outgoing.isEmpty { return }
        let keep = try PreparedStatement(
            """
            INSERT INTO outbox (lead, moment, place, kind, at, by, payload, template_hash, trace)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, on: db)
        var contents: [Int: Int] = [:]
        for delivery in outgoing {
            if delivery.isFirst {
                try keep.run(
                    .integer(lead), .integer(moment.number), .integer(delivery.id.number),
                    .text(delivery.kind.rawValue), Argument(moment.at), .text(delivery.by),
                    .text(Value.table(delivery.payload).json), Argument(delivery.templateHash),
                    Argument(delivery.trace?.text))
                contents[delivery.id.number] = Int(db.lastInsertedRowID)
            }
            guard let content = contents[delivery.first] else {
                preconditionFailure("a mail's first delivery comes first")
            }
            let new = New(
                content: content, moment: row, lead: lead, place: delivery.id.number,
                at: Int(moment.at.milliseconds))
            try insert(new, outgoing[delivery.first - 1].kind, to: delivery.to, isQuiet: delivery.isQuiet)
        }
    }

    func insert(
        _ new: New, _ kind: Outgoing.Kind, to destination: String, isQuiet: Bool = false
    ) throws {
        try PreparedStatement(
            """
            INSERT INTO deliveries
                (id, content, at_moment, lead, place, channel, destination, quiet, state, head, attempts, due, changed)
            VALUES ((\(nextRow)), ?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', NOT EXISTS (
                SELECT 1 FROM deliveries
                WHERE channel = ?5 AND lead = ?3 AND destination = ?6 AND head IS NOT NULL), 0, ?8, ?8)
            """, on: db
        ).run(
            .integer(new.content), Argument(new.moment), .integer(new.lead), .integer(new.place),
            .text(kind.channel(to: destination)), .text(destination), .integer(isQuiet ? 1 : 0),
            .integer(new.at))
    }

    /// Behind all that there are and ever were: who still sends one that was removed holds no other for it.
    private static let rowAfterRemoved = """
        SELECT 1 + max(coalesce((SELECT max(id) FROM deliveries), 0), coalesce((SELECT delivery FROM remains), 0))
        """

    // MARK: Removing

    /// Which deliveries are removed.
    enum Removed {
        /// Of the moment in this row.
        case moment(Int)
        /// Of the lead in this row, those that an earlier version left without a moment.
        case damagedLead(Int)
        /// The one in this row.
        case one(Int)
    }

    /// Removes deliveries with their attempts, and what they say where no other says it. Answers how many there were.
    func remove(of which: Removed) throws -> Int {
        let (condition, argument) =
            switch which {
            case .moment(let row): ("at_moment = ?", row)
            case .damagedLead(let row): ("at_moment IS NULL AND lead = ?", row)
            case .one(let row): ("id = ?", row)
            }
        let found = try PreparedStatement(
            "SELECT id, content, at_moment FROM deliveries WHERE \(condition)", on: db
        ).rows(.integer(argument)) {
            (row: try $0.count(0), content: try $0.count(1), moment: try $0.optionalCount(2))
        }
        for delivery in found {
            let row = Argument.integer(delivery.row)
            try db.noteRemoved("delivery", delivery.row)
            try PreparedStatement("DELETE FROM attempts WHERE delivery = ?", on: db).run(row)
            try PreparedStatement("DELETE FROM deliveries WHERE id = ?", on: db).run(row)
        }
        for delivery in found {
            try PreparedStatement(Self.removeContent, on: db)
                .run(.integer(delivery.content), Argument(delivery.moment))
        }
        return found.count
    }

    /// A mail's deliveries are of one moment, and share what they say.
    private static let removeContent = """
        DELETE FROM outbox WHERE id = ?1 AND NOT EXISTS (
            SELECT 1 FROM deliveries WHERE at_moment IS ?2 AND content = ?1)
        """

    /// Adds one whose content does not read back.
    func insertDamaged(_ new: New, channel: String) throws {
        try PreparedStatement(
            """
            INSERT INTO deliveries
                (content, at_moment, lead, place, channel, destination, quiet, state, attempts, changed, message)
            VALUES (?, ?, ?, ?, ?, '', 0, 'dead', 0, ?, 'what an earlier version kept of it does not read back')
            """, on: db
        ).run(
            .integer(new.content), Argument(new.moment), .integer(new.lead), .integer(new.place),
            .text(channel), .integer(new.at))
    }

    // MARK: Sending

    func begin(_ rows: [Int], at time: Timestamp) throws {
        try time.requireReadable("an attempt")
        let begin = try PreparedStatement(
            """
            UPDATE deliveries SET state = 'sending', attempts = attempts + 1,
                first_attempt = coalesce(first_attempt, ?1), due = NULL, changed = ?1
            WHERE id = ?2 AND state = 'waiting' AND head = 1
            """, on: db)
        let note = try PreparedStatement(
            "INSERT INTO attempts (delivery, number, began) SELECT id, attempts, ? FROM deliveries WHERE id = ?",
            on: db)
        for row in rows {
            try begin.run(Argument(time), .integer(row))
            guard db.changesCount == 1 else { throw StoreError.deliveryChanged(row: row) }
            try note.run(Argument(time), .integer(row))
        }
    }

    func settle(_ settlements: [DeliverySettlement], at time: Timestamp) throws {
        try time.requireReadable("the end of an attempt")
        for settlement in settlements {
            try settlement.requireWhole()
            guard try settle(settlement, of: nil, at: time) else {
                throw StoreError.deliveryChanged(row: settlement.row)
            }
        }
    }

    /// False when the delivery is not being sent.
    ///
    /// - Parameter lead: the row of the only lead that the delivery may be of; nil for any.
    func settle(_ settlement: DeliverySettlement, of lead: Int?, at time: Timestamp) throws -> Bool {
        let row = Argument.integer(settlement.row)
        let found = try PreparedStatement(
            """
            SELECT channel, lead, destination, attempts FROM deliveries
            WHERE id = ?1 AND state = 'sending' AND (?2 IS NULL OR lead = ?2)
            """, on: db
        ).first(row, Argument(lead)) { row in
            (
                queue: Queue(
                    channel: try row.text(0), lead: try row.count(1), destination: try row.text(2)),
                attempt: try row.count(3)
            )
        }
        guard let found else { return false }
        try PreparedStatement(
            "UPDATE attempts SET ended = ?, outcome = ?, message = ? WHERE delivery = ? AND number = ?",
            on: db
        ).run(
            Argument(time), .text(settlement.outcome.rawValue), Argument(settlement.message), row,
            .integer(found.attempt))
        let state = settlement.next.state
        try PreparedStatement(
            """
            UPDATE deliveries SET state = ?1, head = iif(?2, NULL, head), due = ?3, changed = ?4,
                message = iif(?5, message, ?6)
            WHERE id = ?7
            """, on: db
        ).run(
            .text(state.rawValue), .integer(state.isSettled ? 1 : 0), Argument(settlement.next.due),
            Argument(time), .integer(settlement.outcome == .delivered ? 1 : 0), Argument(settlement.message),
            row)
        try chooseNext(of: found.queue)
        return true
    }

    /// Those of the deliveries that are dead or unknown wait again. Answers how many.
    func sendAgain(_ ids: [DeliveryID], at time: Timestamp) throws -> Int {
        try time.requireReadable("a delivery's next attempt")
        let find = try PreparedStatement(
            "SELECT channel, lead, destination FROM deliveries WHERE id = ? AND state IN ('dead', 'unknown')",
            on: db)
        let wait = try PreparedStatement(
            """
            UPDATE deliveries SET state = 'waiting', head = 0, first_attempt = NULL, due = ?1, changed = ?1
            WHERE id = ?2
            """, on: db)
        var count = 0
        for id in ids {
            guard let row = try row(of: id) else { continue }
            let queue = try find.first(.integer(row)) { row in
                Queue(channel: try row.text(0), lead: try row.count(1), destination: try row.text(2))
            }
            guard let queue else { continue }
            try wait.run(Argument(time), .integer(row))
            try chooseNext(of: queue)
            count += 1
        }
        return count
    }

    /// Gives the mark to the one that has it to be: to nobody else while one is under way, and else to the first.
    private func chooseNext(of queue: Queue) throws {
        let arguments = (
            Argument.text(queue.channel), Argument.integer(queue.lead), Argument.text(queue.destination)
        )
        let current = try PreparedStatement(
            """
            SELECT id, state = 'sending' AS sending FROM deliveries
            WHERE channel = ? AND lead = ? AND destination = ? AND head = 1
            """, on: db
        ).first(arguments.0, arguments.1, arguments.2) {
            (row: try $0.count(0), isSending: try $0.count(1) == 1)
        }
        if current?.isSending == true { return }
        let first = try PreparedStatement(
            """
            SELECT id FROM deliveries
            WHERE channel = ? AND lead = ? AND destination = ? AND head = 0 ORDER BY id LIMIT 1
            """, on: db
        ).first(arguments.0, arguments.1, arguments.2) { try $0.count(0) }
        guard let first, first < current?.row ?? .max else { return }
        let mark = try PreparedStatement("UPDATE deliveries SET head = ? WHERE id = ?", on: db)
        if let current { try mark.run(.integer(0), .integer(current.row)) }
        try mark.run(.integer(1), .integer(first))
    }

    // MARK: The store's id

    func renewStoreID() throws {
        try PreparedStatement("INSERT OR REPLACE INTO identity (one, store) VALUES (1, ?)", on: db)
            .run(.text(StoreID.random()))
    }

    static func storeID(on db: Database) throws -> String {
        let id = try PreparedStatement("SELECT store FROM identity", on: db).first { try $0.text(0) }
        guard let id, StoreID.isValid(id) else { throw StoreError.damaged("the store does not have an id") }
        return id
    }

    // MARK: Finding

    /// Nil when there is no such delivery.
    func row(of id: DeliveryID) throws -> Int? {
        let newest = try PreparedStatement("SELECT last, moment FROM leads WHERE lead = ?", on: db)
            .first(.text(id.lead.text)) { MomentChain.Link(row: try $0.count(0), number: try $0.count(1)) }
        guard let newest, id.moment >= 1, id.moment <= newest.number else { return nil }
        guard let moment = try MomentChain(on: db).moment(id.moment, from: newest) else {
            throw StoreError.leadDamaged(id.lead, MomentChain.broken)
        }
        return try PreparedStatement("SELECT id FROM deliveries WHERE at_moment = ? AND place = ?", on: db)
            .first(.integer(moment.row), .integer(id.number)) { try $0.count(0) }
    }

    /// The row of a lead's moment; nil where the lead's moments are damaged.
    func moment(_ number: Int, ofLead lead: Int) throws -> Int? {
        do {
            let newest = try PreparedStatement("SELECT last, moment FROM leads WHERE id = ?", on: db)
                .first(.integer(lead)) { MomentChain.Link(row: try $0.count(0), number: try $0.count(1)) }
            guard let newest, number >= 1, number <= newest.number else { return nil }
            return try MomentChain(on: db).moment(number, from: newest)?.row
        } catch let error as StoreError where error.code == .damaged {
            return nil
        }
    }

    /// Of all moments of the lead `?1`, from the last to the first. Rows fall, so it ends in any file.
    static let ofLead = """
        WITH RECURSIVE chain (id, previous) AS (
            SELECT id, previous FROM moments WHERE id = (SELECT last FROM leads WHERE lead = ?1)
            UNION ALL
            SELECT moments.id, moments.previous
            FROM chain CROSS JOIN moments ON moments.id = chain.previous AND moments.id < chain.id)
        SELECT deliveries.id FROM chain CROSS JOIN deliveries ON deliveries.at_moment = chain.id
        """

    // MARK: Reading

    /// What ``StoredDelivery/init(_:)`` reads; a condition, an order and a limit may follow.
    static let select = """
        SELECT d.id, leads.lead, content.moment, d.place, content.place, content.at, content.kind, d.channel,
            d.destination, content.by, content.payload, content.template_hash, d.quiet, d.state, d.head,
            d.attempts, d.first_attempt, d.due, d.changed, d.message,
            content.lead = d.lead AND content.place <= d.place AS follows, content.trace
        FROM deliveries AS d LEFT JOIN outbox AS content ON content.id = d.content
        LEFT JOIN settled_leads AS leads ON leads.id = d.lead
        """
    /// The columns of ``select`` that count, those that are times, and whether its content is its own moment's.
    static let counts = [0, 2, 3, 4, 12, 15]
    static let times = [5, 16, 17, 18]
    static let follows = 20

    static let withoutContent = "a delivery is not one of what its moment sent"
}

extension StoredDelivery {
    init(_ row: ResultRow) throws(StoreError) {
        guard try row.optionalCount(DeliveryTable.follows) == 1 else {
            throw .damaged(DeliveryTable.withoutContent)
        }
        let lead = try row.leadID(1)
        let moment = try row.count(2)
        self.init(
            row: try row.count(0), id: DeliveryID(lead, moment: moment, number: try row.count(3)),
            kind: try row.outgoingKind(6), to: try row.text(8),
            first: DeliveryID(lead, moment: moment, number: try row.count(4)), at: try row.timestamp(5),
            by: try row.text(9), payload: try row.table(10), templateHash: try row.optionalText(11),
            isQuiet: try row.count(12) == 1,
            // One that cannot be is passed over, as that of a request is.
            trace: try row.optionalText(21).flatMap(TraceParent.init))
        state = try row.deliveryState(13)
        attempts = try row.count(15)
        firstAttempt = try row.optionalTimestamp(16)
        due = try row.optionalTimestamp(17)
        changed = try row.timestamp(18)
        message = try row.optionalText(19)
        guard sameBytes(try row.text(7), channel), (try row.optionalCount(14) == nil) == state.isSettled,
            (due != nil) == (state == .waiting)
        else { throw .damaged("a delivery is in a state that no delivery can have") }
    }
}

extension DeliveryAttempt {
    /// - Parameter row: has its number as the second column, and then what it is.
    init(_ row: ResultRow) throws(StoreError) {
        self.init(
            number: try row.count(1), began: try row.timestamp(2), ended: try row.optionalTimestamp(3),
            outcome: try row.attemptOutcome(4), message: try row.optionalText(5))
    }
}
