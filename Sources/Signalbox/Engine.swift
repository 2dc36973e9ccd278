public import Journeys
public import Logging
public import Plugins
public import Store
public import Values

/// Runs commands: each becomes a moment, is made durable, and only then is answered (R39).
///
/// Owner: one thread at a time. The engine keeps the states of the leads that it has seen lately and one
/// arena for each plugin that they needed.
public final class Engine {
    /// How many leads' states are kept in memory; more are read again when they are needed.
    public static let leadsKeptLimit = 20_000

    private let store: any Store
    private let generation: Generation
    private let runner: PluginRunner
    private let clock: () -> Timestamp
    private let logger: Logger

    private var leads: [LeadID: Lead] = [:]
    /// Maps in versions that are not the current ones, for journeys that began with them (R19).
    private var formerMaps: [MapVersion: MapDefinition] = [:]
    private var storedVersions: Set<MapVersion> = []
    private var nextIncident: Int

    /// `clock` gives each moment's time.
    public init(
        store: any Store, generation: Generation, logger: Logger, clock: @escaping () -> Timestamp
    ) throws(StoreError) {
        self.store = store
        self.generation = generation
        self.logger = logger
        self.clock = clock
        runner = PluginRunner(generation)
        nextIncident = try store.nextIncident()
    }

    /// Runs the commands in their order and commits what came of them together. When this returns, every
    /// accepted one is durable; when it throws, none of them left anything.
    public func handle(_ commands: [Command]) throws(StoreError) -> [Answer] {
        var batch = Batch()
        do throws(StoreError) {
            var answers: [Answer] = []
            answers.reserveCapacity(commands.count)
            for command in commands { answers.append(try handle(command, in: &batch)) }
            if !batch.moments.isEmpty { try store.commit(batch.moments) }
            storedVersions.formUnion(batch.versions)
            if leads.count > Self.leadsKeptLimit { leads.removeAll(keepingCapacity: true) }
            return answers
        } catch {
            // What was computed stands on moments that are not there.
            for moment in batch.moments { leads[moment.lead.id] = nil }
            throw error
        }
    }

    /// What runs together and is not committed yet.
    private struct Batch {
        var moments: [MomentRecord] = []
        var versions: Set<MapVersion> = []
        var accepted: [String: AcceptedCommand] = [:]
        /// Plugins' values for all leads as the batch leaves them so far.
        var values: [StoreKey: Value?] = [:]
    }

    private struct StoreKey: Hashable {
        let plugin: String
        let key: String
    }

    private func handle(_ command: Command, in batch: inout Batch) throws(StoreError) -> Answer {
        if let id = command.id, let earlier = try accepted(id, in: batch) {
            guard earlier.asked == command.asked else {
                return .refused(
                    Refusal(
                        .idReused,
                        "the id \(id.quotedForMessage) belongs to another command, of lead \(earlier.lead.text.quotedForMessage), moment \(earlier.moment)"
                    ))
            }
            return .repeated(lead: earlier.lead, id: id, moment: earlier.moment)
        }
        let lead = try lead(command.lead)
        var moment: Moment
        do throws(Refusal) {
            moment = try Moment(command, of: lead, at: clock(), under: generation.rulebook)
        } catch {
            return .refused(error)
        }
        try run(&moment, in: batch)
        return .accepted(try record(moment, in: &batch))
    }

    private func accepted(_ id: String, in batch: Batch) throws(StoreError) -> AcceptedCommand? {
        if let accepted = batch.accepted[id] { return accepted }
        return try store.accepted(id)
    }

    /// Gives the moment what it needs until it is done.
    private func run(_ moment: inout Moment, in batch: Batch) throws(StoreError) {
        while true {
            switch moment.next() {
            case .done:
                return
            case .decision(let request, let snapshot):
                let results = try results(of: [request], seeing: snapshot, in: moment, batch)
                moment.decided(results[0])
            case .calls(let instant):
                moment.returned(try results(of: instant.calls, seeing: instant.snapshot, in: moment, batch))
            }
        }
    }

    private func results(
        of requests: [CallRequest], seeing snapshot: Snapshot, in moment: Moment, _ batch: Batch
    ) throws(StoreError) -> [CallResult] {
        var failure: StoreError?
        let results = runner.run(requests, seeing: snapshot, at: moment.at) { plugin, key in
            do throws(StoreError) {
                return try self.value(key, of: plugin, in: moment, batch)
            } catch {
                failure = error
                return nil
            }
        }
        // A store that cannot be read fails the command, not the plugin.
        if let failure { throw failure }
        for (request, result) in zip(requests, results) { log(result.log, of: request) }
        return results
    }

    /// A plugin's value for all leads: as committed, with what the batch and the moment's earlier instants
    /// changed.
    private func value(
        _ key: String, of plugin: String, in moment: Moment, _ batch: Batch
    ) throws(StoreError) -> Value? {
        var value = try value(StoreKey(plugin: plugin, key: key), in: batch)
        for stored in moment.consequences.stored where stored.plugin == plugin && stored.change.key == key {
            value = stored.change.applied(to: value)
        }
        return value
    }

    private func value(_ key: StoreKey, in batch: Batch) throws(StoreError) -> Value? {
        if let changed = batch.values[key] { return changed }
        return try store.value(key.key, of: key.plugin)
    }

    /// Adds the moment to the batch and answers as it will be answered when that is committed.
    private func record(_ moment: Moment, in batch: inout Batch) throws(StoreError) -> Answer.Accepted {
        let lead = moment.lead
        let lines = JournalLines(lead: lead.id, moment: lead.lastMoment)
        var journal: [String] = []
        journal.reserveCapacity(moment.journal.count)
        var incidents: [IncidentRecord] = []
        for entry in moment.journal {
            guard case .incident(let incident) = entry else {
                journal.append(lines.line(entry, incident: nil))
                continue
            }
            journal.append(lines.line(entry, incident: nextIncident))
            incidents.append(
                IncidentRecord(
                    incident, number: nextIncident, index: incidents.count + 1, in: moment,
                    pluginVersion: incident.source.flatMap { generation.version(of: $0.run.plugin) }))
            nextIncident += 1
        }
        for stored in moment.consequences.stored {
            let key = StoreKey(plugin: stored.plugin, key: stored.change.key)
            let old = try value(key, in: batch)
            batch.values[key] = .some(stored.change.applied(to: old))
        }
        if let id = moment.command.id {
            batch.accepted[id] = AcceptedCommand(
                lead: lead.id, moment: lead.lastMoment, asked: moment.command.asked)
        }
        batch.moments.append(
            MomentRecord(moment, journal: journal, incidents: incidents, maps: maps(of: lead, in: &batch)))
        leads[lead.id] = lead
        return Answer.Accepted(
            lead: lead.id, moment: lead.lastMoment, at: moment.at, journal: journal,
            hasIncidents: !incidents.isEmpty)
    }

    /// The source of the lead's map, where the store has it not yet (R19).
    private func maps(of lead: Lead, in batch: inout Batch) -> [StoredMap] {
        guard let definition = lead.journey?.definition, !storedVersions.contains(definition.version),
            let source = generation.source(of: definition.version),
            batch.versions.insert(definition.version).inserted
        else { return [] }
        return [
            StoredMap(
                id: definition.id, version: definition.version, file: source.file, source: source.bytes)
        ]
    }

    // MARK: Leads

    private func lead(_ id: LeadID) throws(StoreError) -> Lead? {
        if let lead = leads[id] { return lead }
        guard let record = try store.lead(id) else { return nil }
        let definition = try record.journey.map { journey throws(StoreError) in
            try self.definition(of: journey.map, in: journey.version)
        }
        let lead = try record.lead(on: definition)
        leads[id] = lead
        return lead
    }

    private func definition(of map: MapID, in version: MapVersion) throws(StoreError) -> MapDefinition {
        if case .available(let current) = generation.rulebook.maps[map], current.version == version {
            return current
        }
        if let former = formerMaps[version] { return former }
        guard let stored = try store.map(version) else {
            throw StoreError(
                .damaged, "the store has not the source of map \(map) in version \(version)",
                advice: "restore the store from a backup")
        }
        let definition: MapDefinition
        do {
            definition = try generation.definition(
                of: Generation.MapSource(file: stored.file, bytes: stored.source))
        } catch {
            throw StoreError(
                .damaged, "map \(map) in version \(version) does not read any more: \(error)",
                advice: "restore the store from a backup")
        }
        formerMaps[version] = definition
        return definition
    }

    // MARK: Logging

    private func log(_ records: [Journeys.LogRecord], of request: CallRequest) {
        for record in records {
            let level: Logger.Level =
                switch record.level {
                case .debug: .debug
                case .info: .info
                case .warn: .warning
                case .error: .error
                }
            logger.log(
                level: level, "\(record.message)",
                metadata: ["run": "\(request.run)", "trigger": "\(request.trigger)", "fields": "\(record.fields.json)"])
        }
    }
}

extension IncidentRecord {
    init(_ incident: Incident, number: Int, index: Int, in moment: Moment, pluginVersion: String?) {
        let source = incident.source
        self.init(
            number: number, lead: moment.lead.id, moment: moment.lead.lastMoment, index: index,
            at: moment.at, reason: incident.reason, message: incident.message, traceback: incident.traceback,
            trigger: source?.trigger, run: source?.run.description, plugin: source?.run.plugin,
            pluginVersion: pluginVersion, seq: source?.event.seq, event: source?.event.name.text)
    }
}
