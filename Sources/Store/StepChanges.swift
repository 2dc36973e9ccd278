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
/// It shares the parts of the journey, and copies nothing of them: two of them are made with every moment.
package struct Whereabouts: Sendable {
    private let map: Map
    private let number: Int
    private let steps: [Journey.StepState]
    /// By the index of the track.
    private let opened: [Int: Timestamp]

    private enum Map {
        case known(MapDefinition)
        /// Nil where it is not known which track a step is of.
        case stored(MapVersion, StepTracks?)
    }

    /// Nil for a journey that is over.
    init?(_ journey: Journey) {
        guard journey.isActive else { return nil }
        map = .known(journey.definition)
        number = journey.number
        steps = journey.steps
        opened = journey.opened
    }

    /// Nil for a journey that is over.
    ///
    /// - Parameter tracks: of the journey's map; nil where they are not known.
    package init?(_ journey: JourneyRecord, _ tracks: StepTracks?) {
        guard journey.phase == .active else { return nil }
        map = .stored(journey.version, tracks.flatMap { $0.fit(journey) ? $0 : nil })
        number = journey.number
        steps = journey.steps
        opened = journey.opened
    }

    package var version: MapVersion {
        switch map {
        case .known(let map): map.version
        case .stored(let version, _): version
        }
    }

    /// All of it, for so many leads more.
    package func all(_ count: Int) -> [StepChanges.Change] {
        var changes = [StepChanges.Change(step: StepChanges.journey, slot: nil, count: count)]
        for step in steps.indices where steps[step] == .open {
            changes.append(.init(step: step, slot: slot(of: step), count: count))
        }
        return changes
    }

    private func slot(of step: Int) -> OpeningSlot? {
        let track: Int
        switch map {
        case .known(let map): track = map.steps[step].track
        case .stored(_, let tracks?): track = tracks.track(of: step)
        case .stored(_, nil): return nil
        }
        return opened[track].map { OpeningSlot($0) }
    }

    fileprivate func goesOn(from earlier: Self) -> Bool {
        number == earlier.number && isOnMap(of: earlier) && steps.count == earlier.steps.count
    }

    private func isOnMap(of other: Self) -> Bool {
        if case .known(let one) = map, case .known(let another) = other.map, one === another { return true }
        return version == other.version
    }

    fileprivate func changes(since earlier: Self) -> [StepChanges.Change] {
        var changes: [StepChanges.Change] = []
        func compare(_ step: Int) {
            let before = earlier.steps[step] == .open
            let after = steps[step] == .open
            let left = before ? earlier.slot(of: step) : nil
            let came = after ? slot(of: step) : nil
            if before, after, left == came { return }
            if before { changes.append(.init(step: step, slot: left, count: -1)) }
            if after { changes.append(.init(step: step, slot: came, count: 1)) }
        }
        if opened == earlier.opened {
            var next = firstDifference(of: steps, from: earlier.steps, after: 0)
            while let step = next {
                compare(step)
                next = firstDifference(of: steps, from: earlier.steps, after: step + 1)
            }
        } else {
            for step in steps.indices where steps[step] == .open || earlier.steps[step] == .open {
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
