import Journeys
import Store
import Values

extension ResultRow {
    func leadID(_ column: Int) throws(StoreError) -> LeadID {
        guard let id = LeadID(try text(column)) else {
            throw .damaged("a lead has an id that no lead can have")
        }
        return id
    }

    func table(_ column: Int) throws(StoreError) -> Table {
        guard let table = try Value(storedJSON: try bytes(column)).table else {
            throw .damaged("a stored value is not a table")
        }
        return table
    }

    func outgoingKind(_ column: Int) throws(StoreError) -> Outgoing.Kind {
        guard let kind = Outgoing.Kind(rawValue: try text(column)) else {
            throw .damaged("a delivery has a kind that does not exist")
        }
        return kind
    }

    func deliveryState(_ column: Int) throws(StoreError) -> DeliveryState {
        guard let state = DeliveryState(rawValue: try text(column)) else {
            throw .damaged("a delivery has a state that does not exist")
        }
        return state
    }

    func attemptOutcome(_ column: Int) throws(StoreError) -> DeliveryAttempt.Outcome? {
        guard let text = try optionalText(column) else { return nil }
        guard let outcome = DeliveryAttempt.Outcome(rawValue: text) else {
            throw .damaged("an attempt to deliver has an outcome that does not exist")
        }
        return outcome
    }

    func incidentState(_ name: Int, _ number: Int) throws(StoreError) -> IncidentState {
        guard let known = IncidentState.Name(rawValue: try text(name)),
            let state = IncidentState(known, try optionalCount(number))
        else { throw .damaged("an incident has a state that no incident can have") }
        return state
    }

    func lines(_ column: Int) throws(StoreError) -> [String] { try bytes(column).storedJournalLines }
}

extension IncidentRecord {
    init(_ row: ResultRow) throws(StoreError) {
        self.init(
            number: try row.count(0), lead: try row.leadID(1), moment: try row.count(2),
            index: try row.count(3), at: try row.timestamp(4), reason: try row.text(5),
            message: try row.text(6), traceback: try row.optionalText(7), trigger: try row.optionalText(8),
            run: try row.optionalText(9), plugin: try row.optionalText(10),
            pluginVersion: try row.optionalText(11), pluginHash: try row.optionalText(12),
            seq: try row.optionalCount(13), event: try row.optionalText(14),
            details: try Value(storedJSON: try row.bytes(15)), state: try row.incidentState(16, 17))
    }
}
