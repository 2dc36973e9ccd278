public import Journeys
public import Store
public import Values

/// Leads that walk over maps as journeys do, with the time that passes meanwhile: for what is counted by step.
public struct SampleWalks: Sendable {
    public private(set) var samples = SampleMoments()
    public private(set) var records: [LeadID: LeadRecord] = [:]
    public private(set) var now: Timestamp
    private var random: SeededRandom
    private let leadCount: Int
    private let maps: [StoredMap]

    /// Two versions of one map, and one of another.
    public static let maps = [
        ("buyer", "b1", [3, 1, 4]), ("buyer", "b2", [3, 2, 4, 1]), ("patient", "p1", [1, 6]),
    ].map { id, version, lengths in
        StoredMap(
            id: MapID(id), version: MapVersion(version), file: "\(id).yaml", source: Array(version.utf8),
            trackLengths: lengths)
    }

    /// - Parameter hasLengths: false for maps as an earlier version of the program kept them.
    public init(
        seed: UInt64, leads: Int, from start: Timestamp = Timestamp(milliseconds: 1_700_000_000_000),
        hasLengths: Bool = true
    ) {
        random = SeededRandom(seed: seed)
        leadCount = leads
        now = start
        maps = Self.maps.map { map in
            var map = map
            if !hasLengths { map.trackLengths = nil }
            return map
        }
    }

    /// A moment of some lead, after some time: from none to days.
    public mutating func next() -> MomentRecord {
        now.milliseconds += Int64(pow(10, Int.random(in: 0...8, using: &random))) - 1
        let id = "L\(Int.random(in: 1...leadCount, using: &random))"
        var journey = records[LeadID(id)!]?.journey
        move(&journey)
        let before = records[LeadID(id)!]
        let isKnown = random.once(in: 2)
        let moment = samples.next(id) { [now, maps] moment in
            moment.at = now
            moment.lead.journey = journey
            moment.maps = maps.filter { $0.version == journey?.version }
            if isKnown {
                moment.steps = .known(
                    StepChanges(
                        from: Self.whereabouts(before?.journey, maps), to: Self.whereabouts(journey, maps)))
            }
        }
        records[moment.lead.id] = moment.lead
        return moment
    }

    private static func whereabouts(_ journey: JourneyRecord?, _ maps: [StoredMap]) -> Whereabouts? {
        journey.flatMap { journey in
            let lengths = maps.first { $0.version == journey.version }?.trackLengths
            return Whereabouts(journey, lengths.map(StepTracks.init))
        }
    }

    private mutating func move(_ journey: inout JourneyRecord?) {
        guard var current = journey, current.phase == .active, !random.once(in: 12) else {
            return journey = begin(number: (journey?.number ?? 0) + 1)
        }
        let open = current.steps.indices.filter { current.steps[$0] == .open }
        let waiting = current.tracks.indices.filter { current.tracks[$0] == .waiting }
        if random.once(in: 15) {
            current.phase = .ended(random.pick([.won, .left]))
            for step in open { current.steps[step] = .cancelled }
        } else if let next = waiting.first, open.isEmpty || random.once(in: 3) {
            openTrack(next, of: &current)
        } else if !open.isEmpty {
            current.steps[random.pick(open)] = random.pick([.closed, .skipped, .removed])
        }
        journey = current
    }

    private mutating func begin(number: Int) -> JourneyRecord {
        let map = random.pick(Self.maps)
        let lengths = map.trackLengths ?? []
        var journey = JourneyRecord(
            number: number, map: map.id, version: map.version,
            tracks: lengths.map { _ in .waiting },
            steps: Array(repeating: .waiting, count: lengths.reduce(0, +)))
        if !random.once(in: 8) { openTrack(0, of: &journey) }
        return journey
    }

    private mutating func openTrack(_ track: Int, of journey: inout JourneyRecord) {
        let lengths =
            Self.maps.first { [version = journey.version] in $0.version == version }?.trackLengths ?? []
        let first = lengths[..<track].reduce(0, +)
        journey.tracks[track] = .open
        journey.opened[track] = now
        for step in first..<first + lengths[track] {
            journey.steps[step] = random.once(in: 6) ? .removed : .open
        }
    }
}

private func pow(_ base: Int, _ exponent: Int) -> Int {
    (0..<exponent).reduce(1) { power, _ in power * base }
}

/// Where leads are by their records, one by one.
public struct CountedSteps: Sendable {
    /// By the maps' versions; the number of leads, and for each step when it opened for each lead.
    private var leads: [MapVersion: Int] = [:]
    private var opened: [MapVersion: [Int: [Timestamp]]] = [:]

    public init(of records: some Sequence<LeadRecord>) {
        for journey in records.compactMap(\.journey) where journey.phase == .active {
            leads[journey.version, default: 0] += 1
            let lengths = SampleWalks.maps.first { $0.version == journey.version }?.trackLengths ?? []
            let tracks = StepTracks(lengths)
            for step in journey.steps.indices where journey.steps[step] == .open {
                let time = tracks.fit(journey) ? journey.opened[tracks.track(of: step)] : nil
                opened[journey.version, default: [:]][step, default: []].append(
                    time ?? Timestamp(milliseconds: 0))
            }
        }
    }

    /// Throws unless the store says the same, with the times since then to a sixteenth, and half a slot.
    public func requireSame(in store: any Store, at now: Timestamp, isTimed: Bool = true) throws {
        var active: [MapID: Int] = [:]
        for map in Set(SampleWalks.maps.map(\.id)) {
            let versions = SampleWalks.maps.filter { $0.id == map }.map(\.version).filter { leads[$0] != nil }
            let counts = try store.stepCounts(of: map)
            try requireEqual(counts.map(\.version), versions.sorted())
            for counts in counts {
                try requireEqual(counts.leads, leads[counts.version])
                let opened = opened[counts.version] ?? [:]
                try requireEqual(counts.steps.mapValues(\.leads), opened.mapValues(\.count))
                for (step, times) in counts.steps {
                    try Self.requireNear([times], opened[step] ?? [], at: now, isTimed: isTimed)
                }
            }
            active[map] = counts.isEmpty ? nil : counts.reduce(0) { $0 + $1.leads }
        }
        let maps = SampleWalks.maps.map(\.id) + [MapID("none")]
        try requireEqual(try store.activeLeads(on: maps), active)
    }

    private static func requireNear(
        _ times: [OpeningTimes], _ opened: [Timestamp], at now: Timestamp, isTimed: Bool
    ) throws {
        let ages = opened.map { now.milliseconds - $0.milliseconds }.sorted()
        for part in [0.01, 0.5, 0.9, 1] {
            let exact = ages[Int((part * Double(ages.count)).rounded(.up)) - 1]
            guard isTimed else {
                try requireEqual(times.age(of: part, at: now), nil)
                continue
            }
            let age = times.age(of: part, at: now).map { Int64($0 / .milliseconds(1)) } ?? -1
            try require(
                abs(age - exact) <= exact / 16 + 26, "\(age) ms for \(exact) ms, of \(ages.count) leads")
        }
    }
}
