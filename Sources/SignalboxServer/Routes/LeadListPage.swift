import Journeys
import Store
import Values
import Workspace

/// A part of the list of leads, and where the list goes on.
struct LeadListPage: Sendable {
    var leads: [LeadSummary] = []
    /// Those whose turn came, and whose records do not read back.
    var damaged: [DamagedLead] = []
    /// The lead behind which the list goes on; nil at its end.
    var next: LeadID?

    init() {}

    init(
        of store: any StoreReader, matching filter: LeadFilter, after: LeadID?, limit: Int
    ) throws(StoreError) {
        let found = try store.leads(matching: filter, after: after, limit: limit + 1) { damaged.append($0) }
        leads = Array(found.prefix(limit))
        if found.count > limit { next = leads.last?.id }
    }
}

/// Looks for the leads at a step. No index has the steps of leads, so they are looked at one after the other, for a limited
/// time: a page may have fewer than there are, and still go on.
struct StepSearch {
    private let filter: LeadFilter
    private let step: String
    private let store: any Store
    private let isOver: () -> Bool

    /// How long it looks, and a few leads more.
    private static let time = Duration.milliseconds(100)
    /// How many leads are read at once.
    private static let readTogether = 100

    /// - Parameters:
    ///   - filter: names the map.
    ///   - isOver: whether its time is over; nil for ``time`` from now on.
    init(
        for step: String, matching filter: LeadFilter, in store: any Store, until isOver: (() -> Bool)? = nil
    ) {
        self.step = step
        self.filter = filter
        self.store = store
        let end = ContinuousClock.now + Self.time
        self.isOver = isOver ?? { ContinuousClock.now >= end }
    }

    func page(after: LeadID?, limit: Int) throws(StoreError) -> LeadListPage {
        var page = LeadListPage()
        var steps: [MapVersion: Int?] = [:]
        var last = after
        // What the filter passes over takes time too; only those with a held track have an index.
        let read = LeadFilter(isHeld: filter.isHeld == true ? true : nil)
        while true {
            let leads = try store.leads(matching: read, after: last, limit: Self.readTogether) {
                page.damaged.append($0)
            }
            for lead in leads {
                last = lead.id
                if try isAtStep(lead, &steps) { page.leads.append(lead) }
                if page.leads.count == limit { break }
            }
            let isFull = page.leads.count == limit
            if leads.count < Self.readTogether, !isFull { return page }
            guard isFull || isOver() else { continue }
            page.next = last
            // The others come with the next page.
            page.damaged.removeAll { compareBytes($0.lead, last?.text ?? "") > 0 }
            return page
        }
    }

    private func isAtStep(_ lead: LeadSummary, _ steps: inout [MapVersion: Int?]) throws(StoreError) -> Bool {
        guard lead.isActive, lead.map == filter.map, let record = try store.lead(lead.id),
            filter.matches(record), let journey = record.journey
        else { return false }
        let index: Int?
        if let known = steps[journey.version] {
            index = known
        } else {
            index = try self.index(in: journey.version)
            steps[journey.version] = .some(index)
        }
        guard let index, journey.steps.indices.contains(index) else { return false }
        return journey.steps[index] == .open
    }

    /// The step's place in a version of the map; nil where it does not have the step.
    private func index(in version: MapVersion) throws(StoreError) -> Int? {
        guard let kept = try store.map(version) else { return nil }
        return (try? MapDefinition(kept: kept.source, file: kept.file))?.index(ofText: step)
    }
}
