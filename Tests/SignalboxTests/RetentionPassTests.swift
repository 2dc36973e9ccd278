import Journeys
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

@Suite("One pass of what is removed for its age")
struct RetentionPassTests {
    private static let now = Timestamp("2026-11-29T12:00:00Z")!
    private static let day: Int64 = 86_400_000

    /// With a moment, a command's id and a dismissed incident on each of so many days up to now.
    private static func store(days: Int) throws -> MemoryStore {
        var samples = SampleMoments()
        let store = MemoryStore()
        for age in (0..<days).reversed() {
            var moment = samples.next("L1", commandID: "id-\(age)") { moment in
                moment.at = Timestamp(milliseconds: now.milliseconds - Int64(age) * day)
            }
            var incident = samples.incident(of: moment)
            incident.at = moment.at
            moment.incidents = [incident]
            try store.commit([moment])
        }
        _ = store.dismiss(Array(1...days))
        return store
    }

    @Test("each kind goes by its own age, in pieces, and what has none stays")
    func ages() throws {
        let store = try Self.store(days: 40)
        var retention = Settings.Retention()
        retention.history = .seconds(10 * 86_400)
        retention.ids = .seconds(30 * 86_400)
        var pass = RetentionPass(retention, in: store, at: Self.now, pieceLimit: 4)
        var steps = 0
        while !pass.isOver {
            try pass.step()
            steps += 1
        }
        // Older than ten days are 29, and older than thirty 9.
        #expect(pass.removal.moments == 29 && pass.removal.commandIDs == 9)
        #expect(pass.removal.incidents == 0)
        #expect(steps > 10)
        let lead = try #require(LeadID("L1"))
        #expect(store.moments(of: lead, from: 1, limit: 99).map(\.number) == Array(30...40))
        #expect(store.accepted("id-31", of: lead) == nil && store.accepted("id-30", of: lead) != nil)
        #expect(store.incidents(of: nil, before: nil, limit: 99).count == 40)
    }

    @Test("without a retention there is nothing to do")
    func none() throws {
        let store = try Self.store(days: 2)
        var pass = RetentionPass(Settings.Retention(), in: store, at: Self.now)
        #expect(pass.isOver)
        try pass.step()
        #expect(pass.removal.isEmpty && store.audit(before: nil, limit: 9).isEmpty)
    }

    @Test("a store that cannot be written is told, and the pass goes on where it was")
    func failing() throws {
        let memory = try Self.store(days: 40)
        let store = FailingStore(memory, failing: 2)
        var retention = Settings.Retention()
        retention.history = .seconds(86_400)
        var pass = RetentionPass(retention, in: store, at: Self.now, pieceLimit: 20)
        try pass.step()
        #expect(throws: StoreError.self) { try pass.step() }
        #expect(pass.removal.moments == 20)
        while !pass.isOver { try pass.step() }
        #expect(pass.removal.moments == 38)
    }
}
