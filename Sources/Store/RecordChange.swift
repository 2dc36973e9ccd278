package import Journeys
package import Values

/// What one moment changed of its lead's record, as compact JSON:
///
///     {"status":"won","agent":"kim","fields":{"score":80,"called":null},"store":{"note":{"n":2}},"seq":12,
///      "journey":{"outcome":"won","tracks":"1c","steps":"2c,4-9o","removers":{"3":"greeting.by_score"},
///                 "opened":{"1":1763802000000}}}
///
/// What is as before is left out. Null takes away: the agent or the channel, a field, one value of a plugin or all. A
/// journey that began in the moment is whole, as in the record. Of one that goes on only the tracks and steps are there
/// whose states are others: `2c` is the step with the index 2, `4-9o` are those from 4 to 9.
package struct RecordChange: Sendable, Hashable {
    package let json: [UInt8]
    /// What of the changed values could not be read back; nil when all could.
    package let fault: Value.Fault?

    /// - Parameter earlier: the record after the moment before.
    package init(from earlier: LeadRecord, to later: LeadRecord) {
        self.init(fromEarlier: earlier, to: later)
    }

    /// - Parameter earlier: the lead after the moment before.
    package init(from earlier: Lead, to later: LeadRecord) {
        self.init(fromEarlier: LeadRecord(earlier), to: later)
    }

    /// - Parameter earlier: the lead after the moment before.
    package init(from earlier: Lead, to later: Lead) {
        self.init(fromEarlier: earlier, to: later)
    }

    private init<Record: ChangedRecord>(fromEarlier earlier: borrowing Record, to later: borrowing Record) {
        var writer = JSONWriter(reservingBytes: 192)
        var fault: Value.Fault?
        let levels = MomentRecord.valueDepthLimit - 1
        writer.beginObject()
        if later.status != earlier.status { writer.field("status", later.status.rawValue) }
        writer.change("agent", from: earlier.agent, to: later.agent)
        writer.change("channel", from: earlier.channel, to: later.channel)
        if !later.sharesFields(with: earlier) {
            let changes = later.fields.changes(since: earlier.fields)
            writer.change("fields", changes, deeperThan: levels, &fault)
        }
        if !later.sharesStore(with: earlier) {
            writer.change(storeFrom: earlier.store, to: later.store, deeperThan: levels, &fault)
        }
        if later.lastSeq != earlier.lastSeq { writer.field("seq", later.lastSeq) }
        if let journey = later.journey {
            if let before = earlier.journey, journey.continues(before) {
                journey.writeChange(since: before, to: &writer)
            } else {
                writer.key("journey")
                journey.record.write(to: &writer)
            }
        }
        writer.endObject()
        json = writer.bytes
        self.fault = fault
    }

    /// A change as it is stored.
    package init(json: [UInt8]) {
        self.json = json
        fault = nil
    }
}

/// What is compared: two records, or two leads of the engine, of which a record that is made only for that costs as much
/// as the comparison.
private protocol ChangedRecord {
    associatedtype Changed: ChangedJourney

    var status: LeadStatus { get }
    var agent: String? { get }
    var channel: String? { get }
    var fields: Table { get }
    var store: Table { get }
    var lastSeq: Int { get }
    var journey: Changed? { get }

    /// Whether the fields are copies: those were not changed.
    func sharesFields(with other: Self) -> Bool
    /// Whether what plugins keep is a copy.
    func sharesStore(with other: Self) -> Bool
}

private protocol ChangedJourney {
    var number: Int { get }
    var map: MapID { get }
    var version: MapVersion { get }
    var phase: Journey.Phase { get }
    var tracks: [Journey.TrackState] { get }
    var steps: [Journey.StepState] { get }
    var removers: [Int: String] { get }
    var opened: [Int: Timestamp] { get }
    var record: JourneyRecord { get }
    /// Whether both are on the same version of the same map.
    func isOnMap(of other: Self) -> Bool
}

extension ChangedJourney {
    fileprivate func isOnMap(of other: Self) -> Bool { version == other.version && map == other.map }
}

extension LeadRecord: ChangedRecord {
    fileprivate func sharesFields(with other: Self) -> Bool { fields.isCopy(of: other.fields) }
    fileprivate func sharesStore(with other: Self) -> Bool { store.isCopy(of: other.store) }
}

extension JourneyRecord: ChangedJourney {
    fileprivate var record: JourneyRecord { self }
}

extension Lead: ChangedRecord {}

extension Journey: ChangedJourney {
    fileprivate var map: MapID { definition.id }
    fileprivate var version: MapVersion { definition.version }
    fileprivate var record: JourneyRecord { JourneyRecord(self) }

    fileprivate func isOnMap(of other: Journey) -> Bool {
        isOnDefinition(of: other) || version == other.version && map == other.map
    }
}

extension LeadRecord {
    /// Makes of the record what it was after the next moment. Throws ``StoreError/Code/damaged`` for a change that no
    /// moment can have made.
    package mutating func apply(_ change: RecordChange) throws(StoreError) {
        let members = Members(try Value(storedJSON: change.json))
        if let text = members["status"] {
            guard let changed = text.string.flatMap(LeadStatus.init(rawValue:)) else {
                throw members.mistake("status")
            }
            status = changed
        }
        if let changed = members["agent"] { agent = changed.string }
        if let changed = members["channel"] { channel = changed.string }
        for entry in members["fields"]?.table ?? Table() {
            fields[entry.key] = entry.value.isNull ? nil : entry.value
        }
        for entry in members["store"]?.table ?? Table() {
            guard let changed = entry.value.table, store[entry.key]?.table != nil else {
                store[entry.key] = entry.value.isNull ? nil : entry.value
                continue
            }
            store.change(tableAt: entry.key) { values in
                for entry in changed { values[entry.key] = entry.value.isNull ? nil : entry.value }
            }
        }
        if members["seq"] != nil {
            let seq = try members.count("seq")
            guard seq >= lastSeq else { throw members.mistake("seq") }
            lastSeq = seq
        }
        if let changed = members["journey"] { try apply(journey: changed) }
        lastMoment += 1
    }

    private mutating func apply(journey changed: Value) throws(StoreError) {
        let members = Members(changed)
        if members["number"] != nil {
            journey = try JourneyRecord(changed)
        } else {
            guard var continued = journey else { throw members.mistake("number") }
            // So that it is changed where it lies.
            journey = nil
            try continued.apply(members)
            journey = continued
        }
    }
}

extension ChangedJourney {
    /// Whether it is the same journey, later: what is only ever added is all there.
    fileprivate func continues(_ earlier: Self) -> Bool {
        number == earlier.number && isOnMap(of: earlier)
            && tracks.count == earlier.tracks.count && steps.count == earlier.steps.count
            && (earlier.phase == .active || phase == earlier.phase)
            && (removers == earlier.removers || earlier.removers.allSatisfy { has(remover: $1, of: $0) })
            && (opened == earlier.opened || earlier.opened.allSatisfy { opened[$0.key] == $0.value })
    }

    private func has(remover: String, of step: Int) -> Bool {
        removers[step].map { sameBytes($0, remover) } ?? false
    }
}

extension JourneyRecord {
    fileprivate mutating func apply(_ members: Members) throws(StoreError) {
        if let outcome = try members.outcome() { phase = .ended(outcome) }
        try members.changedStates("tracks", Journey.TrackState.init(letter:), of: &tracks)
        try members.changedStates("steps", Journey.StepState.init(letter:), of: &steps)
        try readIndexed(members)
    }
}

extension ChangedJourney {
    /// Writes a member with what a moment changed of a journey that went on before it; none when it changed nothing.
    fileprivate func writeChange(since earlier: Self, to writer: inout JSONWriter) {
        var outcome: JourneyOutcome?
        if case .ended(let ended) = phase, phase != earlier.phase { outcome = ended }
        let firstTrack = firstDifference(of: tracks, from: earlier.tracks, after: 0)
        let firstStep = firstDifference(of: steps, from: earlier.steps, after: 0)
        if outcome == nil, firstTrack == nil, firstStep == nil { return }
        writer.key("journey")
        writer.beginObject()
        if let outcome { writer.field("outcome", outcome.rawValue) }
        if let firstTrack {
            writer.key("tracks")
            writer.runs(of: tracks, from: earlier.tracks, after: firstTrack, letter: \.letter)
        }
        if let firstStep {
            writer.key("steps")
            writer.runs(of: steps, from: earlier.steps, after: firstStep, letter: \.letter)
        }
        // A step is removed once, and a track opens once.
        JourneyRecord.write(
            removers: Self.added(to: earlier.removers, in: removers),
            opened: Self.added(to: earlier.opened, in: opened), to: &writer)
        writer.endObject()
    }

    private static func added<Entry>(to earlier: [Int: Entry], in later: [Int: Entry]) -> [Int: Entry] {
        later.count == earlier.count ? [:] : later.filter { earlier[$0.key] == nil }
    }
}

/// The first index, `start` or later, at which the states differ. States are one byte each; a large map has
/// thousands, of which a moment changes a few.
func firstDifference<State>(of later: [State], from earlier: [State], after start: Int) -> Int? {
    precondition(MemoryLayout<State>.stride == 1 && later.count == earlier.count)
    return later.withUnsafeBytes { later in
        earlier.withUnsafeBytes { earlier in
            let word = MemoryLayout<UInt64>.size
            var index = start
            while index + word <= later.count,
                later.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    == earlier.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            { index += word }
            return (index..<max(index, later.count)).first { later[$0] != earlier[$0] }
        }
    }
}

extension JSONWriter {
    /// Neighbours that came into the same state, as ``RecordChange`` shows them, from `first` on.
    fileprivate mutating func runs<State: Equatable>(
        of later: [State], from earlier: [State], after first: Int, letter: (State) -> UInt8
    ) {
        string { writer in
            var next: Int? = first
            while let start = next {
                var end = start + 1
                while end < later.count, later[end] == later[start], later[end] != earlier[end] { end += 1 }
                if start > first { writer.literal(letter: UInt8(ascii: ",")) }
                writer.literal(number: start)
                if end - start > 1 {
                    writer.literal(letter: UInt8(ascii: "-"))
                    writer.literal(number: end - 1)
                }
                writer.literal(letter: letter(later[start]))
                next = firstDifference(of: later, from: earlier, after: end)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func change(_ name: String, from earlier: String?, to later: String?) {
        if let later {
            if earlier.map({ !sameBytes($0, later) }) ?? true { field(name, later) }
        } else if earlier != nil {
            field(name, .null)
        }
    }

    /// What plugins keep for a lead: of each that changed, the values that did. For `fault` see the other.
    fileprivate mutating func change(
        storeFrom earlier: Table, to later: Table, deeperThan levels: Int, _ fault: inout Value.Fault?
    ) {
        let changes = later.changes(since: earlier)
        if changes.isEmpty { return }
        key("store")
        beginObject()
        for (plugin, value) in changes {
            if let now = value?.table, let before = earlier[plugin]?.table {
                change(plugin, now.changes(since: before), deeperThan: levels - 1, &fault)
            } else {
                fault = fault ?? value?.fault(deeperThan: levels)
                field(plugin, value ?? .null)
            }
        }
        endObject()
    }

    /// Values of a table; `fault` becomes that of the first that has more levels than so many, or another fault.
    fileprivate mutating func change(
        _ name: String, _ changes: [(key: String, value: Value?)], deeperThan levels: Int,
        _ fault: inout Value.Fault?
    ) {
        if changes.isEmpty { return }
        key(name)
        beginObject()
        for change in changes {
            fault = fault ?? change.value?.fault(deeperThan: levels)
            field(change.key, change.value ?? .null)
        }
        endObject()
    }
}

extension Members {
    /// Reads what ``Values/JSONWriter/runs(of:from:after:letter:)`` wrote.
    fileprivate func changedStates<State>(
        _ name: String, _ state: (UInt8) -> State?, of states: inout [State]
    ) throws(StoreError) {
        if self[name] == nil { return }
        for run in try string(name).utf8.split(separator: UInt8(ascii: ",")) {
            let bounds = run.dropLast().split(
                separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
            guard let last = run.last, let changed = state(last),
                let first = bounds.first.flatMap({ Int(String(decoding: $0, as: UTF8.self)) }),
                let end = bounds.last.flatMap({ Int(String(decoding: $0, as: UTF8.self)) }), first <= end,
                states.indices.contains(first), states.indices.contains(end)
            else { throw mistake(name) }
            for index in first...end { states[index] = changed }
        }
    }
}
