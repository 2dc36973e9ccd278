import GRDB
import Journeys
import Store
import Values

/// Holds the counts of leads at steps against the leads' records: each lead is taken out of where its record says that it
/// is, and then none is left.
struct StepAudit {
    /// By the maps' versions and the steps.
    private var left: [MapVersion: [Int: OpeningTimes]] = [:]
    private var tracks: [MapVersion: StepTracks?] = [:]
    private let counters: StepCounters
    /// The versions whose counts are not what the records say.
    private var wrong: Set<MapVersion> = []
    /// Leads whose records do not read back: they may be counted or not.
    private var unreadable = 0
    /// What of all counts does not read back.
    private var damage: String?

    init(on db: Database) throws {
        counters = StepCounters(on: db)
        var damaged: Set<MapVersion> = []
        do {
            left = try counters.all { damaged.insert($0) }
        } catch let error as StoreError where error.code == .damaged {
            damage = error.message
        }
        wrong = damaged
        let others = try PreparedStatement(
            """
            SELECT counted.version FROM step_counts AS counted JOIN maps ON maps.version = counted.version
            WHERE maps.map <> counted.map
            """, on: db
        ).rows { MapVersion(try $0.text(0)) }
        wrong.formUnion(others)
    }

    mutating func take(_ lead: LeadRecord) throws {
        guard damage == nil, let journey = lead.journey else { return }
        let version = journey.version
        if tracks[version] == nil { tracks[version] = .some(try counters.tracks(of: version)) }
        for one in Whereabouts(journey, tracks[version] ?? nil)?.all(-1) ?? [] {
            let isThere = left[version, default: [:]][one.step, default: OpeningTimes()].add(-1, in: one.slot)
            if !isThere { wrong.insert(version) }
        }
    }

    /// A lead whose record does not read back.
    mutating func passOver() { unreadable += 1 }

    /// What is wrong, each in a sentence.
    func mistakes() throws -> [String] {
        if let damage { return ["The counts of leads at steps are damaged: \(damage)"] }
        let remaining = left.filter { $0.value.values.contains { $0.leads > unreadable } }
        return try wrong.union(remaining.keys).sorted().compactMap { version in
            // Of a version that is not kept, nobody is counted.
            guard let map = try counters.map(of: version) else { return nil }
            return
                "The counts of leads at steps of the map \(map.quotedForMessage) in version \(version.text.quotedForMessage) are damaged: the leads' records say otherwise"
        }
    }
}
