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

    /// Nil where nothing changed.
    ///
    /// - Parameter track: that of a step of a journey, by their indexes; nil where it is not known.
    package init?(
        from earlier: JourneyRecord?, to later: JourneyRecord?, track: (JourneyRecord, Int) -> Int?
    ) {
        // Without copies of the two, which hold a dozen things each: it is done with every moment.
        if let earlier, let later, earlier.phase == .active, later.phase == .active,
            later.goesOn(from: earlier)
        {
            let changes = later.changes(since: earlier, track)
            if changes.isEmpty { return nil }
            current = OnMap(version: later.version, changes: changes)
            return
        }
        let before = earlier?.phase == .active ? earlier : nil
        let after = later?.phase == .active ? later : nil
        if before == nil, after == nil {
            return nil
        }
        left = before.map { OnMap(version: $0.version, changes: $0.whereabouts(-1, track)) }
        current = after.map { OnMap(version: $0.version, changes: $0.whereabouts(1, track)) }
    }

    /// What a moment of the engine changed.
    ///
    /// - Parameter journey: as it is recorded after it.
    init?(of moment: borrowing Moment, to journey: JourneyRecord?) {
        let before = moment.leadBefore?.journey
        let after = moment.lead.journey
        // Most moments of some workloads touch no step, and arrays that share their storage are compared at once.
        if let before, let after, before.number == after.number, before.phase == after.phase,
            before.steps == after.steps
        {
            return nil
        }
        self.init(from: before.map(JourneyRecord.init), to: journey) { recorded, step in
            let definition =
                recorded.version == after?.definition.version ? after?.definition : before?.definition
            return definition?.steps[step].track
        }
    }
}

extension JourneyRecord {
    /// Where a lead is on it: each step that is open, and the journey itself.
    package func whereabouts(_ count: Int, _ track: (JourneyRecord, Int) -> Int?) -> [StepChanges.Change] {
        var changes = [StepChanges.Change(step: StepChanges.journey, slot: nil, count: count)]
        for step in steps.indices where steps[step] == .open {
            changes.append(.init(step: step, slot: slot(step, track), count: count))
        }
        return changes
    }

    fileprivate func slot(_ step: Int, _ track: (JourneyRecord, Int) -> Int?) -> OpeningSlot? {
        track(self, step).flatMap { opened[$0] }.map { OpeningSlot($0) }
    }

    fileprivate func goesOn(from earlier: JourneyRecord) -> Bool {
        number == earlier.number && version == earlier.version && steps.count == earlier.steps.count
    }

    fileprivate func changes(
        since earlier: JourneyRecord, _ track: (JourneyRecord, Int) -> Int?
    ) -> [StepChanges.Change] {
        var changes: [StepChanges.Change] = []
        func compare(_ step: Int) {
            let before = earlier.steps[step] == .open
            let after = steps[step] == .open
            if before, !after || earlier.slot(step, track) != slot(step, track) {
                changes.append(.init(step: step, slot: earlier.slot(step, track), count: -1))
            }
            if after, !before || earlier.slot(step, track) != slot(step, track) {
                changes.append(.init(step: step, slot: slot(step, track), count: 1))
            }
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

    /// Nil for a journey that has other tracks or steps.
    package func track(of step: Int, in journey: JourneyRecord) -> Int? {
        guard ends.count == journey.tracks.count, ends.last == journey.steps.count else { return nil }
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] <= step { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
