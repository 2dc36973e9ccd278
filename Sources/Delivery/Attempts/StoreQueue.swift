import Dispatch
import Store

/// Asks the store, which blocks, on a thread that is there for it.
struct StoreQueue: Sendable {
    private let queue = DispatchQueue(label: "deliveries")

    func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        let result: Swift.Result<Result, StoreError> = await withCheckedContinuation { continuation in
            queue.async {
                continuation.resume(returning: Swift.Result { () throws(StoreError) in try body() })
            }
        }
        return try result.get()
    }
}
