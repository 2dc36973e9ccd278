import Delivery
import Foundation
import Journeys
import Logging
import ServiceLifecycle
import Signalbox
import SignalboxServer
import Store
import Workspace

/// Sends the deliveries of a running engine, by the settings as they are at each attempt.
struct Sending: Service {
    private let engine: Engine
    private let courier: Courier

    /// - Parameters:
    ///   - folder: the workspace's.
    ///   - own: is told of the moments in which leads hear of deliveries that did not arrive.
    init(_ engine: Engine, _ store: any Store, folder: String, own: OwnMoments, logger: Logger) throws {
        // As for other programs that use the same library.
        let authorities = ProcessInfo.processInfo.environment["SSL_CERT_FILE"]
        guard let transfers = Transfers(authorities: authorities) else {
            printToStandardError("The system has no memory for connections; give the process more of it.")
            throw ExitStatus.ourFault
        }
        let storeID = try store.storeID()
        // What waits may have been given its time while the clock was ahead.
        let last = try store.latestChange()
        let carrier = SettingsCarrier(
            folder: folder, store: store, storeID: storeID, transfers: transfers,
            settings: { engine.generation.settings.deliver }, clock: WallClock.now)
        self.engine = engine
        courier = Courier(
            store: store, carrier: carrier, settings: { engine.generation.settings.deliver },
            clock: DayClock(atLeast: last, wall: WallClock.now), logger: logger
        ) { undelivered, settlement in
            await engine.tell(undelivered, settling: settlement, tellingOf: own)
        }
    }

    func run() async throws {
        let courier = courier
        let news = engine.committedDeliveries()
        let watching = Task { for await _ in news { courier.notify() } }
        defer { watching.cancel() }
        try await courier.run()
    }

    /// To be called when deliveries wait again.
    func notify() { courier.notify() }

    /// To be called after a reload.
    func installed(_ former: Generation, _ now: Generation) {
        if former.settings.deliver == now.settings.deliver { return }
        let courier = courier
        Task { await courier.settingsChanged() }
    }
}

extension Engine {
    /// Tells the lead, and settles the delivery with that moment.
    fileprivate func tell(
        _ undelivered: Undelivered, settling settlement: DeliverySettlement, tellingOf own: OwnMoments
    ) async -> Told {
        let result: Result<Answer, StoreError> = await withCheckedContinuation { continuation in
            submit(undelivered, settling: settlement) { result in
                if case .success(.accepted(let moment)) = result { own.tell(undelivered.command, moment) }
                continuation.resume(returning: result)
            }
        }
        switch result {
        case .success(.accepted): return .settled
        case .success(.repeated): return .never("it was told before")
        case .success(.refused(let refusal)):
            return refusal.reason == .busy ? .later(refusal.message) : .never(refusal.message)
        case .failure(let error):
            switch error.code {
            case .leadDamaged, .recordNotKept, .deliveryChanged, .wrongMap, .invalidValue, .invalidSums:
                return .never(error.message)
            case .conflict(let conflict):
                switch conflict.cause {
                case .leadDamaged, .tooLarge, .deliveryChanged, .mapMissing, .todoNotOpen:
                    return .never(error.message)
                case .outOfOrder, .commandIDTaken, .incidentTaken: return .later(error.message)
                }
            case .noStore, .cannotOpen, .readOnly, .notAStore, .damaged, .newerVersion, .olderVersion,
                .locked, .serviceEnded,
                .full, .inputOutput, .tokenTaken, .noSuchToken:
                return .later(error.message)
            }
        }
    }
}
