import Journeys
import Store
import Values

/// What is removed for its age, and what stays (R61).
extension StoreCheck {
    static let retentionChecks = [agedHistory, agedIDs, agedDeliveries, agedIncidents, agedSteps, agedTwice]

    /// What samples' moments have as their times, and later.
    private static func time(_ number: Int) -> Timestamp {
        Timestamp(milliseconds: 1_700_000_000_000 + Int64(number))
    }

    /// All steps of a pass; answers what they removed, each that removed something.
    @discardableResult
    static func age(
        _ kind: RetentionKind, before time: Timestamp, limit: Int = 100, in store: any Store
    ) throws -> [Removal] {
        var removals: [Removal] = []
        var place: Int?
        repeat {
            let step = try store.remove(kind, before: time, after: place, limit: limit, at: Self.time(99))
            if !step.removal.isEmpty { removals.append(step.removal) }
            place = step.next
        } while place != nil
        return removals
    }

    private static let agedHistory = StoreCheck(
        "of a moment that is too old no text is left, and of what leads are now all"
    ) { store in
        var samples = SampleMoments()
        let command = Command(
            lead: lead("L1"), order: .set(LeadChanges(fields: ["name": "Ada"])), id: "id-2")
        var moments = [
            samples.next("L1", commandID: "id-1") { moment in
                moment.lead.fields = ["name": "Ana"]
                moment.notes = [.init(text: "called", by: "plugin:note")]
                moment.todos = [.init(todo: ["title": "call"], by: "plugin:todo")]
                moment.send(["to": "a@example.com"], by: "plugin:email")
            },
            samples.next("L1") { moment in
                moment.command = command
                moment.lead.fields = ["name": "Ada"]
            },
        ]
        moments[0].incidents = [samples.incident(of: moments[0])]
        moments += [samples.next("L1"), samples.next("L1")]
        for moment in moments { try store.commit([moment]) }
        let before = try StoreContents(of: store)
        try requireEqual(try age(.history, before: time(3), in: store).map(\.moments), [2])
        let id = lead("L1")
        try requireEqual(try store.lead(id), moments[3].lead)
        try requireEqual(try store.moments(of: id, from: 1, limit: 9).map(\.number), [3, 4])
        try requireEqual(try store.lead(id, after: 3), moments[2].lead)
        for moment in 1...2 { try requireRefusal(.recordNotKept) { _ = try store.lead(id, after: moment) } }
        try requireEqual(try store.accepted("id-2", of: id)?.moment, 2)
        try require(try store.accepted("id-2", of: id)?.isRequest(of: command) == true, "the same")
        let contents = try StoreContents(of: store)
        try contents.requireWhole(afterRemovals: true)
        try requireEqual(contents.notes, before.notes)
        try requireEqual(contents.todos, before.todos)
        try requireEqual(contents.incidents, before.incidents)
        try requireEqual(contents.outbox, before.outbox)
        try requireEqual(contents.counts, before.counts)
        // A lead of which no moment is left is what it was, and goes on.
        try requireEqual(try age(.history, before: time(9), in: store).map(\.moments), [2])
        try requireEqual(try store.moments(of: id, from: 1, limit: 9), [])
        try requireEqual(try store.lead(id), moments[3].lead)
        try requireEqual(try store.lead(id, after: 4), moments[3].lead)
        let next = samples.next("L1")
        try store.commit([next])
        try requireEqual(try store.lead(id), next.lead)
        try requireEqual(try store.moments(of: id, from: 1, limit: 9).map(\.number), [5])
    }

    private static let agedIDs = StoreCheck("ids of commands that are too old are forgotten") { store in
        var samples = SampleMoments()
        let moments = (1...4).map { samples.next("L1", commandID: "id-\($0)") }
        try store.commit(moments)
        let history = try store.moments(of: lead("L1"), from: 1, limit: 9)
        try requireEqual(try age(.ids, before: time(3), in: store).map(\.commandIDs), [2])
        try requireEqual(try store.moments(of: lead("L1"), from: 1, limit: 9), history)
        let known = try (1...4).map { try store.accepted(CommandID("id-\($0)"), of: lead("L1"))?.moment }
        try requireEqual(known, [nil, nil, 3, 4])
        // An id of which nothing is known is free.
        try store.commit([samples.next("L1", commandID: "id-1")])
        try requireEqual(try store.accepted("id-1", of: lead("L1"))?.moment, 5)
        try age(.history, before: time(9), in: store)
        try requireEqual(try store.accepted("id-4", of: lead("L1"))?.moment, 4)
        try requireEqual(try age(.ids, before: time(9), in: store).map(\.commandIDs), [3])
        try require(try store.accepted("id-4", of: lead("L1")) == nil, "an id that is too old")
    }

    private static let agedDeliveries = StoreCheck(
        "deliveries go when they have been settled for too long, with their attempts, and no others"
    ) { store in
        let outbox = try SampleOutbox(store, ["L1": ["a"], "L2": ["b"], "L3": ["c"], "L4": ["d"]])
        let rows = try store.outbox(after: 0, limit: 9).map(\.row)
        try store.beginAttempts([rows[0], rows[1], rows[2]], at: outbox.time(1))
        try store.settle(
            [DeliverySettlement(row: rows[0], outcome: .delivered, message: nil, next: .delivered)],
            at: outbox.time(2))
        try store.settle(
            [DeliverySettlement(row: rows[1], outcome: .failed, message: "no", next: .dead)],
            at: outbox.time(3))
        try requireEqual(try age(.deliveries, before: outbox.time(3), in: store).map(\.deliveries), [1])
        try requireEqual(try store.outbox(after: 0, limit: 9).map(\.row), Array(rows.dropFirst()))
        try requireEqual(try age(.deliveries, before: outbox.time(4), in: store).map(\.deliveries), [1])
        try requireEqual(try store.outbox(after: 0, limit: 9).map(\.state), [.sending, .waiting])
        try requireEqual(try age(.deliveries, before: outbox.time(9), in: store), [])
        try store.settle(
            [DeliverySettlement(row: rows[2], outcome: .delivered, message: nil, next: .delivered)],
            at: outbox.time(9))
        try StoreContents(of: store).requireWhole()
    }

    private static let agedIncidents = StoreCheck("incidents go when they are too old, unless they are open")
    {
        store in
        var samples = SampleMoments()
        for _ in 1...4 {
            var moment = samples.next("L1")
            moment.incidents = [samples.incident(of: moment)]
            try store.commit([moment])
        }
        _ = try store.dismiss([1, 2, 4])
        try requireEqual(try age(.incidents, before: time(3), in: store).map(\.incidents), [2])
        try requireEqual(try store.incidents(of: nil, before: nil, limit: 9).map(\.number), [4, 3])
        try requireEqual(try age(.incidents, before: time(9), in: store).map(\.incidents), [1])
        try requireEqual(try store.incidents(of: nil, before: nil, limit: 9).map(\.number), [3])
        try requireEqual(try store.nextIncident(), 5)
    }

    private static let agedSteps = StoreCheck(
        "what is too old goes a piece at a time, each noted in the audit log"
    ) {
        store in
        var samples = SampleMoments()
        try store.commit((1...3).flatMap { _ in [samples.next("L1"), samples.next("L2")] })
        try requireEqual(
            try age(.history, before: time(3), limit: 3, in: store).map(\.moments), [3, 1])
        let audit = try store.audit(before: nil, limit: 9).map(\.entry)
        try requireEqual(audit.map(\.result), ["removed 1 moment", "removed 3 moments"])
        try requireEqual(Set(audit.map(\.action)), ["retention"])
        try requireEqual(Set(audit.map(\.token)), ["engine"])
        try requireEqual(Set(audit.map(\.at)), [time(99)])
    }

    private static let agedTwice = StoreCheck("what was removed is not removed again, also of erased leads") {
        store in
        var samples = SampleMoments()
        try store.commit([samples.next("L1", commandID: "a"), samples.next("L2", commandID: "a")])
        try store.commit([samples.erasure(of: "L1")])
        try requireEqual(try age(.history, before: time(9), in: store).map(\.moments), [1])
        try requireEqual(try age(.history, before: time(9), in: store), [])
        try requireEqual(try age(.ids, before: time(9), in: store).map(\.commandIDs), [2])
        try requireEqual(try age(.ids, before: time(9), in: store), [])
        try require(try store.accepted("a", of: lead("L1")) == nil, "an id that is too old")
        try requireEqual(try store.erased(lead("L1")), ErasedLead(lastSeq: 1, lastMoment: 2))
        try store.commit([samples.erasure(of: "L2")])
        try requireEqual(try store.audit(before: nil, limit: 1).map(\.entry.result), ["removed nothing"])
    }
}
