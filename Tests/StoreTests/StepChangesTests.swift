import Journeys
import Store
import TestKit
import Testing
import Values

@Suite("what a moment changed of where its lead is")
struct StepChangesTests {
    private static let tracks = StepTracks([2, 1, 2])

    private func journey(
        _ steps: String, opened: [Int: Int64], number: Int = 1, version: String = "v1", isOver: Bool = false
    ) -> JourneyRecord {
        JourneyRecord(
            number: number, map: MapID("m"), version: MapVersion(version),
            phase: isOver ? .ended(.won) : .active, tracks: [.open, .open, .waiting],
            steps: steps.map { $0 == "o" ? .open : $0 == "w" ? .waiting : .closed },
            opened: opened.mapValues { Timestamp(milliseconds: $0 * 50) })
    }

    /// `STEP@SLOT` with its sign, of what was left and of the journey that is active.
    private func changes(_ earlier: JourneyRecord?, _ later: JourneyRecord?) -> [String]? {
        let changes = StepChanges(
            from: earlier.flatMap { Whereabouts($0, Self.tracks) },
            to: later.flatMap { Whereabouts($0, Self.tracks) })
        guard let changes else { return nil }
        return [changes.left, changes.current].compactMap(\.self).flatMap { part in
            part.changes.map { change in
                "\(change.count > 0 ? "+" : "-")\(part.version) \(change.step)@\(change.slot.map { String($0.number) } ?? "?")"
            }
        }
    }

    @Test("a journey that begins and one that ends is there with each step that is open")
    func whole() {
        let journey = journey("ocoww", opened: [0: 7, 1: 9])
        #expect(changes(nil, journey) == ["+v1 -1@?", "+v1 0@7", "+v1 2@9"])
        #expect(changes(journey, nil) == ["-v1 -1@?", "-v1 0@7", "-v1 2@9"])
        let over = self.journey("ocoww", opened: [0: 7, 1: 9], isOver: true)
        #expect(changes(journey, over) == changes(journey, nil))
        #expect(changes(over, over) == nil && changes(nil, nil) == nil && changes(nil, over) == nil)
    }

    @Test("of a journey that goes on, what opened and what closed is there")
    func goingOn() {
        let before = journey("oowww", opened: [0: 7])
        #expect(changes(before, before) == nil)
        #expect(changes(before, journey("ocwww", opened: [0: 7])) == ["-v1 1@7"])
        #expect(
            changes(before, journey("ccoww", opened: [0: 7, 1: 9])) == ["-v1 0@7", "-v1 1@7", "+v1 2@9"])
        #expect(
            changes(journey("oowww", opened: [:]), before) == ["-v1 0@?", "+v1 0@7", "-v1 1@?", "+v1 1@7"])
    }

    @Test("in the place of a journey, another comes")
    func another() {
        let before = journey("ocwww", opened: [0: 7])
        #expect(
            changes(before, journey("ocwww", opened: [0: 8], number: 2))
                == ["-v1 -1@?", "-v1 0@7", "+v1 -1@?", "+v1 0@8"])
        #expect(
            changes(before, journey("wwwww", opened: [:], number: 2, version: "v2"))
                == ["-v1 -1@?", "-v1 0@7", "+v2 -1@?"])
    }

    @Test("a step is of the track in whose range it is; of a journey of another form, of none")
    func tracks() {
        let fitting = journey("wwwww", opened: [:])
        #expect((0..<5).map(Self.tracks.track) == [0, 0, 1, 2, 2])
        #expect(Self.tracks.fit(fitting))
        #expect(!Self.tracks.fit(journey("wwww", opened: [:])) && !StepTracks([5]).fit(fitting))
        let open = journey("owwww", opened: [0: 7])
        #expect(Whereabouts(open, StepTracks([5]))?.all(1).map(\.slot?.number) == [nil, nil])
        #expect(Whereabouts(open, Self.tracks)?.all(1).map(\.slot?.number) == [nil, 7])
    }
}
