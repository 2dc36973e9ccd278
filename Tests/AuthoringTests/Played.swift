import Authoring
import Journeys
import Logging
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

/// A workspace in memory, its leads in a store in memory, and commands that are given one after the other.
struct Played {
    let store: any Store
    private(set) var generation: Generation
    private let engine: SerialEngine
    static let time = Timestamp("2026-11-22T09:00:00Z")!

    init(_ files: [String: String], in store: any Store = MemoryStore()) throws {
        self.store = store
        generation = try Generation(reading: MemoryTree(files))
        try #require(generation.mistakes.isEmpty, "\(generation.mistakes)")
        engine = try SerialEngine(
            store: store, generation: generation,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Self.time })
    }

    /// Lets the next moments use other files.
    mutating func install(_ files: [String: String]) {
        generation = Generation(reading: MemoryTree(files), after: generation)
        engine.install(generation)
    }

    @discardableResult
    func give(_ orders: Order..., to lead: String = "L1") throws -> [Answer] {
        try engine.handle(orders.map { Command(lead: LeadID(lead)!, order: $0) })
    }

    /// Lets a delivery die, and tells its lead (R57).
    func die(_ delivery: String) throws {
        let id = try #require(DeliveryID(delivery))
        let stored = try #require(try store.delivery(id))
        try store.beginAttempts([stored.row], at: Self.time)
        let undelivered = Undelivered(
            delivery: id, kind: stored.kind, to: stored.to, state: .dead, reason: "550 no", isQuiet: false)
        _ = try engine.handle(
            undelivered,
            settling: DeliverySettlement(row: stored.row, outcome: .failed, message: "550 no", next: .dead))
    }

    func explainer(_ lead: String = "L1", journey: Int? = nil) throws -> Explainer {
        let record = try #require(try store.lead(LeadID(lead)!))
        return try Explainer(record, journey: journey, in: store, generation)
    }

    func explanations(_ lead: String = "L1", journey: Int? = nil) throws -> [Explanation] {
        try explainer(lead, journey: journey).explanations(of: nil)
    }

    /// Each trigger's verdict in a line: `m/t/a/close/1 fired`.
    func verdicts(_ lead: String = "L1", journey: Int? = nil) throws -> [String] {
        try explanations(lead, journey: journey).map { "\($0.trigger) \($0.verdict.kind.rawValue)" }
    }

    func verdict(_ trigger: String, of lead: String = "L1", journey: Int? = nil) throws -> Verdict {
        try explainer(lead, journey: journey).explanations(of: trigger)[0].verdict
    }
}
