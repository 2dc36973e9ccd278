import Dispatch
import Logging
import ServiceLifecycle
import Store
import Synchronization
import Workspace

/// Keeps the folder of a workspace that editors read to its files, while a service runs. A workspace without the folder is left
/// without it.
struct TypesOnReload: Service {
    private let folder: TypeFolder
    private let store: any StoreReader
    private let logger: Logger
    private let queue = DispatchQueue(label: "signalbox.types", qos: .utility)
    private let generations: AsyncStream<Generation>
    private let continuation: AsyncStream<Generation>.Continuation

    init(_ folder: String, _ generation: Generation, _ store: any StoreReader, logger: Logger) {
        self.folder = TypeFolder(folder: folder)
        self.store = store
        self.logger = logger
        (generations, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        continuation.yield(generation)
    }

    /// To be called after a reload.
    func installed(_ now: Generation) { continuation.yield(now) }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await generation in generations { await write(generation) }
        }
    }

    /// On a thread of the queue: it reads the store and writes files.
    private func write(_ generation: Generation) async {
        await withCheckedContinuation { done in
            queue.async {
                do {
                    let made = folder.exists ? try folder.write(generation, store: store) : []
                    if !made.isEmpty { logger.info("made anew for editors: \(made.joined(separator: ", "))") }
                } catch {
                    logger.warning("what editors read of the workspace cannot be written: \(error)")
                }
                done.resume()
            }
        }
    }
}
