import Journeys
package import Logging
import ServiceLifecycle
import Signalbox
import Store
import Values

/// Does the bulks of the store, one after the other, for as long as it runs.
///
/// An item is done, and then noted as done. What a process that ended did not note is done again by the next: an incident's
/// call runs under an id that tells the command when it comes again (R40), and a delivery that waits already is left
/// alone.
package struct BulkWork: Service {
    private let parts: APIParts
    private let logger: Logger

    /// How many items are done side by side and noted together.
    private static let together = 100
    /// How long it waits after what the store or the engine could not do.
    private static let troublePause = Duration.seconds(1)

    package init(_ parts: APIParts, logger: Logger) {
        self.parts = parts
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var wakes = parts.bulks.wakes.makeAsyncIterator()
            while !Task.isCancelled {
                await workThrough()
                _ = await wakes.next()
            }
        }
    }

    private func workThrough() async {
        let store = parts.store
        while !Task.isCancelled {
            do {
                let unfinished = try await blocking { try store.unfinishedBulks() }
                guard let number = unfinished.first,
                    let bulk = try await blocking({ try store.bulk(number) })
                else { return }
                try await workThrough(bulk)
            } catch {
                let why = (error as? StoreError)?.message ?? "\(error)"
                logger.warning("a bulk cannot go on yet: \(why)")
                try? await Task.sleep(for: Self.troublePause)
            }
        }
    }

    private func workThrough(_ bulk: StoredBulk) async throws {
        let store = parts.store
        while !Task.isCancelled {
            let items = try await blocking { try store.nextItems(ofBulk: bulk.number, limit: Self.together) }
            if items.isEmpty { return }
            let results =
                switch bulk.action {
                case .retryIncidents: try await retryIncidents(items, of: bulk)
                case .retryDeliveries: try await retryDeliveries(items, of: bulk)
                }
            try await blocking { try store.settle(results, ofBulk: bulk.number) }
            // The engine ends; the next process goes on.
            if results.count < items.count { return try await Task.sleep(for: Self.troublePause) }
        }
    }

    // MARK: Incidents

    private func retryIncidents(_ items: [BulkItem], of bulk: StoredBulk) async throws -> [BulkResult] {
        try await withThrowingTaskGroup(of: BulkResult?.self) { group in
            for item in items { group.addTask { try await retryIncident(item, of: bulk) } }
            return try await group.reduce(into: []) { results, result in
                if let result { results.append(result) }
            }
        }
    }

    /// Nil where the engine takes no commands any more.
    private func retryIncident(_ item: BulkItem, of bulk: StoredBulk) async throws -> BulkResult? {
        let store = parts.store
        guard let incident = try await blocking({ try store.incident(item.number) }) else {
            return BulkResult(
                place: item.place,
                failure: .init(
                    reason: Refusal.Reason.unknownIncident.rawValue,
                    message: "there is no incident \(item.number) any more"))
        }
        let command = Command(
            lead: incident.lead, order: .rerun(item.number, now: false, again: false),
            by: Principal.author(ofToken: bulk.by), id: CommandID("bulk/\(bulk.number)/\(item.place)"))
        let name = "bulk/\(bulk.number)"
        let trail = AuditTrail(AuditedRequest(token: bulk.by, address: name, id: name), parts)
        let answer = try await give(command, trail.request)
        if case .refused(let refusal) = answer, refusal.reason == .busy { return nil }
        trail.note(.command(command), .success(.command(answer)))
        switch answer {
        case .accepted(let moment) where moment.hasIncidents:
            return BulkResult(
                place: item.place,
                failure: .init(
                    reason: "failed", message: "the call failed again, in moment \(moment.moment)"))
        case .accepted, .repeated: return BulkResult(place: item.place)
        case .refused(let refusal):
            return BulkResult(
                place: item.place,
                failure: .init(reason: refusal.reason.rawValue, message: refusal.message))
        }
    }

    /// As often as it takes until there is room for it.
    private func give(_ command: Command, _ audited: AuditedRequest) async throws -> Answer {
        let engine = parts.engine
        let result: Result<StreamedAnswer, StoreError> = await withCheckedContinuation { continuation in
            Task {
                await engine.give(.command(command), audited: audited) { continuation.resume(returning: $0) }
            }
        }
        guard case .command(let answer) = try result.get() else {
            preconditionFailure("a command is answered as one")
        }
        return answer
    }

    // MARK: Deliveries

    private func retryDeliveries(_ items: [BulkItem], of bulk: StoredBulk) async throws -> [BulkResult] {
        let store = parts.store
        let now = parts.clock()
        let results = try await blocking {
            let found = try items.map { ($0, try store.delivery(row: $0.number)) }
            _ = try store.sendAgain(found.compactMap { $0.1?.id }, at: now)
            return found.map { item, delivery in
                // One in another state was sent again by somebody, or by a process that did not note it.
                let failure = BulkResult.Failure(
                    reason: ProblemReason.unknownDelivery.text, message: "the delivery is not there any more")
                return BulkResult(place: item.place, failure: delivery == nil ? failure : nil)
            }
        }
        parts.deliveriesChanged()
        return results
    }
}

/// Wakes who does bulks.
struct BulkWaker: Sendable {
    let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init() { (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// To be called when a bulk was added.
    func notify() { waker.yield() }
}
