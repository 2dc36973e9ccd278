import Journeys
import Logging
import LuaSandbox
import Store
import Synchronization

/// Commits what all lanes have ready in one transaction (group commit), and answers only then (R39).
///
/// When a commit fails, what was computed on top of it goes with it: the epoch rises, batches of an older
/// epoch fail, and each lane forgets its leads' states before it computes on.
final class Committer: Sendable {
    /// How many batches wait before lanes have to.
    private static let waitingLimit = 64
    /// How many batches share a transaction.
    private static let togetherLimit = 64

    private let shared: EngineContext
    private let observers: Observers
    private let waiting = Mailbox<Batch>(capacity: waitingLimit)
    private let currentEpoch = Atomic<Int>(0)
    private let stopsAtFailure: Bool
    /// The first failure, where nothing is committed after one.
    private let firstFailure = Mutex<StoreError?>(nil)

    typealias Completion = @Sendable (Result<Answer, StoreError>) -> Void

    /// What one lane computed in one go.
    struct Batch: Sendable {
        let epoch: Int
        var records: [MomentRecord] = []
        /// The calls of plugins that the moments made, in order.
        var calls: [PluginCall] = []
        /// In the order of the commands.
        var answers: [(answer: Answer, completion: Completion)] = []
        /// To be called when the batch is committed or has failed.
        var marks: [@Sendable () -> Void] = []

        init(epoch: Int) { self.epoch = epoch }
    }

    init(_ shared: EngineContext, observers: Observers, stopsAtFailure: Bool) {
        self.shared = shared
        self.observers = observers
        self.stopsAtFailure = stopsAtFailure
    }

    /// The store failed a command; where the engine stops at that, nothing is committed from now on.
    func noteFailure(_ error: StoreError) {
        guard stopsAtFailure else { return }
        firstFailure.withLock { $0 = $0 ?? error }
    }

    var epoch: Int { currentEpoch.load(ordering: .acquiring) }

    /// Hands a batch over; waits while too many are waiting.
    func submit(_ batch: Batch) { waiting.put(batch) }

    /// Waits until all that was handed over before is committed or has failed.
    func drain() {
        let settled = Mailbox<Void>(capacity: 1)
        var batch = Batch(epoch: epoch)
        batch.marks.append { settled.put(()) }
        submit(batch)
        _ = settled.take(limit: 1)
    }

    /// Nothing more will be submitted. What was is still committed.
    func close() { waiting.close() }

    /// Commits until it is closed and nothing waits. Runs on a thread of its own.
    func run() {
        while let batches = waiting.take(limit: Self.togetherLimit) {
            commit(batches)
            for mark in batches.flatMap(\.marks) { mark() }
        }
    }

    private func commit(_ batches: [Batch]) {
        if let error = firstFailure.withLock({ $0 }) {
            for batch in batches { fail(batch, error) }
            return
        }
        let epoch = epoch
        let current = batches.filter { $0.epoch == epoch }
        let records = current.count == 1 ? current[0].records : current.flatMap(\.records)
        let amended: AmendedMoments
        do throws(StoreError) {
            let standings = shared.standings.judge(current.flatMap(\.calls))
            amended = try shared.values.commit(records, with: standings, numbering: shared.incidents)
        } catch {
            noteFailure(error)
            shared.standings.forget()
            currentEpoch.store(epoch + 1, ordering: .releasing)
            shared.logger.error("a commit failed; its commands are not done", metadata: ["error": "\(error)"])
            for batch in batches { fail(batch, error) }
            return
        }
        shared.ids.settle(records)
        let stale = StoreError(
            .inputOutput, "a commit before this command's failed, so it was not done",
            advice: "give the command again")
        for batch in batches {
            guard batch.epoch == epoch else {
                fail(batch, stale)
                continue
            }
            for (computed, completion) in batch.answers {
                let answer = amended.isEmpty ? computed : computed.amended(by: amended)
                if case .accepted(let accepted) = answer { observers.tell(accepted) }
                completion(.success(answer))
            }
        }
    }

    private func fail(_ batch: Batch, _ error: StoreError) {
        shared.ids.settle(batch.records)
        shared.values.drop(batch.records)
        for (answer, completion) in batch.answers {
            // A refusal stands on what the lead was then, which may be undone now.
            _ = answer
            completion(.failure(error))
        }
    }
}
