import Glibc
import Testing

@testable import Values

@Suite("A table")
struct TableTests {
    @Test("is as a dictionary, whatever is done to it in whatever order", arguments: 0..<20)
    func model(round: UInt64) {
        var random = Linear(state: round)
        var table = Table()
        var model: [ExactText: Value] = [:]
        var before: (table: Table, model: [ExactText: Value])?
        let range = round % 2 == 0 ? 3000 : 400
        for step in 0..<6000 {
            let key = "k\(Int.random(in: 0..<range, using: &random))"
            // Grows first and shrinks then.
            let isTaken = Int.random(in: 0..<6000, using: &random) < step
            let value: Value? = isTaken ? nil : .integer(Int64(step))
            table[key] = value
            model[key] = value
            if step == 3000 { before = (table, model) }
        }
        for (table, model) in [(table, model), before ?? (table, model)] {
            let keys = model.keys.sorted()
            #expect(table.count == model.count && table.isEmpty == model.isEmpty)
            #expect(table.keys.map { ExactText($0) } == keys)
            #expect(table.map(\.value) == keys.map { model[$0] })
            #expect(table.reversed().map { ExactText($0.key) } == keys.reversed())
            #expect(table.indices.map { ExactText(table[$0].key) } == keys)
            #expect(table.last.map { ExactText($0.key) } == keys.last)
            #expect((0..<range).allSatisfy { table["k\($0)"] == model["k\($0)"] })
            var again = Table()
            for key in keys.shuffled() { again[key.text] = model[key] }
            #expect(again == table && again.hashValue == table.hashValue)
            if let last = keys.last {
                again[last.text] = "another"
                #expect(again != table)
            }
        }
    }

    @Test("what changed since a copy was made is what is different", arguments: 0..<60)
    func changes(round: UInt64) {
        var random = Linear(state: round)
        let size = [3, 60, 64, 65, 500][Int(round % 5)]
        func value() -> Value {
            let number = Int.random(in: 0..<4, using: &random)
            let texts = ["", "short", "a text that is longer than fits", "another of those, also longer"]
            return [
                .integer(Int64(number)), .string(texts[number]), .list([.integer(Int64(number))]),
                .bool(true),
            ][
                Int.random(in: 0..<4, using: &random)]
        }
        var earlier = Table()
        for number in 0..<size { earlier["k\(number)"] = value() }
        var later = earlier
        for _ in 0..<[0, 1, 5, 200][Int(round / 5 % 4)] {
            let key = "k\(Int.random(in: 0..<size + 20, using: &random))"
            later[key] = Int.random(in: 0..<3, using: &random) == 0 ? nil : value()
        }
        let keys = Set(earlier.keys.map { ExactText($0) }).union(later.keys.map { ExactText($0) }).sorted()
        let different = keys.filter { earlier[$0.text] != later[$0.text] }
        let changes = later.changes(since: earlier)
        #expect(changes.map { ExactText($0.key) } == different)
        #expect(changes.map(\.value) == different.map { later[$0.text] })
        // The same of one that shares nothing with it.
        var apart = Table()
        for key in keys { apart[key.text] = earlier[key.text] }
        #expect(later.changes(since: apart).map { ExactText($0.key) } == different)
        #expect((later == earlier) == different.isEmpty)
    }

    @Test("that is the value of a key is changed where it lies, and goes when it becomes empty")
    func inner() {
        var table: Table = ["a": 1, "b": ["x": 1]]
        let copy = table
        table.change(tableAt: "b") { $0["y"] = 2 }
        table.change(tableAt: "c") { $0["z"] = 3 }
        #expect(table == ["a": 1, "b": ["x": 1, "y": 2], "c": ["z": 3]])
        table.change(tableAt: "c") { $0["z"] = nil }
        table.change(tableAt: "d") { _ in }
        #expect(table == ["a": 1, "b": ["x": 1, "y": 2]])
        #expect(copy == ["a": 1, "b": ["x": 1]])
    }

    @Test("is known as a copy until one of the two is changed", arguments: [0, 1, 8, 64, 65, 300])
    func copies(count: Int) {
        var table = Table()
        for index in 0..<count { table["key \(index)"] = .integer(Int64(index)) }
        var copy = table
        #expect(copy.isCopy(of: table))
        copy["another"] = true
        #expect(!copy.isCopy(of: table))
        #expect(copy != table)
        #expect(copy.changes(since: table).map(\.key) == ["another"])
        copy["another"] = nil
        #expect(copy == table)
    }

    enum Order: CaseIterable { case rising, falling, mixed }

    @Test("takes about ten times as long for ten times as many keys, in any order", arguments: Order.allCases)
    func growth(order: Order) {
        func seconds(_ count: Int) -> Double {
            let keys = (0..<count).map { number in
                let place =
                    switch order {
                    case .rising: number
                    case .falling: count - number
                    case .mixed: number &* 7919 % count
                    }
                return "key\(10_000_000 + place)"
            }
            return cpuSeconds {
                var table = Table()
                for key in keys { table[key] = .integer(1) }
                for key in keys { table[key] = nil }
                #expect(table.isEmpty)
            }
        }
        // A hundred times as long where each key moves all others.
        #expect(seconds(400_000) < 40 * max(seconds(40_000), 0.01))
    }
}

/// Numbers that a seed gives again.
private struct Linear: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

/// CPU time of the thread.
func cpuSeconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    try body()
    return now() - start
}
