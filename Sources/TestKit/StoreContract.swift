import Dispatch
import Journeys
public import Store
import Synchronization
import Values

/// What every store does. Each check wants a store of its own to which nothing was committed.
public struct StoreCheck: Sendable, CustomStringConvertible {
    /// A sentence.
    public let description: String
    /// Throws when the store does not do it.
    public let run: @Sendable (any Store) throws -> Void

    public static let all =
        [
            empty, wholeRecord, severalOfOneLead, order, wholeOrNotAtAll, listing, filters, held, moments,
            emptyCommit, threads,
        ] + recordChecks + valueChecks + momentChecks + stepChecks + deliveryChecks + accessChecks
        + erasureChecks + retentionChecks + bulkChecks

    init(_ description: String, run: @escaping @Sendable (any Store) throws -> Void) {
        self.description = description
        self.run = run
    }
}

/// Throws unless the body throws a ``StoreError`` with that code.
func requireRefusal(
    _ code: StoreError.Code, file: StaticString = #fileID, line: UInt = #line, _ body: () throws -> Void
) throws {
    do {
        try body()
    } catch let error as StoreError {
        try requireEqual(error.code, code, file: file, line: line)
        try require(!error.message.isEmpty && !error.advice.isEmpty, "no words", file: file, line: line)
        return
    }
    try require(false, "nothing was thrown, \(code) was expected", file: file, line: line)
}

/// Throws unless the body throws a conflict about the moment with that index, for that cause.
func requireConflict(
    _ moment: Int, _ cause: StoreError.Conflict.Cause, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws -> Void
) throws {
    try requireRefusal(
        .conflict(.init(moment: moment, cause: cause)), file: file, line: line, body)
}

func lead(_ id: String) -> LeadID { LeadID(id)! }

// MARK: Leads and their moments

extension StoreCheck {
    private static let empty = StoreCheck(
        "a store to which nothing was committed answers that nothing is there"
    ) {
        store in
        try require(try store.lead(lead("L1")) == nil, "a lead")
        try require(try store.accepted("id", of: lead("L1")) == nil, "a command")
        try require(try store.value("key", of: "greeting") == nil, "a value")
        try require(try store.map(MapVersion("v1")) == nil, "a map")
        try require(try store.incident(1) == nil, "an incident")
        try requireEqual(try store.versions(of: .plugin, named: nil), [])
        try require(try store.source(of: .plugin, named: "greeting", hash: "a1") == nil, "a version")
        try requireEqual(try store.moments(of: lead("L1"), from: 1, limit: 9), [])
        let contents = try StoreContents(of: store)
        try requireEqual(contents.nextIncident, 1)
        try requireEqual(contents.leads, [])
        try requireEqual(contents.counts, StoreCounts(leads: [:], moments: 0, incidents: 0, outbox: 0))
        try contents.requireWhole()
    }

    private static let wholeRecord = StoreCheck("a lead is read as its last moment left it") { store in
        var samples = SampleMoments()
        let first = samples.next("L/\u{e9}") { moment in
            moment.lead.status = .lost
            moment.lead.agent = "k\u{0}m"
            moment.lead.channel = ""
            moment.lead.fields = [
                "integer": 9_007_199_254_740_993, "double": 1.0, "text": "a\u{0}\"\\\n\u{1F600}", "list": [],
                "table": [:], "nested": ["": [1, [false, .null]]], "\u{e9}": 1, "e\u{301}": 2,
            ]
            moment.lead.store = ["greeting": ["count": 3]]
            moment.lead.journey = SampleMoments.journey()
            moment.lead.lastSeq = 71
            moment.maps = [SampleMoments.map]
        }
        try store.commit([first])
        try requireEqual(try store.lead(first.lead.id), first.lead)
        let second = samples.next("L/\u{e9}") { moment in
            moment.lead.agent = nil
            moment.lead.fields = [:]
            moment.lead.journey = SampleMoments.journey(.ended(.left))
        }
        try store.commit([second])
        try requireEqual(try store.lead(first.lead.id), second.lead)
        try require(try store.lead(lead("L/e\u{301}")) == nil, "another spelling is another lead")
    }

    private static let severalOfOneLead = StoreCheck("one commit may hold several moments of one lead") {
        store in
        var samples = SampleMoments()
        let batch = [samples.next("L1"), samples.next("L2"), samples.next("L1"), samples.next("L1")]
        try store.commit(batch)
        try requireEqual(try store.lead(lead("L1")), batch[3].lead)
        try requireEqual(try store.lead(lead("L2")), batch[1].lead)
        try store.commit([samples.next("L1")])
        try requireEqual(
            try store.moments(of: lead("L1"), from: 1, limit: 9).map(\.number), [1, 2, 3, 4])
        try StoreContents(of: store).requireWhole()
    }

    private static let order = StoreCheck("a moment that does not follow its lead's last is refused") {
        store in
        var samples = SampleMoments()
        let moments = (1...4).map { _ in samples.next("L1") }
        try requireConflict(0, .outOfOrder(last: 0)) { try store.commit([moments[1]]) }
        try store.commit([moments[0]])
        try requireConflict(0, .outOfOrder(last: 1)) { try store.commit([moments[0]]) }
        try requireConflict(0, .outOfOrder(last: 1)) { try store.commit([moments[2]]) }
        try requireConflict(1, .outOfOrder(last: 2)) { try store.commit([moments[1], moments[3]]) }
        try requireConflict(1, .outOfOrder(last: 2)) { try store.commit([moments[1], moments[1]]) }
        try requireEqual(try store.lead(lead("L1")), moments[0].lead)
        try store.commit(Array(moments[1...]))
        try requireEqual(try store.lead(lead("L1")), moments[3].lead)
    }

    private static let wholeOrNotAtAll = StoreCheck("of a commit that is refused nothing is there") { store in
        var samples = SampleMoments()
        try store.commit([samples.next("L1", commandID: "taken")])
        let before = try StoreContents(of: store)
        var good = samples.next("L2", commandID: "new") { moment in
            moment.maps = [SampleMoments.map]
            moment.lead.journey = SampleMoments.journey()
            moment.notes = [.init(text: "a note", by: "plugin:note")]
            moment.todos = [.init(todo: ["title": "call"], by: "plugin:todo")]
            moment.send(["to": "a@example.com"], by: "plugin:email")
            moment.values = [.init(plugin: "greeting", key: "count", change: .add(1))]
            moment.sources = SampleMoments.sources
        }
        good.incidents = [samples.incident(of: good)]
        let bad = samples.next("L1", commandID: "taken")
        try requireConflict(1, .commandIDTaken) { try store.commit([good, bad]) }
        try requireEqual(try StoreContents(of: store), before)
        try require(try store.lead(lead("L2")) == nil, "a lead")
        try require(try store.accepted("new", of: lead("L2")) == nil, "a command")
        try require(try store.map(SampleMoments.map.version) == nil, "a map")
        try require(try store.value("count", of: "greeting") == nil, "a value")
        try store.commit([good])
        try requireEqual(try store.value("count", of: "greeting"), 1)
        try requireEqual(try store.versions(of: .template, named: "greeting").count, 2)
        try StoreContents(of: store).requireWhole()
    }

    private static let moments = StoreCheck("a lead's moments are read in their order, from any number on") {
        store in
        var samples = SampleMoments()
        let lines = [#"{"text":"one\ntwo"}"#, #"{"n":2}"#]
        for number in 1...5 {
            try store.commit([
                samples.next("L1") { moment in
                    moment.journal = number == 1 ? [] : lines
                    moment.command = Command(
                        lead: moment.lead.id, order: .complete("a/\(number)"), by: "agent:kim",
                        id: CommandID("c\(number)"))
                },
                samples.next("L2"),
            ])
        }
        let all = try store.moments(of: lead("L1"), from: 1, limit: .max)
        try requireEqual(all.map(\.number), [1, 2, 3, 4, 5])
        try requireEqual(all.map(\.journal), [[], lines, lines, lines, lines])
        try requireEqual(all[2].lead, lead("L1"))
        try requireEqual(all[2].by, "agent:kim")
        try requireEqual(all[2].at, Timestamp(milliseconds: 1_700_000_000_003))
        try requireEqual(
            all[2].command, ["by": "agent:kim", "do": "complete", "id": "c3", "lead": "L1", "step": "a/3"])
        try requireEqual(try store.moments(of: lead("L1"), from: 3, limit: 2), Array(all[2...3]))
        try requireEqual(try store.moments(of: lead("L1"), from: -1, limit: 1), [all[0]])
        try requireEqual(try store.moments(of: lead("L1"), from: 6, limit: 9), [])
        try requireEqual(try store.moments(of: lead("L1"), from: 1, limit: 0), [])
        try requireEqual(try store.moments(of: lead("L3"), from: 1, limit: 9), [])
    }

    private static let listing = StoreCheck("leads are listed in the order of their ids' bytes") { store in
        var samples = SampleMoments()
        let ids = ["B", "a", "Z/1", "\u{1F600}", "\u{ff5e}", "a!", "e\u{301}", "\u{e9}"]
        try store.commit(ids.map { samples.next($0) })
        let sorted = ["B", "Z/1", "a", "a!", "e\u{301}", "\u{e9}", "\u{ff5e}", "\u{1F600}"].map(lead)
        let all = try store.leads(matching: .all, after: nil, limit: .max)
        try requireEqual(all.map(\.id), sorted)
        for (index, id) in sorted.enumerated() {
            try requireEqual(
                try store.leads(matching: .all, after: id, limit: 2).map(\.id),
                Array(sorted[(index + 1)...].prefix(2)))
        }
        try requireEqual(try store.leads(matching: .all, after: lead("aa"), limit: 1).map(\.id), [sorted[4]])
        try requireEqual(try store.leads(matching: .all, after: nil, limit: 0), [])
    }

    private static let held = StoreCheck("leads with a held track are listed as long as it is held") {
        store in
        var samples = SampleMoments()
        func journey(_ phase: Journey.Phase, _ tracks: [Journey.TrackState]) -> JourneyRecord {
            JourneyRecord(
                number: 1, map: SampleMoments.map.id, version: SampleMoments.map.version, phase: phase,
                tracks: tracks, steps: [])
        }
        func next(_ id: String, _ journey: JourneyRecord?) -> MomentRecord {
            samples.next(id) { moment in
                moment.lead.journey = journey
                moment.maps = [SampleMoments.map]
            }
        }
        try store.commit([
            next("h", nil), next("B", journey(.active, [.closed, .held])),
            next("a", journey(.active, [.held])), next("c", journey(.active, [.open, .waiting])),
            next("d", journey(.ended(.left), [.held])), next("e", journey(.active, [.held, .waiting])),
        ])
        func found(after: String? = nil, limit: Int = .max) throws -> [String] {
            let held = try store.heldLeads(after: after.map(lead), limit: limit).map(\.id.text)
            let listed = try store.leads(
                matching: LeadFilter(isHeld: true), after: after.map(lead), limit: limit)
            try requireEqual(listed.map(\.id.text), held)
            let others = try store.leads(matching: LeadFilter(isHeld: false), after: nil, limit: .max)
            let all = try store.leads(matching: .all, after: nil, limit: .max)
            let allHeld = try store.heldLeads(after: nil, limit: .max).map(\.id)
            try requireEqual(others.map(\.id), all.map(\.id).filter { !allHeld.contains($0) })
            return held
        }
        try requireEqual(try found(), ["B", "a", "e"])
        try requireEqual(try found(limit: 2), ["B", "a"])
        try requireEqual(try found(after: "B", limit: 1), ["a"])
        try requireEqual(try found(after: "aa"), ["e"])
        try requireEqual(try store.heldLeads(after: nil, limit: 1), [HeldLead(id: lead("B"))])
        try store.commit([
            next("a", journey(.active, [.open])), next("c", journey(.active, [.closed, .held])),
            next("e", journey(.active, [.open, .held])),
            next("e", journey(.ended(.won), [.open, .cancelled])),
        ])
        try requireEqual(try found(), ["B", "c"])
        func failed(_ trigger: String, _ plugin: String, _ hash: String?) throws {
            var moment = next("c", journey(.active, [.closed, .held]))
            var incident = samples.incident(of: moment)
            incident.trigger = trigger
            incident.plugin = plugin
            incident.pluginHash = hash
            moment.incidents = [incident]
            try store.commit([moment])
        }
        try failed("m/t/flex", "greeting", "a1")
        try failed("m/t/s/open/1", "note", "b2")
        let b = HeldLead(id: lead("B"))
        try requireEqual(
            try store.heldLeads(after: nil, limit: 9),
            [b, HeldLead(id: lead("c"), plugin: "greeting", pluginHash: "a1")])
        try failed("m/t/flex", "chooser", nil)
        try requireEqual(
            try store.heldLeads(after: nil, limit: 9), [b, HeldLead(id: lead("c"), plugin: "chooser")])
    }

    private static let filters = StoreCheck("leads are listed by status, map and text") { store in
        var samples = SampleMoments()
        try store.commit([
            samples.next("L1") { moment in
                moment.lead.agent = "Kim"
                moment.lead.fields = ["city": "Z\u{fc}rich", "n": 12, "list": ["Basel"]]
            },
            samples.next("L2") { moment in
                moment.lead.status = .won
                moment.lead.channel = "form"
                moment.lead.journey = SampleMoments.journey(.ended(.won))
                moment.maps = [SampleMoments.map]
            },
            samples.next("L3") { moment in
                moment.lead.journey = SampleMoments.journey()
                moment.lead.lastSeq = 9
            },
        ])
        func found(_ filter: LeadFilter) throws -> [String] {
            try store.leads(matching: filter, after: nil, limit: .max).map(\.id.text)
        }
        try requireEqual(try found(LeadFilter(status: .open)), ["L1", "L3"])
        try requireEqual(try found(LeadFilter(status: .lost)), [])
        try requireEqual(try found(LeadFilter(map: MapID("new-buyer"))), ["L2", "L3"])
        try requireEqual(try found(LeadFilter(map: MapID("other"))), [])
        try requireEqual(try found(LeadFilter(status: .won, map: MapID("new-buyer"))), ["L2"])
        try requireEqual(try found(LeadFilter(text: "l")), ["L1", "L2", "L3"])
        try requireEqual(try found(LeadFilter(text: "kIM")), ["L1"])
        try requireEqual(try found(LeadFilter(text: "FORM")), ["L2"])
        try requireEqual(try found(LeadFilter(text: "z\u{fc}R")), ["L1"])
        try requireEqual(try found(LeadFilter(text: "Z\u{dc}R")), ["L1"])
        try requireEqual(try found(LeadFilter(text: "zU\u{308}r")), ["L1"])
        try requireEqual(try found(LeadFilter(text: "zur")), [])
        try requireEqual(try found(LeadFilter(text: "12")), [])
        try requireEqual(try found(LeadFilter(text: "basel")), [])
        try requireEqual(try found(LeadFilter(text: "city")), [])
        try requireEqual(try found(LeadFilter(text: "%")), [])
        try requireEqual(try found(LeadFilter(status: .open, text: "3")), ["L3"])
        try requireEqual(
            try store.leads(matching: LeadFilter(status: .open), after: nil, limit: 1).map(\.id.text), ["L1"])

        let summaries = try store.leads(matching: .all, after: lead("L1"), limit: 2)
        try requireEqual(summaries.map(\.status), [.won, .open])
        try requireEqual(summaries.map(\.channel), ["form", nil])
        try requireEqual(summaries.map(\.map), [MapID("new-buyer"), MapID("new-buyer")])
        try requireEqual(summaries.map(\.isActive), [false, true])
        try requireEqual(summaries.map(\.lastSeq), [1, 9])
        try requireEqual(summaries.map(\.lastMoment), [1, 1])
        try requireEqual(summaries.map(\.changed.milliseconds), [1_700_000_000_001, 1_700_000_000_001])
    }

    private static let emptyCommit = StoreCheck("a commit of nothing does nothing") { store in
        let before = try StoreContents(of: store)
        try store.commit([])
        try requireEqual(try StoreContents(of: store), before)
    }

    private static let threads = StoreCheck("any thread may commit and read") { store in
        let threads = 4
        let rounds = 25
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            do {
                var samples = SampleMoments()
                let id = "L\(thread)"
                for round in 1...rounds {
                    try store.commit([samples.next(id), samples.next("\(id)/\(round)")])
                    try requireEqual(try store.lead(lead(id))?.lastMoment, round)
                    try requireEqual(
                        try store.moments(of: lead(id), from: round, limit: 9).map(\.number), [round])
                }
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        try requireEqual(failures.withLock { $0 }, [])
        try requireEqual(try store.counts().moments, threads * rounds * 2)
        try StoreContents(of: store).requireWhole()
    }
}
