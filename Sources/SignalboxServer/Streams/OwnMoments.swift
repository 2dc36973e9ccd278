package import Journeys
package import Signalbox
import Synchronization

/// Moments that the engine made by itself, for the streams of commands that are under way.
package final class OwnMoments: Sendable {
    /// Gets a moment with its command.
    typealias Hearing = @Sendable (Command, Answer.Accepted) -> Void

    private let state = Mutex((next: 0, all: [Int: Hearing]()))

    package init() {}

    /// To be called on the thread that commits, in the order of commits; it is quick.
    package func tell(_ command: Command, _ moment: Answer.Accepted) {
        let all = state.withLock { Array($0.all.values) }
        for hearing in all { hearing(command, moment) }
    }

    /// Calls it for each moment from now on, until the listener ends. It must be quick.
    func hear(_ hearing: @escaping Hearing) -> Listener {
        state.withLock { state in
            state.next += 1
            state.all[state.next] = hearing
            return Listener(self, state.next)
        }
    }

    struct Listener: Sendable {
        private let moments: OwnMoments
        private let number: Int

        fileprivate init(_ moments: OwnMoments, _ number: Int) {
            self.moments = moments
            self.number = number
        }

        func end() { _ = moments.state.withLock { $0.all.removeValue(forKey: number) } }
    }
}

/// The leads that a stream has commands for.
final class StreamLeads: Sendable {
    private let leads = Mutex<Set<LeadID>>([])

    func add(_ lead: LeadID) { _ = leads.withLock { $0.insert(lead) } }
    func has(_ lead: LeadID) -> Bool { leads.withLock { $0.contains(lead) } }
}
