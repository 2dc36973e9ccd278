import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

@Suite("Leaving the building")
struct DeliveryTests {
    private static let map = """
        map: m
        tracks:
          - track: a
            steps: [ { step: x }, { step: y } ]
        """

    /// A plugin that sends when the map opens, and tells the office of what did not arrive.
    private static func post(_ send: String) -> [String: String] {
        [
            "post": """
            return { name = "post", api = 1, needs = { "email", "webhook" }, on = {
              { event = "map.open", run = function(event) \(send) end },
              { event = "delivery.failed", run = function(event)
                host.note.add(event.name .. " by " .. event.by .. ": " .. host.json.encode(event.payload))
                host.email.send { to = "office@example.com", subject = "Not delivered" }
              end },
            } }
            """
        ]
    }

    private static let oneMail = #"host.email.send { to = "l@example.com", subject = "Hello" }"#

    /// Begins an attempt of the delivery and ends it as the last one.
    private func fail(
        _ id: String, _ next: DeliverySettlement.Next = .dead, in store: any Store, of scenario: Scenario,
        gives expected: String, at place: SourceLocation = #_sourceLocation
    ) throws {
        let delivery = try required(
            try DeliveryID(id).flatMap { try store.delivery($0) }, "there is no delivery \(id)")
        try store.beginAttempts([delivery.row], at: delivery.at)
        let isDead = next == .dead
        try scenario.tell(
            Undelivered(
                delivery: delivery.id, kind: delivery.kind, to: delivery.to,
                state: isDead ? .dead : .unknown, reason: "550 no such user", isQuiet: delivery.isQuiet),
            settling: DeliverySettlement(
                row: delivery.row, outcome: isDead ? .failed : .unknown, message: "550 no such user",
                next: next), gives: expected, at: place)
    }

    // MARK: R53

    @Test("R53: a mail is one delivery for each recipient (to, cc, bcc), all with the same text")
    func recipients() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(at: folder("signalbox.db"), mode: .readWrite)
        let scenario = try Scenario(
            maps: [Self.map],
            plugins: Self.post(
                """
                host.webhook.send("crm", { n = 1 })
                host.email.send { to = { "b@x", "a@x" }, cc = "a@x", bcc = { "c@x", "b@x" }, subject = "Hello" }
                """), store: store)
        try scenario.run(
            #"{"do":"assign","lead":"L","map":"m"}"#,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                1 4 step.open a/y
                call post/on/1 #1 ok webhook endpoint="crm" payload={"n":1}; email bcc=["c@x","b@x"] cc="a@x" subject="Hello" to=["b@x","a@x"]
                delivery webhook crm
                delivery email b@x
                delivery email a@x
                delivery email c@x
                """)
        let sent = try store.outbox(after: 0, limit: 10)
        #expect(sent.map(\.to) == ["crm", "b@x", "a@x", "c@x"])
        #expect(sent.map(\.id.description) == ["L/1/1", "L/1/2", "L/1/3", "L/1/4"])
        #expect(sent.map(\.first.description) == ["L/1/1", "L/1/2", "L/1/2", "L/1/2"])
        #expect(sent[0].payload == ["endpoint": "crm", "payload": ["n": 1]])
        let letter: Table = [
            "to": ["b@x", "a@x"], "cc": "a@x", "bcc": ["c@x", "b@x"], "subject": "Hello",
        ]
        #expect(sent.dropFirst().allSatisfy { $0.payload == letter })
        #expect(sent.allSatisfy { $0.state == .waiting && $0.by == "plugin:post" && !$0.isQuiet })
    }

    @Test("R53: a delivery is committed with its moment: what is refused or fails sends nothing")
    func committed() throws {
        let store: any Store = MemoryStore()
        let scenario = try Scenario(
            maps: [Self.map], plugins: Self.post(Self.oneMail + " error('no', 0)"), store: store)
        try scenario.run(
            """
            {"do":"complete","lead":"L","step":"a/x"}
            {"do":"assign","lead":"L","map":"m"}
            """,
            gives: """
                refused unknown_lead

                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                1 4 step.open a/y
                call post/on/1 #1 failed error
                incident error post/on/1 #1
                """)
        #expect(try store.outbox(after: 0, limit: 10).isEmpty)
    }

    // MARK: R57

    @Test("R57: a dead delivery is an incident of its lead and fires delivery.failed, in a moment of its own")
    func dead() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(at: folder("signalbox.db"), mode: .readWrite)
        let scenario = try Scenario(
            maps: [Self.map], plugins: Self.post(Self.oneMail), store: store)
        try scenario.begin()
        try fail(
            "L/1/1", in: store, of: scenario,
            gives: """
                incident delivery_dead
                1 5 delivery.failed {"id":"L/1/1","kind":"email","reason":"550 no such user","to":"l@example.com"}
                call post/on/2 #5 ok note text="delivery.failed by engine: {\\"id\\":\\"L/1/1\\",\\"kind\\":\\"email\\",\\"reason\\":\\"550 no such user\\",\\"to\\":\\"l@example.com\\"}"; email subject="Not delivered" to="office@example.com"
                delivery email office@example.com
                """)
        let lead = try #require(LeadID("L"))
        let moment = try #require(try store.moments(of: lead, from: 2, limit: 10).first)
        let command = try #require(Command(reading: moment.command))
        guard case .undelivered(let undelivered) = command.order else {
            Issue.record("\(moment.command.json)")
            return
        }
        #expect(undelivered.delivery.description == "L/1/1" && command.by == "engine")
        // The moment settled it: it is not being sent any more.
        let delivery = try #require(try store.delivery(undelivered.delivery))
        #expect(delivery.state == .dead && delivery.message == "550 no such user")
        #expect(try store.incident(1)?.moment == 2)
        #expect(try store.incident(1)?.reason == "delivery_dead")
        #expect(
            try store.incident(1)?.message
                == "delivery L/1/1, email to l@example.com, did not arrive: 550 no such user")
        try scenario.run(#"{"do":"complete","lead":"L","step":"a/x"}"#, gives: "1 6 step.close a/x")
    }

    @Test("R57: an unknown delivery that is not to be repeated is an incident, and fires nothing")
    func unknown() throws {
        let store: any Store = MemoryStore()
        let scenario = try Scenario(maps: [Self.map], plugins: Self.post(Self.oneMail), store: store)
        try scenario.begin()
        try fail("L/1/1", .unknown, in: store, of: scenario, gives: "incident delivery_unknown")
        #expect(try store.outbox(after: 0, limit: 10).map(\.state) == [.unknown])
    }

    @Test("R57: a dead delivery fires delivery.failed only if the lead is on a map")
    func onNoMap() throws {
        let store: any Store = MemoryStore()
        let scenario = try Scenario(maps: [Self.map], plugins: Self.post(Self.oneMail), store: store)
        try scenario.begin()
        try scenario.run(#"{"do":"status","lead":"L","to":"lost"}"#)
        try fail("L/1/1", in: store, of: scenario, gives: "incident delivery_dead")
        #expect(try store.outbox(after: 0, limit: 10).map(\.state) == [.dead])
    }

    @Test("R57: a delivery that a trigger of delivery.failed asked for fires nothing when it dies")
    func ends() throws {
        let store: any Store = MemoryStore()
        let send = #"host.email.send { to = "l@example.com", subject = "Hello" }"#
        let loud = [
            "loud": """
            return { name = "loud", api = 1, needs = { "email" }, on = {
              { event = "map.open", run = function() \(send) end },
              { event = "delivery.*", run = function() \(send) host.lead.complete("a/x") end },
              { event = "step.close", run = function() \(send) end },
            } }
            """
        ]
        let scenario = try Scenario(maps: [Self.map], plugins: loud, store: store)
        try scenario.begin()
        let mail = #"email subject="Hello" to="l@example.com""#
        try fail(
            "L/1/1", in: store, of: scenario,
            gives: """
                incident delivery_dead
                1 5 delivery.failed {"id":"L/1/1","kind":"email","reason":"550 no such user","to":"l@example.com"}
                call loud/on/2 #5 ok \(mail); complete a/x
                delivery email l@example.com
                2 6 step.close a/x by plugin:loud
                call loud/on/3 #6 ok \(mail)
                delivery email l@example.com
                """)
        #expect(try store.outbox(after: 0, limit: 10).map(\.isQuiet) == [false, true, true])
        try fail("L/2/1", in: store, of: scenario, gives: "incident delivery_dead")
        try fail("L/2/2", in: store, of: scenario, gives: "incident delivery_dead")
        // Others are as loud as before.
        try scenario.run(#"{"do":"complete","lead":"L","step":"a/y"}"#)
        #expect(try store.outbox(after: 0, limit: 10).map(\.isQuiet) == [false, true, true, false])
    }

    @Test("R57: the incident of a delivery is not run again (R36), and can be dismissed")
    func settled() throws {
        let store: any Store = MemoryStore()
        let scenario = try Scenario(maps: [Self.map], plugins: Self.post(Self.oneMail), store: store)
        try scenario.begin()
        try fail("L/1/1", .unknown, in: store, of: scenario, gives: "incident delivery_unknown")
        try scenario.run(
            """
            {"do":"rerun","lead":"L","incident":1}
            {"do":"rerun","lead":"L","incident":1,"now":true}
            """, gives: "refused cannot_rerun\n\nrefused cannot_rerun")
        #expect(scenario.messages.allSatisfy { $0.hasSuffix("its delivery can be sent again") })
        #expect(try store.dismiss([1]) == 1)
        #expect(try store.incident(1)?.state == .dismissed)
    }

    @Test("R57: nobody but the engine gives the command that tells of a delivery")
    func ownCommand() throws {
        let scenario = try Scenario(maps: [Self.map], plugins: Self.post(Self.oneMail))
        try scenario.begin()
        #expect(throws: MalformedCommand.self) {
            try scenario.run(
                #"{"do":"undelivered","lead":"L","delivery":"L/1/1","kind":"email","to":"a@x","state":"dead","reason":"no"}"#
            )
        }
    }
}
