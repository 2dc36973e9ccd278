public import Journeys
import Synchronization
public import Values

/// A store that lasts as long as its process: for `simulate`, dry runs and tests.
public final class MemoryStore: Store {
    let contents = Mutex(Contents())

    public let pieceLimitBytes: Int

    public init(pieceLimitBytes: Int = .max) { self.pieceLimitBytes = pieceLimitBytes }

    struct Contents {
        var leads: [LeadID: Entry] = [:]
        var accepted: [CommandKey: AcceptedCommand] = [:]
        var values: [PluginValueKey: Value] = [:]
        var maps: [MapVersion: StoredMap] = [:]
        /// In the order in which they were first used.
        var sources: [StoredSource] = []
        var sourceIndexes: [[ExactText]: Int] = [:]
        /// By their numbers.
        var incidents: [Int: IncidentRecord] = [:]
        var lastIncident = 0
        var outbox = MemoryOutbox()
        var access = MemoryAccess()
        var bulks = MemoryBulks()
        /// In the order of their commits: each lead, and which of its moments.
        var commits: [(lead: LeadID, index: Int)] = []
        /// Of how many of them the texts, and the commands' ids, were removed for their age.
        var historyRemoved = 0
        var idsRemoved = 0

        /// Those that are not erased.
        var knownLeads: some Collection<Entry> { leads.values.lazy.filter { !$0.lead.isErased } }

        /// Nil for one that is erased too.
        subscript(known id: LeadID) -> Entry? {
            leads[id].flatMap { $0.lead.isErased ? nil : $0 }
        }
    }

    struct Entry {
        var lead: LeadRecord
        /// By the numbers of the moments after which they were so, from 1.
        var records: [LeadRecord] = []
        var moments: [StoredMoment] = []
        var notes: [StoredNote] = []
        var todos: [StoredTodo] = []
        /// Of the moments up to this one nothing is left but their numbers (R61).
        var removedUpTo = 0
    }

    // MARK: Committing

    public func commit(_ moments: [MomentRecord]) throws(StoreError) {
        try contents.withLock { contents throws(StoreError) in
            try contents.check(moments)
            let changes = ValueChanges(of: moments) { key, plugin in
                .value(contents.values[PluginValueKey(key, of: plugin)])
            }
            try changes.requireSums()
            for moment in moments { contents.keep(moment) }
            for result in changes.results {
                contents.values[result.key] = result.value
            }
        }
    }

    public func put(_ value: Value?, _ key: String, of plugin: String) throws(StoreError) {
        try value?.requireReadable()
        contents.withLock { $0.values[PluginValueKey(key, of: plugin)] = value }
    }

    public func dismiss(_ incidents: [Int]) -> Int {
        contents.withLock { contents in
            let open = Set(incidents).filter { contents.incidents[$0]?.state == .open }
            for number in open { contents.incidents[number]?.state = .dismissed }
            return open.count
        }
    }

    // MARK: Reading

    public func lead(_ id: LeadID) -> LeadRecord? {
        contents.withLock { $0[known: id]?.lead }
    }

    public func erased(_ id: LeadID) -> ErasedLead? {
        contents.withLock { contents in
            contents.leads[id].flatMap { $0.lead.isErased ? ErasedLead($0.lead) : nil }
        }
    }

    public func accepted(_ id: CommandID, of lead: LeadID) -> AcceptedCommand? {
        contents.withLock { $0.accepted[CommandKey(id, of: lead)] }
    }

    public func value(_ key: String, of plugin: String) -> Value? {
        contents.withLock { $0.values[PluginValueKey(key, of: plugin)] }
    }

    public func map(_ version: MapVersion) -> StoredMap? {
        contents.withLock { $0.maps[version] }
    }

    public func nextIncident() -> Int {
        contents.withLock { $0.lastIncident + 1 }
    }

    public func values(of plugin: String, after key: String?, limit: Int) -> [StoredValue] {
        let all = contents.withLock { contents in
            contents.values.filter { $0.key.plugin == ExactText(plugin) }
                .map { StoredValue(key: $0.key.key.text, value: $0.value) }
        }
        let sorted = all.filter { compareBytes($0.key, key ?? "") > 0 }
            .sorted { compareBytes($0.key, $1.key) < 0 }
        return Array(sorted.prefix(max(0, limit)))
    }

    /// Its leads are never damaged.
    public func leads(
        matching filter: LeadFilter, after: LeadID?, limit: Int, damaged: (DamagedLead) -> Void
    ) -> [LeadSummary] {
        leads(matching: filter, after: after, limit: limit)
    }

    public func leads(matching filter: LeadFilter, after: LeadID?, limit: Int) -> [LeadSummary] {
        contents.withLock { contents in
            contents.knownLeads
                .filter { entry in
                    guard filter.matches(entry.lead) else { return false }
                    return after.map { compareBytes(entry.lead.id.text, $0.text) > 0 } ?? true
                }
                .sorted { compareBytes($0.lead.id.text, $1.lead.id.text) < 0 }
                .prefix(limit)
                .compactMap { entry in
                    entry.moments.last.map { LeadSummary(entry.lead, changed: $0.at) }
                }
        }
    }

    public func heldLeads(after: LeadID?, limit: Int) -> [HeldLead] {
        contents.withLock { contents in
            let leads = contents.leads.values.map(\.lead)
                .filter { lead in
                    lead.isHeld && after.map { compareBytes(lead.id.text, $0.text) > 0 } ?? true
                }
                .sorted { compareBytes($0.id.text, $1.id.text) < 0 }
                .prefix(limit)
            if leads.isEmpty { return [] }
            var failed: [LeadID: IncidentRecord] = [:]
            for incident in contents.incidents.values
            where incident.isOfDecider && incident.number > failed[incident.lead]?.number ?? 0 {
                failed[incident.lead] = incident
            }
            return leads.map { lead in
                HeldLead(
                    id: lead.id, plugin: failed[lead.id]?.plugin, pluginHash: failed[lead.id]?.pluginHash)
            }
        }
    }

    public func versions(of kind: StoredVersion.Kind, named name: String?) -> [StoredVersion] {
        contents.withLock { contents in
            contents.sources.map(\.version).filter { version in
                version.kind == kind && name.map { sameBytes($0, version.name) } ?? true
            }
        }
    }

    public func source(of kind: StoredVersion.Kind, named name: String, hash: String) -> StoredSource? {
        contents.withLock { contents in
            contents.sourceIndexes[StoredVersion.key(kind, name, hash)].map { contents.sources[$0] }
        }
    }

    public func counts() -> StoreCounts {
        contents.withLock { contents in
            var leads: [LeadStatus: Int] = [:]
            var moments = 0
            for entry in contents.knownLeads {
                leads[entry.lead.status, default: 0] += 1
                moments += entry.lead.lastMoment
            }
            return StoreCounts(
                leads: leads, moments: moments, incidents: contents.incidents.count,
                outbox: contents.outbox.deliveries.count)
        }
    }

    public func moments(of lead: LeadID, from: Int, limit: Int) -> [StoredMoment] {
        contents.withLock { contents in
            guard let entry = contents[known: lead], limit > 0 else { return [] }
            // The first has the number 1.
            let end = from > Int.max - limit ? Int.max : max(1, from) + limit - 1
            return Array(entry.moments.prefix(end).dropFirst(max(entry.removedUpTo, from - 1)))
        }
    }

    public func committed(after position: Int, limit: Int) -> [CommittedMoment] {
        contents.withLock { contents in
            var moments: [CommittedMoment] = []
            for (place, commit) in contents.commits.enumerated().dropFirst(max(0, position)) {
                if moments.count >= limit { break }
                guard let entry = contents[known: commit.lead] else { continue }
                moments.append(
                    CommittedMoment(
                        position: place + 1, lead: commit.lead, journal: entry.moments[commit.index].journal))
            }
            return moments
        }
    }

    public func lastPosition() -> Int { contents.withLock { $0.commits.count } }

    public func lead(_ id: LeadID, after moment: Int) throws(StoreError) -> LeadRecord? {
        try contents.withLock { contents throws(StoreError) in
            guard let entry = contents[known: id], entry.records.indices.contains(moment - 1) else {
                return nil
            }
            if moment <= entry.removedUpTo, moment < entry.lead.lastMoment {
                throw .recordNotKept(id, moment)
            }
            return entry.records[moment - 1]
        }
    }

    public func incidents(of lead: LeadID?, before: Int?, limit: Int) -> [IncidentRecord] {
        incidents(of: lead, in: nil, before: before, limit: limit)
    }

    public func incidents(
        of lead: LeadID?, in state: IncidentState.Name?, before: Int?, limit: Int
    ) -> [IncidentRecord] {
        contents.withLock { contents in
            Array(
                contents.incidents.values
                    .filter {
                        $0.number < before ?? .max && $0.lead == lead ?? $0.lead
                            && $0.state.name == state ?? $0.state.name
                    }
                    .sorted { $0.number > $1.number }
                    .prefix(limit))
        }
    }

    public func incident(_ number: Int) -> IncidentRecord? {
        contents.withLock { $0.incidents[number] }
    }

    public func notes(of lead: LeadID) -> [StoredNote] {
        contents.withLock { $0.leads[lead]?.notes ?? [] }
    }

    public func todos(of lead: LeadID) -> [StoredTodo] {
        contents.withLock { $0.leads[lead]?.todos ?? [] }
    }
}

extension MemoryStore.Contents {
    /// Throws if the moments do not follow what is there.
    func check(_ moments: [MomentRecord]) throws(StoreError) {
        var lastMoments: [LeadID: Int] = [:]
        var commands: Set<CommandKey> = []
        var numbers: Set<Int> = []
        var versions: Set<MapVersion> = []
        for (index, moment) in moments.enumerated() {
            try moment.requireWhole()
            let lead = moment.leadID
            let last = lastMoments[lead] ?? leads[lead]?.lead.lastMoment ?? 0
            guard moment.number == last + 1 else {
                throw .conflict(moment, at: index, .outOfOrder(last: last))
            }
            lastMoments[lead] = moment.number
            versions.formUnion(moment.maps.map(\.version))
            if let version = moment.leadMapVersion {
                guard versions.contains(version) || maps[version] != nil else {
                    throw .conflict(moment, at: index, .mapMissing)
                }
            }
        }
        for (index, moment) in moments.enumerated() {
            guard let id = moment.command.id else { continue }
            let key = CommandKey(id, of: moment.leadID)
            guard accepted[key] == nil, commands.insert(key).inserted else {
                throw .conflict(moment, at: index, .commandIDTaken)
            }
        }
        var settled: Set<Int> = []
        for (index, moment) in moments.enumerated() {
            for row in moment.settledDeliveries.map(\.row) {
                guard outbox.isSending(row, of: moment.leadID), settled.insert(row).inserted else {
                    throw .conflict(moment, at: index, .deliveryChanged(row: row))
                }
            }
        }
        var todos: [LeadID: [StoredTodo]] = [:]
        for (index, moment) in moments.enumerated() {
            for incident in moment.incidents {
                guard incidents[incident.number] == nil, numbers.insert(incident.number).inserted else {
                    throw .conflict(moment, at: index, .incidentTaken(incident.number))
                }
            }
            try checkTodos(of: moment, at: index, in: &todos)
        }
    }

    /// - Parameter changed: the to-dos of the leads whose moments of the commit changed them, after these moments.
    private func checkTodos(
        of moment: MomentRecord, at index: Int, in changed: inout [LeadID: [StoredTodo]]
    ) throws(StoreError) {
        guard moment.changesTodos else { return }
        var todos = changed[moment.leadID] ?? leads[moment.leadID]?.todos ?? []
        for number in moment.doneTodos {
            guard todos.indices.contains(number - 1), todos[number - 1].done == nil else {
                throw .conflict(moment, at: index, .todoNotOpen(number))
            }
        }
        todos.apply(moment)
        changed[moment.leadID] = todos
    }

    mutating func keep(_ moment: MomentRecord) {
        let id = moment.leadID
        var entry = leads.removeValue(forKey: id) ?? MemoryStore.Entry(lead: moment.lead)
        entry.lead = moment.lead
        entry.records.append(moment.lead)
        entry.moments.append(
            StoredMoment(
                lead: id, number: moment.number, at: moment.at, command: moment.command.value,
                journal: moment.journal, provenance: moment.provenance))
        for (index, note) in moment.notes.enumerated() {
            entry.notes.append(
                StoredNote(
                    lead: id, moment: moment.number, number: index + 1, at: moment.at, by: note.by,
                    text: note.text))
        }
        if !moment.isLeadErased { entry.todos.apply(moment) }
        leads[id] = entry
        commits.append((id, entry.moments.count - 1))
        for settlement in moment.settledDeliveries { outbox.settle(settlement, at: moment.at) }
        outbox.append(moment.outgoing, at: moment.at)
        for settlement in moment.settlements { settle(settlement, in: moment) }
        for incident in moment.incidents {
            incidents[incident.number] = incident
            lastIncident = max(lastIncident, incident.number)
        }
        for map in moment.maps where maps[map.version] == nil { maps[map.version] = map }
        for source in moment.sources where sourceIndexes[source.version.key] == nil {
            sourceIndexes[source.version.key] = sources.count
            sources.append(source)
        }
        if let commandID = moment.command.id {
            accepted[CommandKey(commandID, of: id)] = AcceptedCommand(
                moment: moment.number, canonicalRequest: moment.command.canonicalRequest)
        }
        if let request = moment.audited {
            access.append(request.entry(of: moment.command, acceptedAs: moment.number, at: moment.at))
        }
        if moment.isLeadErased { erase(moment) }
    }

    private mutating func settle(_ settlement: MomentRecord.Settlement, in moment: MomentRecord) {
        switch settlement {
        case .incident(let number, let state):
            if incidents[number]?.lead == moment.leadID { incidents[number]?.state = state }
        case .decider(let trigger):
            for incident in incidents.values
            where incident.lead == moment.leadID && incident.state == .open
                && incident.trigger.map({ sameBytes($0, trigger) }) ?? false
            {
                incidents[incident.number]?.state = .retried(moment: moment.number)
            }
        }
    }
}
