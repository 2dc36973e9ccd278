import Authoring
import Journeys
import Plugins
import Store
import TestKit
import Testing
import Values

@Suite("What is explained of random journeys")
struct RandomJourneysTests {
    static let plugin = """
        local function act(event)
          if event.seq % 7 == 0 then error("every seventh") end
          host.lead.set { n = event.seq }
          if event.seq % 11 == 0 then host.lead.assign(event.map == "m1" and "m2" or "m1") end
          if event.seq % 5 == 0 then host.lead.complete("t1/a") end
          if event.seq % 13 == 0 then host.bus.emit("probe.asked", { by = event.seq }) end
        end
        return { name = "probe", api = 1,
          actions = { act = { run = act }, quiet = { run = function() end } },
          deciders = { choose = { decide = function(event)
            local n = event.lead.fields.n or 0
            if n % 3 == 0 then error("by three") end
            return { keep = n % 2 == 0 and { "a" } or {}, reason = "n is " .. n }
          end } },
          on = {
            { event = "step.*", run = act }, { event = "probe.asked", run = function() end },
            { event = "map.close", map = "m1", run = function() end },
            { event = "track.open", at = "t*", run = function() end },
          },
        }
        """

    /// A map of random tracks with triggers of every kind.
    static func map(_ id: String, _ random: inout SeededRandom) -> String {
        func triggers(_ verbs: [String]) -> String {
            let lists = verbs.filter { _ in !random.once(in: 3) }.map { verb in
                let list = (0...Int.random(in: 0...1, using: &random)).map { _ in
                    let when = random.once(in: 3) ? ", when: \"(lead.fields.n or 0) % 2 == 0\"" : ""
                    return "{ run: probe.\(random.pick(["act", "quiet"]))\(when) }"
                }
                return "\(verb): [ \(list.joined(separator: ", ")) ]"
            }
            return "{ \(lists.joined(separator: ", ")) }"
        }
        var text = "map: \(id)\ntriggers: \(triggers(["open", "close", "leave"]))\ntracks:\n"
        for number in 1...Int.random(in: 2...5, using: &random) {
            let kind = random.pick(["task", "task", "video", "flex"])
            text += "  - track: t\(number)\n    kind: \(kind)\n    triggers: \(triggers(["open", "close"]))\n"
            if kind == "flex" {
                text += "    flex: { decide: probe.choose\(random.once(in: 2) ? ", fallback: all" : "") }\n"
            }
            text += "    steps:\n"
            for step in ["a", "b", "c"].prefix(Int.random(in: 1...3, using: &random)) {
                let optional = kind == "task" && random.once(in: 3) ? ", optional: true" : ""
                text +=
                    "      - { step: \(step)\(optional), triggers: \(triggers(["open", "close", "skip", "remove"])) }\n"
            }
        }
        return text
    }

    static func order(_ random: inout SeededRandom) -> Order {
        let path = "t\(Int.random(in: 1...5, using: &random))/\(random.pick(["a", "b", "c"]))"
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return .assign(MapID(random.pick(["m1", "m2"])), LeadChanges())
        case 1: return .status(random.pick([.won, .lost, .open]))
        case 2: return .advance
        case 3: return .remove(path)
        case 4: return .retry
        case 5:
            let number = Int64.random(in: 1...9, using: &random)
            return .set(LeadChanges(fields: ["n": .integer(number)]))
        case 6:
            return .rerun(Int.random(in: 1...20, using: &random), now: false, again: random.once(in: 2))
        default: return .complete(path)
        }
    }

    /// The names of the triggers with a call that returned, by the number of the journey that its event belongs to; told
    /// without the code that is tested.
    private static func fired(_ moments: [StoredMoment]) -> [Int: Set<String>] {
        var journey = 0
        var journeys: [Int: Int] = [:]
        var fired: [Int: Set<String>] = [:]
        for line in moments.flatMap(\.journal).map({ JournalLine(reading: $0) }) {
            if case .event(let event) = line {
                if event.name == .mapOpen { journey += 1 }
                journeys[event.seq ?? 0] = journey
            }
            guard case .call(let call) = line else { continue }
            switch call.outcome {
            case .effects, .decided:
                fired[call.seq.flatMap { journeys[$0] } ?? journey, default: []].insert(call.trigger)
            case .skipped, .failed: break
            }
        }
        return fired
    }

    @Test(
        "every trigger has one verdict, and `fired` exactly when a call that returned is recorded",
        arguments: 0..<40)
    func oneVerdict(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let played = try Played([
            "maps/m1.yaml": Self.map("m1", &random), "maps/m2.yaml": Self.map("m2", &random),
            "plugins/probe.lua": Self.plugin,
        ])
        for number in 1...4 {
            let lead = "L\(number)"
            try played.give(
                .assign(MapID("m1"), LeadChanges(fields: ["n": .integer(Int64(number))])), to: lead)
            for _ in 0..<30 { try played.give(Self.order(&random), to: lead) }
            let record = try #require(try played.store.lead(LeadID(lead)!))
            let fired = Self.fired(try played.store.moments(of: record.id, from: 1, limit: .max))
            for journey in 1...(record.journey?.number ?? 0) {
                let explanations = try played.explanations(lead, journey: journey)
                let names = explanations.map(\.trigger)
                #expect(Set(names).count == names.count, "seed \(seed), \(lead), journey \(journey)")
                let told = Set(explanations.filter { $0.verdict.kind == .fired }.map(\.trigger))
                #expect(told == fired[journey] ?? [], "seed \(seed), \(lead), journey \(journey)")
                #expect(
                    explanations.allSatisfy {
                        $0.verdict.kind != .notSubscribed && $0.verdict.kind != .notInVersion
                    },
                    "seed \(seed), \(lead), journey \(journey)")
            }
            try Self.requireAgreement(
                of: try played.explanations(lead), with: record,
                on: try played.explainer(lead).visit.definition)
        }
    }

    /// What is told of steps on which nothing ran is what their states say.
    private static func requireAgreement(
        of explanations: [Explanation], with record: LeadRecord, on definition: MapDefinition
    ) throws {
        let journey = try #require(record.journey)
        for explanation in explanations where explanation.trigger.hasPrefix("\(definition.id)/") {
            guard let path = explanation.at, let step = definition.index(ofText: path) else { continue }
            let state = journey.steps[step]
            let states: Set<Journey.StepState>? =
                switch explanation.verdict.kind {
                case .stepRemoved: [.removed]
                case .passedOver: [.skipped]
                case .wentOtherwise: [.closed]
                case .held: [.waiting]
                case .notReached: [.waiting, .open]
                case .mapEnded: [.waiting, .cancelled]
                case .fired, .whenFalse, .failed, .pluginMissing, .notGranted, .quarantined, .notSubscribed,
                    .notInVersion:
                    nil
                }
            if let states {
                #expect(states.contains(state), "\(explanation.trigger): \(explanation.verdict)")
            }
        }
    }

    @Test(
        "a condition that did not hold has what it read, also after effects of the same moment",
        arguments: 0..<20)
    func conditions(seed: UInt64) throws {
        var random = SeededRandom(seed: 1000 + seed)
        let played = try Played([
            "maps/m1.yaml": Self.map("m1", &random), "maps/m2.yaml": Self.map("m2", &random),
            "plugins/probe.lua": Self.plugin,
        ])
        try played.give(.assign(MapID("m1"), LeadChanges(fields: ["n": 1])))
        for _ in 0..<30 { try played.give(Self.order(&random)) }
        let last = try #require(try played.store.lead(LeadID("L1")!)?.journey)
        for journey in 1...last.number {
            for explanation in try played.explanations(journey: journey)
            where explanation.verdict.kind == .whenFalse {
                let values = explanation.verdict.values
                let number = try #require(values.first, "seed \(seed), \(explanation.trigger)")
                #expect(values.count == 1 && number.path.text == "lead.fields.n")
                let odd = number.value.integer.map { $0 % 2 != 0 } ?? false
                #expect(odd, "seed \(seed), \(explanation.trigger): \(number.value)")
            }
        }
    }
}
