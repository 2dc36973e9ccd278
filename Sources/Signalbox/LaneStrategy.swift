import Journeys
import Plugins
import Store

/// What depends on whether an engine has one lane or many, in one place.
///
/// With one lane moments are committed in the order in which they are computed. So everything is counted when it
/// is computed, and the same commands always give the same. With many lanes the order is known at the commit.
struct LaneStrategy: Sendable {
    let laneCount: Int
    /// What plugins keep for all leads, as calls see it.
    let values: any PluginValues
    private let incidents: IncidentNumbers
    private let quarantine: QuarantineLedger

    /// How many numbers for incidents one of many lanes takes at once.
    private static let incidentBlockLength = 64

    init(lanes: Int, store: any MomentStore, quarantine: QuarantineLedger) throws(StoreError) {
        laneCount = lanes
        self.quarantine = quarantine
        let isSingle = lanes == 1
        values = isSingle ? SingleLaneValues(store) : MultiLaneValues(store)
        // One by one there are no gaps, and the numbers rise with the moments.
        incidents = IncidentNumbers(
            next: try store.nextIncident(), blockLength: isSingle ? 1 : Self.incidentBlockLength)
    }

    private var isSingle: Bool { laneCount == 1 }

    /// The lane that has the lead's partition.
    func lane(of lead: LeadID) -> Int { Partition(lead).number % laneCount }

    /// Whether lanes write their moments' journals, and what moments changed of their leads' records and of the steps that
    /// are open: many lanes have more time for it than the one thread that commits, and one lane has less.
    var lanesWriteRecords: Bool { !isSingle }

    /// For a lane, or for the committer.
    func incidentBlock() -> IncidentBlock { IncidentBlock(incidents) }

    // MARK: Quarantine (R35)

    /// Judges the calls of a moment that was just computed where that is the order of the commits. Returns what is to
    /// be stored of it with the moment, and the calls that are to be judged at the commit.
    func judge(
        computed calls: [PluginCall]
    ) -> (changes: [MomentRecord.ValueChange], unjudged: [PluginCall]) {
        isSingle ? (quarantine.judge(calls), []) : ([], calls)
    }

    /// A lane forgets what it computed.
    func forgetComputed() {
        if isSingle { quarantine.forget() }
    }

    // MARK: Conflicts

    /// What has to be computed again when a moment cannot be committed.
    enum Dependents {
        /// What came after it of its lead: no other lead saw anything of it.
        case lead
        /// Everything that came after it: calls saw what it left, and commands may build on it.
        case everything
    }

    var dependents: Dependents { isSingle ? .everything : .lead }
}
