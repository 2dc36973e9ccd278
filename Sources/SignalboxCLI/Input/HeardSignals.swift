import Foundation
import UnixSignals

/// The signals that a command hears while commands come: those that ask for its end, and others that it wants.
final class HeardSignals: Sendable {
    private let task: Task<Void, Never>
    /// Those that ask for the end.
    private let asking: [UnixSignal]
    private let running = DispatchGroup()

    /// Returns when signals are heard, so that none that comes after it ends the process halfway.
    ///
    /// - Parameters:
    ///   - interruption: is requested by the signals that ask for the end.
    ///   - others: further signals.
    ///   - hear: gets each signal, after the interruption was requested by it; must be quick.
    init(
        until interruption: Interruption, _ others: [UnixSignal] = [],
        _ hear: @escaping @Sendable (UnixSignal) -> Void = { _ in }
    ) {
        let asking = Interruption.signals
        self.asking = asking
        let isHearing = DispatchSemaphore(value: 0)
        running.enter()
        task = Task.detached { [running] in
            let signals = await UnixSignalsSequence(trapping: others + asking)
            isHearing.signal()
            for await signal in signals {
                if asking.contains(signal) { interruption.ask(by: signal) }
                hear(signal)
            }
            running.leave()
        }
        isHearing.wait()
    }

    /// Hears no more of them.
    func end() {
        task.cancel()
        running.wait()
    }

    /// Lets the signals that ask for the end do what they do by default: what is left is to print, and a reader may not
    /// read.
    func restore() {
        for asked in asking { signal(asked.rawValue, SIG_DFL) }
    }
}
