import Dispatch
import Foundation
import Synchronization

/// Work on a thread of its own, beside that of the caller.
final class Alongside<Value: Sendable>: Sendable {
    private let isAsked = Atomic<Bool>(false)
    private let isOver = DispatchSemaphore(value: 0)
    private let result = Mutex<Result<Value, any Error>?>(nil)

    /// - Parameter work: ends soon when what it is given answers true.
    init(_ work: @escaping @Sendable (_ isEnding: () -> Bool) throws -> Value) {
        let thread = Thread { [self] in
            let result = Result { try work { isAsked.load(ordering: .relaxed) } }
            self.result.withLock { $0 = result }
            isOver.signal()
        }
        thread.start()
    }

    /// Has it end, and waits for its result.
    func end() throws -> Value {
        isAsked.store(true, ordering: .relaxed)
        isOver.wait()
        guard let result = result.withLock({ $0 }) else { preconditionFailure("work ended without a result") }
        return try result.get()
    }
}
