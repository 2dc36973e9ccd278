import Dispatch
import Logging
import ServiceLifecycle
import Signalbox
import Store
import Values
import Workspace

/// Keeps a running engine's store to `retention`, by the settings as they are at each pass (R61).
struct Retaining: Service {
    private let engine: Engine
    private let store: any RetentionStore
    private let logger: Logger
    private let queue = DispatchQueue(label: "signalbox.retention", qos: .utility)
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    /// Between two pieces, so that commits go on.
    private static let pause = Duration.milliseconds(100)
    /// Between two passes.
    private static let rest = Duration.seconds(3_600)

    init(_ engine: Engine, _ store: any RetentionStore, logger: Logger) {
        self.engine = engine
        self.store = store
        self.logger = logger
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// To be called after a reload.
    func installed(_ former: Generation, _ now: Generation) {
        if former.settings.retention != now.settings.retention { waker.yield() }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var iterator = wakes.makeAsyncIterator()
            while !Task.isCancelled {
                await pass()
                let alarm = Task { [waker] in
                    try await Task.sleep(for: Self.rest)
                    waker.yield()
                }
                _ = await iterator.next()
                alarm.cancel()
            }
        }
    }

    private func pass() async {
        var pass = RetentionPass(engine.generation.settings.retention, in: store, at: WallClock.now())
        while !pass.isOver, !Task.isCancelled {
            do throws(StoreError) {
                pass = try await step(of: pass)
            } catch {
                logger.warning(
                    "what is older than `retention` allows cannot be removed: \(error.message)",
                    metadata: ["advice": "\(error.advice)"])
                break
            }
            try? await Task.sleep(for: Self.pause)
        }
        if pass.removal.isEmpty { return }
        logger.notice("removed what is older than `retention` allows: \(pass.removal.description)")
    }

    /// The pass after its next step, which blocks a thread of the queue.
    private func step(of pass: RetentionPass) async throws(StoreError) -> RetentionPass {
        let result: Result<RetentionPass, StoreError> = await withCheckedContinuation { continuation in
            queue.async {
                var pass = pass
                do throws(StoreError) {
                    try pass.step()
                    continuation.resume(returning: .success(pass))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
