package import Journeys
import Values

/// What a moment changed of where its lead is: which steps are open for it while its journey is active, and since when.
package struct StepChanges: Sendable {
    /// Of a journey that ended in the moment, or in whose place another came.
    package private(set) var left: OnMap?
    /// Of the journey that is active after it.
    package private(set) var current: OnMap?

    /// Changes on one version of a map.
    package struct OnMap: Sendable {
        package let version: MapVersion
        package var changes: [Change]
    }

    package struct Change: Sendable {
        /// The index of a step, or ``StepChanges/journey``.
        package let step: Int
        /// When the step opened; nil where that is not known, and of a journey.
        package let slot: OpeningSlot?
        /// 1 for a lead that came, -1 for one that left.
        package let count: Int
    }

    /// In place of a step's index: the journey itself, which a lead is on also while no step is open.
    package static let journey = -1

    /// Nil where nothing changed, and for no journey at all.
    package init?(from earlier: Whereabouts?, to later: Whereabouts?) {
        guard let earlier, let later, later.goesOn(from: earlier) else {
            if earlier == nil, later == nil { return nil }
            left = earlier.map { OnMap(version: $0.version, changes: $0.all(-1)) }
            current = later.map { OnMap(version: $0.version, changes: $0.all(1)) }
            return
        }
        let changes = later.changes(since: earlier)
        if changes.isEmpty { return nil }
        current = OnMap(version: later.version, changes: changes)
    }

    /// What a moment of the engine changed. `earlier` is nil for a lead that is new.
    init?(from earlier: Lead?, to later: Lead) {
        self.init(
            from: earlier?.journey.flatMap(Whereabouts.init), to: later.journey.flatMap(Whereabouts.init))
    }
}

/// Where a lead is on a journey that is active: each step that is open, with its time, and the journey itself.
///
/// It holds the journey, and copies nothing of it: two of these are made with every moment.
package struct Whereabouts: Sendable {
    private let journey: Source

    private enum Source {
        case known(Journey)
        /// Nil where it is not known which track a step is of. Indirect, so that a copy of either case is one reference.
        indirect case stored(JourneyRecord, StepTracks?)
    }

    /// Nil for a journey that is over.
    init?(_ journey: Journey) {
        guard journey.isActive else { return nil }
        self.journey = .known(journey)
    }

    /// Nil for a journey that is over.
    ///
    /// - Parameter tracks: of the journey's map; nil where they are not known.
    package init?(_ journey: JourneyRecord, _ tracks: StepTracks?) {
        guard journey.phase == .active else { return nil }
        self.journey = .stored(journey, tracks.flatMap { $0.fit(journey) ? $0 : nil })
    }

    package var version: MapVersion {
        switch journey {
        case .known(let journey): journey.definition.version
        case .stored(let journey, _): journey.version
        }
    }

    private var number: Int {
        switch journey {
        case .known(let journey): journey.number
        case .stored(let journey, _): journey.number
        }
    }

    private var steps: [Journey.StepState] {
        switch journey {
        case .known(let journey): journey.steps
        case .stored(let journey, _): journey.steps
        }
    }

    /// By the index of the track.
    private var opened: [Int: Timestamp] {
        switch journey {
        case .known(let journey): journey.opened
        case .stored(let journey, _): journey.opened
        }
    }

    /// All of it, for so many leads more.
    package func all(_ count: Int) -> [StepChanges.Change] {
        var changes = [StepChanges.Change(step: StepChanges.journey, slot: nil, count: count)]
        let steps = steps
        for step in steps.indices where steps[step] == .open {
            changes.append(.init(step: step, slot: slot(of: step), count: count))
        }
        return changes
    }

    private func slot(of step: Int) -> OpeningSlot? {
        switch journey {
        case .known(let journey):
            journey.opened[journey.definition.steps[step].track].map { OpeningSlot($0) }
        case .stored(let journey, let tracks):
            tracks.flatMap { journey.opened[$0.track(of: step)] }.map { OpeningSlot($0) }
        }
    }

    fileprivate func goesOn(from earlier: Self) -> Bool {
        number == earlier.number && isOnMap(of: earlier) && steps.count == earlier.steps.count
    }

    private func isOnMap(of other: Self) -> Bool {
        if case .known(let one) = journey, case .known(let another) = other.journey,
            one.isOnDefinition(of: another)
        {
            return true
        }
        return version == other.version
    }

    fileprivate func changes(since earlier: Self) -> [StepChanges.Change] {
        var changes: [StepChanges.Change] = []
        let (steps, earlierSteps) = (steps, earlier.steps)
        func compare(_ step: Int) {
            let before = earlierSteps[step] == .open
            let after = steps[step] == .open
            let left = before ? earlier.slot(of: step) : nil
            let came = after ? slot(of: step) : nil
            if before, after, left == came { return }
            if before { changes.append(.init(step: step, slot: left, count: -1)) }
            if after { changes.append(.init(step: step, slot: came, count: 1)) }
        }
        if opened == earlier.opened {
            var next = firstDifference(of: steps, from: earlierSteps, after: 0)
            while let step = next {
                compare(step)
                next = firstDifference(of: steps, from: earlierSteps, after: step + 1)
            }
        } else {
            for step in steps.indices where steps[step] == .open || earlierSteps[step] == .open {
                compare(step)
            }
        }
        return changes
    }
}

/// Which track each step of a map is of, by how many steps each track has.
package struct StepTracks: Sendable {
    /// For each track, the index behind that of its last step.
    private let ends: [Int]

    package init(_ lengths: [Int]) {
        var end = 0
        ends = lengths.map { length in
            end += length
            return end
        }
    }

    /// Whether the journey has these tracks.
    package func fit(_ journey: JourneyRecord) -> Bool {
        ends.count == journey.tracks.count && ends.last == journey.steps.count
    }

    /// The index of the track; the step's is one of the map's.
    package func track(of step: Int) -> Int {
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] <= step { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
