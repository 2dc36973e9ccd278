import Foundation
import Synchronization
import UnixSignals

/// Tells the code that waits for input that no more is wanted: because of a signal, or because the command
/// cannot go on.
final class Interruption: Sendable {
    private let state = Mutex(State())

    private struct State {
        var isAsked = false
        var signal: UnixSignal?
    }

    /// Can be read from when it was requested.
    let descriptor: CInt
    private let writing: CInt

    /// Ends the command if the system has no pipe left.
    init() throws {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else {
            printToStandardError("The system has no pipe left: \(String(cString: strerror(errno)))")
            throw ExitStatus.cannotLoad
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (descriptor, writing) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(writing)
    }

    /// The signals that ask a command to end; not those that whoever started it wants to be ignored, as a
    /// shell does for what runs in the background.
    static var signals: [UnixSignal] {
        [.sigint, .sigterm].filter { asked in
            let handler = signal(asked.rawValue, SIG_IGN)
            let isIgnored = unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
            if !isIgnored { signal(asked.rawValue, handler) }
            return !isIgnored
        }
    }

    var isAsked: Bool { state.withLock { $0.isAsked } }

    /// Requests it. A second signal means that nobody wants to wait: it ends the process.
    func ask(by signal: UnixSignal? = nil) {
        let isSecond = state.withLock { state in
            defer {
                state.isAsked = true
                state.signal = state.signal ?? signal
            }
            return state.signal != nil
        }
        if isSecond, let signal { Self.end(by: signal) }
        var byte: UInt8 = 0
        while write(writing, &byte, 1) < 0, errno == EINTR {}
    }

    /// Ends the process by the first signal that came, when nothing is left to do.
    func end(_ message: String) -> Never {
        guard let received = state.withLock({ $0.signal }) else {
            preconditionFailure("the command was not interrupted")
        }
        printToStandardError("\(received): \(message)")
        Self.end(by: received)
    }

    /// Ends the process by the signal, so that its parent sees why.
    private static func end(by ending: UnixSignal) -> Never {
        signal(ending.rawValue, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, ending.rawValue)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        raise(ending.rawValue)
        exit(128 + ending.rawValue)
    }
}
