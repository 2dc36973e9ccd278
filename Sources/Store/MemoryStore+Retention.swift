import Journeys
import Synchronization
public import Values

extension MemoryStore {
    public func remove(
        _ kind: RetentionKind, before time: Timestamp, after place: Int?, limit: Int, at now: Timestamp
    ) -> RetentionStep {
        contents.withLock { contents in
            let step =
                switch kind {
                case .history: contents.removeHistory(before: time, limit: limit)
                case .deliveries: contents.removeDeliveries(before: time, after: place ?? 0, limit: limit)
                case .incidents: contents.removeIncidents(before: time, after: place ?? 0, limit: limit)
                case .ids: contents.removeIDs(before: time, limit: limit)
                }
            if !step.removal.isEmpty { contents.access.append(AuditEntry(aged: step.removal, at: now)) }
            return step
        }
    }
}

extension MemoryStore.Contents {
    /// Looks at the moments behind `position` in the order of their commits.
    private func moments(
        behind position: Int, before time: Timestamp, limit: Int
    ) -> (commits: ArraySlice<(lead: LeadID, index: Int)>, isDone: Bool) {
        let next = commits.dropFirst(position).prefix(limit)
        let old = next.prefix { (leads[$0.lead]?.moments[$0.index].at ?? time) < time }
        return (old, old.count < next.count || next.count < limit)
    }

    fileprivate mutating func removeHistory(before time: Timestamp, limit: Int) -> RetentionStep {
        let (old, isDone) = moments(behind: historyRemoved, before: time, limit: limit)
        var removal = Removal()
        for commit in old {
            guard var entry = leads.removeValue(forKey: commit.lead) else { continue }
            if commit.index >= entry.removedUpTo {
                entry.moments[commit.index].command = .table(Table())
                entry.moments[commit.index].journal = []
                entry.removedUpTo = commit.index + 1
                removal.moments += 1
            }
            leads[commit.lead] = entry
        }
        historyRemoved += old.count
        return RetentionStep(removal, next: isDone ? nil : historyRemoved)
    }

    fileprivate mutating func removeIDs(before time: Timestamp, limit: Int) -> RetentionStep {
        let (old, isDone) = moments(behind: idsRemoved, before: time, limit: limit)
        var removal = Removal()
        let moments = Set(old.map { [ExactText($0.lead.text), ExactText("\($0.index + 1)")] })
        for (key, command) in accepted
        where moments.contains([ExactText(key.lead.text), ExactText("\(command.moment)")]) {
            accepted[key] = nil
            removal.commandIDs += 1
        }
        idsRemoved += old.count
        return RetentionStep(removal, next: isDone ? nil : idsRemoved)
    }

    fileprivate mutating func removeDeliveries(
        before time: Timestamp, after row: Int, limit: Int
    ) -> RetentionStep {
        let next = outbox.deliveries.filter { $0.row > row }.prefix(limit)
        let old = next.prefix { $0.at < time }
        let rows = Set(old.filter { $0.state.isSettled && $0.changed < time }.map(\.row))
        var removal = Removal()
        removal.deliveries = outbox.remove { rows.contains($0.row) }
        let isDone = old.count < next.count || next.count < limit
        return RetentionStep(removal, next: isDone ? nil : old.last?.row)
    }

    fileprivate mutating func removeIncidents(
        before time: Timestamp, after number: Int, limit: Int
    ) -> RetentionStep {
        let next = incidents.values.filter { $0.number > number }.sorted { $0.number < $1.number }
            .prefix(limit)
        let old = next.prefix { $0.at < time }
        var removal = Removal()
        for incident in old where incident.state != .open {
            incidents[incident.number] = nil
            removal.incidents += 1
        }
        let isDone = old.count < next.count || next.count < limit
        return RetentionStep(removal, next: isDone ? nil : old.last?.number)
    }
}
