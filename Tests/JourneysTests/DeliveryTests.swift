import TestKit
import Testing
import Values

@testable import Journeys

/// What a moment sends, and what it tells of what did not arrive.
@Suite("Deliveries of a moment")
struct DeliveryTests {
    private static let definition = map(
        "m", triggers: [.open: ["one", "two"]], [TrackSketch(id: "t", steps: ["s"])])

    /// A lead that is on the map, and whose triggers asked for these effects.
    private func opened(
        _ effects: [Effect]..., limits: MomentLimits = MomentLimits()
    ) throws -> Moment {
        let book = Rulebook(maps: [MapID("m"): .available(Self.definition)], momentLimits: limits)
        return try run(.assign(MapID("m"), LeadChanges()), of: nil, under: book) { request, _ in
            let index = request.trigger.hasSuffix("1") ? 0 : 1
            return CallResult(.effects(effects.indices.contains(index) ? effects[index] : []))
        }
    }

    private func mail(to: Value, cc: Value? = nil, bcc: Value? = nil, text: String = "t") -> Effect {
        var message: Table = ["to": to, "subject": "s", "text": .string(text)]
        message["cc"] = cc
        message["bcc"] = bcc
        return .outgoing(.email, message)
    }

    @Test("a mail is a delivery for each address of to, cc and bcc, each once by its bytes")
    func recipients() throws {
        let letter = mail(to: ["b@x", "a@x"], cc: "a@x", bcc: ["\u{e9}@x", "e\u{301}@x", "b@x", "c@x"])
        let hook = Effect.outgoing(.webhook, ["endpoint": "crm", "payload": [1]])
        let moment = try opened([mail(to: "z@x"), letter], [hook, mail(to: "z@x")])
        let sent = moment.output.outgoing
        #expect(sent.map(\.id.number) == Array(1...8))
        #expect(sent.map(\.first) == [1, 2, 2, 2, 2, 2, 7, 8])
        #expect(
            sent.map { ExactText($0.to) }
                == ["z@x", "b@x", "a@x", "\u{e9}@x", "e\u{301}@x", "c@x", "crm", "z@x"])
        #expect(sent.map(\.kind) == Array(repeating: .email, count: 6) + [.webhook, .email])
        #expect(sent.allSatisfy { $0.by == "plugin:probe" && !$0.isQuiet })
        for one in sent[1...5] {
            guard case .outgoing(_, let payload) = letter else { preconditionFailure("a letter leaves") }
            #expect(one.payload == payload)
        }
        #expect(moment.brief.suffix(8) == sent.map { "delivery \($0.id) \($0.to)" }.suffix(8))
        #expect(moment.brief.prefix(5).suffix(2) == ["call m/open/1", "call m/open/2"])
    }

    @Test("endpoints get the events that they list, without a plugin, before what the calls send")
    func endpoints() throws {
        let steps: [Subscription.Pattern] = [.every("step")]
        let book = Rulebook(
            maps: [MapID("m"): .available(Self.definition)],
            endpoints: EventEndpoints([
                "log": [.exactly(.mapOpen)] + steps, "crm": steps, "idle": [], "other": [.exactly(.mapClose)],
            ]))
        let opening = try run(.assign(MapID("m"), LeadChanges()), of: nil, under: book) { request, _ in
            CallResult(.effects(request.trigger.hasSuffix("1") ? [mail(to: "a@x")] : []))
        }
        let sent = opening.output.outgoing
        #expect(sent.map(\.to) == ["log", "crm", "log", "a@x"])
        #expect(sent.map(\.by) == ["engine", "engine", "engine", "plugin:probe"])
        #expect(sent.map(\.first) == [1, 2, 3, 4])
        #expect(opening.brief.suffix(4) == sent.map { "delivery \($0.id) \($0.to)" }.suffix(4))
        let notice = sent[1].payload["payload"]?.table
        #expect(notice?["event"] == "step.open")
        #expect(notice?["lead"] == "L1")
        #expect(notice?["track"] == "t" && notice?["step"] == "s" && notice?["seq"] == 3)
        // An instant without a call sets them down too.
        let closing = try run(.complete("t/s"), of: opening.lead, under: book) {
            _, _ in
            CallResult(.effects([]))
        }
        #expect(closing.output.outgoing.map(\.to) == ["crm", "log"])
        #expect(closing.brief.filter { $0.hasPrefix("delivery") }.count == 2)
    }

    @Test("lines of deliveries come after the incidents of their instant")
    func order() throws {
        let moment = try opened([mail(to: "a@x"), .set(LeadChanges(fields: ["": 1]))], [.advance])
        #expect(
            moment.brief.dropFirst(3) == [
                "call m/open/1", "call m/open/2", "incident invalid_field", "delivery L1/1/1 a@x",
                "incident required_steps_open",
            ])
        #expect(
            moment.lines[6]
                == #"{"type":"delivery","lead":"L1","moment":1,"id":"L1/1/1","kind":"email","to":"a@x"}"#)
    }

    @Test("each delivery counts against the limits of the moment, with its payload")
    func limits() throws {
        let three = mail(
            to: ["a@x", "b@x"], bcc: ["c@x", "a@x"], text: String(repeating: "x", count: 1_000))
        func failed(_ limits: MomentLimits) throws -> [String] {
            try opened([three], [mail(to: "d@x")], limits: limits).brief.filter { $0.hasPrefix("failed") }
        }
        #expect(try failed(MomentLimits(deliveries: 4)) == [])
        #expect(try failed(MomentLimits(deliveries: 3)) == ["failed m/open/2 moment_limit"])
        #expect(
            try failed(MomentLimits(deliveries: 2))
                == ["failed m/open/1 moment_limit", "failed m/open/2 moment_limit"])
        #expect(try failed(MomentLimits(bytes: 4_000)) == [])
        #expect(try failed(MomentLimits(bytes: 3_000)).count == 2)
    }

    // MARK: What did not arrive

    private func undelivered(
        _ state: Undelivered.State = .dead, quiet: Bool = false
    ) -> Order {
        .undelivered(
            Undelivered(
                delivery: DeliveryID(leadID, moment: 1, number: 2), kind: .email, to: "a@x", state: state,
                reason: "550 no such user", isQuiet: quiet))
    }

    /// With a plugin that listens to everything of deliveries, and answers with a mail.
    private func tell(_ order: Order, _ lead: Lead?) throws -> Moment {
        let subscription = Subscription(
            plugin: "probe", number: 1, event: .every("delivery"), map: nil, at: nil, priority: 0)
        return try run(order, of: lead, under: rulebook(Self.definition, subscriptions: [subscription])) {
            _, _ in CallResult(.effects([mail(to: "office@x")]))
        }
    }

    @Test("a dead delivery is an incident, and fires delivery.failed with its id, kind, recipient and reason")
    func dead() throws {
        let lead = try opened([]).lead
        let moment = try tell(undelivered(), lead)
        #expect(
            moment.brief == [
                "incident delivery_dead", "1 4 delivery.failed", "call probe/on/1",
                "delivery L1/2/1 office@x",
            ])
        guard case .incident(let incident) = moment.journal[0], case .event(let event, _) = moment.journal[1]
        else { return }
        #expect(
            incident.message == "delivery L1/1/2, email to a@x, did not arrive: 550 no such user")
        #expect(incident.source == nil && incident.failed == nil)
        #expect(
            event.payload == ["id": "L1/1/2", "kind": "email", "to": "a@x", "reason": "550 no such user"])
        #expect(event.place == .nowhere && event.map == MapID("m") && event.by == "test")
        #expect(moment.output.outgoing.map(\.isQuiet) == [true])
    }

    @Test("nothing fires for one that is unknown or quiet, and for a lead that is on no map")
    func nothingFires() throws {
        let lead = try opened([]).lead
        let closed = try run(.status(.lost), of: lead, under: rulebook(Self.definition)).lead
        let unassigned = try run(.set(LeadChanges()), of: nil, under: rulebook(Self.definition)).lead
        let silent = [
            (undelivered(.dead, quiet: true), lead), (undelivered(), closed), (undelivered(), unassigned),
        ]
        for (order, lead) in silent {
            #expect(try tell(order, lead).brief == ["incident delivery_dead"])
        }
        let unknown = try tell(undelivered(.unknown), lead)
        #expect(unknown.brief == ["incident delivery_unknown"])
        #expect(unknown.lead.lastMoment == 2)
        let refusal = #expect(throws: Refusal.self) { try tell(undelivered(), nil) }
        #expect(refusal?.reason == .unknownLead)
    }

    @Test("what a call of delivery.failed sends is quiet also when the call runs again")
    func quietAgain() throws {
        let lead = try opened([]).lead
        let told = try tell(undelivered(), lead)
        let event = told.journal.compactMap { if case .event(let event, _) = $0 { event } else { nil } }[0]
        func sent(by event: Event) throws -> [Outgoing] {
            let request = CallRequest(
                trigger: "probe/on/1", run: FunctionName(plugin: "probe", subscription: 1), parameters: .none,
                condition: nil, definition: Self.definition, event: event, role: .action)
            let call = FailedCall(request: request, snapshot: Snapshot(lead: lead, journey: lead.journey))
            var moment = Moment(
                Command(lead: leadID, order: .rerun(1, now: false, again: false)), running: call,
                of: told.lead, at: noon, under: rulebook(Self.definition))
            guard case .calls = moment.next() else { return [] }
            moment.returned([CallResult(.effects([mail(to: ["a@x", "b@x"])]))])
            guard case .done = moment.next() else { return [] }
            return moment.output.outgoing
        }
        #expect(try sent(by: event).map(\.isQuiet) == [true, true])
        let other = Event(
            seq: 1, name: .mapOpen, at: noon, by: "test", map: MapID("m"), journey: 1, place: .map,
            payload: nil, ending: nil)
        #expect(try sent(by: other).map(\.isQuiet) == [false, false])
    }

    // MARK: Ids

    @Test("an id reads back, also that of a lead whose own id has slashes")
    func ids() {
        for lead in ["L1", "a/b", "/", "1/2/3", "Zo\u{eb}", "e/\u{301}x", "//", "a b"] {
            for (moment, number) in [(1, 1), (12, 100), (Int.max, Int.max)] {
                let id = DeliveryID(LeadID(lead)!, moment: moment, number: number)
                #expect(DeliveryID(id.description) == id)
            }
        }
    }

    @Test(
        "what is not an id is not read as one",
        arguments: [
            "", "L1", "L1/1", "/1/1", "L1/1/", "L1//1", "L1/0/1", "L1/1/0", "L1/-1/1", "L1/+1/1", "L1/01/1",
            "L1/1/1 ", "L1/1/1/", "L1/x/1", "L1/1/99999999999999999999", "a\n/1/1", "L1/\u{661}/1",
        ])
    func noIDs(_ text: String) {
        #expect(DeliveryID(text) == nil)
    }
}
