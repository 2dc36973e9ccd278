import Store
import Values

/// Notes the ends of attempts, those that come while one commit is under way together in the next.
actor Settling {
    private let store: any OutboxStore
    private let clock: any DeliveryClock
    private let queue: StoreQueue
    private var waiting:
        [(settlement: DeliverySettlement, continuation: CheckedContinuation<StoreError?, Never>)] = []
    private var isUnderWay = false

    init(store: any OutboxStore, clock: any DeliveryClock, queue: StoreQueue) {
        self.store = store
        self.clock = clock
        self.queue = queue
    }

    /// Returns when it is durable.
    func settle(_ settlement: DeliverySettlement) async throws(StoreError) {
        let error: StoreError? = await withCheckedContinuation { continuation in
            waiting.append((settlement, continuation))
            if !isUnderWay {
                isUnderWay = true
                Task { await commit() }
            }
        }
        if let error { throw error }
    }

    private func commit() async {
        while !waiting.isEmpty {
            let group = waiting
            waiting = []
            let error = await settle(group.map(\.settlement))
            guard error != nil, group.count > 1 else {
                for one in group { one.continuation.resume(returning: error) }
                continue
            }
            // One that cannot be noted takes no other with it.
            for one in group { one.continuation.resume(returning: await settle([one.settlement])) }
        }
        isUnderWay = false
    }

    private func settle(_ settlements: [DeliverySettlement]) async -> StoreError? {
        let store = store
        let now = clock.now
        do throws(StoreError) {
            try await queue.run { () throws(StoreError) in try store.settle(settlements, at: now) }
            return nil
        } catch {
            return error
        }
    }
}
