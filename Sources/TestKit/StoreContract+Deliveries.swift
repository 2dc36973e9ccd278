import Journeys
import Store
import Values

/// What leaves, and how far it has come (R53 to R56).
extension StoreCheck {
    static let deliveryChecks = [
        committed, attempts, order, destinations, sentAgain, sentAgainBehind, wrongChanges, settledInMoments,
        interruptions, listings, figures, ids, wrongTimes,
    ]

    private static let committed = StoreCheck("a delivery waits as it was committed, with its mail's payload")
    {
        store in
        var samples = SampleMoments()
        let trace = TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        let mail: Table = [
            "to": ["b@example.com", "b@example.com"], "cc": "a@example.com", "text": "x\u{0}",
        ]
        try store.commit([
            samples.next("L1") { moment in
                moment.send(["endpoint": "crm", "payload": [1]], .webhook, isQuiet: true, by: "plugin:crm")
                moment.sendToAll(mail, by: "plugin:email", templateHash: "a1")
                moment.send(["to": "c@example.com"], by: "plugin:email")
                for index in 1...3 { moment.outgoing[index].trace = trace }
            }
        ])
        let found = try store.outbox(after: 0, limit: 9)
        try requireEqual(found.map(\.id.description), ["L1/1/1", "L1/1/2", "L1/1/3", "L1/1/4"])
        try requireEqual(found.map(\.kind), [.webhook, .email, .email, .email])
        try requireEqual(found.map(\.channel), ["webhook:crm", "email", "email", "email"])
        try requireEqual(found.map(\.to), ["crm", "b@example.com", "a@example.com", "c@example.com"])
        try requireEqual(found.map(\.first.number), [1, 2, 2, 4])
        try requireEqual(
            found.map(\.payload),
            [["endpoint": "crm", "payload": [1]], mail, mail, ["to": "c@example.com"]])
        try requireEqual(found.map(\.by), ["plugin:crm", "plugin:email", "plugin:email", "plugin:email"])
        try requireEqual(found.map(\.templateHash), [nil, "a1", "a1", nil])
        try requireEqual(found.map(\.trace), [nil, trace, trace, trace])
        try requireEqual(found.map(\.isQuiet), [true, false, false, false])
        for delivery in found {
            try requireEqual(delivery.state, .waiting)
            try requireEqual(delivery.at, Timestamp(milliseconds: 1_700_000_000_001))
            try requireEqual([delivery.due, delivery.changed], [delivery.at, delivery.at])
            try requireEqual(delivery.attempts, 0)
            try require(delivery.firstAttempt == nil && delivery.message == nil, "an attempt")
            try requireEqual(try store.delivery(delivery.id), delivery)
            try requireEqual(try store.attempts(of: delivery.id), [])
        }
        try requireEqual(try store.counts().outbox, 4)
        try requireEqual(try store.waitingChannels(), ["email", "webhook:crm"])
    }

    private static let attempts = StoreCheck(
        "an attempt is noted before it starts and settled when its result is known"
    ) { store in
        let outbox = try SampleOutbox(store, ["L1": ["a"]])
        let id = outbox.id("L1")
        try store.beginAttempts([1], at: outbox.time(1))
        var found = try outbox.delivery("L1")
        try requireEqual(found.state, .sending)
        try requireEqual(
            [found.firstAttempt, found.due, found.changed], [outbox.time(1), nil, outbox.time(1)])
        try requireEqual(try store.attempts(of: id), [.init(number: 1, began: outbox.time(1))])
        try requireEqual(try store.waitingChannels(), [])
        try requireEqual(try store.nextDue(through: "email"), nil)

        try outbox.settle(1, .failed, "451", .again(due: outbox.time(30)), at: 2)
        found = try outbox.delivery("L1")
        try requireEqual(found.state, .waiting)
        try requireEqual(
            [found.firstAttempt, found.due, found.changed],
            [outbox.time(1), outbox.time(30), outbox.time(2)])
        try requireEqual(found.message, "451")
        try requireEqual(try store.due(through: "email", by: outbox.time(29), limit: 9), [])
        try requireEqual(try store.due(through: "email", by: outbox.time(30), limit: 9), [found])
        try requireEqual(try store.nextDue(through: "email"), outbox.time(30))

        try store.beginAttempts([1], at: outbox.time(31))
        try outbox.settle(1, .unknown, "no answer\u{0}", .again(due: outbox.time(60)), at: 40)
        try store.beginAttempts([1], at: outbox.time(60))
        try outbox.settle(1, .delivered, nil, .delivered, at: 61)
        found = try outbox.delivery("L1")
        try requireEqual(found.state, .delivered)
        try requireEqual(found.attempts, 3)
        try requireEqual(
            [found.firstAttempt, found.due, found.changed], [outbox.time(1), nil, outbox.time(61)])
        try requireEqual(found.message, "no answer\u{0}")
        try requireEqual(
            try store.attempts(of: id),
            [
                .init(
                    number: 1, began: outbox.time(1), ended: outbox.time(2), outcome: .failed, message: "451"),
                .init(
                    number: 2, began: outbox.time(31), ended: outbox.time(40), outcome: .unknown,
                    message: "no answer\u{0}"),
                .init(number: 3, began: outbox.time(60), ended: outbox.time(61), outcome: .delivered),
            ])
        try requireEqual(try store.nextDue(through: "email"), nil)
        try requireEqual(try store.due(through: "email", by: outbox.time(99), limit: 9), [])
    }

    private static let order = StoreCheck(
        "deliveries of one lead to one destination leave one after the other, and nothing else waits for them"
    ) { store in
        // Rows 1 to 3 go to the first; 4 is another destination, 5 another lead.
        let outbox = try SampleOutbox(store, ["L1": ["a", "a", "a", "b"], "L2": ["a"]])
        try requireEqual(try outbox.due(), [1, 4, 5])
        try requireEqual(try outbox.due(limit: 2), [1, 4])
        try requireEqual(try outbox.due(limit: 0), [])
        try requireEqual(try outbox.due(by: -1000), [])
        try requireEqual(try store.due(through: "webhook:a", by: outbox.time(99), limit: 9), [])
        try store.beginAttempts([1, 5], at: outbox.time(0))
        try requireEqual(try outbox.due(), [4])
        // One that comes back stays before those behind it, also when they could leave sooner.
        try outbox.settle(1, .failed, "x", .again(due: outbox.time(50)), at: 1)
        try requireEqual(try outbox.due(), [4])
        try requireEqual(try outbox.due(by: 50), [4, 1])
        try requireEqual(try store.nextDue(through: "email"), try outbox.delivery("L1", 4).at)
        for (row, outcome, next, following) in [
            (1, .unknown, .unknown, [2, 4]), (2, .failed, .dead, [3, 4]),
            (3, .delivered, .delivered, [4]),
        ] as [(Int, DeliveryAttempt.Outcome, DeliverySettlement.Next, [Int])] {
            try store.beginAttempts([row], at: outbox.time(50))
            try outbox.settle(row, outcome, nil, next, at: 51)
            try requireEqual(try outbox.due(by: 60), following)
        }
        try outbox.settle(5, .failed, nil, .dead, at: 60)
        try requireEqual(try outbox.due(), [4])
    }

    private static let destinations = StoreCheck("destinations are told apart by their bytes and their kinds")
    {
        store in
        var samples = SampleMoments()
        let addresses = ["\u{e9}", "e\u{301}", "a", "A", "a\u{0}", "a\u{0}b", ""]
        try store.commit([
            samples.next("L1") { moment in
                for address in addresses { moment.send([:], to: address, by: "p") }
                for name in ["a", "\u{e9}"] { moment.send([:], .webhook, to: name, by: "p") }
            }
        ])
        let channels = ["email", "webhook:a", "webhook:\u{e9}"]
        try requireEqual(try store.waitingChannels(), channels)
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        try requireEqual(
            try channels.map { try store.due(through: $0, by: now, limit: 99).map(\.row) },
            [Array(1...7), [8], [9]])
        try requireEqual(try store.due(through: "webhook:e\u{301}", by: now, limit: 9), [])
        for (index, address) in addresses.enumerated() {
            let found = try store.deliveries(
                matching: DeliveryFilter(kind: .email, to: address), before: nil, limit: 9)
            try requireEqual(found.map(\.row), [index + 1])
        }
    }

    private static let sentAgain = StoreCheck(
        "one that is dead or unknown waits again under its id, and takes its place by its row"
    ) { store in
        let outbox = try SampleOutbox(store, ["L1": ["a", "a", "a", "a"]])
        try outbox.end(1, .failed, .dead, at: 1)
        try outbox.end(2, .unknown, .unknown, at: 2)
        try outbox.end(3, .delivered, .delivered, at: 3)
        try requireEqual(try outbox.due(), [4])
        let ids = try store.outbox(after: 0, limit: 9).map(\.id)
        try requireEqual(
            try store.sendAgain(
                [ids[1], ids[2], ids[3], ids[1], DeliveryID(lead("L9"), moment: 1, number: 1)],
                at: outbox.time(10)), 1)
        try requireEqual(try outbox.due(by: 9), [])
        try requireEqual(try outbox.due(by: 10), [2])
        var found = try outbox.delivery("L1", 2)
        try requireEqual(found.state, .waiting)
        try requireEqual(
            [found.firstAttempt, found.due, found.changed], [nil, outbox.time(10), outbox.time(10)])
        try requireEqual(found.attempts, 1)
        try requireEqual(try store.sendAgain([ids[0]], at: outbox.time(11)), 1)
        try requireEqual(try outbox.due(by: 20), [1])
        try outbox.end(1, .delivered, .delivered, at: 12)
        try outbox.end(2, .failed, .dead, at: 13)
        found = try outbox.delivery("L1", 2)
        try requireEqual([found.firstAttempt, found.changed], [outbox.time(13), outbox.time(13)])
        try requireEqual(try store.attempts(of: ids[1]).map(\.number), [1, 2])
        try requireEqual(try outbox.due(by: 20), [4])
        try requireEqual(try store.sendAgain([ids[0], ids[3]], at: outbox.time(14)), 0)
        try requireEqual(try store.sendAgain([], at: outbox.time(14)), 0)
        // Where nothing waits any more, it leaves as the only one.
        try outbox.end(4, .delivered, .delivered, at: 15)
        try requireEqual(try store.waitingChannels(), [])
        try requireEqual(try store.sendAgain([ids[1]], at: outbox.time(16)), 1)
        try requireEqual(try outbox.due(by: 20), [2])
    }

    private static let sentAgainBehind = StoreCheck(
        "one that is sent again does not overtake one that is under way"
    ) { store in
        let outbox = try SampleOutbox(store, ["L1": ["a", "a", "a"]])
        try outbox.end(1, .failed, .dead, at: 1)
        try store.beginAttempts([2], at: outbox.time(2))
        try requireEqual(try store.sendAgain([outbox.id("L1")], at: outbox.time(3)), 1)
        try requireEqual(try outbox.due(by: 20), [])
        try requireEqual(try store.waitingChannels(), ["email"])
        try requireEqual(try store.nextDue(through: "email"), nil)
        // It comes back, and is behind by its row.
        try outbox.settle(2, .failed, nil, .again(due: outbox.time(3)), at: 3)
        try requireEqual(try outbox.due(by: 20), [1])
        try outbox.end(1, .delivered, .delivered, at: 4)
        try requireEqual(try outbox.due(by: 20), [2])
        try outbox.end(2, .delivered, .delivered, at: 5)
        try requireEqual(try outbox.due(by: 20), [3])
    }

    private static let wrongChanges = StoreCheck(
        "what cannot happen to a delivery is refused, with all that was to change with it"
    ) { store in
        // Row 3 is behind row 2.
        let outbox = try SampleOutbox(store, ["L1": ["a"], "L2": ["a", "a"]])
        try outbox.end(1, .failed, .dead, at: 1)
        var before = try StoreContents(of: store)
        for rows in [[2, 1], [2, 3], [2, 2], [2, 4], [2, 0], [2, .max], [2, .min]] {
            try requireRefusal(.deliveryChanged(row: rows[1])) {
                try store.beginAttempts(rows, at: outbox.time(5))
            }
            try requireEqual(try StoreContents(of: store), before)
        }
        try store.beginAttempts([], at: outbox.time(5))
        try store.beginAttempts([2], at: outbox.time(5))
        before = try StoreContents(of: store)
        for row in [1, 2, 3, 4, 0, -1, .max, .min] {
            let settlements = [2, row].map {
                DeliverySettlement(row: $0, outcome: .delivered, next: .delivered)
            }
            try requireRefusal(.deliveryChanged(row: row)) {
                try store.settle(settlements, at: outbox.time(6))
            }
            try requireEqual(try StoreContents(of: store), before)
        }
        try requireRefusal(.deliveryChanged(row: 2)) { try store.beginAttempts([2], at: outbox.time(7)) }
        try store.settle([], at: outbox.time(6))
        try requireEqual(try StoreContents(of: store), before)
        try outbox.settle(2, .delivered, nil, .delivered, at: 6)
        try requireEqual(try outbox.due(), [3])
    }

    private static let settledInMoments = StoreCheck(
        "a moment settles deliveries of its lead that are being sent, or is refused whole"
    ) { store in
        let outbox = try SampleOutbox(store, ["L1": ["a", "a"], "L2": ["a"]])
        var samples = outbox.samples
        try store.beginAttempts([1, 3], at: outbox.time(1))
        func settling(_ lead: String, _ row: Int, _ next: DeliverySettlement.Next = .dead) -> MomentRecord {
            samples.next(lead) { moment in
                moment.settledDeliveries = [.init(row: row, outcome: .unknown, message: "no", next: next)]
                moment.send(["to": "a"], isQuiet: true, by: "p")
            }
        }
        let before = try StoreContents(of: store)
        let start = samples
        for row in [2, 3, 4, 0, .min] {
            samples = start
            let moments = [settling("L1", 1), settling("L1", row)]
            try requireConflict(1, .deliveryChanged(row: row)) { try store.commit(moments) }
            try requireEqual(try StoreContents(of: store), before)
        }
        samples = start
        try requireConflict(1, .deliveryChanged(row: 1)) {
            try store.commit([settling("L1", 1), settling("L1", 1)])
        }
        samples = start
        let moments = [settling("L1", 1), settling("L2", 3, .unknown)]
        try store.commit(moments)
        try requireEqual(
            try store.outbox(after: 0, limit: 9).map(\.state),
            [.dead, .waiting, .unknown, .waiting, .waiting])
        let found = try outbox.delivery("L1")
        try requireEqual([found.changed, found.due], [moments[0].at, nil])
        try requireEqual(found.message, "no")
        try requireEqual(
            try store.attempts(of: found.id),
            [
                .init(
                    number: 1, began: outbox.time(1), ended: moments[0].at, outcome: .unknown, message: "no")
            ])
        try requireEqual(try outbox.due(by: 1000), [2, 5])
    }

    private static let interruptions = StoreCheck("those that are being sent are found in the order of rows")
    {
        store in
        let outbox = try SampleOutbox(store, ["L1": ["a", "b", "c", "d"]])
        try requireEqual(try store.interrupted(after: 0, limit: 9), [])
        try store.beginAttempts([4, 2, 1], at: outbox.time(1))
        func found(_ after: Int, _ limit: Int) throws -> [Int] {
            try store.interrupted(after: after, limit: limit).map(\.row)
        }
        try requireEqual(try found(0, 9), [1, 2, 4])
        try requireEqual(try found(1, 1), [2])
        try requireEqual(try found(4, 9), [])
        try requireEqual(try found(-1, 0), [])
        try requireEqual(try store.interrupted(after: 0, limit: 1), [try outbox.delivery("L1")])
        try outbox.settle(2, .unknown, nil, .unknown, at: 2)
        try outbox.settle(1, .unknown, nil, .again(due: outbox.time(3)), at: 2)
        try requireEqual(try found(0, 9), [4])
    }

    private static let listings = StoreCheck(
        "deliveries are listed and counted by what they are, the latest first"
    ) { store in
        var samples = SampleMoments()
        for _ in 1...3 {
            try store.commit([
                samples.next("L1") { $0.sendToAll(["to": ["a", "b"]], by: "p") },
                samples.next("L2") { $0.send(["endpoint": "a"], .webhook, by: "p") },
            ])
        }
        // L1: 1, 2, 4, 5, 7, 8; L2: 3, 6, 9.
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        try store.beginAttempts([1, 2, 3], at: now)
        try store.settle(
            [
                .init(row: 1, outcome: .delivered, next: .delivered),
                .init(row: 3, outcome: .failed, next: .dead),
            ], at: now)
        func found(_ filter: DeliveryFilter, before: Int? = nil, limit: Int = 99) throws -> [Int] {
            try store.deliveries(matching: filter, before: before, limit: limit).map(\.row)
        }
        let second = Timestamp(milliseconds: 1_700_000_000_002)
        for (filter, rows) in [
            (.all, [9, 8, 7, 6, 5, 4, 3, 2, 1]), (.init(lead: lead("L1")), [8, 7, 5, 4, 2, 1]),
            (.init(lead: lead("L2")), [9, 6, 3]), (.init(lead: lead("L3")), []),
            (.init(kind: .webhook), [9, 6, 3]), (.init(kind: .email), [8, 7, 5, 4, 2, 1]),
            (.init(to: "a"), [9, 7, 6, 4, 3, 1]), (.init(to: "A"), []), (.init(to: ""), []),
            (.init(kind: .email, to: "a"), [7, 4, 1]), (.init(state: .waiting), [9, 8, 7, 6, 5, 4]),
            (.init(state: .sending), [2]), (.init(state: .delivered), [1]), (.init(state: .dead), [3]),
            (.init(state: .unknown), []), (.init(since: second), [9, 8, 7, 6, 5, 4]),
            (.init(lead: lead("L1"), to: "b", state: .waiting, since: second), [8, 5]),
            (.init(lead: lead("L2"), kind: .webhook, to: "a", state: .dead), [3]),
        ] as [(DeliveryFilter, [Int])] {
            try requireEqual(try found(filter), rows)
            try requireEqual(try store.countDeliveries(matching: filter), rows.count)
            for limit in [0, 1, 2] {
                try requireEqual(try found(filter, limit: limit), Array(rows.prefix(limit)))
            }
            for before in [1, 4, 9, .max] {
                try requireEqual(
                    try found(filter, before: before, limit: 2), Array(rows.filter { $0 < before }.prefix(2)))
            }
        }
        try requireEqual(
            try store.deliveries(matching: .all, before: nil, limit: 99).reversed(),
            try store.outbox(after: 0, limit: 99))
    }

    private static let figures = StoreCheck("deliveries are counted by their states") { store in
        let none = try store.outboxFigures()
        try requireEqual(none.counts, [.waiting: 0, .sending: 0, .delivered: 0, .unknown: 0, .dead: 0])
        try require(none.oldestWaiting == nil, "a time")
        try requireEqual(try store.latestChange(), nil)
        let outbox = try SampleOutbox(store, ["L1": ["a", "a", "b", "c", "d"], "L2": ["a"]])
        try requireEqual(try store.latestChange(), try store.outbox(after: 5, limit: 1)[0].at)
        try store.beginAttempts([1, 3, 4, 5], at: outbox.time(1))
        try requireEqual(try store.latestChange(), outbox.time(1))
        try outbox.settle(3, .delivered, nil, .delivered, at: 1)
        try outbox.settle(4, .failed, nil, .dead, at: 1)
        try outbox.settle(5, .unknown, nil, .unknown, at: 1)
        var found = try store.outboxFigures()
        try requireEqual(found.counts, [.waiting: 2, .sending: 1, .delivered: 1, .unknown: 1, .dead: 1])
        try requireEqual(found.oldestWaiting, try store.outbox(after: 1, limit: 1)[0].at)
        try outbox.settle(1, .delivered, nil, .delivered, at: 1)
        try outbox.end(2, .failed, .again(due: outbox.time(9)), at: 7)
        try requireEqual(try store.latestChange(), outbox.time(7))
        try outbox.end(2, .delivered, .delivered, at: 9)
        try outbox.end(6, .delivered, .delivered, at: 2)
        try requireEqual(try store.latestChange(), nil)
        found = try store.outboxFigures()
        try requireEqual(found.counts, [.waiting: 0, .sending: 0, .delivered: 4, .unknown: 1, .dead: 1])
        try require(found.oldestWaiting == nil, "a time")
    }

    private static let ids = StoreCheck("the store has an id, and a delivery is found by its own") { store in
        let id = try store.storeID()
        try requireEqual(id.utf8.count, 32)
        try require(id.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }, id)
        let outbox = try SampleOutbox(store, ["a/1": ["a"], "a": ["a"]])
        try requireEqual(try store.storeID(), id)
        try requireEqual(try store.delivery(outbox.id("a/1"))?.row, 1)
        try requireEqual(try store.delivery(outbox.id("a"))?.row, 2)
        for (name, moment, number) in [
            ("a", 1, 2), ("a", 2, 1), ("A", 1, 1), ("a", 0, 0), ("a", .max, .min),
        ] {
            let other = DeliveryID(lead(name), moment: moment, number: number)
            try require(try store.delivery(other) == nil, "\(other)")
            try requireEqual(try store.attempts(of: other), [])
        }
    }

    private static let wrongTimes = StoreCheck("a time that could not be read back is not kept of a delivery")
    {
        store in
        let outbox = try SampleOutbox(store, ["L1": ["a"], "L2": ["a"]])
        try outbox.end(1, .failed, .dead, at: 1)
        try store.beginAttempts([2], at: outbox.time(1))
        let before = try StoreContents(of: store)
        for time in [Timestamp(milliseconds: .max), Timestamp(milliseconds: .min)] {
            try requireRefusal(.invalidValue) { try store.beginAttempts([1], at: time) }
            try requireRefusal(.invalidValue) {
                try store.settle([.init(row: 2, outcome: .delivered, next: .delivered)], at: time)
            }
            try requireRefusal(.invalidValue) {
                try store.settle(
                    [.init(row: 2, outcome: .failed, next: .again(due: time))], at: outbox.time(2))
            }
            try requireRefusal(.invalidValue) { _ = try store.sendAgain([outbox.id("L1")], at: time) }
            try requireEqual(try StoreContents(of: store), before)
        }
    }
}
