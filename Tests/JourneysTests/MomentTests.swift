import Journeys
import Testing
import Values

@Suite("A moment")
struct MomentTests {
    @Test("asks for a decision before anything fires, then for the calls, then is done")
    func needs() throws {
        let flexible = map(
            "m", triggers: [.open: ["greet"]],
            [TrackSketch(id: "t", kind: .decided(fallback: nil), steps: ["a", "b"])])
        var moment = try Moment(
            Command(lead: leadID, order: .assign(MapID("m"), LeadChanges())), of: nil, at: noon,
            under: rulebook(flexible))
        guard case .decision(let request, let before) = moment.next() else {
            Issue.record("a decision is expected")
            return
        }
        #expect(request.trigger == "m/t/flex")
        #expect(before.journey?.tracks == [.waiting])
        #expect(moment.journal.isEmpty)
        moment.decided(CallResult(.answer(["remove": ["a"], "reason": "b is enough"])))
        guard case .calls(let instant) = moment.next() else {
            Issue.record("calls are expected")
            return
        }
        #expect(instant.calls.map(\.trigger) == ["m/open/1"])
        #expect(instant.snapshot.journey?.steps == [.removed, .open])
        moment.returned([CallResult(.effects([]))])
        guard case .done = moment.next() else {
            Issue.record("nothing more is expected")
            return
        }
        #expect(
            moment.brief == [
                "1 1 map.open", "1 2 track.open t", "1 3 step.remove t/a", "1 4 step.open t/b",
                "decided m/t/flex", "call m/open/1",
            ])
    }

    @Test("leaves the lead before it as it was, and what the calls of an instant saw as they saw it")
    func copies() throws {
        let plain = map(
            "m", triggers: [.open: ["greet"]],
            [
                TrackSketch(id: "t", steps: [StepSketch("a", triggers: [.close: ["note"]]), "b"]),
                TrackSketch(id: "u", steps: ["c"]),
            ])
        let rules = rulebook(plain)
        let assigned = try run(.assign(MapID("m"), LeadChanges()), of: nil, under: rules)
        var seen: [Snapshot] = []
        var lead = assigned.lead
        for (step, steps) in [
            ("t/a", [.closed, .open, .waiting]), ("t/b", [.closed, .closed, .open]),
            ("u/c", [.closed, .closed, .closed]),
        ] as [(String, [Journey.StepState])] {
            let before = lead.journey?.steps
            let moment = try run(.complete(step), of: lead, under: rules) { request, snapshot in
                seen.append(snapshot)
                return .init(request.quietOutcome)
            }
            #expect(moment.leadBefore?.journey?.steps == before)
            #expect(moment.lead.journey?.steps == steps)
            lead = moment.lead
        }
        #expect(assigned.lead.journey?.steps == [.open, .open, .waiting])
        #expect(assigned.lead.journey?.opened.keys.sorted() == [0])
        #expect(seen.map(\.journey?.steps) == [[.closed, .open, .waiting]])
        #expect(lead.journey?.opened.keys.sorted() == [0, 1])
    }

    @Test(
        "what the calls of an instant saw is let go with the last result, unless one of them failed",
        arguments: [false, true])
    func letGo(fails: Bool) throws {
        let rules = rulebook(map("m", triggers: [.open: ["act"]], [TrackSketch(id: "t", steps: ["s"])]))
        let command = Command(lead: leadID, order: .assign(MapID("m"), LeadChanges()))
        var moment = try Moment(command, of: nil, at: noon, under: rules)
        while case .calls = moment.next() {
            weak var seen: Snapshot?
            while let snapshot = moment.nextCall?.snapshot {
                seen = snapshot
                moment.returned(CallResult(fails ? .failed(CallFailure(.error, "no")) : .effects([])))
            }
            #expect((seen == nil) != fails)
        }
        #expect(moment.hasIncidents == fails)
    }

    @Test("stops a chain at depth 100 and names it")
    func chain() throws {
        let maps = (0...101).map { number in
            map("m\(number)", triggers: [.open: ["turn"]], [TrackSketch(id: "t", steps: ["s"])])
        }
        let rules = Rulebook(maps: Dictionary(uniqueKeysWithValues: maps.map { ($0.id, .available($0)) }))
        let moment = try run(.assign(MapID("m0"), LeadChanges()), of: nil, under: rules) { request, _ in
            let number = Int(request.event.map.text.dropFirst()) ?? 0
            return CallResult(.effects([.assign(MapID("m\(number + 1)"))]))
        }
        let incidents = moment.journal.compactMap { entry -> Incident? in
            if case .incident(let incident) = entry { incident } else { nil }
        }
        #expect(incidents.map(\.reason) == ["loop_limit"])
        #expect(
            incidents.first?.message.contains("map.open ran m0/open/1, whose effect was assign m1") == true)
        #expect(moment.lead.journey?.number == 101)
    }

    @Test("has at most 10,000 instants; what is left then is dropped with an incident")
    func instantLimit() throws {
        let wide = map("m", triggers: [.open: ["fan"]], [TrackSketch(id: "t", steps: ["s"])])
        let listening = Subscription(
            plugin: "probe", number: 1, event: .every("probe"), map: nil, at: nil, priority: 0)
        let moment = try run(
            .assign(MapID("m"), LeadChanges()), of: nil, under: rulebook(wide, subscriptions: [listening])
        ) { _, _ in CallResult(.effects([.emit("probe.x", nil), .emit("probe.y", nil)])) }
        let instants = moment.journal.compactMap {
            if case .event(_, let instant) = $0 { instant } else { nil }
        }
        #expect(instants.last == 10_000)
        guard case .incident(let last) = moment.journal.last else {
            Issue.record("the last entry is an incident")
            return
        }
        #expect(last.reason == "moment_limit")
    }

    @Test("refuses a command and leaves nothing of it")
    func refusal() throws {
        let plain = map("m", [TrackSketch(id: "t", steps: ["s"])])
        let rules = rulebook(plain)
        let opened = try run(.assign(MapID("m"), LeadChanges()), of: nil, under: rules)
        let refusals: [(Order, Lead?, Refusal.Reason)] = [
            (.complete("t/s"), nil, .unknownLead),
            (.assign(MapID("x"), LeadChanges()), nil, .unknownMap),
            (.assign(MapID("m"), LeadChanges()), opened.lead, .alreadyOnMap),
            (.complete("t/x"), opened.lead, .unknownStep),
            (.complete("s"), opened.lead, .unknownStep),
            (.remove("t/s"), opened.lead, .notFlex),
            (.advance, opened.lead, .requiredStepsOpen),
            (.retry, opened.lead, .nothingHeld),
            (.set(LeadChanges(fields: ["": 1])), opened.lead, .invalidField),
            (
                .set(LeadChanges(fields: ["big": .string(String(repeating: "x", count: 70_000))])),
                opened.lead, .fieldTooLarge
            ),
        ]
        for (order, lead, reason) in refusals {
            let refusal = #expect(throws: Refusal.self) { try run(order, of: lead, under: rules) }
            #expect(refusal?.reason == reason, "\(order)")
        }
    }
}

@Suite("Subscriptions")
struct SubscriptionTests {
    @Test(
        "a place with * stands for any characters of one segment",
        arguments: [
            ("qualify/call", "qualify/call", true), ("qualify/call", "qualify/*", true),
            ("qualify/call", "*/call", true), ("qualify/call", "*", false), ("qualify", "*", true),
            ("qualify/call", "q*y/c*l", true), ("qualify/call", "qualify/c", false),
            ("qualify/recall", "*/*call", true), ("qualify/call-back", "*/*call", false),
        ])
    func places(path: String, pattern: String, matches: Bool) throws {
        let parts = path.split(separator: "/").map(String.init)
        let steps: [StepSketch] = parts.count == 2 ? [StepSketch(parts[1])] : ["s"]
        let one = map("m", [TrackSketch(id: parts[0], steps: steps)])
        let event: EventName = parts.count == 2 ? .stepOpen : .trackOpen
        let subscription = Subscription(
            plugin: "probe", number: 1, event: .exactly(event), map: MapID("m"), at: pattern, priority: 0)
        let moment = try run(
            .assign(MapID("m"), LeadChanges()), of: nil, under: rulebook(one, subscriptions: [subscription]))
        #expect(moment.brief.contains("call probe/on/1") == matches)
    }

    @Test("a command is written as JSON as its value is")
    func commandJSON() {
        let changes = LeadChanges(
            fields: ["score": 80, "name": "A \"B\"\n"], channel: "form", agent: "kim")
        let orders: [Order] = [
            .assign(MapID("m"), changes), .assign(MapID("m"), LeadChanges()), .complete("t/a"), .advance,
            .remove("t/a"), .status(.won), .set(changes), .set(LeadChanges(agent: "kim")), .retry,
            .rerun(7, now: false, again: false), .todoDone(12),
            .undelivered(
                Undelivered(
                    delivery: DeliveryID(leadID, moment: 1, number: 2), kind: .email, to: "a@x",
                    state: .dead, reason: "550 \"no\"\n", isQuiet: true)),
        ]
        for order in orders {
            for id in [nil, "form:1"] as [CommandID?] {
                let command = Command(lead: leadID, order: order, by: "agent:kim", id: id)
                #expect(String(decoding: command.jsonBytes, as: UTF8.self) == command.value.json)
            }
        }
    }
}
