import Journeys
import Store

/// What a lane's moments did with a lead's to-dos, which may not be in the store yet.
struct LeadTodos {
    /// Those of moments up to this one are in the store.
    private let last: Int
    /// How many moments after that one added.
    private var added = 0
    /// The moments after that one that marked to-dos as done, by these to-dos' numbers.
    private var done: [Int: Int] = [:]

    /// - Parameter last: the lead's last moment that the store has, or that changed no to-do.
    init(after last: Int) { self.last = last }

    mutating func note(_ moment: Moment) {
        let number = moment.lead.lastMoment
        // What the store has of it goes with the commit.
        if moment.lead.isErased { self = LeadTodos(after: 0) }
        for todo in moment.output.doneTodos { done[todo] = number }
        added += moment.output.todos.count
    }

    /// Why the to-do with this number cannot be marked as done; nil where it can.
    ///
    /// - Parameter stored: the lead's to-dos that the store has, also of moments that are noted here.
    func objection(toDoing number: Int, among stored: [StoredTodo]) -> Refusal? {
        let earlier = stored.asOf(moment: last)
        let count = earlier.count + added
        guard number >= 1, number <= count else {
            let has = count == 0 ? "none" : count == 1 ? "only to-do 1" : "the to-dos 1 to \(count)"
            return Refusal(.unknownTodo, "the lead has no to-do \(number); it has \(has)")
        }
        let doing = done[number] ?? (number <= earlier.count ? earlier[number - 1].done?.moment : nil)
        return doing.map {
            Refusal(.todoNotOpen, "to-do \(number) is not open: it was done in moment \($0)")
        }
    }
}
