import Journeys
import Store
import Values

/// What a bulk would be for, the first first.
struct BulkItems: Sendable {
    private(set) var items: [NewBulk.Item] = []
    /// Some of them as their list shows them.
    private(set) var samples: [Sample] = []

    private static let sampleLimit = 20

    enum Sample: Sendable {
        case incident(IncidentRecord)
        case delivery(StoredDelivery)
    }

    /// Reads what is wanted, in the order in which it came. Throws ``ProblemReason/tooMany`` where there is more than a
    /// bulk may have.
    init(_ wanted: BulkRequest.Wanted, in store: any Store) throws {
        var isTooMuch = false
        switch wanted {
        case .incidents(let filter):
            try store.visitIncidents(matching: filter) { incident in
                isTooMuch = !add(NewBulk.Item(incident.number, of: incident.lead), .incident(incident))
                return !isTooMuch
            }
        case .deliveries(let filter, let states):
            try store.visitDeliveries(matching: filter, in: states) { delivery in
                isTooMuch = !add(NewBulk.Item(delivery.row, of: delivery.id.lead), .delivery(delivery))
                return !isTooMuch
            }
        }
        if isTooMuch { throw Self.tooMany }
        items.sort { $0.number < $1.number }
    }

    /// False when there is no room for it.
    private mutating func add(_ item: NewBulk.Item, _ sample: @autoclosure () -> Sample) -> Bool {
        guard items.count < BulkRequest.countLimit else { return false }
        items.append(item)
        if samples.count < Self.sampleLimit { samples.append(sample()) }
        return true
    }

    private static let tooMany = Problem(
        .tooMany, "there are more than \(BulkRequest.countLimit), the most that one bulk can have")
}

extension BulkItems.Sample {
    func write(to writer: inout JSONWriter) {
        switch self {
        case .incident(let incident): incident.write(to: &writer, isWhole: false)
        case .delivery(let delivery):
            writer.beginObject()
            delivery.writeMembers(to: &writer, attempts: nil)
            writer.endObject()
        }
    }
}
