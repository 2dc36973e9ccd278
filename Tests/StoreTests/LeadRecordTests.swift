import Journeys
import Store
import TestKit
import Testing
import Values

@Suite("leads as they are stored")
struct LeadRecordTests {
    @Test("a record reads back from its JSON")
    func roundTrip() throws {
        var lead = LeadRecord(id: try #require(LeadID("L/\u{e9}")))
        #expect(try LeadRecord(json: Array(lead.json.utf8)) == lead)
        lead.status = .won
        lead.agent = "kim\u{0}"
        lead.channel = ""
        lead.fields = ["a": 1, "b": 1.5, "c": ["d": []]]
        lead.store = ["greeting": ["n": 1]]
        lead.lastSeq = 12
        lead.lastMoment = 3
        for phase in [Journey.Phase.active] + JourneyOutcome.allCases.map(Journey.Phase.ended) {
            lead.journey = SampleMoments.journey(phase)
            #expect(try LeadRecord(json: Array(lead.json.utf8)) == lead)
        }
    }

    @Test("what is stored is short and has a fixed order")
    func form() throws {
        var lead = LeadRecord(id: try #require(LeadID("L1")))
        #expect(lead.json == #"{"id":"L1","status":"open","seq":0,"moment":0}"#)
        lead.journey = SampleMoments.journey(.ended(.won))
        #expect(
            lead.json
                == #"{"id":"L1","status":"open","seq":0,"moment":0,"journey":{"number":2,"map":"new-buyer","version":"v1","outcome":"won","tracks":"whocx","steps":"wocsrx","removers":{"4":"greeting.by_score"},"opened":{"2":1700000000000,"3":-1}}}"#
        )
    }

    @Test(
        "what no record wrote is damaged",
        arguments: [
            "", "{}", "[]", #"{"id":"","status":"open","seq":0,"moment":0}"#,
            #"{"id":"L1","status":"lent","seq":0,"moment":0}"#, #"{"id":"L1","status":"open","moment":0}"#,
            #"{"id":"L1","status":"open","seq":0,"moment":0,"journey":{}}"#,
            #"{"id":"L1","status":"open","seq":0,"moment":0,"journey":{"number":1,"map":"m","version":"v","tracks":"q","steps":""}}"#,
            #"{"id":"L1","status":"open","seq":0,"moment":0,"journey":{"number":1,"map":"m","version":"v","tracks":"o","steps":"h"}}"#,
            #"{"id":"L1","status":"open","seq":0,"moment":0,"journey":{"number":1,"map":"m","version":"v","outcome":"lent","tracks":"","steps":""}}"#,
            #"{"id":"L1","status":"open","seq":0,"moment":0,"journey":{"number":1,"map":"m","version":"v","tracks":"o","steps":"o","removers":{"1":"x"}}}"#,
            #"{"id":"L1","status":"open","seq":0,"moment":0,"journey":{"number":1,"map":"m","version":"v","tracks":"o","steps":"o","opened":{"1":7}}}"#,
            #"{"id":"L1","status":"open","seq":0,"moment":0,"journey":{"number":1,"map":"m","version":"v","tracks":"o","steps":"o","opened":{"0":9e18}}}"#,
        ])
    func damaged(json: String) {
        let error = #expect(throws: StoreError.self) { try LeadRecord(json: Array(json.utf8)) }
        #expect(error?.code == .damaged)
    }

    @Test("a lead that was stored goes on as one that was not")
    func restored() throws {
        let rulebook = Rulebook(maps: [Self.definition.id: .available(Self.definition)])
        let id = try #require(LeadID("L1"))
        let orders: [Order] = [
            .assign(Self.definition.id, LeadChanges(fields: ["score": 80], channel: "form", agent: "kim")),
            .complete("offer/call"), .remove("offer/brochure"), .status(.won),
        ]
        var kept: Lead?
        var stored: Lead?
        for order in orders {
            let command = Command(lead: id, order: order)
            let one = try Self.moment(command, of: kept, under: rulebook)
            let other = try Self.moment(command, of: stored, under: rulebook)
            let record = MomentRecord(other, journal: MomentJournal([]))
            #expect(record.lead == LeadRecord(one.lead))
            #expect(record.number == one.lead.lastMoment)
            kept = one.lead
            stored = try LeadRecord(json: Array(record.lead.json.utf8)).lead(on: Self.definition)
        }
        #expect(kept?.lastSeq == 8)
        #expect(stored?.journey?.phase == .ended(.won))
    }

    @Test("what is asked of a moment's lead is what its record says, and so is what the moment changed")
    func asked() throws {
        let rulebook = Rulebook(maps: [Self.definition.id: .available(Self.definition)])
        let id = try #require(LeadID("L1"))
        let orders: [Order] = [
            .set(LeadChanges(fields: ["score": 80, "name": "Kim"])),
            .assign(Self.definition.id, LeadChanges(agent: "kim")), .complete("offer/call"),
            .set(LeadChanges(fields: ["score": 90, "name": .null])), .remove("offer/brochure"),
            .status(.won), .assign(Self.definition.id, LeadChanges()), .erase,
        ]
        var before: Lead?
        for order in orders {
            let moment = try Self.moment(Command(lead: id, order: order), of: before, under: rulebook)
            let record = MomentRecord(moment, journal: MomentJournal([]))
            let lead = record.lead
            #expect(lead == LeadRecord(moment.lead))
            #expect(record.leadID == lead.id && record.number == lead.lastMoment)
            #expect(record.leadStatus == lead.status && record.isLeadErased == lead.isErased)
            #expect(record.leadMap == lead.journey?.map)
            #expect(record.leadMapVersion == lead.journey?.version)
            #expect(record.isLeadHeld == lead.isHeld)
            if let before, !lead.isErased {
                #expect(record.madeChange == RecordChange(from: LeadRecord(before), to: lead))
            } else {
                #expect(record.madeChange == nil)
            }
            let made = MomentRecord(moment, journal: MomentJournal([]), writesChanges: true)
            #expect(made.madeChange == record.madeChange && "\(made.steps)" == "\(record.steps)")
            before = moment.lead
        }
        #expect(before?.isErased == true)
    }

    @Test("the journal of a moment is written by whoever asks first, as its lines are")
    func journal() throws {
        let id = try #require(LeadID("L/\u{e9}"))
        let command = Command(lead: id, order: .assign(Self.definition.id, LeadChanges()))
        let moment = try Self.moment(command, of: nil, under: Self.probed, effects: [.complete("nowhere")])
        let numbers = moment.journal.indices.filter { index in
            if case .incident = moment.journal[index] { true } else { false }
        }
        try #require(!numbers.isEmpty && numbers.count < moment.journal.count)
        var lines = JournalLines(lead: id, moment: 1)
        let expected = moment.journal.enumerated().map { index, entry in
            lines.line(entry, incident: numbers.contains(index) ? index : nil)
        }
        let record = MomentRecord(moment, journal: MomentJournal(of: moment, incidents: numbers))
        #expect(record.journal == expected)
        #expect(record.journal == expected, "asked once more")
        var others = JournalLines(lead: try #require(LeadID("another")), moment: 9)
        let written = MomentJournal(of: moment, incidents: numbers).write(with: &others)
        #expect(written.bytes == record.journalBytes)
        #expect(written.fault == nil)
    }

    @Test("a journal that would not read back is not kept")
    func faultyJournal() throws {
        let id = try #require(LeadID("L1"))
        var deep = Value.integer(1)
        for _ in 0...JSONReader.depthLimit { deep = .list([deep]) }
        let command = Command(lead: id, order: .assign(Self.definition.id, LeadChanges()))
        let moment = try Self.moment(command, of: nil, under: Self.probed, effects: [.emit("a.b", deep)])
        let record = MomentRecord(moment, journal: MomentJournal(of: moment, incidents: []))
        let error = #expect(throws: StoreError.self) { try record.requireWhole() }
        #expect(error?.message.contains("the journal of moment 1 of lead") == true)
    }

    @Test("a copy of a moment's record is changed alone")
    func copies() {
        var samples = SampleMoments()
        let record = samples.next("L1")
        var copy = record
        copy.notes.append(.init(text: "hello", by: "kim"))
        copy.journal.append("{}")
        copy.lead.status = .won
        #expect(record.notes.isEmpty && copy.notes.count == 1)
        #expect(copy.journal.count == record.journal.count + 1)
        #expect(record.lead.status == .open && copy.lead.status == .won)
    }

    @Test("a lead without a journey needs no map")
    func withoutJourney() throws {
        let record = LeadRecord(id: try #require(LeadID("L1")), agent: "kim")
        #expect(LeadRecord(try record.lead(on: nil)) == record)
    }

    @Test("a lead is not put on a map that its journey does not fit")
    func wrongMap() throws {
        var record = LeadRecord(id: try #require(LeadID("L1")))
        func refusal(of journey: JourneyRecord, on definition: MapDefinition?) -> StoreError.Code? {
            record.journey = journey
            return #expect(throws: StoreError.self) { try record.lead(on: definition) }?.code
        }
        let definition = Self.definition
        let fitting = JourneyRecord(
            number: 1, map: definition.id, version: definition.version, tracks: [.open],
            steps: [.open, .open])
        var other = fitting
        other.map = MapID("other")
        #expect(refusal(of: other, on: definition) == .wrongMap)
        other = fitting
        other.version = MapVersion("v2")
        #expect(refusal(of: other, on: definition) == .wrongMap)
        other = fitting
        other.tracks = []
        #expect(refusal(of: other, on: definition) == .wrongMap)
        other = fitting
        other.steps = [.open]
        #expect(refusal(of: other, on: definition) == .wrongMap)
        #expect(refusal(of: fitting, on: nil) == .wrongMap)
        let impossible: [(Journey.Phase, Journey.TrackState, [Journey.StepState])] = [
            (.active, .waiting, [.waiting, .open]), (.active, .held, [.waiting, .waiting]),
            (.active, .open, [.open, .waiting]), (.active, .closed, [.closed, .open]),
            (.active, .cancelled, [.cancelled, .closed]), (.ended(.won), .open, [.open, .closed]),
            (.ended(.won), .cancelled, [.open, .cancelled]), (.ended(.won), .closed, [.waiting, .closed]),
        ]
        for (phase, track, steps) in impossible {
            other = fitting
            (other.phase, other.tracks, other.steps) = (phase, [track], steps)
            #expect(refusal(of: other, on: definition) == .wrongMap, "\(phase), \(track), \(steps)")
        }
        other = fitting
        other.number = 0
        #expect(refusal(of: other, on: definition) == .wrongMap)
        record.journey = fitting
        #expect(LeadRecord(try record.lead(on: definition)) == record)
    }

    @Test("what a moment's effects left is part of its record")
    func consequences() throws {
        let command = Command(
            lead: try #require(LeadID("L1")), order: .assign(Self.definition.id, LeadChanges()))
        let effects: [Effect] = [
            .note("hello"), .todo(["title": "call"]), .outgoing(.email, ["to": "a@example.com"]),
            .store(StoredChange(scope: .plugin, key: "n", change: .add(1))),
            .store(StoredChange(scope: .lead, key: "m", change: .set(2))),
        ]
        let record = MomentRecord(
            try Self.moment(command, of: nil, under: Self.probed, effects: effects),
            journal: MomentJournal([]))
        #expect(record.notes == [.init(text: "hello", by: "plugin:probe")])
        #expect(record.todos == [.init(todo: ["title": "call"], by: "plugin:probe")])
        #expect(
            record.outgoing == [
                .init(
                    id: DeliveryID(command.lead, moment: 1, number: 1), kind: .email,
                    payload: ["to": "a@example.com"], by: "plugin:probe")
            ])
        #expect(record.values == [.init(plugin: "probe", key: "n", change: .add(1))])
        #expect(record.lead.store == ["probe": ["m": 2]])
    }

    /// With a plugin that is called when the map opens.
    private static let probed = Rulebook(
        maps: [definition.id: .available(definition)],
        subscriptions: Subscriptions([
            Subscription(
                plugin: "probe", number: 1, event: .exactly(.mapOpen), map: nil, at: nil, priority: 0)
        ]))

    // MARK: A map

    /// One flex track with two steps.
    private static let definition: MapDefinition = {
        let track = TrackID("offer")
        let steps = ["call", "brochure"].map {
            MapDefinition.Step(
                path: StepPath(track, StepID($0)), title: nil, isOptional: false, mirror: nil,
                triggers: .none,
                track: 0)
        }
        return MapDefinition(
            id: MapID("short"), version: MapVersion("v1"), title: nil, finish: nil, triggers: .none,
            tracks: [
                MapDefinition.Track(id: track, title: nil, kind: .flex(nil), triggers: .none, steps: 0..<2)
            ],
            steps: steps)
    }()

    private static func moment(
        _ command: Command, of lead: Lead?, under rulebook: Rulebook, effects: [Effect] = []
    ) throws -> Moment {
        var moment = try Moment(command, of: lead, at: Timestamp(milliseconds: 0), under: rulebook)
        while true {
            switch moment.next() {
            case .done: return moment
            case .calls(let instant):
                moment.returned(instant.calls.map { _ in CallResult(.effects(effects)) })
            case .decision:
                Issue.record("the map has no decider")
                return moment
            }
        }
    }
}
