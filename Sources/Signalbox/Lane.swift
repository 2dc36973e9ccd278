import Journeys
import Logging
import LuaSandbox
import Plugins
import Store
import Values
import Workspace

/// The part of the work that belongs to one thread: the states of its leads, and an arena for each plugin
/// that they needed. It computes moments and commits nothing.
///
/// Owner: one thread at a time.
final class Lane {
    private let context: EngineContext
    // Nothing of one thread's own is looked at while it changes: no need to have that checked with each command.
    private var generation: Generation
    /// That of the generation, in objects of the lane's own.
    private var rulebook: Rulebook
    /// How many generations were installed when it took up this one, or before.
    @exclusivity(unchecked) private var installedGenerations = 0
    private let runner: PluginRunner
    private let leadsKeptLimit: Int
    /// Which of the committer's epochs all that it remembers is of.
    private(set) var epoch = 0

    @exclusivity(unchecked) private var leads: [LeadID: Lead] = [:]
    /// Where the lead of the moment under way is among them; nil for one that is not.
    @exclusivity(unchecked) private var place: [LeadID: Lead].Index?
    /// Maps in versions that are not the current ones, for journeys that began with them (R19).
    private var formerMaps: [MapVersion: MapDefinition] = [:]
    private static let formerMapsLimit = 1_000
    /// The maps whose sources this lane knows to be stored.
    private var storedVersions: Set<MapVersion> = []
    /// The one that was looked for last: most moments are on the map of the moment before.
    @exclusivity(unchecked) private var lastMap: MapDefinition?
    @exclusivity(unchecked) private var used = UsedSources()
    /// The incidents that moments of this lane settled, which may not be in the store yet.
    private var settledIncidents: [Int: IncidentState] = [:]
    /// The to-dos that moments of this lane added and marked as done, by their leads.
    private var todos: [LeadID: LeadTodos] = [:]
    private var incidents: IncidentBlock
    private let cutOffs: MomentCutOffs
    /// The calls that the moment under way made.
    @exclusivity(unchecked) private var made: [PluginCall] = []
    @exclusivity(unchecked) private var lines = JournalLines()
    @exclusivity(unchecked) private var counts = CallCounts()
    /// Of the request that gave the command at work, for what is logged; nil for a command that came in another way.
    private var requestID: String?

    /// - Parameter makeRunner: is told what it is to ask before each call; nil for a runner of the lane's own.
    init(
        _ context: EngineContext, leadsKeptLimit: Int,
        makeRunner: ((_ isQuarantined: @escaping (LoadedPlugin) -> Bool) -> PluginRunner)? = nil
    ) {
        self.context = context
        self.leadsKeptLimit = leadsKeptLimit
        let generation = context.generation.current
        self.generation = generation
        let rulebook = generation.rulebook.apart()
        self.rulebook = rulebook
        incidents = context.strategy.incidentBlock()
        let cutOffs = MomentCutOffs(after: context.quarantine)
        self.cutOffs = cutOffs
        runner =
            makeRunner?({ cutOffs.isQuarantined($0) })
            ?? PluginRunner(generation.catalogue, for: rulebook) { cutOffs.isQuarantined($0) }
    }

    private var store: any MomentStore { context.store }

    /// The result of a command.
    struct Computed {
        let answer: Answer
        /// Of an accepted command: what is to be committed before the answer is given.
        var record: MomentRecord?
        /// The calls of plugins that the moment made.
        var calls: [PluginCall] = []
    }

    /// Runs one command. Throws only for a store that cannot be read; then nothing has changed.
    ///
    /// - Parameters:
    ///   - settlement: the end of an attempt, which an accepted command settles with its moment.
    ///   - requestID: of the request that gave it.
    func compute(
        _ command: Command, settling settlement: DeliverySettlement? = nil, requestID: String? = nil
    ) throws(StoreError) -> Computed {
        self.requestID = requestID
        adoptGeneration()
        if let id = command.id, let earlier = try context.ids.earlier(id, of: command.lead, in: store) {
            guard earlier.isRequest(of: command) else {
                return Computed(
                    answer: .refused(
                        Refusal(
                            .idReused,
                            "the id \(id.text.quotedForMessage) belongs to another command of the lead, moment \(earlier.moment)"
                        )))
            }
            return Computed(answer: .repeated(lead: command.lead, id: id, moment: earlier.moment))
        }
        var moment: Moment
        do throws(NotBegun) {
            moment = try begin(command)
        } catch {
            switch error {
            case .refused(let refusal): return Computed(answer: .refused(refusal))
            case .failed(let error): throw error
            }
        }
        try run(&moment)
        return try record(moment, settling: settlement)
    }

    /// Why no moment began.
    private enum NotBegun: Error {
        case refused(Refusal)
        /// The store cannot be read.
        case failed(StoreError)

        /// What is damaged of one lead refuses that lead's commands, and fails no other's.
        init(_ error: StoreError) {
            switch error.code {
            case .leadDamaged, .wrongMap:
                self = .refused(Refusal(.leadDamaged, "\(error.message); \(error.advice)"))
            case .noStore, .cannotOpen, .readOnly, .notAStore, .damaged, .newerVersion, .olderVersion,
                .locked, .serviceEnded, .full, .inputOutput, .conflict, .recordNotKept, .deliveryChanged,
                .tokenTaken, .noSuchToken,
                .invalidValue, .invalidSums:
                self = .failed(error)
            }
        }
    }

    private func begin(_ command: Command) throws(NotBegun) -> Moment {
        let lead: Lead?
        var recorded: Result<FailedCall, Refusal>?
        var objection: Refusal?
        do throws(StoreError) {
            lead = try self.lead(command.lead)
            if case .rerun(let number, let now, let again) = command.order, let lead {
                recorded = try recordedCall(of: number, now: now, again: again, of: lead)
            }
            if case .todoDone(let number) = command.order, let lead, !lead.isErased {
                objection = try self.objection(toDoing: number, of: lead)
            }
        } catch {
            throw NotBegun(error)
        }
        if let objection { throw .refused(objection) }
        let at = context.clock()
        do throws(Refusal) {
            if let lead, let recorded {
                let call = try recorded.get()
                return Moment(command, running: call, of: lead, at: at, under: rulebook)
            }
            return try Moment(command, of: lead, at: at, under: rulebook)
        } catch {
            throw .refused(error)
        }
    }

    /// Why the lead's to-do with this number cannot be marked as done; nil where it can.
    private func objection(toDoing number: Int, of lead: Lead) throws(StoreError) -> Refusal? {
        let known = todos[lead.id] ?? LeadTodos(after: lead.lastMoment)
        do throws(StoreError) {
            return known.objection(toDoing: number, among: try store.todos(of: lead.id))
        } catch {
            guard case .damaged = error.code else { throw error }
            throw .leadDamaged(lead.id, error.message)
        }
    }

    /// The call of an incident of the lead, to run again (R36).
    private func recordedCall(
        of number: Int, now: Bool, again: Bool, of lead: Lead
    ) throws(StoreError) -> Result<FailedCall, Refusal> {
        guard let incident = try store.incident(number), incident.lead == lead.id else {
            return .failure(Refusal(.unknownIncident, "the lead has no incident \(number)"))
        }
        let state = settledIncidents[number] ?? incident.state
        guard again || state == .open else {
            return .failure(
                Refusal(
                    .cannotRerun, "incident \(number) is not open: \(state); `again` runs its call once more")
            )
        }
        let whole = try store.whole(incident)
        let call: FailedCall?
        if now {
            do throws(Refusal) {
                call = try RecordedCalls.callNow(of: whole, on: lead, under: rulebook)
            } catch {
                return .failure(error)
            }
        } else {
            call = try RecordedCalls.call(of: whole) { map, version throws(StoreError) in
                try definition(of: map, in: version)
            }
        }
        guard let call else {
            let instead =
                incident.isOfDelivery
                ? "its delivery can be sent again" : "a held track is asked again by `retry`"
            return .failure(
                Refusal(
                    .cannotRerun, "incident \(number) keeps no call that could run again; \(instead)"))
        }
        return .success(call)
    }

    /// Whether it is time to ``forget()``, as soon as nothing that it computed waits for its commit.
    var isFull: Bool {
        !leads.isEmpty && max(leads.count, settledIncidents.count) >= leadsKeptLimit
    }

    /// Forgets the states of its leads, which are read again when they are needed. What depends on
    /// moments that are on their way to the store would be lost; what depends on a failed commit must be.
    func forget(epoch: Int = 0) {
        self.epoch = epoch
        context.strategy.forgetComputed()
        leads.removeAll(keepingCapacity: true)
        settledIncidents.removeAll(keepingCapacity: true)
        todos.removeAll(keepingCapacity: true)
        storedVersions.removeAll()
        lastMap = nil
        used.forget()
    }

    /// Forgets the states of these leads alone.
    func forget(_ lost: Set<LeadID>) {
        for lead in lost {
            leads[lead] = nil
            todos[lead] = nil
        }
        settledIncidents.removeAll(keepingCapacity: true)
    }

    /// Takes up the newest generation, between two moments (R41).
    private func adoptGeneration() {
        guard let current = context.generation.newer(than: &installedGenerations), current !== generation
        else { return }
        rulebook = current.rulebook.apart(reusing: (rulebook, of: generation.rulebook))
        generation = current
        runner.adopt(current.catalogue, for: rulebook)
        used.forget()
        cutOffs.forget()
    }

    /// Gives the moment what it needs until it is done.
    private func run(_ moment: inout Moment) throws(StoreError) {
        cutOffs.begin()
        made.removeAll(keepingCapacity: true)
        var clock = MomentClock(limit: rulebook.momentLimits.time)
        while true {
            switch moment.next() {
            case .done:
                return
            case .decision(let request, let snapshot):
                let run = try run(request, seeing: snapshot, in: moment)
                moment.decided(run.result, using: clock.time())
            case .calls:
                break
            }
            while let run = try runNextCall(of: moment) { moment.returned(run.result, using: clock.time()) }
        }
    }

    /// Nil when the instant has no more calls. What the call sees is held only while it runs: with the last result the
    /// lead changes where it lies.
    private func runNextCall(of moment: Moment) throws(StoreError) -> PluginRunner.Run? {
        guard let (request, snapshot) = moment.nextCall else { return nil }
        return try run(request, seeing: snapshot, in: moment)
    }

    private func run(
        _ request: CallRequest, seeing snapshot: Snapshot, in moment: Moment
    ) throws(StoreError) -> PluginRunner.Run {
        var failure: StoreError?
        let allowance = PluginRunner.Allowance(readBytes: moment.bytesLeft)
        let run = runner.run(request, seeing: snapshot, allowing: allowance) { plugin, key in
            do throws(StoreError) {
                return try context.strategy.values.value(
                    key, of: plugin, for: moment.lead.id, after: moment.output)
            } catch {
                failure = error
                return nil
            }
        }
        // A store that cannot be read fails the command, not the plugin.
        if let failure { throw failure }
        if context.meters.isOn, let usage = run.usage {
            counts.note(time: usage.time)
            if counts.isFull { handOnCounts() }
        }
        if let call = PluginCall(run) {
            cutOffs.note(run.result, of: call.loaded)
            made.append(call)
        }
        if !run.result.log.isEmpty { log(run.result.log, of: request, in: moment) }
        return run
    }

    /// What is to be committed, and the answer that is given when it is.
    private func record(
        _ moment: Moment, settling settlement: DeliverySettlement?
    ) throws(StoreError) -> Computed {
        if context.meters.isOn { counts.note(moment.journal) }
        let lead = moment.lead
        let incidentRecords = moment.hasIncidents ? incidentRecords(of: moment) : []
        let journal = MomentJournal(of: moment, incidents: incidentRecords.map(\.number))
        if context.strategy.lanesWriteRecords, let fault = journal.write(with: &lines).fault {
            throw .invalidValue("the journal of moment \(lead.lastMoment) of lead \(lead.id)", fault)
        }
        if let refusal = refusal(ofSizeOf: moment, journal, incidentRecords) {
            return Computed(answer: .refused(refusal))
        }
        let values = MomentRecord.values(of: moment)
        try context.strategy.values.note(values, of: lead.id)
        context.ids.note(moment.command, moment: lead.lastMoment)
        // What the store is handed for the first time, once nothing keeps the record from it.
        var outgoing = MomentRecord.outgoing(of: moment)
        let sources = used.sources(
            of: made, incidentRecords, sending: &outgoing, at: moment.at, from: generation)
        let (judged, calls) = context.strategy.judge(computed: made)
        let settlements = moment.settlements(failingAs: incidentRecords.first?.number)
        for case .incident(let number, let state) in settlements { settledIncidents[number] = state }
        let record = MomentRecord(
            moment, journal: journal, incidents: incidentRecords, settlements: settlements,
            values: values + judged, outgoing: outgoing, settledDeliveries: settlement.map { [$0] } ?? [],
            maps: maps(of: moment), sources: sources, provenance: used.provenance(of: moment, calls: made),
            writesChanges: context.strategy.lanesWriteRecords)
        let output = moment.output
        if lead.isErased || !output.todos.isEmpty || !output.doneTodos.isEmpty {
            todos[lead.id, default: LeadTodos(after: lead.lastMoment - 1)].note(moment)
        }
        if let place { leads.values[place] = lead } else { leads[lead.id] = lead }
        return Computed(
            answer: .accepted(
                Answer.Accepted(
                    lead: lead.id, moment: lead.lastMoment, at: moment.at, journal: journal,
                    hasIncidents: !incidentRecords.isEmpty)),
            record: record, calls: calls)
    }

    private func incidentRecords(of moment: Moment) -> [IncidentRecord] {
        var records: [IncidentRecord] = []
        var recordedCalls = RecordedCalls()
        for case .incident(let incident) in moment.journal {
            let number = incidents.next()
            records.append(
                IncidentRecord(
                    incident, number: number, index: records.count + 1, in: moment,
                    plugin: incident.source.flatMap { generation.loaded($0.run.plugin) },
                    call: incident.failed.map { recordedCalls.value(of: $0, incident: number) }))
        }
        return records
    }

    /// Refuses a moment that the store cannot keep, before anything builds on it.
    private func refusal(
        ofSizeOf moment: Moment, _ journal: MomentJournal, _ incidents: [IncidentRecord]
    ) -> Refusal? {
        let limit = store.pieceLimitBytes
        var bytes = 0
        // A text takes up to six bytes for each of its own in JSON; hardly any settings let it come so far.
        if max(rulebook.momentLimits.bytes, rulebook.limits.leadBytes) > limit / 12 {
            bytes = journal.bytes.count + moment.command.jsonBytes.count
            bytes = max(bytes, LeadRecord(moment.lead).jsonBytes.count)
            for incident in incidents { bytes = max(bytes, incident.details.json.utf8.count) }
        }
        guard bytes > limit else { return nil }
        return Refusal(
            .momentLimit,
            "the store keeps at most \(limit) bytes in one piece, and the moment would take \(bytes); lower `limits.moment.bytes` or `limits.lead`"
        )
    }

    /// The sources of the maps that the moment opened, and of the one that the lead is on, where this lane does
    /// not know them to be stored (R19).
    private func maps(of moment: Moment) -> [StoredMap] {
        var maps: [StoredMap] = []
        for definition in moment.opened { note(definition, among: &maps) }
        if let definition = moment.lead.definition { note(definition, among: &maps) }
        return maps
    }

    private func note(_ definition: MapDefinition, among maps: inout [StoredMap]) {
        guard definition !== lastMap else { return }
        lastMap = definition
        guard !storedVersions.contains(definition.version),
            let source = generation.source(of: definition.version)
        else { return }
        storedVersions.insert(definition.version)
        maps.append(
            StoredMap(
                id: definition.id, version: definition.version, file: source.file, source: source.bytes,
                trackLengths: definition.trackLengths))
    }

    // MARK: Leads

    private func lead(_ id: LeadID) throws(StoreError) -> Lead? {
        place = leads.index(forKey: id)
        if let place { return leads.values[place] }
        guard let record = try store.lead(id) else { return try store.erased(id)?.lead(id) }
        let definition = try record.journey.map { journey throws(StoreError) in
            try self.definition(of: journey.map, in: journey.version)
        }
        let lead = try record.lead(on: definition)
        return lead
    }

    private func definition(of map: MapID, in version: MapVersion) throws(StoreError) -> MapDefinition {
        if case .available(let current) = rulebook.maps[map], current.version == version {
            return current
        }
        if let former = formerMaps[version] { return former }
        guard let stored = try store.map(version) else {
            throw StoreError(
                .leadDamaged, "the source of map \(map) in version \(version) is not in the store",
                advice: "restore the store from a backup")
        }
        let definition: MapDefinition
        do {
            definition = try MapDefinition(kept: stored.source, file: stored.file)
        } catch {
            throw StoreError(
                .leadDamaged, "map \(map) in version \(version) cannot be read: \(error)",
                advice: "restore the store from a backup")
        }
        if formerMaps.count >= Self.formerMapsLimit { formerMaps.removeAll(keepingCapacity: true) }
        formerMaps[version] = definition
        return definition
    }

    // MARK: Measuring

    /// Tells what its calls came to; to be called once a batch.
    func handOnCounts() {
        if counts.isEmpty { return }
        context.meters.add(counts)
        counts.removeAll()
    }

    // MARK: Logging

    private func log(
        _ records: [Journeys.LogRecord], of request: CallRequest, in moment: borrowing Moment
    ) {
        var metadata: Logger.Metadata = [
            "run": "\(request.run)", "trigger": "\(request.trigger)", "lead": "\(moment.lead.id)",
            "moment": "\(moment.lead.lastMoment)",
        ]
        if let requestID { metadata["request_id"] = "\(requestID)" }
        for record in records {
            let level: Logger.Level =
                switch record.level {
                case .debug: .debug
                case .info: .info
                case .warn: .warning
                case .error: .error
                }
            metadata["fields"] = "\(record.fields.json)"
            context.logger.log(level: level, "\(record.message)", metadata: metadata)
        }
    }
}

extension IncidentRecord {
    /// Whether a delivery that did not arrive is the incident (R57).
    fileprivate var isOfDelivery: Bool {
        Undelivered.State.allCases.contains { sameBytes($0.incidentReason, reason) }
    }

    init(
        _ incident: Incident, number: Int, index: Int, in moment: Moment, plugin: LoadedPlugin?, call: Value?
    ) {
        let source = incident.source
        self.init(
            number: number, lead: moment.lead.id, moment: moment.lead.lastMoment, index: index,
            at: moment.at, reason: incident.reason, message: incident.message, traceback: incident.traceback,
            trigger: source?.trigger, run: source?.run.description, plugin: source?.run.plugin,
            pluginVersion: plugin?.version, pluginHash: plugin?.source.hash, seq: source?.event.seq,
            event: source?.event.name.text,
            details: call ?? .null)
    }
}
