import Journeys
import Store
import Values

/// Work on many things that goes on in the next process.
extension StoreCheck {
    static let bulkChecks = [bulks, severalBulks, erasedFromBulks]

    private static func time(_ number: Int) -> Timestamp {
        Timestamp(milliseconds: 1_700_000_000_000 + Int64(number))
    }

    private static let bulks = StoreCheck("a bulk keeps its items until each was done or failed") { store in
        try requireEqual(try store.unfinishedBulks(), [])
        try require(try store.bulk(1) == nil, "a bulk")
        var samples = SampleMoments()
        try store.commit([samples.next("L1"), samples.next("\u{e9}")])
        let leads = [lead("L1"), lead("\u{e9}"), lead("L1")]
        let number = try store.addBulk(
            NewBulk(
                .retryIncidents, filter: ["plugin": "note"], by: "kim", at: time(1),
                items: zip([7, 3, 9], leads).map { NewBulk.Item($0, of: $1) }))
        var expected = StoredBulk(
            number, .retryIncidents, filter: ["plugin": "note"], by: "kim", at: time(1), count: 3)
        try requireEqual(try store.bulk(number), expected)
        try requireEqual(try store.unfinishedBulks(), [number])
        let items = [7, 3, 9].enumerated().map { BulkItem(place: $0.offset + 1, number: $0.element) }
        try requireEqual(try store.nextItems(ofBulk: number, limit: 2), Array(items.prefix(2)))
        let no = BulkResult.Failure(reason: "cannot_rerun", message: "it \u{0} cannot")
        try store.settle([BulkResult(place: 2, failure: no), BulkResult(place: 1)], ofBulk: number)
        // What is settled stays so.
        try store.settle([BulkResult(place: 2), BulkResult(place: 1, failure: no)], ofBulk: number)
        (expected.doneCount, expected.failedCount) = (1, 1)
        try requireEqual(try store.bulk(number), expected)
        try require(!expected.isOver, "one is left")
        try requireEqual(try store.nextItems(ofBulk: number, limit: 9), [items[2]])
        try requireEqual(
            try store.failures(ofBulk: number, after: 0, limit: 9), [BulkFailure(items[1], no)])
        try requireEqual(try store.failures(ofBulk: number, after: 2, limit: 9), [])
        try store.settle([BulkResult(place: 3)], ofBulk: number)
        try requireEqual(try store.bulk(number)?.isOver, true)
        try requireEqual(try store.unfinishedBulks(), [])
        try requireEqual(try store.nextItems(ofBulk: number, limit: 9), [])
    }

    private static let severalBulks = StoreCheck(
        "bulks are numbered in their order, and one of nothing is over"
    ) { store in
        var samples = SampleMoments()
        try store.commit([samples.next("L1")])
        let numbers = try (0...2).map { count in
            try store.addBulk(
                NewBulk(
                    .retryDeliveries, filter: [:], by: "kim", at: time(count),
                    items: (0..<count).map { NewBulk.Item($0 + 1, of: lead("L1")) }))
        }
        try requireEqual(numbers, numbers.sorted())
        try requireEqual(try store.bulk(numbers[0])?.isOver, true)
        try requireEqual(try store.unfinishedBulks(), Array(numbers.dropFirst()))
    }

    private static let erasedFromBulks = StoreCheck("an erased lead is neither named nor told of by a bulk") {
        store in
        var samples = SampleMoments()
        try store.commit([samples.next("L1"), samples.next("L2")])
        let failure = BulkResult.Failure(reason: "cannot_rerun", message: "lead L1")
        let numbers = try ["L1", "L2"].map { name in
            let number = try store.addBulk(
                NewBulk(
                    .retryIncidents, filter: ["lead": .string(name)], by: "kim", at: time(1),
                    items: [NewBulk.Item(1, of: lead(name)), NewBulk.Item(2, of: lead(name))]))
            try store.settle([BulkResult(place: 1, failure: failure)], ofBulk: number)
            return number
        }
        try store.commit([samples.erasure(of: "L1")])
        try requireEqual(try store.bulk(numbers[0])?.filter, [:])
        try requireEqual(try store.bulk(numbers[1])?.filter, ["lead": "L2"])
        let messages = try numbers.map {
            try store.failures(ofBulk: $0, after: 0, limit: 9).map(\.failure.message)
        }
        try requireEqual(messages, [[""], ["lead L1"]])
        try requireEqual(try store.bulk(numbers[0])?.failedCount, 1)
    }
}
