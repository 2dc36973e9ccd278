import Foundation
import GRDB
import Journeys
import Store
import TestKit
import Testing
import Values

@testable import SQLiteStore

@Suite("leads that were written lately")
struct RecentLeadsTests {
    private let folder: TemporaryFolder
    private let path: String
    private var samples = SampleMoments()

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
        let store = try SQLiteStore(at: path, mode: .readWrite)
        try store.commit((1...5).map { samples.next("L\($0)") })
    }

    private func open(slots: Int) throws -> SQLiteStore {
        var limits = SQLiteStore.Limits()
        limits.recent = slots
        return try SQLiteStore(at: path, mode: .readWrite, limits: limits)
    }

    /// Each lead's number of moments as its own row has it.
    private func settled() throws -> [Int] {
        try DatabaseQueue(path: path).read {
            try Int.fetchAll($0, sql: "SELECT moment FROM settled_leads ORDER BY lead")
        }
    }

    /// What is in the slots, in their order.
    private func slots() throws -> [String] {
        try DatabaseQueue(path: path).read {
            try String.fetchAll(
                $0,
                sql: """
                    SELECT slot || ' ' || settled_leads.lead || ' ' || recent_leads.moment
                    FROM recent_leads JOIN settled_leads ON settled_leads.id = recent_leads.lead ORDER BY slot
                    """)
        }
    }

    @Test("a lead that is written again takes a slot, and those that took theirs first give them back")
    mutating func slotsInTurn() throws {
        #expect(try slots() == [])
        var store = try open(slots: 2)
        try store.commit([samples.next("L3"), samples.next("L1"), samples.next("L3")])
        #expect(try slots() == ["1 L3 3", "2 L1 2"])
        #expect(try settled() == [1, 1, 1, 1, 1])
        try store.commit([samples.next("L3")])
        #expect(try slots() == ["1 L3 4", "2 L1 2"])
        try store.commit([samples.next("L5"), samples.next("L1")])
        #expect(try slots() == ["2 L1 3", "3 L5 2"])
        #expect(try settled() == [1, 1, 4, 1, 1])
        // As it is known to the store, and as it is found by one that is opened anew.
        try store.commit([samples.next("L3")])
        #expect(try slots() == ["3 L5 2", "4 L3 5"])
        #expect(try settled() == [3, 1, 4, 1, 1])
        withExtendedLifetime(consume store) {}
        store = try open(slots: 2)
        try store.commit([samples.next("L5"), samples.next("L1")])
        #expect(try slots() == ["4 L3 5", "5 L1 4"])
        #expect(try settled() == [3, 1, 4, 1, 3])
        #expect(try StoreContents(of: store).records.map(\.lastMoment) == [4, 1, 5, 1, 3])
    }

    @Test("fewer slots than before take up those that were too many")
    mutating func fewerSlots() throws {
        try open(slots: 10).commit((1...4).map { samples.next("L\($0)") })
        #expect(try slots() == ["1 L1 2", "2 L2 2", "3 L3 2", "4 L4 2"])
        let store = try open(slots: 1)
        try store.commit([samples.next("L5")])
        #expect(try slots() == ["5 L5 2"])
        #expect(try settled() == [2, 2, 2, 2, 1])
        #expect(try StoreContents(of: store).records.map(\.lastMoment) == [2, 2, 2, 2, 2])
    }

    @Test("a new lead takes a slot when it is written again")
    mutating func newLead() throws {
        let store = try open(slots: 10)
        try store.commit([samples.next("L6"), samples.next("L6")])
        #expect(try slots() == [])
        try store.commit([samples.next("L6")])
        #expect(try slots() == ["1 L6 3"])
        #expect(try settled() == [1, 1, 1, 1, 1, 2])
    }

    @Test("a record is written whole at every 64th moment and when its lead gives its slot back")
    mutating func wholeRecords() throws {
        let store = try open(slots: 1)
        for _ in 2...130 {
            try store.commit([
                samples.next("L1") {
                    $0.lead.fields["large"] = .string(String(repeating: "x", count: 1000))
                    $0.lead.fields["n"] = .integer(Int64($0.number))
                }
            ])
        }
        let whole = try DatabaseQueue(path: path).read {
            try Int.fetchAll($0, sql: "SELECT moment FROM moments WHERE record IS NOT NULL ORDER BY id")
        }
        // Those that do not say what they changed are among them.
        #expect(whole.filter { $0 == 1 || $0 % 5 != 4 } == [1, 1, 1, 1, 1, 128])
        #expect(Set(whole).isSuperset(of: [64, 128]))
        #expect(try settled() == [1, 1, 1, 1, 1])
        try store.commit([samples.next("L2")])
        #expect(try settled() == [130, 1, 1, 1, 1])
        #expect(try store.lead(#require(LeadID("L1")), after: 129)?.fields["n"] == 129)
        #expect(try store.lead(#require(LeadID("L1")))?.fields["n"] == 130)
    }

    @Test("a lead that is held is in its own row, where the index of held leads is")
    mutating func heldLead() throws {
        let store = try open(slots: 10)
        func set(_ id: String, _ journey: JourneyRecord) -> MomentRecord {
            samples.next(id) { moment in
                moment.lead.journey = journey
                moment.maps = [SampleMoments.map]
            }
        }
        func held() throws -> [String] { try store.heldLeads(after: nil, limit: .max).map(\.id.text) }
        let over = SampleMoments.journey(.ended(.won))
        try store.commit([set("L1", over), set("L2", SampleMoments.journey())])
        #expect(try held() == ["L2"])
        #expect(try slots() == ["1 L1 2"])
        try store.commit([set("L1", SampleMoments.journey()), set("L2", over)])
        #expect(try held() == ["L1"])
        #expect(try slots() == [])
        try store.commit([set("L1", over), set("L2", SampleMoments.journey()), samples.next("L3")])
        #expect(try held() == ["L2"])
        #expect(try slots() == ["2 L3 2"])
        #expect(try StoreContents(of: store).records.map(\.lastMoment) == [4, 4, 2, 1, 1])
    }

    @Test("a failed commit leaves the slots as they were")
    mutating func failedCommit() throws {
        let store = try open(slots: 2)
        try store.commit([samples.next("L1")])
        let good = samples
        #expect(throws: StoreError.self) {
            try store.commit([
                samples.next("L2"), samples.next("L3"), samples.next("L4") { $0.lead.lastMoment += 1 },
            ])
        }
        samples = good
        #expect(try slots() == ["1 L1 2"])
        try store.commit([samples.next("L2"), samples.next("L3")])
        #expect(try slots() == ["2 L2 2", "3 L3 2"])
        #expect(try settled() == [2, 1, 1, 1, 1])
    }

    @Test("what each command needs is found without a look at all leads")
    func plans() throws {
        for (sql, argument) in [
            (RecordHistory.Newest.one, "L1"), (RecentLeads.newest, "1"), (RecentLeads.settle, "1"),
        ] {
            let plan = try DatabaseQueue(path: path).write { db in
                let count = sql.contains("?2") ? 2 : 1
                return try Row.fetchAll(
                    db, sql: "EXPLAIN QUERY PLAN \(sql)",
                    arguments: StatementArguments(Array(repeating: argument, count: count))
                ).map { $0["detail"] as String }
            }
            #expect(plan.allSatisfy { $0.contains("SEARCH") || $0.contains("SUBQUERY") }, "\(plan)")
        }
    }
}
