import Foundation
import GRDB
import Journeys
import Store
import TestKit
import Testing
import Values

@testable import SQLiteStore

@Suite("what was removed from a store's file")
struct ErasureTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
    }

    /// In everything that is kept of a lead.
    private static let text = "Lovelace-7431"

    /// Commits what has the text everywhere: also in records that are whole, and often enough that rows have moved.
    private func fill(_ store: SQLiteStore, _ samples: inout SampleMoments) throws {
        for number in 0..<150 {
            let long = Self.text + String(repeating: "x", count: number * 97 % 5_000)
            var moment = samples.next(Self.text, commandID: "\(Self.text)-\(number)") { moment in
                moment.lead.fields = ["name": .string(long)]
                moment.lead.agent = Self.text
                moment.lead.store = ["greeting": ["k": .string(long)]]
                moment.command = Command(
                    lead: moment.lead.id, order: .set(LeadChanges(fields: ["name": .string(long)])),
                    by: Self.text, id: moment.command.id)
                moment.notes = [.init(text: long, by: "plugin:note")]
                moment.todos = [.init(todo: ["title": .string(long)], by: "plugin:todo")]
                moment.sendToAll(["to": .list([.string(Self.text), "b"])], by: "plugin:email")
            }
            var incident = samples.incident(of: moment)
            incident.details = .string(long)
            moment.incidents = [incident]
            try store.commit([moment, samples.next("other")])
        }
        try store.appendAudit([
            AuditEntry(
                at: Timestamp(milliseconds: 1), token: "kim", address: "a", request: "r", action: "set",
                lead: Self.text, result: "accepted")
        ])
    }

    /// The names of the store's files that have the text in them.
    private func filesWithText() throws -> [String] {
        try ["", "-wal", "-shm"].filter { suffix in
            guard FileManager.default.fileExists(atPath: path + suffix) else { return false }
            return try Data(contentsOf: URL(fileURLWithPath: path + suffix))
                .range(of: Data(Self.text.utf8)) != nil
        }
    }

    private static var limits: SQLiteStore.Limits {
        var limits = SQLiteStore.Limits()
        limits.wholeEvery = 7
        limits.checkpoints = .init(step: 30, long: 200, little: 20, most: 400)
        return limits
    }

    @Test("no file of the store has anything of an erased lead when the commit returns")
    func overwritten() throws {
        let store = try SQLiteStore(at: path, mode: .readWrite, limits: Self.limits)
        var samples = SampleMoments()
        try fill(store, &samples)
        #expect(try !filesWithText().isEmpty)
        try store.commit([samples.erasure(of: Self.text)])
        #expect(try filesWithText() == [])
        try #require(try store.lead(#require(LeadID("other"))) != nil)
    }

    @Test("where somebody reads the store meanwhile, no file has it once the store is closed")
    func readMeanwhile() throws {
        var samples = SampleMoments()
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite, limits: Self.limits)
            try fill(store, &samples)
            let reader = try DatabaseQueue(path: path)
            try reader.inDatabase { db in
                try db.beginTransaction(.deferred)
                _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM moments")
                try store.commit([samples.erasure(of: Self.text)])
                try db.commit()
            }
            try reader.close()
        }
        #expect(try filesWithText() == [])
    }

    @Test("what is removed for its age is not in the file either once the store is closed")
    func aged() throws {
        var samples = SampleMoments()
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite, limits: Self.limits)
            let old = samples.next("L1", commandID: Self.text) { moment in
                moment.lead.fields = ["name": .string(Self.text)]
            }
            try store.commit([old])
            for _ in 0..<3 { try store.commit([samples.next("L1") { $0.lead.fields = [:] }]) }
            let time = Timestamp(milliseconds: old.at.milliseconds + 2)
            for kind in RetentionKind.allCases {
                _ = try store.remove(kind, before: time, after: nil, limit: 9, at: time)
            }
        }
        #expect(try filesWithText() == [])
    }

    @Test(
        "a store with erased leads is whole for a backup, and a restored one knows them",
        arguments: [false, true])
    func copied(returned: Bool) throws {
        var samples = SampleMoments()
        let before: StoreContents
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite, limits: Self.limits)
            try fill(store, &samples)
            try store.commit([samples.erasure(of: Self.text)])
            if returned { try store.commit([samples.next(Self.text)]) }
            before = try StoreContents(of: store)
        }
        let copied = try SQLiteStore.backUp(path, to: folder("backup.db"))
        #expect(copied.damage.isEmpty)
        let restored = try SQLiteStore.restore(folder("again.db"), from: folder("backup.db"))
        #expect(restored.damage.isEmpty)
        let again = try SQLiteStore(at: folder("again.db"), mode: .readWrite)
        #expect(try StoreContents(of: again) == before)
        let lead = try #require(LeadID(Self.text))
        #expect(try again.accepted(CommandID("\(Self.text)-3"), of: lead)?.moment == 4)
        #expect(try (again.erased(lead) == nil) == returned)
        try again.commit([samples.next(Self.text)])
    }

    @Test(
        "a lead whose moments do not follow each other is not erased, and keeps no other lead's moment from it"
    )
    func damaged() throws {
        var samples = SampleMoments()
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite, limits: Self.limits)
            for _ in 0..<4 { try store.commit([samples.next("L1")]) }
        }
        try DatabaseQueue(path: path).write { db in
            try db.execute(sql: "UPDATE moments SET previous = NULL WHERE moment = 3")
        }
        let store = try SQLiteStore(at: path, mode: .readWrite, limits: Self.limits)
        let erasure = samples.erasure(of: "L1")
        let other = samples.next("L2")
        let error = #expect(throws: StoreError.self) { try store.commit([erasure, other]) }
        guard case .conflict(let conflict) = error?.code, case .leadDamaged = conflict.cause else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(conflict.moment == 0)
        try store.commit([other])
        #expect(try store.lead(other.lead.id) == other.lead)
    }

    @Test("what is too old of a damaged lead stays, and that of others goes")
    func damagedHistory() throws {
        var samples = SampleMoments()
        let store = try SQLiteStore(at: path, mode: .readWrite, limits: Self.limits)
        for _ in 0..<3 { try store.commit([samples.next("L1"), samples.next("L2")]) }
        try DatabaseQueue(path: path).write { db in
            try db.execute(
                sql: """
                    UPDATE moments SET record = NULL, change = 'x' WHERE moment = 2
                        AND lead = (SELECT id FROM settled_leads WHERE lead = 'L1')
                    """)
        }
        let end = Timestamp(milliseconds: 1_700_000_000_099)
        let step = try store.remove(.history, before: end, after: nil, limit: 99, at: end)
        #expect(step.removal.moments == 3 && step.next == nil)
        #expect(try store.moments(of: #require(LeadID("L2")), from: 1, limit: 9) == [])
        #expect(try store.moments(of: #require(LeadID("L1")), from: 1, limit: 9).count == 3)
    }

    @Test("random moments, erasures and removals come to the same as in memory", arguments: 0..<12)
    func sameAsInMemory(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var samples = SampleMoments()
        let memory = MemoryStore()
        var limits = Self.limits
        limits.recent = seed % 4
        var store = try SQLiteStore(at: path, mode: .readWrite, limits: limits)
        var removed = 0
        for _ in 0..<60 {
            let good = samples
            let batch = (0..<Int.random(in: 1...4, using: &random)).map { _ in samples.random(&random) }
            if (try? memory.commit(batch)) != nil { try store.commit(batch) } else { samples = good }
            guard random.once(in: 4) else { continue }
            let kind = random.pick(RetentionKind.allCases)
            let before = Timestamp(
                milliseconds: 1_700_000_000_000 + Int64.random(in: 0...40, using: &random))
            let limit = Int.random(in: 1...9, using: &random)
            var place: Int?
            repeat {
                let steps = try [memory as any Store, store].map {
                    try $0.remove(kind, before: before, after: place, limit: limit, at: before)
                }
                #expect(steps[0] == steps[1], "\(kind)")
                removed += steps[0].removal.isEmpty ? 0 : 1
                place = steps[0].next
            } while place != nil
            if random.once(in: 3) {
                withExtendedLifetime(consume store) {}
                store = try SQLiteStore(at: path, mode: .readWrite, limits: limits)
            }
        }
        #expect(removed > 0)
        let contents = try StoreContents(of: store)
        #expect(contents == (try StoreContents(of: memory)))
        try contents.requireWhole(afterRemovals: true)
        #expect(try SQLiteStore.backUp(path, to: folder("backup.db")).damage.isEmpty)
    }
}
