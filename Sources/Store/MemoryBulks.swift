import Journeys
import Synchronization
import Values

/// The bulks of a store in memory.
struct MemoryBulks: Sendable {
    private var bulks: [StoredBulk] = []
    private var items: [[Item]] = []

    private struct Item {
        let number: Int
        let lead: LeadID
        /// Nil when it is left to do.
        var result: BulkResult?
    }

    mutating func add(_ bulk: NewBulk) -> Int {
        let number = bulks.count + 1
        bulks.append(
            StoredBulk(
                number, bulk.action, filter: bulk.filter, by: bulk.by, at: bulk.at, count: bulk.items.count))
        items.append(bulk.items.map { Item(number: $0.number, lead: $0.lead) })
        return number
    }

    subscript(number: Int) -> StoredBulk? {
        number >= 1 && number <= bulks.count ? bulks[number - 1] : nil
    }

    var unfinished: [Int] { bulks.filter { !$0.isOver }.map(\.number) }

    func next(_ number: Int, limit: Int) -> [BulkItem] {
        guard self[number] != nil else { return [] }
        return Array(
            items[number - 1].enumerated().lazy.filter { $0.element.result == nil }
                .map { BulkItem(place: $0.offset + 1, number: $0.element.number) }.prefix(limit))
    }

    mutating func settle(_ results: [BulkResult], _ number: Int) {
        guard self[number] != nil else { return }
        for result in results
        where items[number - 1].indices.contains(result.place - 1)
            && items[number - 1][result.place - 1].result == nil
        {
            items[number - 1][result.place - 1].result = result
            if result.failure == nil {
                bulks[number - 1].doneCount += 1
            } else {
                bulks[number - 1].failedCount += 1
            }
        }
    }

    func failures(_ number: Int, after place: Int, limit: Int) -> [BulkFailure] {
        guard self[number] != nil else { return [] }
        return Array(
            items[number - 1].enumerated().lazy.compactMap { offset, item in
                guard offset + 1 > place, let failure = item.result?.failure else { return nil }
                return BulkFailure(BulkItem(place: offset + 1, number: item.number), failure)
            }.prefix(limit))
    }

    /// Takes away what names the lead or was said of it (R61).
    mutating func erase(_ lead: LeadID) {
        for index in bulks.indices where bulks[index].filter["lead"] == .string(lead.text) {
            bulks[index].filter = [:]
        }
        for index in items.indices {
            for place in items[index].indices where items[index][place].lead == lead {
                items[index][place].result?.failure?.message = ""
            }
        }
    }
}

extension MemoryStore {
    public func addBulk(_ bulk: NewBulk) throws(StoreError) -> Int {
        try bulk.requireReadable()
        return contents.withLock { contents in
            var bulk = bulk
            // A lead that was erased meanwhile has nothing any more.
            bulk.items.removeAll { contents[known: $0.lead] == nil }
            return contents.bulks.add(bulk)
        }
    }

    public func bulk(_ number: Int) -> StoredBulk? { contents.withLock { $0.bulks[number] } }

    public func unfinishedBulks() -> [Int] { contents.withLock { $0.bulks.unfinished } }

    public func nextItems(ofBulk number: Int, limit: Int) -> [BulkItem] {
        contents.withLock { $0.bulks.next(number, limit: limit) }
    }

    public func settle(_ results: [BulkResult], ofBulk number: Int) {
        contents.withLock { $0.bulks.settle(results, number) }
    }

    public func failures(ofBulk number: Int, after place: Int, limit: Int) -> [BulkFailure] {
        contents.withLock { $0.bulks.failures(number, after: place, limit: limit) }
    }
}
