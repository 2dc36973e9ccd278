import DequeModule
import Journeys
import Logging
import LuaSandbox
import Store
import Synchronization

/// Commits what all lanes have ready in one transaction (group commit), and answers only then (R39).
///
/// When a commit fails, what was computed on top of it goes with it: the epoch rises, batches of an older
/// epoch fail, and each lane forgets its leads' states before it computes on. When one moment cannot be, as the
/// store says (``StoreError/Code/conflict(_:)``), it fails with what may depend on it, and the rest is committed.
final class Committer: Sendable {
    /// How many batches wait before lanes have to.
    private static let waitingLimit = 64
    /// How many batches share a transaction.
    private static let togetherLimit = 64

    private let context: EngineContext
    private let observers: Observers
    private let waiting = Mailbox<LaneBatch>(capacity: waitingLimit)
    private let currentEpoch = Atomic<Int>(0)
    private let stopsAtFailure: Bool
    /// The first failure, where nothing is committed after one.
    private let firstFailure = Mutex<StoreError?>(nil)
    private let lost = LostLeads()

    /// What only the thread that commits uses.
    private struct Work {
        var incidents: IncidentBlock
        /// What lanes take for kept and is not.
        var unkept = UnkeptSources()
    }

    init(_ context: EngineContext, observers: Observers, stopsAtFailure: Bool) {
        self.context = context
        self.observers = observers
        self.stopsAtFailure = stopsAtFailure
    }

    /// The store failed a command; where the engine stops at that, nothing is committed from now on.
    func noteFailure(_ error: StoreError) {
        guard stopsAtFailure else { return }
        firstFailure.withLock { $0 = $0 ?? error }
    }

    var epoch: Int { currentEpoch.load(ordering: .acquiring) }

    /// Whether a lane has to forget leads, which is what ``takeLostLeads(of:)`` is for.
    func hasLostLeads(of lane: Int) -> Bool { lost.contains(lane) }

    /// The leads whose states in the lane depend on a moment that failed. To be called when nothing of the lane is
    /// on its way: until then every command of these leads fails.
    func takeLostLeads(of lane: Int) -> Set<LeadID> { lost.take(of: lane) }

    /// Hands a batch over; waits while too many are waiting.
    func submit(_ batch: LaneBatch) { waiting.put(batch) }

    /// Waits until all that was handed over before is committed or has failed, and then runs the body on the
    /// thread that commits, where no commit is under way.
    func drain(_ body: @escaping @Sendable () -> Void = {}) {
        let settled = Mailbox<Void>(capacity: 1)
        var batch = LaneBatch(lane: 0, epoch: epoch)
        batch.marks.append {
            body()
            settled.put(())
        }
        submit(batch)
        _ = settled.take(limit: 1)
    }

    /// Nothing more will be submitted. What was is still committed.
    func close() { waiting.close() }

    /// Commits until it is closed and nothing waits. Runs on a thread of its own.
    func run() {
        var work = Work(incidents: context.strategy.incidentBlock())
        while let batches = waiting.take(limit: Self.togetherLimit) {
            commit(batches, &work)
            for mark in batches.lazy.flatMap(\.marks) { mark() }
        }
    }

    private func commit(_ batches: Deque<LaneBatch>, _ work: inout Work) {
        if let error = firstFailure.withLock({ $0 }) {
            for batch in batches { fail(batch, error) }
            return
        }
        let epoch = epoch
        for batch in batches where batch.epoch != epoch { fail(batch, .builtOnFailure) }
        var group = CommitGroup(batches.filter { $0.epoch == epoch })
        if let lost = lost.all { group.remove(leads: lost) }
        var endsEpoch = false
        while true {
            do throws(StoreError) {
                let began = ContinuousClock.now
                let amended = try store(group, &work)
                context.meters.noteCommit(of: group.records.count, taking: began.duration(to: .now))
                if endsEpoch { endEpoch(&work) }
                settle(group)
                return answer(group, amended)
            } catch {
                noteFailure(error)
                context.meters.noteFailedCommit()
                context.logger.error(
                    "a commit failed; its commands are not done", metadata: ["error": "\(error)"])
                guard case .conflict(let conflict) = error.code else {
                    endEpoch(&work)
                    for batch in group.batches { fail(batch, error) }
                    return
                }
                switch remove(conflict, error, from: &group) {
                case .lead: break
                case .everything: endsEpoch = true
                }
            }
        }
    }

    private func store(_ group: CommitGroup, _ work: inout Work) throws(StoreError) -> AmendedMoments {
        var unkept = work.unkept
        unkept.add(group.removedRecords)
        let amended = try context.strategy.values.commit(
            group.records.keeping(unkept), with: context.quarantine.judge(group.calls),
            numbering: &work.incidents)
        work.unkept = group.records.isEmpty ? unkept : UnkeptSources()
        return amended
    }

    /// Takes the moment that cannot be out, with what may depend on it.
    private func remove(
        _ conflict: StoreError.Conflict, _ error: StoreError, from group: inout CommitGroup
    ) -> LaneStrategy.Dependents {
        let dependents = context.strategy.dependents
        let removed = group.remove(record: conflict.moment, because: error, with: dependents)
        // Calls that are taken out were judged with the others.
        context.quarantine.forget()
        switch dependents {
        case .lead: lost.add(removed.lead, of: removed.lane)
        case .everything: break
        }
        return dependents
    }

    /// From here on nothing that was computed so far is committed.
    private func endEpoch(_ work: inout Work) {
        context.quarantine.forget()
        work.unkept = UnkeptSources()
        currentEpoch.add(1, ordering: .releasing)
    }

    /// What has left its way to the store.
    private func settle(_ group: CommitGroup) {
        context.ids.settle(group.records)
        let removed = group.removedRecords
        if removed.isEmpty { return }
        context.ids.settle(removed)
        // After those of the same lead that came before and are committed.
        context.strategy.values.drop(removed)
    }

    private func answer(_ group: CommitGroup, _ amended: AmendedMoments) {
        let listeners = observers.listeners
        for (index, batch) in group.batches.enumerated() {
            let answers = batch.answers
            for place in answers.indices {
                if let error = group.error(index, place) {
                    answers[place].completion(.failure(error))
                    continue
                }
                let answer =
                    amended.isEmpty ? answers[place].answer : answers[place].answer.amended(by: amended)
                if !listeners.isEmpty, case .accepted(let accepted) = answer { listeners.hear(accepted) }
                answers[place].completion(.success(answer))
            }
        }
        if group.records.contains(where: { $0.hasAdditions && !$0.outgoing.isEmpty }) {
            observers.tellOfDeliveries()
        }
    }

    private func fail(_ batch: LaneBatch, _ error: StoreError) {
        context.ids.settle(batch.records)
        context.strategy.values.drop(batch.records)
        // A refusal depends on what the lead was then, which may be undone now.
        for pending in batch.answers { pending.completion(.failure(error)) }
    }
}

/// The leads whose states in their lanes depend on a moment that failed.
private final class LostLeads: Sendable {
    private let count = Atomic<Int>(0)
    private let leads = Mutex<[Int: Set<LeadID>]>([:])

    func add(_ lead: LeadID, of lane: Int) {
        leads.withLock { leads in
            if leads[lane, default: []].insert(lead).inserted { count.add(1, ordering: .releasing) }
        }
    }

    /// Nil when there are none.
    var all: Set<LeadID>? {
        guard count.load(ordering: .acquiring) > 0 else { return nil }
        return leads.withLock { $0.values.reduce(into: []) { $0.formUnion($1) } }
    }

    func contains(_ lane: Int) -> Bool {
        count.load(ordering: .acquiring) > 0 && leads.withLock { $0[lane] != nil }
    }

    func take(of lane: Int) -> Set<LeadID> {
        leads.withLock { leads in
            let taken = leads.removeValue(forKey: lane) ?? []
            count.subtract(taken.count, ordering: .releasing)
            return taken
        }
    }
}
