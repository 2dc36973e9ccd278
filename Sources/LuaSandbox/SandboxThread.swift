import CSandbox

/// A thread with room for the interpreter's recursion: 8 MiB of stack above inaccessible memory.
///
/// A sandbox may be called on any thread. On one with less stack, a program that recurses through C ends
/// as `crash` earlier than it would here. And where something else handles signals of the process, such as
/// SIGHUP, it may do so on any thread but these, and leave that thread without what cuts off a late call.
public final class SandboxThread {
    /// Freed by ``join()``, and only there.
    private var thread: OpaquePointer?

    /// Starts `body` on a new thread.
    ///
    /// - Parameter name: at most 15 bytes; what the system shows.
    /// - Returns: nil if the system has no room for a thread; then `body` does not run.
    public init?(name: String, _ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body))
        thread = sbx_thread_start(
            name, { Unmanaged<Work>.fromOpaque($0!).takeRetainedValue().body() }, work.toOpaque())
        if thread == nil {
            work.release()
            return nil
        }
    }

    /// Waits until the thread has ended. Must be called once, and not by the thread itself.
    public func join() {
        guard let thread else { preconditionFailure("the thread was already waited for") }
        sbx_thread_join(thread)
        self.thread = nil
    }

    deinit { precondition(thread == nil, "a thread must be waited for before it is let go") }
}

private final class Work {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
