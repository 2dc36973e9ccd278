public import Journeys
import Synchronization

// Where leads are, which a store in memory finds by looking at each.

extension MemoryStore {
    public func stepCounts(of map: MapID) -> [StepCounts] {
        contents.withLock { contents in
            var counts: [MapVersion: StepCounts] = [:]
            for journey in contents.activeJourneys where journey.map == map {
                let tracks = contents.maps[journey.version]?.trackLengths.map(StepTracks.init)
                var onVersion = counts[journey.version] ?? StepCounts(of: journey.version)
                for one in Whereabouts(journey, tracks)?.all(1) ?? [] {
                    if one.step == StepChanges.journey {
                        onVersion.leads += 1
                    } else {
                        onVersion.steps[one.step, default: OpeningTimes()].add(1, in: one.slot)
                    }
                }
                counts[journey.version] = onVersion
            }
            return counts.values.sorted { $0.version < $1.version }
        }
    }

    public func activeLeads(on maps: [MapID]) -> [MapID: Int] {
        contents.withLock { contents in
            let wanted = Set(maps)
            var counts: [MapID: Int] = [:]
            for journey in contents.activeJourneys where wanted.contains(journey.map) {
                counts[journey.map, default: 0] += 1
            }
            return counts
        }
    }
}

extension MemoryStore.Contents {
    fileprivate var activeJourneys: some Sequence<JourneyRecord> {
        leads.values.lazy.compactMap(\.lead.journey).filter { $0.phase == .active }
    }
}
