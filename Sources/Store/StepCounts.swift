public import Journeys

/// How many leads are on a version of a map, and at which of its steps.
public struct StepCounts: Sendable, Hashable {
    public let version: MapVersion
    /// Those whose journey on it is active.
    public var leads = 0
    /// By the indexes of the steps that are open for somebody.
    public var steps: [Int: OpeningTimes] = [:]

    package init(of version: MapVersion) { self.version = version }

    /// Nobody is on it.
    package var isEmpty: Bool { leads == 0 && steps.isEmpty }

    /// - Parameter step: the index of one, or ``StepChanges/journey``.
    package mutating func add(_ times: OpeningTimes, at step: Int) {
        if step == StepChanges.journey { leads = times.leads } else if !times.isEmpty { steps[step] = times }
    }
}
