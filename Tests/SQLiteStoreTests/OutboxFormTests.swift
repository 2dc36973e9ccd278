import GRDB
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

@Suite("the outbox of a store that an earlier version wrote")
struct OutboxFormTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
    }

    /// Commits the moments in a store that is then one of the earlier form.
    private func make(form: String, _ moments: [MomentRecord]) throws {
        do { try SQLiteStore(at: path, mode: .readWrite).commit(moments) }
        try OlderStore.make(at: path, in: folder, form: form)
    }

    private func outbox() throws -> [StoredDelivery] {
        try SQLiteStore(at: path, mode: .readWrite).outbox(after: 0, limit: .max)
    }

    @Test("its rows are mails, with what they had, and wait")
    func rowsAreMails() throws {
        var samples = SampleMoments()
        let before: StoreContents
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            try store.commit([
                samples.next("L1") { $0.send(["to": "a@example.com"], by: "plugin:email") },
                samples.next("L2") {
                    $0.send(["to": "b@example.com"], by: "plugin:email", templateHash: "a1")
                },
            ])
            before = try StoreContents(of: store)
        }
        try OlderStore.make(at: path, in: folder, form: "6")
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try StoreContents(of: store) == before)
        try store.commit([samples.next("L1") { $0.send(["to": "c@example.com"], by: "plugin:email") }])
        let rows = try store.outbox(after: 0, limit: .max)
        #expect(rows.map(\.kind) == [.email, .email, .email])
        #expect(rows.map(\.id.description) == ["L1/1/1", "L2/1/1", "L1/2/1"])
        #expect(rows.map(\.payload["to"]) == ["a@example.com", "b@example.com", "c@example.com"])
        #expect(rows.map(\.state) == [.waiting, .waiting, .waiting])
    }

    @Test("a mail to several is a delivery to each, and those that have a number keep it")
    func severalRecipients() throws {
        var samples = SampleMoments()
        let mails: [Values.Table] = [
            ["to": ["a", "b", "a"], "cc": "c"], ["to": "b"], ["cc": ["e\u{301}"], "bcc": ["\u{e9}", "b"]],
            [:],
        ]
        let moments = [
            samples.next("L1") { moment in for mail in mails { moment.send(mail, by: "p") } },
            samples.next("L2") { $0.send(mails[0], by: "p") },
            samples.next("L1") { $0.send(mails[0], by: "p") },
        ]
        try make(form: "9", moments)
        let found = try outbox()
        #expect(
            found.map { "\($0.id) \($0.first.number) \($0.to)" } == [
                "L1/1/1 1 a", "L1/1/2 2 b", "L1/1/3 3 e\u{301}", "L1/1/4 4 ", "L1/1/5 1 b", "L1/1/6 1 c",
                "L1/1/7 3 \u{e9}", "L1/1/8 3 b", "L2/1/1 1 a", "L2/1/2 1 b", "L2/1/3 1 c", "L1/2/1 1 a",
                "L1/2/2 1 b", "L1/2/3 1 c",
            ])
        for delivery in found where delivery.id.moment == 1 && delivery.id.lead.text == "L1" {
            #expect(delivery.payload == mails[delivery.first.number - 1])
            #expect(delivery.due == moments[0].at && delivery.state == .waiting && delivery.attempts == 0)
        }
        let contents = try StoreContents(of: SQLiteStore(at: path, mode: .readOnly))
        try contents.requireWhole(afterRemovals: true)
        #expect(contents.next["email"]?.count == 9)
        #expect(try SQLiteStore.backUp(path, to: folder("backup.db")).damage.isEmpty)
    }

    @Test(
        "a row that does not read back is dead, and holds nobody else",
        arguments: ["payload = '{'", "kind = 'x'"])
    func damagedRow(edit: String) throws {
        var samples = SampleMoments()
        try make(
            form: "9",
            ["L1", "L2", "L3"].map { samples.next($0) { $0.send(["to": ["a", "b"]], by: "p") } })
        try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE outbox SET \(edit) WHERE id = 2") }
        let store = try SQLiteStore(at: path, mode: .readWrite)
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let due = try store.due(through: "email", by: now, limit: .max)
        #expect(due.map(\.id.description) == ["L1/1/1", "L1/1/2", "L3/1/1", "L3/1/2"])
        #expect(try store.waitingChannels() == ["email"])
        #expect(try store.outboxFigures().counts[.dead] == 1)
        let error = #expect(throws: StoreError.self) { try store.outbox(after: 0, limit: .max) }
        #expect(error?.code == .damaged)
        let made = try SQLiteStore.backUp(path, to: folder("backup.db"))
        #expect(made.damage.leads.map(\.lead) == ["L2"])
    }

    @Test("a number that no delivery can have is kept as it is")
    func damagedNumber() throws {
        var samples = SampleMoments()
        try make(form: "9", ["L1", "L2"].map { samples.next($0) { $0.send(["to": ["a", "b"]], by: "p") } })
        try DatabaseQueue(path: path).write { db in
            try db.execute(sql: "UPDATE outbox SET place = 9223372036854775807 WHERE id = 1")
        }
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try store.outbox(after: 1, limit: .max).map(\.id.description) == ["L2/1/1", "L2/1/2"])
        let error = #expect(throws: StoreError.self) { try store.outbox(after: 0, limit: .max) }
        #expect(error?.code == .damaged)
    }

    @Test("a store of an earlier form is given an id, which stays")
    func storeID() throws {
        var samples = SampleMoments()
        try make(form: "9", [samples.next("L1")])
        let id = try SQLiteStore(at: path, mode: .readWrite).storeID()
        #expect(try SQLiteStore(at: path, mode: .readWrite).storeID() == id)
        #expect(try SQLiteStore(at: path, mode: .readOnly).storeID() == id)
    }
}
