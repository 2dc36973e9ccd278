import Journeys
import Store
import Values

/// What an erasure takes away, and what it leaves (R61).
extension StoreCheck {
    static let erasureChecks = [erased, erasedNumbers, erasedIDs, returned, erasedTogether, erasedAudit]

    /// Moments of a lead that leave something of everything.
    private static func history(_ samples: inout SampleMoments, of id: String) -> [MomentRecord] {
        var first = samples.next(id, commandID: "id-1") { moment in
            moment.lead.fields = ["name": "Ada"]
            moment.lead.journey = SampleMoments.journey()
            moment.maps = [SampleMoments.map]
            moment.notes = [.init(text: "called", by: "plugin:note")]
            moment.todos = [.init(todo: ["title": "call"], by: "plugin:todo")]
            moment.sendToAll(["to": ["a@example.com", "b@example.com"]], by: "plugin:email")
        }
        first.incidents = [samples.incident(of: first)]
        return [first, samples.next(id, commandID: "id-2"), samples.next(id)]
    }

    private static let erased = StoreCheck(
        "nothing is shown of a lead that was erased, and all of the others"
    ) {
        store in
        var samples = SampleMoments()
        let other = history(&samples, of: "L2")
        try store.commit(history(&samples, of: "L1") + other)
        try store.commit([samples.erasure(of: "L1")])
        let id = lead("L1")
        try require(try store.lead(id) == nil, "a record")
        try require(try store.lead(id, after: 1) == nil, "a former record")
        try requireEqual(try store.moments(of: id, from: 1, limit: 9), [])
        try requireEqual(try store.notes(of: id), [])
        try requireEqual(try store.todos(of: id), [])
        try require(try store.delivery(DeliveryID(id, moment: 1, number: 1)) == nil, "a delivery")
        try requireEqual(try store.attempts(of: DeliveryID(id, moment: 1, number: 1)), [])
        try requireEqual(try store.heldLeads(after: nil, limit: 9).map(\.id.text), ["L2"])
        try requireEqual(try store.leads(matching: .all, after: nil, limit: 9).map(\.id.text), ["L2"])
        try requireEqual(try store.incidents(of: nil, before: nil, limit: 9).map(\.lead.text), ["L2"])
        try requireEqual(Set(try store.outbox(after: 0, limit: 9).map(\.id.lead.text)), ["L2"])
        try requireEqual(Set(try store.committed(after: 0, limit: 99).map(\.lead.text)), ["L2"])
        try requireEqual(try store.waitingChannels(), ["email"])
        let contents = try StoreContents(of: store)
        try contents.requireWhole(afterRemovals: true)
        try requireEqual(contents.records, [other[2].lead])
        try requireEqual(contents.counts.moments, 3)
    }

    private static let erasedNumbers = StoreCheck("an erased lead's numbers, and those of all leads, go on") {
        store in
        var samples = SampleMoments()
        try store.commit(history(&samples, of: "L1"))
        let last = try store.outbox(after: 0, limit: 9).map(\.row).max() ?? 0
        let position = try store.lastPosition()
        try store.commit([samples.erasure(of: "L1")])
        try requireEqual(try store.erased(lead("L1")), ErasedLead(lastSeq: 3, lastMoment: 4))
        try require(try store.erased(lead("L2")) == nil, "what nobody erased")
        try requireEqual(try store.nextIncident(), 2)
        try requireEqual(try store.lastPosition(), position + 1)
        try requireConflict(0, .outOfOrder(last: 4)) {
            var stranger = SampleMoments()
            try store.commit([stranger.next("L1")])
        }
        try store.commit([samples.next("L2") { $0.send(["to": "c@example.com"], by: "plugin:email") }])
        try require(
            try store.outbox(after: 0, limit: 9).allSatisfy { $0.row > last }, "a row that was there already")
    }

    private static let erasedIDs = StoreCheck("a command of an erased lead is known when it comes again") {
        store in
        var samples = SampleMoments()
        let moments = history(&samples, of: "L1")
        let erasure = samples.erasure(of: "L1", commandID: "id-9")
        try store.commit(moments)
        try store.commit([erasure])
        for moment in moments.prefix(2) + [erasure] {
            guard let id = moment.command.id else { continue }
            let accepted = try store.accepted(id, of: lead("L1"))
            try requireEqual(accepted?.moment, moment.number)
            try require(accepted?.isRequest(of: moment.command) == true, "the same command")
            let other = Command(lead: moment.command.lead, order: .advance, id: id)
            try require(accepted?.isRequest(of: other) == false, "another command")
        }
        try require(try store.accepted("id-3", of: lead("L1")) == nil, "an id that no command had")
        try require(try store.accepted("id-1", of: lead("L2")) == nil, "another lead's id")
        // Also once the lead is there again.
        try store.commit([samples.next("L1", commandID: "id-3")])
        try requireEqual(try store.accepted("id-2", of: lead("L1"))?.moment, 2)
        try requireEqual(try store.accepted("id-3", of: lead("L1"))?.moment, 5)
    }

    private static let returned = StoreCheck("a lead that comes again begins with its next moment") { store in
        var samples = SampleMoments()
        try store.commit(history(&samples, of: "L1"))
        try store.commit([samples.erasure(of: "L1")])
        let again = [
            samples.next("L1") { moment in
                moment.lead.fields = ["name": "Grace"]
                moment.send(["to": "a@example.com"], by: "plugin:email")
            }, samples.next("L1"),
        ]
        for moment in again { try store.commit([moment]) }
        try requireEqual(try store.lead(lead("L1")), again[1].lead)
        try require(try store.erased(lead("L1")) == nil, "it is there")
        try requireEqual(try store.moments(of: lead("L1"), from: 1, limit: 9).map(\.number), [5, 6])
        try requireEqual(try store.moments(of: lead("L1"), before: nil, limit: 9).map(\.number), [5, 6])
        try requireEqual(try store.lead(lead("L1"), after: 5), again[0].lead)
        for moment in 1...4 {
            try requireRefusal(.recordNotKept) { _ = try store.lead(lead("L1"), after: moment) }
        }
        try requireEqual(try store.due(through: "email", by: again[1].at, limit: 9).map(\.id.moment), [5])
        try StoreContents(of: store).requireWhole(afterRemovals: true)
        // And once more.
        try store.commit([samples.erasure(of: "L1")])
        try requireEqual(try store.erased(lead("L1")), ErasedLead(lastSeq: 5, lastMoment: 7))
        try requireEqual(try StoreContents(of: store).records, [])
    }

    private static let erasedTogether = StoreCheck(
        "one commit may hold moments of a lead before and after the one that erases it"
    ) { store in
        var samples = SampleMoments()
        let before = history(&samples, of: "L1")
        let erasure = samples.erasure(of: "L1")
        let after = samples.next("L1") { moment in
            moment.notes = [.init(text: "new", by: "plugin:note")]
            moment.send(["to": "a@example.com"], by: "plugin:email")
        }
        try store.commit(before + [erasure, after])
        try requireEqual(try store.lead(lead("L1")), after.lead)
        try requireEqual(try store.notes(of: lead("L1")).map(\.text), ["new"])
        try requireEqual(try store.due(through: "email", by: after.at, limit: 9).map(\.id.moment), [5])
        try requireEqual(try store.moments(of: lead("L1"), from: 1, limit: 9).map(\.number), [5])
        try requireEqual(try store.incidents(of: nil, before: nil, limit: 9), [])
        try store.commit([samples.next("L2"), samples.erasure(of: "L2")])
        try requireEqual(try store.erased(lead("L2")), ErasedLead(lastSeq: 1, lastMoment: 2))
        try StoreContents(of: store).requireWhole(afterRemovals: true)
    }

    private static let erasedAudit = StoreCheck(
        "the audit log says what an erasure removed, and does not name the lead any more"
    ) { store in
        var samples = SampleMoments()
        func note(_ action: String) throws {
            try store.appendAudit([
                AuditEntry(
                    at: Timestamp(milliseconds: 1), token: "kim", address: "a", request: "r", action: action,
                    lead: "L1", result: "accepted")
            ])
        }
        try note("set")
        try store.commit(history(&samples, of: "L1"))
        try store.commit([samples.erasure(of: "L1")])
        try note("erase")
        let audit = try store.audit(before: nil, limit: 9).map(\.entry)
        try requireEqual(audit.map(\.action), ["erase", "erase", "set"])
        try requireEqual(
            audit[1].result, "removed 3 moments, 1 note, 1 to-do, 2 deliveries and 1 incident")
        try requireEqual(audit[1].token, Command.defaultBy)
        try require(audit.allSatisfy { $0.lead?.hasPrefix("erased lead ") == true }, "the lead's id")
        try requireEqual(Set(audit.map(\.lead)).count, 1)
    }
}
