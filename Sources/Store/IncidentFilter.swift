public import Journeys
public import Values

/// Which incidents are wanted. What is nil does not matter.
public struct IncidentFilter: Sendable {
    public var lead: LeadID?
    public var state: IncidentState.Name?
    public var plugin: String?
    /// The action or decider, as `FunctionName` is written.
    public var run: String?
    public var reason: String?
    public var since: Timestamp?

    public init() {}

    /// The lead and the state are the store's to look for.
    fileprivate func matches(_ incident: IncidentRecord) -> Bool {
        func matches(_ wanted: String?, _ text: String?) -> Bool {
            wanted.map { wanted in text.map { sameBytes($0, wanted) } ?? false } ?? true
        }
        return matches(plugin, incident.plugin) && matches(run, incident.run)
            && matches(reason, incident.reason) && since.map { incident.at >= $0 } ?? true
    }
}

extension StoreReader {
    /// Hands over incidents one after the other, the latest first, those with a number below `before`, until `visit`
    /// answers that it wants no more.
    public func visitIncidents(
        matching filter: IncidentFilter, before: Int? = nil, _ visit: (IncidentRecord) -> Bool
    ) throws(StoreError) {
        let readTogether = 500
        var before = before
        while true {
            let page = try incidents(
                of: filter.lead, in: filter.state, before: before, limit: readTogether)
            for incident in page where filter.matches(incident) {
                guard visit(incident) else { return }
            }
            guard page.count == readTogether, let last = page.last else { return }
            before = last.number
        }
    }

    /// The latest first, those with a number below `before`, at most `limit`.
    public func incidents(
        matching filter: IncidentFilter, before: Int? = nil, limit: Int
    ) throws(StoreError) -> [IncidentRecord] {
        var found: [IncidentRecord] = []
        if limit == 0 { return found }
        try visitIncidents(matching: filter, before: before) { incident in
            found.append(incident)
            return found.count < limit
        }
        return found
    }
}
