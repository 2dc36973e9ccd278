import Journeys
import Store

/// What one lane computed in one go, on its way to the store.
struct LaneBatch: Sendable {
    typealias Completion = @Sendable (Result<Answer, StoreError>) -> Void

    /// From 0.
    let lane: Int
    /// The committer's when it was computed.
    let epoch: Int
    private(set) var records: [MomentRecord] = []
    /// The calls of plugins that the moments made, in order.
    private(set) var calls: [PluginCall] = []
    /// In the order of the commands.
    private(set) var answers: [Pending] = []
    /// To be called, on the committer's thread, when the batch is committed or has failed.
    var marks: [@Sendable () -> Void] = []

    /// An answer that is given when the batch is committed.
    struct Pending: Sendable {
        let lead: LeadID
        let answer: Answer
        let completion: Completion
        /// Of an accepted command, in ``LaneBatch/records``.
        let record: Int?
        /// In ``LaneBatch/calls``.
        let calls: Range<Int>
    }

    init(lane: Int, epoch: Int) {
        self.lane = lane
        self.epoch = epoch
    }

    /// Adds what its lane makes of the command. Throws what ``Lane/compute(_:settling:requestID:)`` does.
    ///
    /// - Parameter audited: the request that gave it, for the audit log.
    mutating func add(
        _ command: Command, settling settlement: DeliverySettlement? = nil, audited: AuditedRequest? = nil,
        of lane: Lane, _ completion: @escaping Completion
    ) throws(StoreError) {
        var computed = try lane.compute(command, settling: settlement, requestID: audited?.id)
        var place: Int?
        if var record = computed.record.take() {
            if let audited { record.audited = audited }
            place = records.count
            records.append(record)
        }
        let firstCall = calls.count
        calls += computed.calls
        answers.append(
            Pending(
                lead: command.lead, answer: computed.answer, completion: completion,
                record: place, calls: firstCall..<calls.count))
    }
}
