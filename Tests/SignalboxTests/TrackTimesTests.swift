import Journeys
import Logging
import Signalbox
import Store
import Synchronization
import TestKit
import Testing
import Values
import Workspace

@Suite("When tracks opened")
struct TrackTimesTests {
    private static let map = """
        map: m
        tracks:
          - { track: a, steps: [ { step: x } ] }
          - { track: b, steps: [ { step: y } ] }
          - { track: c, steps: [ { step: z } ] }
        """

    @Test("a record keeps the time of the moment in which each track opened, also of a later journey")
    func kept() throws {
        let store = MemoryStore()
        let now = Mutex(Timestamp("2026-12-01T09:00:00Z")!)
        let engine = try SerialEngine(
            store: store,
            generation: Generation(
                reading: MemoryTree([
                    "maps/m.yaml": Self.map, "maps/n.yaml": Self.map.replacing("map: m", with: "map: n"),
                ])),
            logger: Logger(label: "none") { _ in SwiftLogNoOpLogHandler() }, clock: { now.withLock { $0 } })
        let lead = LeadID("L")!
        func opened(at time: Timestamp, _ order: Order) throws -> [Int: Timestamp]? {
            now.withLock { $0 = time }
            let answer = try engine.handle([Command(lead: lead, order: order)])[0]
            guard case .accepted = answer else { throw BrokenExpectation("\(answer)") }
            return store.lead(lead)?.journey?.opened
        }
        func time(_ hour: Int) -> Timestamp { Timestamp("2026-12-01T\(hour):00:00Z")! }
        let steps: [(hour: Int, order: Order, opened: [Int: Timestamp])] = [
            (10, .assign(MapID("m"), LeadChanges()), [0: time(10)]),
            (11, .set(LeadChanges(fields: ["n": 1])), [0: time(10)]),
            (12, .complete("a/x"), [0: time(10), 1: time(12)]),
            (13, .complete("b/y"), [0: time(10), 1: time(12), 2: time(13)]),
            (14, .assign(MapID("n"), LeadChanges()), [0: time(14)]),
        ]
        for step in steps { #expect(try opened(at: time(step.hour), step.order) == step.opened) }
    }
}
