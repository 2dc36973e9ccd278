import TestKit
import Testing
import Values

@testable import Journeys

/// What a moment sends.
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
        #expect(sent.allSatisfy { $0.by == "plugin:probe" })
        for one in sent[1...5] {
            guard case .outgoing(_, let payload) = letter else { preconditionFailure("a letter leaves") }
            #expect(one.payload == payload)
        }
        #expect(moment.brief.suffix(8) == sent.map { "delivery \($0.id) \($0.to)" }.suffix(8))
        #expect(moment.brief.prefix(5).suffix(2) == ["call m/open/1", "call m/open/2"])
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
