package import Journeys
import Store
import Values
import Workspace

/// One journey of a lead, as its moments tell of it.
package struct Visit: Sendable {
    /// The journey's number among its lead's.
    package let number: Int
    /// The map in the version that the journey began with (R19).
    package let definition: MapDefinition
    /// In the order in which they fired.
    let events: [EventLine]
    /// The calls that its events needed, in the order of their moments: also those that ran again for an incident (R36).
    let calls: [CallLine]
    /// In the order of their moments.
    let incidents: [IncidentLine]
}

/// Reads a visit from the lead's moments, the newest first, so that what is asked most takes the least time.
struct VisitReading {
    private let record: LeadRecord
    private let maps: KeptMaps
    private let store: any StoreReader
    private let wanted: Int
    /// The number of the journey that the line which was looked at last belongs to.
    private var number: Int
    /// The moment in which the journey behind the wanted one began.
    private var next: Int?
    private var events: [EventLine] = []
    private var calls: [CallLine] = []
    private var incidents: [IncidentLine] = []
    /// Calls and incidents of later moments, which may be of an event of the visit.
    private var laterCalls: [CallLine] = []
    private var laterIncidents: [IncidentLine] = []
    private var isWhole = false

    /// - Parameter number: of the lead's journey; nil for its last.
    static func visit(
        _ number: Int?, of record: LeadRecord, on maps: KeptMaps, in store: any StoreReader
    ) throws(ExplainFault) -> Visit {
        guard let journey = record.journey else { throw .neverOnMap }
        let wanted = number ?? journey.number
        guard (1...journey.number).contains(wanted) else { throw .noJourney(last: journey.number) }
        var reading = VisitReading(
            record: record, maps: maps, store: store, wanted: wanted, number: journey.number)
        do throws(StoreError) {
            try reading.read()
        } catch {
            throw .store(error)
        }
        guard reading.isWhole else { throw .notKept(wanted) }
        return try reading.visit(last: journey)
    }

    private init(record: LeadRecord, maps: KeptMaps, store: any StoreReader, wanted: Int, number: Int) {
        self.record = record
        self.maps = maps
        self.store = store
        self.wanted = wanted
        self.number = number
    }

    private mutating func read() throws(StoreError) {
        try store.newestMoments(of: record) { moment in
            for line in moment.journal.reversed() where !isWhole {
                take(JournalLine(reading: line), of: moment.number)
            }
            return !isWhole
        }
    }

    private mutating func take(_ line: JournalLine, of moment: Int) {
        let isOfVisit = number == wanted
        switch line {
        case .call(let call):
            if isOfVisit { calls.append(call) } else { laterCalls.append(call) }
        case .incident(let incident):
            if isOfVisit { incidents.append(incident) } else { laterIncidents.append(incident) }
        case .event(let event):
            if isOfVisit { events.append(event) }
            guard case .mapOpen = event.name else { return }
            if isOfVisit {
                isWhole = true
            } else {
                number -= 1
                next = moment
            }
        case .conflict, .delivery, .todo, .refused, .repeated, .released, .unreadable: return
        }
    }

    private func visit(last: JourneyRecord) throws(ExplainFault) -> Visit {
        let seqs = Set(events.compactMap(\.seq))
        func isOfVisit(_ seq: Int?) -> Bool { seq.map(seqs.contains) ?? false }
        // A call that ran again is among the lines of whatever journey the lead was on by then.
        let calls =
            laterCalls.filter { isOfVisit($0.seq) } + calls.filter { $0.seq == nil || isOfVisit($0.seq) }
        let incidents =
            laterIncidents.filter { isOfVisit($0.seq) }
            + incidents.filter { $0.seq == nil || isOfVisit($0.seq) }
        do throws(StoreError) {
            return Visit(
                number: wanted, definition: try definition(last: last), events: events.reversed(),
                calls: calls.sortedByMoment(\.moment), incidents: incidents.sortedByMoment(\.moment))
        } catch {
            throw .store(error)
        }
    }

    private func definition(last: JourneyRecord) throws(StoreError) -> MapDefinition {
        guard let map = events.last?.map else { throw .damaged("a journey has no map") }
        if wanted == last.number { return try maps.definition(of: last.map, in: last.version) }
        if let next {
            if next > 1, let journey = try store.lead(record.id, after: next - 1)?.journey,
                journey.number == wanted
            {
                return try maps.definition(of: journey.map, in: journey.version)
            }
            // It began and was over within one moment, which kept the maps whose triggers it looked at.
            let moment = try store.moments(of: record.id, from: next, limit: 1).first
            let kept = moment?.provenance?.maps.last { sameBytes($0.map, map.text) }
            if let kept { return try maps.definition(of: map, in: MapVersion(kept.version)) }
        }
        return try maps.newest(map)
    }
}

extension Array {
    /// What was collected backwards, in the order of the moments, and within one in the order of its lines.
    fileprivate func sortedByMoment(_ moment: (Element) -> Int) -> [Element] {
        reversed().enumerated().sorted {
            let (one, other) = (moment($0.element), moment($1.element))
            return one == other ? $0.offset < $1.offset : one < other
        }.map(\.element)
    }
}
