import Journeys
import TestKit
import Testing
import Values

/// Random maps, commands and effects; what must hold whatever happens.
@Suite("Whatever happens")
struct PropertyTests {
    @Test("seq is gapless, opens come before closes, nothing fires after cancel")
    func invariants() throws {
        for seed in 0..<500 as Range<UInt64> { try checkInvariants(seed: seed) }
    }

    private func checkInvariants(seed: UInt64) throws {
        var world = RandomWorld(seed: seed)
        var lead: Lead?
        var expectedSeq = 1
        var moments = 0
        var seen = Witness()
        for _ in 0..<40 {
            let order = world.order()
            let answers = world.random
            let moment: Moment
            do {
                moment = try world.run(order, of: lead)
            } catch {
                continue
            }
            moments += 1
            #expect(moment.lead.lastMoment == moments, "seed \(seed)")

            var again = world
            again.random = answers
            let replayed = try again.run(order, of: lead)
            #expect(replayed.lines == moment.lines, "a moment replayed gives the same lines, seed \(seed)")
            let read = moment.lines.map { JournalLine(reading: $0) }
            #expect(read == moment.expectedLines, "what is written reads back, seed \(seed)")

            var lastInstant = 0
            for case .event(let event, let instant) in moment.journal {
                #expect(event.seq == expectedSeq, "seed \(seed)")
                expectedSeq += 1
                #expect(instant == lastInstant || instant == lastInstant + 1)
                lastInstant = instant
                seen.check(event)
            }
            #expect(moment.lead.lastSeq == expectedSeq - 1)
            lead = moment.lead
            if let journey = lead?.journey, journey.isActive { #expect(lead?.status == .open) }
        }
    }
}

/// Checks each event against those before it.
private struct Witness {
    private var open: Set<String> = []
    private var closed: Set<String> = []
    private var activeJourney: Int?
    private var endedJourneys: Set<Int> = []

    mutating func check(_ event: Event) {
        let place =
            "\(event.journey) " + (event.step.map { "\(event.track!)/\($0)" } ?? event.track?.text ?? "")
        switch event.name {
        case .custom, .deliveryFailed: return
        case .mapOpen:
            #expect(activeJourney == nil, "one active journey")
            activeJourney = event.journey
        case .mapClose, .mapLeave:
            #expect(activeJourney == event.journey)
            activeJourney = nil
            endedJourneys.insert(event.journey)
            return
        case .trackOpen, .stepOpen:
            #expect(open.insert(place).inserted, "\(place) opens once")
        case .stepRemove:
            #expect(closed.insert(place).inserted)
        case .trackClose, .stepClose, .stepSkip:
            #expect(open.contains(place), "\(place) was open")
            #expect(closed.insert(place).inserted, "\(place) closes once")
        }
        #expect(!endedJourneys.contains(event.journey), "nothing fires after cancel: \(event)")
        #expect(activeJourney == event.journey)
    }
}

/// A few random maps and what calls answer on them.
private struct RandomWorld {
    var random: SeededRandom
    private let rules: Rulebook
    private let maps: [MapDefinition]

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let maps = ["a", "b"].map { Self.map($0, &random) }
        self.maps = maps
        rules = Rulebook(maps: Dictionary(uniqueKeysWithValues: maps.map { ($0.id, .available($0)) }))
        self.random = random
    }

    private static func triggers(_ verbs: [Verb], _ random: inout SeededRandom) -> [Verb: [String]] {
        var triggers: [Verb: [String]] = [:]
        for verb in verbs where random.once(in: 3) { triggers[verb] = ["one", "two"] }
        return triggers
    }

    private static func map(_ id: String, _ random: inout SeededRandom) -> MapDefinition {
        let tracks = (1...Int.random(in: 1...4, using: &random)).map { number in
            let steps = (1...Int.random(in: 1...3, using: &random)).map { step in
                StepSketch(
                    "s\(step)", optional: random.once(in: 3), mirror: random.once(in: 5) ? "f1" : nil,
                    triggers: triggers([.open, .close, .skip, .remove], &random))
            }
            let kinds: [TrackSketch.Kind] = [
                .task, .video, .flex, .decided(fallback: nil), .decided(fallback: ["s1"]),
            ]
            return TrackSketch(
                id: "t\(number)", kind: random.pick(kinds), steps: steps,
                triggers: triggers([.open, .close], &random))
        }
        return JourneysTests.map(
            id, finish: random.once(in: 3) ? .won : nil,
            triggers: triggers([.open, .close, .leave], &random),
            tracks)
    }

    mutating func order() -> Order {
        switch Int.random(in: 0..<13, using: &random) {
        case 0, 1: .assign(random.pick(maps).id, LeadChanges())
        case 2, 3, 4, 5: .complete(path())
        case 6, 7: .advance
        case 8: .remove(path())
        case 9: .status(random.pick(LeadStatus.allCases))
        case 10: .retry
        case 11: .todoDone(Int.random(in: 1...3, using: &random))
        default: .set(LeadChanges(fields: ["f1": random.once(in: 2) ? "x" : .null]))
        }
    }

    private mutating func path() -> String {
        random.pick(random.pick(maps).steps).path.description
    }

    mutating func run(_ order: Order, of lead: Lead?) throws(Refusal) -> Moment {
        var random = random
        let maps = maps
        defer { self.random = random }
        return try JourneysTests.run(order, of: lead, under: rules) { request, _ in
            if random.once(in: 10) { return CallResult(.failed(CallFailure(.error, "boom"))) }
            switch request.role {
            case .decider(let steps):
                let kept = steps.filter { _ in random.once(in: 2) }
                return CallResult(.answer(["keep": .list(kept.map { .string($0.text) })]))
            case .action:
                guard random.once(in: 3) else { return CallResult(.effects([])) }
                let path = random.pick(random.pick(maps).steps).path.description
                let effects: [Effect] = [
                    .set(LeadChanges(fields: ["f1": "y"])), .complete(path), .advance, .remove(path),
                    .status(random.pick(LeadStatus.allCases)), .assign(random.pick(maps).id),
                    .emit("probe.x", nil), .outgoing(.email, ["to": ["a@x", "b@x", "a@x"], "subject": "s"]),
                ]
                return CallResult(.effects([random.pick(effects)]))
            }
        }
    }
}
