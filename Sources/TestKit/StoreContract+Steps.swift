import Journeys
import Store
import Values

/// Where leads are, as it is counted with their moments.
extension StoreCheck {
    static let stepChecks = [emptySteps, walks, refusedSteps, unknownTracks]

    private static let emptySteps = StoreCheck("where nobody is, nobody is counted") { store in
        try requireEqual(try store.stepCounts(of: SampleWalks.maps[0].id), [])
        try requireEqual(try store.activeLeads(on: SampleWalks.maps.map(\.id)), [:])
        try requireEqual(try store.activeLeads(on: []), [:])
    }

    private static let walks = StoreCheck(
        "how many leads are at each step, and for how long, is what their records say"
    ) { store in
        var walks = SampleWalks(seed: 7, leads: 50)
        var random = SeededRandom(seed: 8)
        for round in 1...250 {
            try store.commit((0..<Int.random(in: 1...6, using: &random)).map { _ in walks.next() })
            guard round % 25 == 0 else { continue }
            let counted = CountedSteps(of: walks.records.values)
            try counted.requireSame(in: store, at: walks.now)
            for later in [1_000, 86_400_000, 90 * 86_400_000] {
                let time = Timestamp(milliseconds: walks.now.milliseconds + Int64(later))
                try counted.requireSame(in: store, at: time)
            }
        }
    }

    private static let refusedSteps = StoreCheck("a commit that is refused moves nobody") { store in
        var walks = SampleWalks(seed: 1, leads: 5)
        try store.commit((0..<30).map { _ in walks.next() })
        let counted = CountedSteps(of: walks.records.values)
        let now = walks.now
        var refused = (0..<10).map { _ in walks.next() }
        refused[9].lead.lastMoment += 5
        do {
            try store.commit(refused)
            try require(false, "the commit was not refused")
        } catch is StoreError {}
        try counted.requireSame(in: store, at: now)
    }

    private static let unknownTracks = StoreCheck(
        "leads on a map whose tracks nobody knows are counted without their times"
    ) { store in
        var walks = SampleWalks(seed: 3, leads: 20, hasLengths: false)
        for _ in 0..<60 { try store.commit([walks.next()]) }
        try CountedSteps(of: walks.records.values).requireSame(in: store, at: walks.now, isTimed: false)
    }
}
