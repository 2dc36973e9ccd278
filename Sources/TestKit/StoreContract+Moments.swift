import Journeys
import Store
import Values

/// What is kept with moments, and how they are read.
extension StoreCheck {
    static let momentChecks = [pages, order, severalMaps, provenances]

    private static let pages = StoreCheck("any page of a long life is read, also from its end") { store in
        var samples = SampleMoments()
        let count = 300
        // Others' moments lie between.
        var batch: [MomentRecord] = []
        for number in 1...count {
            batch.append(samples.next("L1"))
            if number % 3 == 0 { batch.append(samples.next("L2")) }
            if number % 7 == 0 {
                try store.commit(batch)
                batch = []
            }
        }
        try store.commit(batch)
        for from in [1, 2, 63, 64, 65, 127, 128, 129, 200, 256, 257, count] {
            for limit in [1, 2, 50, 64, 65, .max] {
                let expected = Array((from...count).prefix(limit))
                try requireEqual(
                    try store.moments(of: lead("L1"), from: from, limit: limit).map(\.number), expected)
            }
        }
        func before(_ number: Int?, _ limit: Int) throws -> [Int] {
            try store.moments(of: lead("L1"), before: number, limit: limit).map(\.number)
        }
        try requireEqual(try before(nil, 3), [298, 299, 300])
        try requireEqual(try before(1000, 2), [299, 300])
        try requireEqual(try before(65, 2), [63, 64])
        try requireEqual(try before(3, 50), [1, 2])
        try requireEqual(try before(1, 50), [])
        try requireEqual(try before(nil, 0), [])
        try requireEqual(try before(nil, .max), Array(1...count))
        try requireEqual(try before(.min, 1), [])
        try requireEqual(try store.moments(of: lead("L2"), before: nil, limit: 1).map(\.number), [100])
        try requireEqual(try store.moments(of: lead("L3"), before: nil, limit: 1), [])
    }

    private static let order = StoreCheck("moments of all leads are read in the order of their commits") {
        store in
        try requireEqual(try store.lastPosition(), 0)
        try requireEqual(try store.committed(after: 0, limit: 10), [])
        var samples = SampleMoments()
        let given = ["L1", "L2", "L1", "L3", "L2"]
        for lead in given { try store.commit([samples.next(lead)]) }
        let all = try store.committed(after: 0, limit: .max)
        try requireEqual(all.map(\.lead.text), given)
        try requireEqual(all[2].journal, try store.moments(of: lead("L1"), from: 2, limit: 1)[0].journal)
        try require(zip(all, all.dropFirst()).allSatisfy { $0.position < $1.position }, "positions rise")
        try requireEqual(try store.lastPosition(), all[4].position)
        try requireEqual(try store.committed(after: all[1].position, limit: 2), Array(all[2...3]))
        try requireEqual(try store.committed(after: all[4].position, limit: 2), [])
        try requireEqual(try store.committed(after: -5, limit: 1), [all[0]])
        try requireEqual(try store.committed(after: 0, limit: 0), [])
    }

    private static let severalMaps = StoreCheck("every map that a moment brings is kept") { store in
        var samples = SampleMoments()
        let maps = ["first", "second", "third"].map { name in
            StoredMap(
                id: MapID(name), version: MapVersion("v-\(name)"), file: "\(name).yaml",
                source: Array("map: \(name)\n".utf8))
        }
        try store.commit([
            samples.next("L1") { $0.maps = maps },
            samples.next("L2") { moment in
                moment.lead.journey = JourneyRecord(
                    number: 1, map: maps[1].id, version: maps[1].version, tracks: [], steps: [])
            },
        ])
        for map in maps { try requireEqual(try store.map(map.version), map) }
    }

    private static let provenances = StoreCheck(
        "what the calls of a moment were functions of is kept with it"
    ) {
        store in
        var samples = SampleMoments()
        func provenance(_ host: String, _ settings: String = "s1") -> Provenance {
            Provenance(
                host: host, maps: [.init(map: "m", version: "v1"), .init(map: "e\u{301}", version: "v2")],
                plugins: [
                    .init(name: "note", version: "1.\u{0}", hash: "b2", settings: settings),
                    .init(name: "greeting", version: "1", hash: "a1", settings: "s0"),
                ])
        }
        let given = [provenance("1"), nil, provenance("1"), provenance("2"), provenance("1", "s2"), nil]
        try store.commit(given.prefix(4).map { one in samples.next("L1") { $0.provenance = one } })
        let next = samples
        let refused = [
            samples.next("L1") { $0.provenance = provenance("3") }, samples.next("L1", commandID: "id"),
            samples.next("L1", commandID: "id"),
        ]
        try requireConflict(2, .commandIDTaken) { try store.commit(refused) }
        samples = next
        try store.commit(given.suffix(2).map { one in samples.next("L1") { $0.provenance = one } })
        try store.commit([samples.next("L2") { $0.provenance = provenance("3") }])
        try requireEqual(try store.moments(of: lead("L1"), from: 1, limit: 9).map(\.provenance), given)
        try requireEqual(
            try store.moments(of: lead("L2"), from: 1, limit: 9).map(\.provenance), [provenance("3")])
    }
}
