import Synchronization

/// The numbers of a store's incidents, given out in blocks. A number whose moment was not committed, and the
/// rest of a block at the end, stay unused or are given out by the next engine.
final class IncidentNumbers: Sendable {
    private let upcoming: Atomic<Int>
    private let blockLength: Int

    init(next: Int, blockLength: Int) {
        upcoming = Atomic(next)
        self.blockLength = blockLength
    }

    fileprivate func nextBlock() -> Range<Int> {
        let first = upcoming.add(blockLength, ordering: .relaxed).oldValue
        return first..<first + blockLength
    }
}

/// The block that a lane, or the committer, numbers its incidents from.
///
/// Owner: one thread at a time.
struct IncidentBlock {
    private let numbers: IncidentNumbers
    private var rest = 0..<0

    init(_ numbers: IncidentNumbers) { self.numbers = numbers }

    mutating func next() -> Int {
        if rest.isEmpty { rest = numbers.nextBlock() }
        return rest.removeFirst()
    }
}
