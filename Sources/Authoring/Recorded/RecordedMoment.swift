import Journeys
import Plugins
import Store
import Values
import Workspace

/// A call as the journal keeps it, with what it saw.
struct RecordedCall {
    let line: CallLine
    let request: CallRequest
    let snapshot: Snapshot

    /// Makes it again. A value of its plugin that it did not read then is as it is in the store now.
    func run(with runner: PluginRunner, in store: any StoreReader) throws(StoreError) -> PluginRunner.Run {
        var failure: StoreError?
        let run = runner.run(request, seeing: snapshot) { plugin, key in
            if let read = line.reads[key] { return read.isNull ? nil : read }
            do throws(StoreError) {
                return try store.value(key, of: plugin)
            } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        return run
    }
}

/// A moment that is gone through again with what its journal says that its calls came to: so it is known what each call saw,
/// though only their results are kept.
struct RecordedMoment {
    private let stored: StoredMoment
    private let maps: KeptMaps
    private let store: any StoreReader
    private let lines: [JournalLine]
    /// The calls that have not had their turn.
    private var calls: [CallLine]

    init(_ stored: StoredMoment, on maps: KeptMaps, in store: any StoreReader) {
        self.stored = stored
        self.maps = maps
        self.store = store
        lines = stored.journal.map { JournalLine(reading: $0) }
        calls = lines.compactMap { if case .call(let call) = $0 { call } else { nil } }
    }

    /// Goes through it, and hands over each call that its journal has.
    ///
    /// - Parameters:
    ///   - lead: the lead before it; nil where there was none.
    ///   - each: answers whether to go on.
    /// - Returns: the lead after it. Nil where it cannot be gone through, because a call ran again for an incident or the
    ///   command is of a form that is not known, and where `each` ended it.
    mutating func play(after lead: Lead?, _ each: (RecordedCall) -> Bool) throws(StoreError) -> Lead? {
        guard let command = Command(reading: stored.command) else { return nil }
        if case .rerun = command.order { return nil }
        var moment: Moment
        let rulebook = try rulebook()
        do throws(Refusal) {
            moment = try Moment(command, of: lead, at: stored.at, under: rulebook)
        } catch {
            return nil
        }
        while true {
            switch moment.next() {
            case .done: return moment.lead
            case .decision(let request, let snapshot):
                let line = takeLine(of: request)
                if let line, !each(RecordedCall(line: line, request: request, snapshot: snapshot)) {
                    return nil
                }
                moment.decided(line?.result ?? CallResult(.answer(["keep": .list([])])))
            case .calls:
                while let (request, snapshot) = moment.nextCall {
                    let line = takeLine(of: request)
                    if let line, !each(RecordedCall(line: line, request: request, snapshot: snapshot)) {
                        return nil
                    }
                    moment.returned(line?.result ?? CallResult(.effects([])))
                }
            }
        }
    }

    /// The first call that is wanted, on the lead as its record was before the moment. Nil where there is none, or where what
    /// it saw cannot be known.
    mutating func first(where isWanted: (CallLine) -> Bool) throws(StoreError) -> RecordedCall? {
        let before =
            try stored.number > 1 ? store.keptLead(stored.lead, after: stored.number - 1, on: maps) : nil
        guard before != nil || stored.number == 1 else { return nil }
        var found: RecordedCall?
        _ = try play(after: before) { call in
            if isWanted(call.line) { found = call }
            return found == nil
        }
        return found
    }

    private mutating func takeLine(of request: CallRequest) -> CallLine? {
        let index = calls.firstIndex { line in
            guard sameBytes(line.trigger, request.trigger) else { return false }
            return request.event.seq == nil || line.seq == request.event.seq
        }
        return index.map { calls.remove(at: $0) }
    }

    /// The maps and subscriptions as the moment had them, and no limit that could end it earlier: what it came to is known.
    private func rulebook() throws(StoreError) -> Rulebook {
        var definitions: [MapID: Rulebook.Availability] = [:]
        for map in stored.provenance?.maps ?? [] {
            let id = MapID(map.map)
            definitions[id] = .available(try maps.definition(of: id, in: MapVersion(map.version)))
        }
        let opens = lines.contains {
            if case .event(let event) = $0 { event.name == .mapOpen } else { false }
        }
        if opens, let journey = try store.kept(stored.lead, after: stored.number)?.journey {
            definitions[journey.map] = .available(
                try maps.definition(of: journey.map, in: journey.version))
        }
        return Rulebook(
            maps: definitions, subscriptions: subscriptions,
            limits: RecordLimits(fieldBytes: .max / 4, leadBytes: .max / 4),
            momentLimits: MomentLimits(
                calls: .max / 4, effects: .max / 4, deliveries: .max / 4, bytes: .max / 4,
                time: .seconds(1 << 40)))
    }

    /// Those that ran, each for the event that ran it, in the order in which they ran.
    private var subscriptions: Subscriptions {
        var events: [Int: EventLine] = [:]
        for case .event(let event) in lines {
            if let seq = event.seq { events[seq] = event }
        }
        var known: Set<String> = []
        var found: [Subscription] = []
        for (index, call) in calls.enumerated() {
            guard case .subscription(let number) = call.run.name, let event = call.seq.flatMap({ events[$0] })
            else { continue }
            let at: String? =
                switch event.place {
                case .map, .nowhere: nil
                case .track(let track): track.text
                case .step(let path): path.description
                }
            guard known.insert("\(call.run) \(event.name) \(event.map) \(at ?? "")").inserted else {
                continue
            }
            found.append(
                Subscription(
                    plugin: call.run.plugin, number: number, event: .exactly(event.name), map: event.map,
                    at: at, priority: -index))
        }
        return Subscriptions(found)
    }
}

extension StoreReader {
    /// Hands over the lead's moments, the newest first, until `each` ends it.
    func newestMoments(of lead: LeadRecord, _ each: (StoredMoment) -> Bool) throws(StoreError) {
        let pageSize = 200
        var end = lead.lastMoment + 1
        while end > 1 {
            let first = max(1, end - pageSize)
            for moment in try moments(of: lead.id, from: first, limit: end - first).reversed()
            where !each(moment) {
                return
            }
            end = first
        }
    }

    /// The lead's record after a moment; nil where it is not kept.
    func kept(_ lead: LeadID, after moment: Int) throws(StoreError) -> LeadRecord? {
        do throws(StoreError) {
            return try self.lead(lead, after: moment)
        } catch {
            guard case .recordNotKept = error.code else { throw error }
            return nil
        }
    }

    /// The lead itself after a moment; nil where that is not kept.
    func keptLead(_ id: LeadID, after moment: Int, on maps: KeptMaps) throws(StoreError) -> Lead? {
        guard let record = try kept(id, after: moment) else { return nil }
        if record.isErased { return ErasedLead(record).lead(record.id) }
        let definition = try record.journey.map { journey throws(StoreError) in
            try maps.definition(of: journey.map, in: journey.version)
        }
        return try record.lead(on: definition)
    }
}

extension CallLine {
    /// What the call came to, for a moment that is gone through again.
    fileprivate var result: CallResult {
        switch outcome {
        case .effects(let effects):
            CallResult(
                .effects(
                    effects.compactMap { effect in
                        if case .known(let effect) = effect { effect } else { nil }
                    }), log: log, reads: reads)
        case .decided(let answer): CallResult(.answer(answer.value), log: log, reads: reads)
        case .skipped: CallResult(.skipped, log: log, reads: reads)
        case .failed(let reason, let message, _):
            CallResult(
                .failed(CallFailure(CallFailure.Reason(rawValue: reason) ?? .error, message)), log: log,
                reads: reads)
        }
    }
}

extension DeciderAnswer {
    /// As a decider answers it.
    var value: Value {
        var table = Table()
        switch choice {
        case .keep(let steps): table["keep"] = .list(steps.map { .string($0.text) })
        case .remove(let steps): table["remove"] = .list(steps.map { .string($0.text) })
        }
        table["reason"] = reason.map(Value.string)
        return .table(table)
    }
}

extension CallLine.RecordedEffect {
    /// As the journal has it.
    var value: Value {
        switch self {
        case .known(let effect): effect.value
        case .unknown(let value): value
        }
    }
}
