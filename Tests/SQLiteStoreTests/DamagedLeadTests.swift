import Foundation
import GRDB
import Journeys
import Store
import TestKit
import Testing
import Values

@testable import SQLiteStore

/// What is damaged of one lead is that lead's alone.
@Suite("a lead whose record does not read back")
struct DamagedLeadTests {
    private let folder: TemporaryFolder
    private let path: String
    private var samples = SampleMoments()

    /// Five leads, of which `L2` and `L4` are damaged, one of them where the newest moments are.
    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
        // Where a lead is written the second time by another process, its newest state has a slot.
        for leads in [1...5, 4...5] {
            try SQLiteStore(at: path, mode: .readWrite).commit(leads.map { samples.next("L\($0)") })
        }
        try DatabaseQueue(path: path).write { db in
            try db.execute(sql: "UPDATE settled_leads SET record = '{' WHERE lead = 'L2'")
            try db.execute(
                sql: """
                    UPDATE moments SET change = '{' WHERE id = (SELECT last FROM leads WHERE lead = 'L4')
                    """)
            #expect(db.changesCount == 1)
        }
    }

    private func id(_ text: String) throws -> LeadID { try #require(LeadID(text)) }

    private func names(_ leads: [DamagedLead]) -> [String] { leads.map(\.lead) }

    @Test("its own reading says so, with the lead and the file, and others are read")
    func reading() throws {
        let store = try SQLiteStore(at: path, mode: .readOnly)
        for lead in ["L2", "L4"] {
            let error = #expect(throws: StoreError.self) { try store.lead(id(lead)) }
            #expect(error?.code == .leadDamaged)
            #expect(error?.file == path)
            #expect(error?.message.hasPrefix("lead \"\(lead)\" is damaged: ") == true)
        }
        for lead in ["L1", "L3", "L5"] { #expect(try store.lead(id(lead)) != nil) }
    }

    @Test("the list has all others, and names it where its turn comes")
    func listing() throws {
        let store = try SQLiteStore(at: path, mode: .readOnly)
        func list(
            _ filter: LeadFilter = .all, after: String? = nil, limit: Int = .max
        ) throws -> ([String], [String]) {
            var damaged: [DamagedLead] = []
            let leads = try store.leads(matching: filter, after: after.map(id), limit: limit) {
                damaged.append($0)
            }
            #expect(damaged.allSatisfy { !$0.message.isEmpty })
            return (leads.map(\.id.text), names(damaged))
        }
        #expect(try list() == (["L1", "L3", "L5"], ["L2", "L4"]))
        #expect(try list(limit: 2) == (["L1", "L3"], ["L2"]))
        #expect(try list(after: "L3") == (["L5"], ["L4"]))
        #expect(try list(LeadFilter(status: .won)) == ([], []))
        let error = #expect(throws: StoreError.self) {
            try store.leads(matching: .all, after: nil, limit: .max)
        }
        #expect(error?.code == .leadDamaged)
        #expect(try store.heldLeads(after: nil, limit: 9) == [])
        #expect(try store.counts().moments == 7)
    }

    @Test("commits of others, and the moments of all, go on")
    mutating func committing() throws {
        var limits = SQLiteStore.Limits()
        limits.recent = 1
        let store = try SQLiteStore(at: path, mode: .readWrite, limits: limits)
        try store.commit((1...5).map { samples.next("L\($0)") })
        #expect(try store.lead(id("L1"))?.lastMoment == 2)
        #expect(throws: StoreError.self) { try store.lead(id("L2")) }
        #expect(try store.moments(of: id("L4"), from: 1, limit: 9).map(\.number) == [1, 2, 3])
        // As soon as the record is written whole, the lead is.
        for lead in ["L2", "L4"] {
            var moment = samples.next(lead)
            moment.change = .unknown
            try store.commit([moment, samples.next("L1")])
            #expect(try store.lead(id(lead)) == moment.lead)
        }
    }

    @Test("a backup and a restore take it along as it is, and name it")
    func copying() throws {
        let backup = folder("backup.db")
        let made = try SQLiteStore.backUp(path, to: backup)
        #expect(names(made.damage.leads) == ["L2", "L4"])
        #expect(made.counts.moments == 7)
        let restored = try SQLiteStore.restore(path, from: backup)
        #expect(names(restored.damage.leads) == ["L2", "L4"])
        #expect(restored.replaced != nil)
        for file in [backup, path] {
            let store = try SQLiteStore(at: file, mode: .readOnly)
            #expect(try store.lead(id("L5"))?.lastMoment == 2)
            #expect(throws: StoreError.self) { try store.lead(id("L2")) }
        }
    }

    @Test("a backup names one of which an old moment changed what cannot be, though its record reads back")
    mutating func past() throws {
        var limits = SQLiteStore.Limits()
        limits.wholeEvery = 4
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite, limits: limits)
            for _ in 1...9 { try store.commit(["L6", "L7", "L8"].map { samples.next($0) }) }
        }
        try DatabaseQueue(path: path).write { db in
            for (lead, moment, change) in [
                ("L6", 2, #"{"status":"lent"}"#), ("L7", 7, #"{"journey":{"steps":"0-999999999c"}}"#),
            ] {
                try db.execute(
                    sql: """
                        UPDATE moments SET change = ? WHERE change IS NOT NULL AND moment = ?
                            AND lead = (SELECT id FROM settled_leads WHERE lead = ?)
                        """, arguments: [change, moment, lead])
                #expect(db.changesCount == 1)
            }
        }
        let store = try SQLiteStore(at: path, mode: .readOnly)
        for (lead, moment) in [("L6", 3), ("L7", 7)] {
            #expect(try store.lead(id(lead))?.lastMoment == 9)
            let error = #expect(throws: StoreError.self) { try store.lead(id(lead), after: moment) }
            #expect(error?.code == .leadDamaged)
        }
        let made = try SQLiteStore.backUp(path, to: folder("backup.db"))
        #expect(names(made.damage.leads) == ["L2", "L4", "L6", "L7"])
    }

    @Test("a value that does not read back has no sum, and can be set anew")
    mutating func value() throws {
        try DatabaseQueue(path: path).write { db in
            try db.execute(sql: "INSERT INTO plugin_values VALUES ('p', 'n', '{')")
        }
        let store = try SQLiteStore(at: path, mode: .readWrite)
        let before = samples
        let moment = samples.next("L1") { $0.values = [.init(plugin: "p", key: "n", change: .add(1))] }
        let error = #expect(throws: StoreError.self) { try store.commit([moment]) }
        guard case .invalidSums(let sums)? = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(sums.map(\.change) == [0])
        samples = before
        try store.commit([
            samples.next("L1") { moment in
                moment.values = [.set(1), .add(1)].map { .init(plugin: "p", key: "n", change: $0) }
            }
        ])
        #expect(try store.value("n", of: "p") == 2)
    }
}
