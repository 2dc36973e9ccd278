import DequeModule
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

/// The leads that a stream has commands for: the last ones, so that a long stream costs no more than a short one.
final class StreamLeads: Sendable {
    private let limit: Int
    private let leads = Mutex((known: Set<LeadID>(), inOrder: Deque<LeadID>()))

    init(limit: Int = 100_000) { self.limit = limit }

    func add(_ lead: LeadID) {
        leads.withLock { leads in
            guard leads.known.insert(lead).inserted else { return }
            leads.inOrder.append(lead)
            if leads.inOrder.count > limit { leads.known.remove(leads.inOrder.removeFirst()) }
        }
    }

    func has(_ lead: LeadID) -> Bool { leads.withLock { $0.known.contains(lead) } }
}
