import Journeys
import Store
import Values

extension ResultRow {
    func timestamp(_ column: Int) -> Timestamp {
        Timestamp(milliseconds: Int64(integer(column)))
    }

    func leadID(_ column: Int) throws(StoreError) -> LeadID {
        guard let id = LeadID(text(column)) else { throw .damaged("a lead has an id that no lead can have") }
        return id
    }

    func table(_ column: Int) throws(StoreError) -> Table {
        guard let table = try Value(storedJSON: bytes(column)).table else {
            throw .damaged("a stored value is not a table")
        }
        return table
    }

    func outgoingKind(_ column: Int) throws(StoreError) -> Outgoing.Kind {
        guard let kind = Outgoing.Kind(rawValue: text(column)) else {
            throw .damaged("a delivery has a kind that does not exist")
        }
        return kind
    }

    func lines(_ column: Int) -> [String] { bytes(column).storedJournalLines }
}

extension IncidentRecord {
    init(_ row: ResultRow) throws(StoreError) {
        self.init(
            number: row.integer(0), lead: try row.leadID(1), moment: row.integer(2), index: row.integer(3),
            at: row.timestamp(4), reason: row.text(5), message: row.text(6), traceback: row.optionalText(7),
            trigger: row.optionalText(8), run: row.optionalText(9), plugin: row.optionalText(10),
            pluginVersion: row.optionalText(11), pluginHash: row.optionalText(12),
            seq: row.optionalInteger(13),
            event: row.optionalText(14), details: try Value(storedJSON: row.bytes(15)))
    }
}
