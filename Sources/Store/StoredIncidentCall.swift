import Values

/// The keys under which an incident keeps what its call saw, where incidents of one moment may share it.
package enum StoredIncidentCall {
    package static let lead = "lead"
    package static let event = "event"
    /// The number of the incident that keeps the lead for this one too.
    package static let leadOf = "lead_of"
    /// The same of the event.
    package static let eventOf = "event_of"
}

extension StateReader {
    /// The incident with everything that another one keeps for it in its own details.
    package func whole(_ incident: IncidentRecord) throws(StoreError) -> IncidentRecord {
        guard var details = incident.details.table else { return incident }
        for (key, reference) in [
            (StoredIncidentCall.lead, StoredIncidentCall.leadOf),
            (StoredIncidentCall.event, StoredIncidentCall.eventOf),
        ] {
            guard let number = details[reference]?.integer else { continue }
            let keeper = try self.incident(Int(number))
            details[reference] = nil
            guard keeper?.lead == incident.lead else { continue }
            details[key] = keeper?.details.table?[key]
        }
        var whole = incident
        whole.details = .table(details)
        return whole
    }
}
