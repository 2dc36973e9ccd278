import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

/// What the engine tells leads of deliveries that did not arrive (R57).
@Suite("Deliveries that did not arrive")
struct UndeliveredTests {
    private static let files = [
        "plugins/p.lua": """
        return { name = "p", api = 1, needs = { "email" }, on = {
          { event = "map.open", run = function()
            host.email.send { to = { "a@example.com", "b@example.com" }, subject = "s" } end },
          { event = "delivery.failed", run = function(event) host.note.add(event.payload.to) end },
        } }
        """,
        "maps/m.yaml": "map: m\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n",
    ]
    private let now = Timestamp("2026-11-22T09:00:00Z")!
    private let lead = LeadID("L")!

    private func engine(_ store: any Store, lanes: Int) throws -> Engine {
        let now = now
        return try Engine(
            store: store, generation: try Generation(reading: MemoryTree(Self.files)), lanes: lanes,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), clock: { now })
    }

    private func tell(
        _ engine: Engine, of number: Int, row: Int, lead: LeadID
    ) async -> Result<Answer, StoreError> {
        let undelivered = Undelivered(
            delivery: DeliveryID(lead, moment: 1, number: number), kind: .email, to: "a@example.com",
            state: .dead, reason: "550 no", isQuiet: false)
        let settlement = DeliverySettlement(row: row, outcome: .failed, message: "550 no", next: .dead)
        return await withCheckedContinuation { continuation in
            engine.submit(undelivered, settling: settlement) { continuation.resume(returning: $0) }
        }
    }

    @Test("the moment that tells of a delivery settles it, or nothing happens", arguments: [1, 2])
    func settles(lanes: Int) async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(at: folder("signalbox.db"), mode: .readWrite)
        let engine = try engine(store, lanes: lanes)
        defer { engine.stop() }
        _ = try await engine.handle(Command(lead: lead, order: .assign(MapID("m"), LeadChanges())))
        let rows = try store.outbox(after: 0, limit: 9).map(\.row)
        try #require(rows.count == 2)
        try store.beginAttempts([rows[0]], at: now)

        guard case .success(.accepted(let told)) = await tell(engine, of: 1, row: rows[0], lead: lead) else {
            Issue.record("it is not accepted")
            return
        }
        #expect(told.moment == 2 && told.hasIncidents)
        #expect(try store.outbox(after: 0, limit: 9).map(\.state) == [.dead, .waiting])
        #expect(try store.attempts(of: DeliveryID(lead, moment: 1, number: 1)).map(\.outcome) == [.failed])
        #expect(try store.notes(of: lead).map(\.text) == ["a@example.com"])

        // Neither is being sent now: what tells of them is not there either.
        for (index, row) in rows.enumerated() {
            guard case .failure(let error) = await tell(engine, of: index + 1, row: row, lead: lead),
                case .conflict(let conflict) = error.code
            else {
                Issue.record("delivery \(index + 1) was settled")
                continue
            }
            #expect(conflict.cause == .deliveryChanged(row: row))
        }
        guard
            case .success(.refused(let refusal)) = await tell(
                engine, of: 1, row: rows[1], lead: LeadID("unknown")!)
        else {
            Issue.record("a lead that is not known is told")
            return
        }
        #expect(refusal.reason == .unknownLead)
        #expect(try store.outbox(after: 0, limit: 9).map(\.state) == [.dead, .waiting])
        #expect(try store.incidents(of: nil, before: nil, limit: 9).map(\.reason) == ["delivery_dead"])

        // The lead goes on from what is stored.
        let next = try await engine.handle(Command(lead: lead, order: .complete("t/s")))
        guard case .accepted(let accepted) = next else {
            Issue.record("\(next)")
            return
        }
        #expect(accepted.moment == 3)
    }
}
