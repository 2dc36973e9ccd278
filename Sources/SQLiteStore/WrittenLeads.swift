import Journeys
import Store

/// Where the leads are that were written lately: to find a lead's row in a store of a million reads three
/// pages of an index that no other lead needs.
///
/// Owner: the writer, because it uses it with its own lock held; so it may be sent.
final class WrittenLeads: @unchecked Sendable {
    /// How many leads are known; when there are more, those that were not written for the longest time go.
    private static let limit = 50_000

    private var recent: [LeadID: Known] = [:]
    private var older: [LeadID: Known] = [:]
    /// How often ``recent`` became ``older``.
    private var age = 0
    private var batch = 0

    /// A lead that was written.
    final class Known {
        /// After the last batch that was committed.
        fileprivate(set) var place: Batch.Place
        /// Of when it was put among the recent ones.
        fileprivate var age: Int
        /// The last batch that it was in, and its index there.
        private var batch = 0
        private var index = 0

        fileprivate init(_ place: Batch.Place, age: Int) {
            self.place = place
            self.age = age
        }

        /// Nil where it is not in the batch, as far as that was looked at.
        func index(in batch: Int) -> Int? { self.batch == batch ? index : nil }

        func note(_ index: Int, in batch: Int) {
            self.batch = batch
            self.index = index
        }
    }

    subscript(lead: LeadID) -> Known? { recent[lead] ?? older[lead] }

    /// The number of a batch that begins, from 1.
    func nextBatch() -> Int {
        batch += 1
        return batch
    }

    /// The batch is committed.
    func note(_ batch: borrowing Batch) {
        for (index, place) in batch.leads.enumerated() {
            guard let known = batch.known[index] else {
                recent[batch.moments[place.index].leadID] = Known(place, age: age)
                continue
            }
            known.place = place
            if known.age != age {
                known.age = age
                recent[batch.moments[place.index].leadID] = known
            }
        }
        guard recent.count > Self.limit / 2 else { return }
        age += 1
        older = recent
        recent = [:]
    }
}
