import Store
import TestKit
import Testing
import Values

@Suite("when steps opened for leads")
struct OpeningTimesTests {
    private static let start = Timestamp(milliseconds: 1_763_802_000_000)

    private func slot(_ milliseconds: Int64) -> OpeningSlot {
        OpeningSlot(Timestamp(milliseconds: Self.start.milliseconds + milliseconds))
    }

    private func later(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: Self.start.milliseconds + milliseconds)
    }

    @Test("a time is in the slot that it lies in, also before 1970")
    func slots() {
        let times: [Int64] = [-101, -100, -51, -50, -1, 0, 49, 50, 99, 100]
        #expect(
            times.map { OpeningSlot(Timestamp(milliseconds: $0)).number } == [
                -3, -2, -2, -1, -1, 0, 0, 1, 1, 2,
            ])
        #expect(OpeningSlot(number: .max) == nil && OpeningSlot(number: .min) == nil)
        for time in [StoredNumbers.times.lowerBound, StoredNumbers.times.upperBound] {
            #expect(OpeningSlot(number: OpeningSlot(time).number) != nil)
        }
    }

    @Test("through ten years leads come and go, the ages stay near, and the classes few", arguments: 0..<6)
    func years(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var times = OpeningTimes()
        var exact: [Int64] = []
        var now: Int64 = 0
        // Dense at first, then ever more seldom; the last lead comes after ten years.
        for round in 0..<6_000 {
            now += Int64.random(in: 0...Int64(round) * Int64(round) * 24 + 20, using: &random)
            if random.once(in: 3), !exact.isEmpty {
                let gone = exact.remove(at: Int.random(in: 0..<exact.count, using: &random))
                let isThere = times.add(-1, in: slot(gone))
                #expect(isThere)
            } else {
                exact.append(now)
                times.add(1, in: slot(now))
            }
            if round % 50 == 0 { times.merge(at: later(now)) }
            if round % 500 == 499 { try check(times, exact, at: now + Int64(round)) }
        }
        #expect(now > 9 * 365 * 86_400_000)
        times.merge(at: later(now))
        #expect((20..<400).contains(times.classCount))
        try check(times, exact, at: now + 1)
        try check(try OpeningTimes(json: times.jsonBytes), exact, at: now * 2)
        for time in exact {
            let isThere = times.add(-1, in: slot(time))
            #expect(isThere)
        }
        #expect(times.isEmpty && times.leads == 0)
    }

    private func check(_ times: OpeningTimes, _ opened: [Int64], at now: Int64) throws {
        #expect(times.leads == opened.count)
        let ages = opened.map { now - $0 }.sorted()
        for part in [0.01, 0.25, 0.5, 0.9, 1] {
            let exact = ages[Int((part * Double(ages.count)).rounded(.up)) - 1]
            let age = try #require([times].age(of: part, at: later(now)))
            let error = abs(Int64(age / .milliseconds(1)) - exact)
            #expect(error <= exact / 16 + 26, "\(age) for \(exact) ms")
        }
    }

    @Test("the median of several is that of their leads together")
    func together() {
        var (first, second) = (OpeningTimes(), OpeningTimes())
        for minute in 1...5 { first.add(1, in: slot(Int64(minute) * 60_000)) }
        second.add(4, in: slot(6 * 60_000))
        second.add(2, in: nil)
        let now = later(10 * 60_000)
        func seconds(_ times: [OpeningTimes], _ part: Double) -> Double? {
            times.age(of: part, at: now).map { ($0 / .seconds(1)).rounded() }
        }
        #expect([first, second].leads == 11)
        #expect(seconds([first], 0.5) == 420.0)
        #expect(seconds([second], 0.5) == 240.0)
        #expect(seconds([first, second], 0.5) == 300.0)
        #expect(seconds([first, second], 0.9) == 540.0)
        #expect(seconds([], 0.5) == nil)
        var untimed = OpeningTimes()
        untimed.add(3, in: nil)
        #expect(untimed.leads == 3 && seconds([untimed], 0.9) == nil)
    }

    @Test("a step that opened later than now is open for no time, and stays apart")
    func ahead() {
        var times = OpeningTimes()
        times.add(1, in: slot(90_000))
        times.add(1, in: slot(90_050))
        times.merge(at: later(0))
        #expect(times.classCount == 2)
        #expect([times].age(of: 1, at: later(0)) == .zero)
    }

    @Test("of more leads than there are, none is left")
    func tooFew() {
        var times = OpeningTimes()
        var answers = [times.add(-1, in: slot(0)), times.add(-1, in: nil)]
        #expect(times.isEmpty)
        times.add(2, in: slot(0))
        answers.append(times.add(-3, in: slot(0)))
        #expect(answers == [false, false, false])
        #expect(times.isEmpty)
        let isThere = times.add(0, in: slot(0))
        #expect(isThere && times.isEmpty)
    }

    @Test("what does not read back is damaged")
    func damaged() throws {
        #expect(try OpeningTimes(json: Array("[]".utf8)).isEmpty)
        #expect(try OpeningTimes(json: Array("[[null,null,2],[0,50,1],[50,100,3]]".utf8)).leads == 6)
        for text in [
            "", "{}", "[1]", "[[0,50]]", "[[0,50,0]]", "[[0,50,-1]]", "[[0,50,1.5]]", "[[50,50,1]]",
            "[[0,100,1],[50,150,1]]", "[[50,100,1],[0,50,1]]", "[[null,50,1]]", "[[0,null,1]]",
            "[[0,50,9223372036854775807]]", "[[null,null,1099511627776],[0,50,1]]",
            "[[-9223372036854775808,50,1]]", "[[0,9223372036854775807,1]]",
        ] {
            let error = #expect(throws: StoreError.self) { try OpeningTimes(json: Array(text.utf8)) }
            #expect(error?.code == .damaged, "\(text)")
        }
    }
}
