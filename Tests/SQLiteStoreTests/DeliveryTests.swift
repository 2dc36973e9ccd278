import GRDB
import GRDBSQLite
import Journeys
import Store
import TestKit
import Testing
import Values

@testable import SQLiteStore

@Suite("deliveries in an SQLite file")
struct DeliveryTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
    }

    private func open(_ mode: SQLiteStore.Mode = .readWrite) throws -> SQLiteStore {
        try SQLiteStore(at: path, mode: mode)
    }

    private func execute(_ sql: String) throws {
        var unchecked = Configuration()
        unchecked.foreignKeysEnabled = false
        try DatabaseQueue(path: path, configuration: unchecked).write { db in
            let before = db.totalChangesCount
            try db.execute(sql: sql)
            try #require(db.totalChangesCount > before, "the edit changes nothing")
        }
    }

    // MARK: As the store in memory

    /// What may happen to deliveries beside moments, also what is refused.
    private struct Change {
        let run: (any Store) throws -> Int

        init(_ random: inout SeededRandom, _ outbox: [StoredDelivery], at time: Timestamp) {
            func rows(_ states: [DeliveryState]) -> [Int] {
                let all = outbox.filter { states.contains($0.state) }.map(\.row).shuffled(using: &random)
                return Array(all.prefix(random.pick([1, 1, 2, 4])))
            }
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let rows = rows(random.once(in: 9) ? DeliveryState.allCases : [.waiting])
                run = {
                    try $0.beginAttempts(rows, at: time)
                    return rows.count
                }
            case 1, 2:
                let due = Timestamp(
                    milliseconds: time.milliseconds + Int64.random(in: -2...9, using: &random))
                let settlements = rows(random.once(in: 9) ? DeliveryState.allCases : [.sending]).map { row in
                    random.pick([
                        DeliverySettlement(row: row, outcome: .delivered, next: .delivered),
                        DeliverySettlement(
                            row: row, outcome: .failed, message: "x\u{0}", next: .again(due: due)),
                        DeliverySettlement(row: row, outcome: .unknown, next: .unknown),
                        DeliverySettlement(row: row, outcome: .failed, message: "", next: .dead),
                    ])
                }
                run = {
                    try $0.settle(settlements, at: time)
                    return settlements.count
                }
            case _:
                let ids = rows(DeliveryState.allCases).map { outbox[$0 - 1].id }
                run = { try $0.sendAgain(ids, at: time) }
            }
        }
    }

    @Test("they go as those of the store in memory do, also when it is opened again", arguments: 0..<10)
    func model(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var samples = SampleMoments()
        let memory = MemoryStore()
        var store = try open()
        var refused = 0
        for number in 0..<100 {
            let time = Timestamp(milliseconds: 1_700_000_000_000 + Int64(number))
            if random.once(in: 3) {
                let sending = memory.interrupted(after: 0, limit: .max)
                let lead = random.pick(["L1", "L2"])
                let moment = samples.next(lead) { moment in
                    moment.sendToAll(["to": random.pick([["a", "b"], "a", "b"])], by: "p")
                    if random.once(in: 3) { moment.send(["endpoint": "crm"], .webhook, by: "p") }
                    for delivery in sending where delivery.id.lead.text == lead && random.once(in: 4) {
                        moment.settledDeliveries.append(
                            .init(row: delivery.row, outcome: .unknown, next: .dead))
                    }
                }
                try memory.commit([moment])
                try store.commit([moment])
            } else {
                let change = Change(&random, memory.outbox(after: 0, limit: .max), at: time)
                let expected = Result { try change.run(memory) }
                let found = Result { try change.run(store) }
                switch (expected, found) {
                case (.success(let expected), .success(let found)): #expect(found == expected)
                case (.failure(let expected as StoreError), .failure(let found as StoreError)):
                    #expect(found.code == expected.code)
                    refused += 1
                case _: Issue.record("in memory: \(expected); in the file: \(found)")
                }
            }
            if random.once(in: 40) {
                // The one has to go before the next can have the lock.
                withExtendedLifetime(consume store) {}
                store = try open()
            }
            #expect(try store.outbox(after: 0, limit: .max) == memory.outbox(after: 0, limit: .max))
            for channel in ["email", "webhook:crm"] {
                #expect(try store.nextDue(through: channel) == memory.nextDue(through: channel))
                let due = try store.due(through: channel, by: time, limit: 3)
                #expect(due == memory.due(through: channel, by: time, limit: 3))
            }
            if number % 25 == 24 {
                let contents = try StoreContents(of: store)
                #expect(contents == (try StoreContents(of: memory)))
                try contents.requireWhole(afterRemovals: true)
            }
        }
        #expect((1..<100).contains(refused))
        let backup = folder("backup.db")
        #expect(try SQLiteStore.backUp(path, to: backup).damage.isEmpty)
        #expect(try StoreContents(of: SQLiteStore(at: backup, mode: .readOnly)) == StoreContents(of: memory))
    }

    // MARK: What it costs

    @Test("what is to be sent is found by indexes")
    func indexes() throws {
        _ = try open()
        let plans = try DatabaseQueue(path: path).read { db in
            try [
                SQLiteStore.nextChannel, SQLiteStore.waits, SQLiteStore.due, SQLiteStore.nextDue,
                SQLiteStore.interrupted, SQLiteStore.listing(DeliveryFilter(state: .dead)),
            ].map { sql in
                let plan = try Row.fetchAll(
                    db, sql: "EXPLAIN QUERY PLAN \(sql)",
                    arguments: StatementArguments(
                        Array(
                            repeating: nil as Int?,
                            count: sql.contains("?6") ? 6 : sql.filter { $0 == "?" }.count)))
                return plan.map { $0["detail"] as String }
            }
        }
        let indexes = [
            "unsettled_deliveries", "unsettled_deliveries", "due_deliveries", "due_deliveries", "undelivered",
            "undelivered",
        ]
        for (plan, index) in zip(plans, indexes) {
            #expect(plan[0].hasPrefix("SEARCH") && plan[0].contains(" INDEX \(index) ("), "\(plan)")
            #expect(
                plan.dropFirst().allSatisfy { !$0.hasPrefix("SCAN") && !$0.contains("TEMP B-TREE") },
                "\(plan)")
        }
    }

    /// The instructions that SQLite needs for the rows of a statement.
    private func steps(_ sql: String, _ arguments: StatementArguments) throws -> CInt {
        try DatabaseQueue(path: path).read { db in
            let statement = try db.makeStatement(sql: sql)
            _ = try Row.fetchAll(statement, arguments: arguments)
            return sqlite3_stmt_status(statement.sqliteStatement, SQLITE_STMTSTATUS_VM_STEP, 1)
        }
    }

    @Test("ten thousand that wait for one destination cost nobody else anything")
    func deadDestination() throws {
        let store = try open()
        var samples = SampleMoments()
        func commit(_ lead: String, _ count: Int, to address: String, _ kind: Outgoing.Kind) throws {
            try store.commit([
                samples.next(lead) { moment in
                    for _ in 0..<count { moment.send([:], kind, to: address, by: "p") }
                }
            ])
        }
        try commit("L1", 1, to: "a", .webhook)
        try commit("L2", 1, to: "b", .email)
        try commit("L1", 1, to: "a", .email)
        let later = Timestamp(milliseconds: 1_900_000_000_000)
        let queries: [(String, StatementArguments)] = [
            (SQLiteStore.due, ["email", later.milliseconds, 9]), (SQLiteStore.nextDue, ["email"]),
            (SQLiteStore.due, ["webhook:a", later.milliseconds, 9]), (SQLiteStore.nextDue, ["webhook:a"]),
            (SQLiteStore.nextChannel, ["email"]), (SQLiteStore.waits, ["webhook:a"]),
            (SQLiteStore.interrupted, [0, 9]),
            (
                SQLiteStore.listing(DeliveryFilter(lead: LeadID("L2"))),
                ["L2", nil, nil, nil, later.milliseconds, 9]
            ),
        ]
        func measured() throws -> [CInt] { try queries.map { try steps($0.0, $0.1) } }
        let before = try measured()
        #expect(before.allSatisfy { $0 > 0 })
        try commit("L1", 5_000, to: "a", .webhook)
        try commit("L1", 5_000, to: "a", .email)
        #expect(try measured() == before)
        #expect(try store.due(through: "email", by: later, limit: 9).map(\.row) == [2, 3])
        #expect(try store.waitingChannels() == ["email", "webhook:a"])
    }

    // MARK: Stores that go on from a backup

    @Test("a restored store has an id of its own, and a backup that of its store")
    func storeID() throws {
        let store = try open()
        let id = try store.storeID()
        let backup = folder("backup.db")
        _ = try SQLiteStore.backUp(path, to: backup)
        #expect(try SQLiteStore(at: backup, mode: .readOnly).storeID() == id)
        let others = try ["one.db", "two.db"].map { name in
            _ = try SQLiteStore.restore(folder(name), from: backup)
            return try SQLiteStore(at: folder(name), mode: .readOnly).storeID()
        }
        #expect(Set(others + [id]).count == 3)
        #expect(try store.storeID() == id)
    }

    @Test(
        "an id that no store has is damage, and a restore gives another",
        arguments: ["UPDATE identity SET store = '0123\r\nBcc: x'", "DELETE FROM identity"])
    func damagedID(edit: String) throws {
        _ = try open()
        try execute(edit)
        let store = try open()
        let error = #expect(throws: StoreError.self) { try store.storeID() }
        #expect(error?.code == .damaged)
        #expect(throws: StoreError.self) { try SQLiteStore.backUp(path, to: folder("backup.db")) }
        withExtendedLifetime(consume store) {}
        let place = folder("other.db")
        #expect(try SQLiteStore.restore(place, from: path).damage.isEmpty)
        #expect(try SQLiteStore(at: place, mode: .readOnly).storeID().utf8.count == 32)
    }

    // MARK: Damage

    @Test(
        "a delivery that does not read back is damage where it is read, and nowhere else",
        arguments: [
            "state = 'lost'", "state = 'dead'", "head = NULL", "due = NULL", "channel = 'pigeon'",
            "destination = 'x', channel = 'webhook:x'",
        ])
    func damagedRow(edit: String) throws {
        try fill()
        try execute("UPDATE deliveries SET \(edit) WHERE id = 1")
        try expectDamage(of: "L1")
        #expect(try SQLiteStore.backUp(path, to: folder("backup.db")).damage.leads.map(\.lead) == ["L1"])
    }

    @Test(
        "rows that do not lead to each other are damage, and are not restored",
        arguments: [
            "attempts = 9223372036854775807", "place = -1", "due = 9223372036854775807", "content = 2",
            "quiet = -1",
        ])
    func brokenRow(edit: String) throws {
        try fill()
        try execute("UPDATE deliveries SET \(edit) WHERE id = 1")
        try expectDamage(of: "L1")
        let error = #expect(throws: StoreError.self) { try SQLiteStore.restore(folder("x.db"), from: path) }
        #expect(error?.code == .damaged)
    }

    @Test(
        "a lead that has none or two next deliveries to one destination is named", arguments: [0, 1])
    func wrongHeads(head: Int) throws {
        try fill()
        try execute("UPDATE deliveries SET head = \(head) WHERE id IN (1, 2)")
        let damage = try SQLiteStore.restore(folder("x.db"), from: path).damage
        #expect(damage.leads.map(\.lead) == ["L1"] && damage.others.isEmpty)
        #expect(damage.leads.map(\.message) == ["its deliveries do not follow each other"])
    }

    @Test("numbers at their ends are told as damage, whatever is done with the deliveries")
    func ends() throws {
        var samples = try fill()
        let most = "9223372036854775807"
        try execute(
            "UPDATE deliveries SET attempts = \(most), place = iif(id = 1, place, \(most)), changed = -\(most)"
        )
        let store = try open()
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let later = Timestamp(milliseconds: 1_800_000_000_000)
        for change in [
            { try store.beginAttempts([1], at: now) },
            { _ = try store.due(through: "email", by: later, limit: 9) },
            { _ = try store.delivery(DeliveryID(LeadID("L1")!, moment: 1, number: .max)) },
        ] as [() throws -> Void] {
            let error = #expect(throws: StoreError.self) { try change() }
            #expect(error?.code == .damaged)
        }
        #expect(try store.sendAgain([DeliveryID(LeadID("L1")!, moment: 1, number: 1)], at: now) == 0)
        try store.commit([samples.next("L1") { $0.send(["to": "a"], by: "p") }])
    }

    @Test(
        "a store whose last row is out of its range is not written to",
        arguments: ["outbox", "deliveries"])
    func lastRow(table: String) throws {
        try fill()
        try execute("UPDATE \(table) SET id = 9223372036854775807 WHERE id = 3")
        let error = #expect(throws: StoreError.self) { try open() }
        #expect(error?.code == .damaged)
    }

    /// `L1` has two mails to one address, `L2` one.
    @discardableResult
    private func fill() throws -> SampleMoments {
        try SampleOutbox(open(), ["L1": ["a", "a"], "L2": ["a"]]).samples
    }

    private func expectDamage(of lead: String) throws {
        let store = try open(.readOnly)
        let id = try #require(LeadID(lead))
        for read in [
            { try store.outbox(after: 0, limit: 1) },
            { try store.deliveries(matching: DeliveryFilter(lead: id), before: 2, limit: 9) },
        ] {
            let error = #expect(throws: StoreError.self) { try read() }
            #expect(error?.code == .damaged)
            #expect(error?.file == path)
        }
        #expect(try store.outbox(after: 1, limit: 9).map(\.row) == [2, 3])
        #expect(try store.lead(id) != nil && store.moments(of: id, from: 1, limit: 9).count == 1)
    }
}
