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
            empty, wholeRecord, severalOfOneLead, order, wholeOrNotAtAll, acceptedCommands, commandIDs,
            incidentNumbers, maps, sources, values, listing, filters, held, moments, records, outbox,
            incidents,
            counts,
            emptyCommit, threads,
        ] + valueChecks + momentChecks

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
        try requireRefusal(.conflict) { try store.commit([moments[1]]) }
        try store.commit([moments[0]])
        try requireRefusal(.conflict) { try store.commit([moments[0]]) }
        try requireRefusal(.conflict) { try store.commit([moments[2]]) }
        try requireRefusal(.conflict) { try store.commit([moments[1], moments[3]]) }
        try requireRefusal(.conflict) { try store.commit([moments[1], moments[1]]) }
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
        try requireRefusal(.conflict) { try store.commit([good, bad]) }
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
            try store.heldLeads(after: after.map(lead), limit: limit).map(\.id.text)
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

// MARK: What moments leave beside

extension StoreCheck {
    private static let acceptedCommands = StoreCheck(
        "a command's id leads to its moment and to what was asked"
    ) {
        store in
        var samples = SampleMoments()
        let order = Order.assign(MapID("new-buyer"), LeadChanges(fields: ["b": 1, "a": .null], agent: "kim"))
        let command = Command(lead: lead("L1"), order: order, by: "form", id: "id-1")
        let batch = [samples.next("L1"), samples.next("L1") { $0.command = command }]
        try store.commit(batch)
        let accepted = try store.accepted("id-1", of: lead("L1"))
        try requireEqual(accepted?.moment, 2)
        let again = Command(lead: lead("L1"), order: order, by: "form", id: "id-2")
        try requireEqual(accepted?.canonicalRequest, again.canonicalRequest)
        let other = Command(lead: lead("L1"), order: order, by: "someone else", id: "id-1")
        try require(
            accepted?.canonicalRequest != other.canonicalRequest, "who gives a command belongs to it")
        try requireEqual(
            again.canonicalRequest.text,
            #"{"agent":"kim","by":"form","do":"assign","fields":{"a":null,"b":1},"lead":"L1","map":"new-buyer"}"#
        )
        try require(try store.accepted("id-2", of: lead("L1")) == nil, "an id that no command had")
        try require(try store.accepted("id-1", of: lead("L2")) == nil, "another lead's id")
    }

    private static let commandIDs = StoreCheck(
        "a command's id is taken once for its lead, byte by byte, and free for every other lead"
    ) { store in
        var samples = SampleMoments()
        try store.commit([samples.next("L1", commandID: "\u{e9}"), samples.next("L1", commandID: "a")])
        let next = samples
        try requireRefusal(.conflict) { try store.commit([samples.next("L1", commandID: "a")]) }
        samples = next
        try requireRefusal(.conflict) {
            try store.commit([samples.next("L1", commandID: "b"), samples.next("L1", commandID: "b")])
        }
        samples = next
        for id in ["e\u{301}", "a\u{0}b", "a\u{0}", "A", "", "\u{0}"] {
            try store.commit([samples.next("L1", commandID: id)])
        }
        for (index, id) in ["\u{e9}", "a", "e\u{301}", "a\u{0}b", "a\u{0}", "A", "", "\u{0}"].enumerated() {
            try requireEqual(try store.accepted(CommandID(id), of: lead("L1"))?.moment, index + 1)
        }
        try store.commit([samples.next("L2", commandID: "a"), samples.next("\u{e9}", commandID: "a")])
        try store.commit([samples.next("e\u{301}", commandID: "a"), samples.next("L2", commandID: "b")])
        for (id, name, moment) in [
            ("a", "L2", 1), ("b", "L2", 2), ("a", "\u{e9}", 1), ("a", "e\u{301}", 1), ("a", "L1", 2),
        ] {
            try requireEqual(try store.accepted(CommandID(id), of: lead(name))?.moment, moment)
        }
    }

    private static let incidentNumbers = StoreCheck(
        "an incident's number is taken once, and gaps are no matter"
    ) {
        store in
        var samples = SampleMoments()
        var moment = samples.next("L1")
        moment.incidents = [samples.incident(of: moment, number: 7)]
        try store.commit([moment])
        try requireEqual(try store.nextIncident(), 8)
        let next = samples
        var again = samples.next("L1")
        again.incidents = [samples.incident(of: again, number: 7)]
        try requireRefusal(.conflict) { try store.commit([again]) }
        samples = next
        again = samples.next("L1")
        again.incidents = [samples.incident(of: again, number: 3), samples.incident(of: again, number: 3)]
        try requireRefusal(.conflict) { try store.commit([again]) }
        again.incidents.removeLast()
        try store.commit([again])
        try requireEqual(try store.nextIncident(), 8)
        try requireEqual(try store.incidents(of: nil, before: nil, limit: 9).map(\.number), [7, 3])
    }

    private static let incidents = StoreCheck("incidents are read as they were kept, the latest first") {
        store in
        var samples = SampleMoments()
        var kept: [IncidentRecord] = []
        for id in ["L1", "L2", "L1"] {
            var moment = samples.next(id)
            moment.incidents.append(samples.incident(of: moment))
            moment.incidents.append(samples.incident(of: moment))
            kept += moment.incidents
            try store.commit([moment])
        }
        var bare = samples.next("L2")
        bare.incidents = [
            IncidentRecord(
                number: 7, lead: bare.lead.id, moment: bare.number, index: 1, at: bare.at,
                reason: "moment_limit", message: "")
        ]
        kept += bare.incidents
        try store.commit([bare])
        try requireEqual(try store.incidents(of: nil, before: nil, limit: .max), kept.reversed())
        try requireEqual(try store.incidents(of: nil, before: 4, limit: 2).map(\.number), [3, 2])
        try requireEqual(try store.incidents(of: lead("L1"), before: 6, limit: 2).map(\.number), [5, 2])
        try requireEqual(try store.incidents(of: lead("L3"), before: nil, limit: 9), [])
        try requireEqual(try store.incident(7), bare.incidents[0])
        try requireEqual(try store.incident(4), kept[3])
        try require(try store.incident(8) == nil, "an incident that is not there")
    }

    private static let maps = StoreCheck("a map's source is kept for the journeys that began on it") {
        store in
        var samples = SampleMoments()
        let next = samples
        let without = samples.next("L1") { $0.lead.journey = SampleMoments.journey() }
        try requireRefusal(.conflict) { try store.commit([without]) }
        samples = next
        var bytes = SampleMoments.map
        bytes.source = [0, 0xFF, 0x0A]
        try store.commit([
            samples.next("L1") { moment in
                moment.lead.journey = SampleMoments.journey()
                moment.maps = [bytes]
            }
        ])
        try requireEqual(try store.map(bytes.version), bytes)
        // The first stays: a version's source does not change.
        try store.commit([
            samples.next("L1") { $0.maps = [SampleMoments.map] },
            samples.next("L2") { $0.lead.journey = SampleMoments.journey() },
        ])
        try requireEqual(try store.map(bytes.version), bytes)
        try require(try store.map(MapVersion("v2")) == nil, "a version that was never kept")
    }

    private static let sources = StoreCheck(
        "versions of plugins and templates are kept with their files, each from its first use on"
    ) { store in
        var samples = SampleMoments()
        let all = SampleMoments.sources
        let sources = all.filter { $0.version.kind == .plugin }
        try store.commit([samples.next("L1") { $0.sources = [sources[1], sources[0], sources[1]] }])
        var later = sources[0]
        later.version.since = Timestamp(milliseconds: 1)
        later.version.declared = "another"
        later.files = []
        try store.commit([
            samples.next("L1") { $0.sources = [later] }, samples.next("L2") { $0.sources = all },
        ])
        try store.commit([samples.next("L1") { $0.sources = all }])
        try requireEqual(
            try store.versions(of: .plugin, named: nil),
            [sources[1], sources[0], sources[2], sources[3]].map(\.version))
        try requireEqual(
            try store.versions(of: .plugin, named: "greeting"), [sources[1], sources[0]].map(\.version))
        try requireEqual(try store.versions(of: .template, named: nil).count, sources.count)
        try requireEqual(try store.versions(of: .plugin, named: "n"), [])
        for source in all {
            let version = source.version
            var found = try store.source(of: version.kind, named: version.name, hash: version.hash)
            found?.files.sort { $0.name < $1.name }
            try requireEqual(found, source)
        }
        try require(try store.source(of: .plugin, named: "greeting", hash: "a") == nil, "a part of a hash")
        try require(try store.source(of: .plugin, named: "n\u{0}te", hash: "b2") == nil, "another's hash")
    }

    private static let values = StoreCheck("plugins' values change in the order in which it was asked") {
        store in
        var samples = SampleMoments()
        func change(_ id: String, _ changes: (String, String, StoredChange.Change)...) -> MomentRecord {
            samples.next(id) { $0.values = changes.map { .init(plugin: $0.0, key: $0.1, change: $0.2) } }
        }
        try store.commit([
            change("L1", ("a", "n", .add(1)), ("a", "n", .add(2)), ("b", "n", .set("x"))),
            change("L2", ("a", "n", .add(0.5)), ("b", "n", .set(1)), ("b", "t", .set(["k": [1]]))),
        ])
        try requireEqual(try store.value("n", of: "a"), 3.5)
        try requireEqual(try store.value("n", of: "b"), 1)
        try requireEqual(try store.value("t", of: "b"), ["k": [1]])
        try store.commit([
            change("L1", ("a", "n", .set(nil)), ("b", "t", .set(nil)), ("b", "t", .set(false))),
            change("L1", ("b", "none", .set(nil))),
        ])
        try require(try store.value("n", of: "a") == nil, "a value that was taken away")
        try requireEqual(try store.value("t", of: "b"), false)
        try require(try store.value("none", of: "b") == nil, "a value that never was")
        let keys = ["", "\u{0}", "k", "k\u{0}", "k\u{0}x", "K", "\u{e9}", "e\u{301}"]
        for (index, key) in keys.enumerated() {
            try store.commit([change("L3", ("a", key, .set(.integer(Int64(index)))))])
        }
        for (index, key) in keys.enumerated() {
            try requireEqual(try store.value(key, of: "a"), .integer(Int64(index)))
        }
    }

    private static let records = StoreCheck(
        "notes and to-dos are read in the order in which they were asked for"
    ) {
        store in
        var samples = SampleMoments()
        for _ in 1...2 {
            try store.commit([
                samples.next("L1") { moment in
                    moment.notes = [.init(text: "one\u{0}", by: "plugin:a"), .init(text: "", by: "plugin:b")]
                    moment.todos = [.init(todo: ["title": "call", "due": 1], by: "plugin:a")]
                },
                samples.next("L2") { $0.notes = [.init(text: "other", by: "plugin:a")] },
            ])
        }
        let notes = try store.notes(of: lead("L1"))
        try requireEqual(notes.map(\.text), ["one\u{0}", "", "one\u{0}", ""])
        try requireEqual(notes.map(\.moment), [1, 1, 2, 2])
        try requireEqual(notes.map(\.number), [1, 2, 1, 2])
        try requireEqual(
            notes[3],
            StoredNote(
                lead: lead("L1"), moment: 2, number: 2, at: Timestamp(milliseconds: 1_700_000_000_002),
                by: "plugin:b", text: ""))
        try requireEqual(
            try store.todos(of: lead("L1")),
            [1, 2].map {
                StoredTodo(
                    lead: lead("L1"), moment: $0, number: 1,
                    at: Timestamp(milliseconds: 1_700_000_000_000 + Int64($0)), by: "plugin:a",
                    todo: ["title": "call", "due": 1])
            })
        try requireEqual(try store.todos(of: lead("L2")), [])
        try requireEqual(try store.notes(of: lead("L3")), [])
    }

    private static let outbox = StoreCheck(
        "the outbox has its rows in the order of commits, each with an id of its own"
    ) {
        store in
        var samples = SampleMoments()
        func mail(_ id: String, _ count: Int) -> MomentRecord {
            samples.next(id) { moment in
                for number in 1...count {
                    moment.send(
                        ["to": "a@example.com", "n": .integer(Int64(number))], by: "plugin:email",
                        templateHash: number == 1 ? "a1" : nil)
                }
            }
        }
        try store.commit([mail("L2", 2), mail("a/1", 1)])
        try store.commit([mail("L2", 1)])
        let rows = try store.outbox(after: 0, limit: .max)
        try requireEqual(rows.map(\.id.description), ["L2/1/1", "L2/1/2", "a/1/1/1", "L2/2/1"])
        try requireEqual(rows.map(\.payload["n"]), [1, 2, 1, 1])
        try requireEqual(rows.map(\.kind), Array(repeating: .email, count: 4))
        try requireEqual(rows.map(\.by), Array(repeating: "plugin:email", count: 4))
        try requireEqual(rows.map(\.templateHash), ["a1", nil, "a1", "a1"])
        try require(zip(rows, rows.dropFirst()).allSatisfy { $0.row < $1.row }, "rows rise")
        try requireEqual(try store.outbox(after: rows[0].row, limit: 2), Array(rows[1...2]))
        try requireEqual(try store.outbox(after: rows[3].row, limit: 2), [])
    }

    private static let counts = StoreCheck("what is there is counted") { store in
        var samples = SampleMoments()
        var first = samples.next("L1") { moment in
            moment.lead.status = .won
            moment.send([:], by: "plugin:email")
        }
        first.incidents = [samples.incident(of: first)]
        try store.commit([first, samples.next("L2"), samples.next("L3")])
        try store.commit([samples.next("L3") { $0.lead.status = .closed }])
        try requireEqual(
            try store.counts(),
            StoreCounts(
                leads: [.won: 1, .open: 1, .closed: 1, .lost: 0], moments: 4, incidents: 1, outbox: 1))
    }
}
