import CSandbox

/// A thread with room for the interpreter's recursion: 8 MiB of stack above inaccessible memory.
///
/// A sandbox may be called on any thread. On one with less stack, a program that recurses through C ends
/// as `crash` earlier than it would here. And where something else handles signals of the process, such as
/// SIGHUP, it may do so on any thread but these, and leave that thread without what cuts off a late call.
///
/// One that is let go without ``join()`` goes on by itself until its body returns.
public final class SandboxThread {
    /// Given up by ``join()`` or at the end.
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

    /// Waits until the thread has ended. Must be called once. On the thread itself, which cannot wait for its own
    /// end, it only lets the thread go.
    public func join() {
        guard let thread else { preconditionFailure("the thread was already waited for") }
        if sbx_thread_is_mine(thread) { sbx_thread_detach(thread) } else { sbx_thread_join(thread) }
        self.thread = nil
    }

    deinit {
        if let thread { sbx_thread_detach(thread) }
    }
}

private final class Work {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
