import Journeys
import Store
import Values

/// What could not be read back is never stored.
extension StoreCheck {
    static let valueChecks = [listed, sums, sumsTogether, unreadable, extremes]

    private static func change(
        _ samples: inout SampleMoments, _ id: String, _ changes: (String, StoredChange.Change)...
    ) -> MomentRecord {
        samples.next(id) { $0.values = changes.map { .init(plugin: "p", key: $0.0, change: $0.1) } }
    }

    private static let listed = StoreCheck("a plugin's values are listed in the order of their keys") {
        store in
        var samples = SampleMoments()
        let keys = ["b", "a", "\u{E9}", "Z", "a b", "aa"]
        try store.commit([
            change(&samples, "L1", (keys[0], .set("text"))),
            samples.next("L2") { moment in
                moment.values = keys.dropFirst().map { .init(plugin: "p", key: $0, change: .set(["n": 1])) }
                moment.values.append(.init(plugin: "other", key: "a", change: .set(2)))
            },
        ])
        func found(after: String? = nil, limit: Int = .max, of plugin: String = "p") throws -> [String] {
            try store.values(of: plugin, after: after, limit: limit).map(\.key)
        }
        try requireEqual(try found(), ["Z", "a", "a b", "aa", "b", "\u{E9}"])
        try requireEqual(try found(after: "a"), ["a b", "aa", "b", "\u{E9}"])
        try requireEqual(try found(after: "a c", limit: 2), ["aa", "b"])
        try requireEqual(try found(limit: 0), [])
        try requireEqual(try found(of: "other"), ["a"])
        try requireEqual(try found(of: "none"), [])
        try store.put(nil, "aa", of: "p")
        try requireEqual(try found(after: "a b"), ["b", "\u{E9}"])
        let values = try store.values(of: "p", after: "a b", limit: 1)
        try requireEqual(values, [StoredValue(key: "b", value: "text")])
    }

    private static let sums = StoreCheck("a change that has no sum is refused with the whole commit") {
        store in
        let largest = Int64.max
        let tries: [(Value, Value)] = [
            (1.7e308, 1.7e308), (-1.7e308, -1.7e308), (.integer(largest), 1), (.integer(-largest), -2),
            ("text", 1), (true, 1), ([1], 1), (["n": 1], 0.5), (1, .double(.infinity)), (1, .double(.nan)),
        ]
        var samples = SampleMoments()
        for (number, (there, amount)) in tries.enumerated() {
            let key = "k\(number)"
            try store.commit([change(&samples, "L1", (key, .set(there)))])
            let before = try StoreContents(of: store)
            let next = samples
            let moment = change(&samples, "L1", ("other", .add(1)), (key, .add(amount)))
            let good = samples.next("L2")
            do {
                try store.commit([good, moment])
                try require(false, "\(amount.json) was added to \(there.json)")
            } catch let error as StoreError {
                guard case .invalidSums(let sums) = error.code else { throw error }
                try requireEqual(sums.map(\.moment), [1])
                try requireEqual(sums.map(\.change), [1])
                try requireEqual(sums.map(\.refusal.reason), [.invalidValue])
                try require(sums[0].refusal.message.contains("\"\(key)\""), "the key is not named")
            }
            try requireEqual(try StoreContents(of: store), before)
            try requireEqual(try store.value(key, of: "p"), there)
            try require(try store.value("other", of: "p") == nil, "a change of a refused commit")
            samples = next
        }
        try store.commit([
            change(&samples, "L1", ("n", .add(.integer(largest))), ("n", .add(-1)), ("n", .add(1))),
            change(&samples, "L2", ("d", .add(1)), ("d", .add(1.5)), ("d", .add(-2))),
        ])
        try requireEqual(try store.value("n", of: "p"), .integer(largest))
        try requireEqual(try store.value("d", of: "p"), 0.5)
    }

    private static let sumsTogether = StoreCheck(
        "all changes of a commit that have no sum are named, and without them it can be made"
    ) { store in
        var samples = SampleMoments()
        var moments = [
            change(&samples, "L1", ("n", .set("x")), ("n", .add(1)), ("m", .add(1.7e308))),
            change(&samples, "L2", ("m", .add(1.7e308)), ("m", .add(-1.7e308)), ("n", .add(2))),
            change(&samples, "L3", ("n", .set(3)), ("n", .add(4))),
        ]
        do {
            try store.commit(moments)
            try require(false, "the sums were taken")
        } catch let error as StoreError {
            guard case .invalidSums(let sums) = error.code else { throw error }
            try requireEqual(sums.map { [$0.moment, $0.change] }, [[0, 1], [1, 0], [1, 2]])
            for sum in sums.reversed() { moments[sum.moment].values.remove(at: sum.change) }
        }
        try store.commit(moments)
        try requireEqual(try store.value("m", of: "p"), 0.0)
        try requireEqual(try store.value("n", of: "p"), 7)
    }

    /// A list in a list, and so on.
    private static func nested(_ levels: Int) -> Value {
        (0..<levels).reduce(Value.null) { value, _ in .list([value]) }
    }

    private static let unreadable = StoreCheck(
        "a value that could not be read back is refused wherever it is"
    ) {
        store in
        var samples = SampleMoments()
        let first = samples.next("L1")
        try store.commit([first])
        let before = try StoreContents(of: store)
        for value in [Value.double(.infinity), .double(-.infinity), .double(.nan), nested(80)] {
            let places: [(inout MomentRecord) -> Void] = [
                { $0.lead.fields["f"] = value },
                { $0.lead.fields["f"] = ["deep": [value]] },
                { $0.lead.store["p"] = ["n": value] },
                { $0.todos = [.init(todo: ["title": value], by: "plugin:p")] },
                { $0.send(["values": ["n": value]], by: "plugin:p") },
                { $0.values = [.init(plugin: "p", key: "n", change: .set(value))] },
                { $0.incidents[0].details = ["parameters": ["n": value]] },
                {
                    $0.command = Command(
                        lead: $0.lead.id, order: .set(LeadChanges(fields: ["f": value])))
                },
            ]
            for place in places {
                let next = samples
                var moment = samples.next("L1")
                moment.incidents = [samples.incident(of: moment)]
                place(&moment)
                let other = samples.next("L2")
                let changes = [
                    .unknown, MomentRecord.Change.made(RecordChange(from: first.lead, to: moment.lead)),
                ]
                for change in changes {
                    moment.change = change
                    try requireRefusal(.invalidValue) { try store.commit([other, moment]) }
                }
                samples = next
            }
            try requireRefusal(.invalidValue) { try store.put(value, "n", of: "p") }
        }
        for milliseconds in [Int64.max, Int64.min, 253_402_300_800_000] {
            let next = samples
            var moment = samples.next("L1")
            moment.at = Timestamp(milliseconds: milliseconds)
            try requireRefusal(.invalidValue) { try store.commit([moment]) }
            samples = next
        }
        try requireEqual(try StoreContents(of: store), before)
        try require(try store.value("n", of: "p") == nil, "a value that was refused")
    }

    private static let extremes = StoreCheck("the largest, smallest and deepest values are read as they were")
    {
        store in
        var samples = SampleMoments()
        let values: [Value] = [
            .double(.greatestFiniteMagnitude), .double(-.greatestFiniteMagnitude), 1e300, 5.0, 0.1,
            .double(.leastNonzeroMagnitude), .integer(.max), .integer(.min), nested(32),
            "\u{0}\u{7F}\u{2028}",
        ]
        for (number, value) in values.enumerated() {
            let moment = samples.next("L1") { moment in
                moment.lead.fields["f"] = value
                moment.lead.store["p"] = ["\u{e9}": value, "e\u{301}": value]
                moment.values = [.init(plugin: "p", key: "k\(number)", change: .set(value))]
            }
            try store.commit([moment])
            try requireEqual(try store.lead(moment.lead.id), moment.lead)
            try requireEqual(try store.value("k\(number)", of: "p"), value)
        }
        try store.put(.double(-0.0), "zero", of: "p")
        guard case .double(let zero)? = try store.value("zero", of: "p") else {
            return try require(false, "a double became something else")
        }
        try require(zero == 0 && zero.sign == .minus, "a zero lost its sign")
    }
}
