import Journeys
import Store
import Values

/// What moments leave beside their leads' states.
extension StoreCheck {
    static let recordChecks = [
        acceptedCommands, commandIDs, incidentNumbers, maps, sources, values, records, doneTodos, outbox,
        incidents,
        incidentStates,
        counts,
    ]

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
        try require(accepted?.isRequest(of: again) == true, "the same with another id")
        let other = Command(lead: lead("L1"), order: order, by: "someone else", id: "id-1")
        try require(accepted?.isRequest(of: other) == false, "the giver of a command belongs to it")
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
        try requireConflict(0, .commandIDTaken) { try store.commit([samples.next("L1", commandID: "a")]) }
        samples = next
        try requireConflict(1, .commandIDTaken) {
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
        "an incident's number is taken once, and gaps do not matter"
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
        try requireConflict(0, .incidentTaken(7)) { try store.commit([again]) }
        samples = next
        again = samples.next("L1")
        again.incidents = [samples.incident(of: again, number: 3), samples.incident(of: again, number: 3)]
        try requireConflict(0, .incidentTaken(3)) { try store.commit([again]) }
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

    private static let incidentStates = StoreCheck(
        "a moment settles incidents of its lead that are there, and an operator sets open ones aside"
    ) { store in
        var samples = SampleMoments()
        for id in ["L1", "L2", "L1"] {
            var moment = samples.next(id)
            moment.incidents = [samples.incident(of: moment), samples.incident(of: moment)]
            moment.incidents[1].trigger = "m/t/flex"
            try store.commit([moment])
        }
        func states() throws -> [IncidentState] {
            try store.incidents(of: nil, before: nil, limit: .max).reversed().map(\.state)
        }
        try requireEqual(try states(), Array(repeating: .open, count: 6))

        // Of two moments of one commit, the second settles what the first left; an incident of another lead, and one
        // that is not there, are left alone.
        var first = samples.next("L1")
        first.settlements = [
            .incident(1, .retried(moment: first.number)), .incident(3, .dismissed), .incident(99, .dismissed),
        ]
        first.incidents = [samples.incident(of: first), samples.incident(of: first)]
        first.incidents[1].trigger = "m/t/flex"
        var second = samples.next("L1")
        second.incidents = [samples.incident(of: second)]
        second.settlements = [
            .incident(7, .superseded(by: second.incidents[0].number)), .decider(trigger: "m/t/flex"),
        ]
        try store.commit([first, second])
        let decided = IncidentState.retried(moment: second.number)
        try requireEqual(
            try states(),
            [
                .retried(moment: first.number), decided, .open, .open, .open, decided, .superseded(by: 9),
                decided,
                .open,
            ])

        try requireEqual(try store.dismiss([4, 4, 1, 5, 99]), 2)
        try requireEqual(try store.incident(4)?.state, .dismissed)
        try requireEqual(try store.incident(1)?.state, .retried(moment: first.number))
        func numbers(_ state: IncidentState.Name?, of lead: LeadID? = nil, before: Int? = nil) throws -> [Int]
        {
            try store.incidents(of: lead, in: state, before: before, limit: 9).map(\.number)
        }
        try requireEqual(try numbers(.open), [9, 3])
        try requireEqual(try numbers(.open, before: 9), [3])
        try requireEqual(try numbers(.open, of: lead("L1")), [9])
        try requireEqual(try numbers(.retried), [8, 6, 2, 1])
        try requireEqual(try numbers(.superseded), [7])
        try requireEqual(try numbers(.dismissed), [5, 4])
        try requireEqual(try numbers(nil, of: lead("L2")), [4, 3])
        // Settled once more.
        var third = samples.next("L1")
        third.settlements = [.incident(1, .superseded(by: 9))]
        try store.commit([third])
        try requireEqual(try store.incident(1)?.state, .superseded(by: 9))
    }

    private static let maps = StoreCheck("a map's source is kept for the journeys that began on it") {
        store in
        var samples = SampleMoments()
        let next = samples
        let without = samples.next("L1") { $0.lead.journey = SampleMoments.journey() }
        try requireConflict(0, .mapMissing) { try store.commit([without]) }
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
        "notes and to-dos are read in the order of the effects that made them"
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
                    lead: lead("L1"), moment: $0, number: $0,
                    at: Timestamp(milliseconds: 1_700_000_000_000 + Int64($0)), by: "plugin:a",
                    todo: ["title": "call", "due": 1])
            })
        try requireEqual(try store.todos(of: lead("L2")), [])
        try requireEqual(try store.notes(of: lead("L3")), [])
    }

    private static let doneTodos = StoreCheck(
        "a to-do is marked as done once, by its number among its lead's"
    ) {
        store in
        var samples = SampleMoments()
        func todo(_ title: String) -> MomentRecord.Todo {
            .init(todo: ["title": .string(title)], by: "plugin:todo")
        }
        func done(_ numbers: [Int], adding titles: String...) -> MomentRecord {
            samples.next("L1") { moment in
                moment.doneTodos = numbers
                moment.todos = titles.map(todo)
            }
        }
        func state() throws -> [String] {
            try store.todos(of: lead("L1")).map { todo in
                let done = todo.done.map { " \($0.moment) \($0.at.milliseconds % 1000) \($0.by)" } ?? ""
                return "\(todo.number) \(todo.todo["title"]?.string ?? "")\(done)"
            }
        }
        try store.commit([done([], adding: "a", "b"), samples.next("L2") { $0.todos = [todo("x")] }])
        // What a moment marks was there before it, and one commit may hold several.
        try store.commit([done([2], adding: "c"), done([3, 1])])
        try requireEqual(try state(), ["1 a 3 3 operator", "2 b 2 2 operator", "3 c 3 3 operator"])
        for number in [1, 5, 0, -1] {
            let before = samples
            let moments = [done([], adding: "d"), done([number])]
            try requireConflict(1, .todoNotOpen(number)) { try store.commit(moments) }
            samples = before
        }
        try requireEqual(try state().count, 3)
        try requireEqual(try store.todos(of: lead("L2")).map(\.done), [nil])
        let former = try store.todos(of: lead("L1")).asOf(moment: 2)
        try requireEqual(former.map { $0.done?.moment }, [nil, 2, nil])
        try requireEqual(try store.todos(of: lead("L1")).asOf(moment: 1).count, 2)
        try StoreContents(of: store).requireWhole()
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
