import Journeys
import Store
import Values
import Workspace

/// A moment that is gone through again with what its journal says that its calls came to: so it is known what each call saw,
/// though only their results are kept.
struct RecordedMoment {
    /// A call, and what it saw.
    struct Seen {
        let request: CallRequest
        let snapshot: Snapshot
    }

    private let stored: StoredMoment
    private let maps: KeptMaps
    private let store: any StoreReader
    /// The calls that have not had their turn.
    private var lines: [CallLine]

    init(_ stored: StoredMoment, on maps: KeptMaps, in store: any StoreReader) {
        self.stored = stored
        self.maps = maps
        self.store = store
        lines = stored.journal.compactMap { text in
            if case .call(let call) = JournalLine(reading: text) { call } else { nil }
        }
    }

    /// What the call with this line saw. Nil where that cannot be known: a record that is not kept, or a call that ran again
    /// for an incident.
    mutating func seen(by wanted: CallLine) throws(StoreError) -> Seen? {
        guard let command = Command(reading: stored.command), var moment = try begin(command) else {
            return nil
        }
        while true {
            switch moment.next() {
            case .done: return nil
            case .decision(let request, let snapshot):
                let line = takeLine(of: request)
                if line == wanted { return Seen(request: request, snapshot: snapshot) }
                moment.decided(line?.result ?? CallResult(.answer(["keep": .list([])])))
            case .calls:
                while let (request, snapshot) = moment.nextCall {
                    let line = takeLine(of: request)
                    if line == wanted { return Seen(request: request, snapshot: snapshot) }
                    moment.returned(line?.result ?? CallResult(.effects([])))
                }
            }
        }
    }

    /// The line of the call; nil for a subscription that did not run then.
    private mutating func takeLine(of request: CallRequest) -> CallLine? {
        let index = lines.firstIndex { line in
            guard sameBytes(line.trigger, request.trigger) else { return false }
            return request.event.seq == nil || line.seq == request.event.seq
        }
        return index.map { lines.remove(at: $0) }
    }

    private func begin(_ command: Command) throws(StoreError) -> Moment? {
        if case .rerun = command.order { return nil }
        var lead: Lead?
        if stored.number > 1 {
            guard let record = try kept(after: stored.number - 1) else { return nil }
            let definition = try record.journey.map { journey throws(StoreError) in
                try maps.definition(of: journey.map, in: journey.version)
            }
            lead = record.isErased ? ErasedLead(record).lead(record.id) : try record.lead(on: definition)
        }
        let rulebook = try rulebook()
        do throws(Refusal) {
            return try Moment(command, of: lead, at: stored.at, under: rulebook)
        } catch {
            return nil
        }
    }

    private func kept(after moment: Int) throws(StoreError) -> LeadRecord? {
        do throws(StoreError) {
            return try store.lead(stored.lead, after: moment)
        } catch {
            guard case .recordNotKept = error.code else { throw error }
            return nil
        }
    }

    /// The maps as the moment had them, and nothing that could end it earlier: what it came to is known.
    private func rulebook() throws(StoreError) -> Rulebook {
        var definitions: [MapID: Rulebook.Availability] = [:]
        for map in stored.provenance?.maps ?? [] {
            let id = MapID(map.map)
            definitions[id] = .available(try maps.definition(of: id, in: MapVersion(map.version)))
        }
        if let journey = try kept(after: stored.number)?.journey {
            definitions[journey.map] = .available(
                try maps.definition(of: journey.map, in: journey.version))
        }
        return Rulebook(
            maps: definitions, subscriptions: maps.generation.rulebook.subscriptions,
            limits: RecordLimits(fieldBytes: .max / 4, leadBytes: .max / 4),
            momentLimits: MomentLimits(
                calls: .max / 4, effects: .max / 4, deliveries: .max / 4, bytes: .max / 4,
                time: .seconds(1 << 40)))
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
    fileprivate var value: Value {
        switch choice {
        case .keep(let steps): ["keep": .list(steps.map { .string($0.text) })]
        case .remove(let steps): ["remove": .list(steps.map { .string($0.text) })]
        }
    }
}
