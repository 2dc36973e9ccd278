public import Values

/// A person being worked: the whole state that the engine keeps of one lead.
///
/// A value in one word (``Values/Shared``): a snapshot of it costs no copy of what it holds.
public struct Lead: Sendable {
    @usableFromInline var state: Shared<State>

    /// A lead of which nothing is known.
    public init(id: LeadID) { state = Shared(State(id: id)) }

    /// A lead that was erased: what is left of it is its numbers (R61).
    package init(erased id: LeadID, lastSeq: Int, lastMoment: Int) {
        var left = State(id: id)
        left.isErased = true
        left.lastSeq = lastSeq
        left.lastMoment = lastMoment
        state = Shared(left)
    }

    package init(
        id: LeadID, status: LeadStatus, agent: String?, channel: String?, fields: Table, store: Table,
        journey: Journey?, lastSeq: Int, lastMoment: Int
    ) {
        state = Shared(
            State(
                id: id, status: status, agent: agent, channel: channel, fields: fields, store: store,
                recordBytes: fields.approximateBytes + store.approximateBytes, journey: journey,
                lastSeq: lastSeq, lastMoment: lastMoment))
    }

    @inlinable public var id: LeadID { state.content.id }
    public internal(set) var status: LeadStatus {
        @inlinable get { state.content.status }
        set { state.content.status = newValue }
    }
    public internal(set) var agent: String? {
        @inlinable get { state.content.agent }
        set { state.content.agent = newValue }
    }
    public internal(set) var channel: String? {
        @inlinable get { state.content.channel }
        set { state.content.channel = newValue }
    }
    /// Never null; at most ``RecordLimits`` in size.
    @inlinable public var fields: Table { state.content.fields }
    /// What plugins keep for this lead (`host.lead.store`): a table for each plugin.
    @inlinable public var store: Table { state.content.store }
    /// About how many bytes ``fields`` and ``store`` take.
    var recordBytes: Int { state.content.recordBytes }
    /// The journey that is active, or the last one.
    public internal(set) var journey: Journey? {
        @inlinable get { state.content.journey }
        set { state.content.journey = newValue }
    }
    /// That of its journey.
    @inlinable package var definition: MapDefinition? { state.content.journey?.definition }
    /// Whether its journey is on this very object.
    package func isOn(_ map: MapDefinition) -> Bool { state.content.journey?.isOn(map) ?? false }
    /// Whether the fields are copies of the other's: not whether they are equal.
    package func sharesFields(with other: Lead) -> Bool {
        state.content.fields.isCopy(of: other.state.content.fields)
    }
    /// Whether what plugins keep is a copy of the other's: not whether it is equal.
    package func sharesStore(with other: Lead) -> Bool {
        state.content.store.isCopy(of: other.state.content.store)
    }
    /// Whether a track of its journey is held (R34).
    package var isHeld: Bool { state.content.journey?.isHeld ?? false }
    /// The number of its last event (R22).
    public internal(set) var lastSeq: Int {
        @inlinable get { state.content.lastSeq }
        set { state.content.lastSeq = newValue }
    }
    /// The number of its last moment (R22).
    public internal(set) var lastMoment: Int {
        @inlinable get { state.content.lastMoment }
        set { state.content.lastMoment = newValue }
    }

    /// Whether nothing is known of it but its numbers, until a command makes it anew (R61).
    public internal(set) var isErased: Bool {
        @inlinable get { state.content.isErased }
        set { state.content.isErased = newValue }
    }

    /// Takes away all that is known of it but its numbers (R61).
    mutating func erase() { self = Lead(erased: id, lastSeq: lastSeq, lastMoment: lastMoment) }

    /// Seen by the modules that use it, so that a look at one of its parts copies none of it.
    @usableFromInline
    struct State: Sendable {
        @usableFromInline let id: LeadID
        @usableFromInline var status: LeadStatus = .open
        @usableFromInline var agent: String?
        @usableFromInline var channel: String?
        @usableFromInline var fields = Table()
        @usableFromInline var store = Table()
        /// Kept so that a change costs no look at all of them.
        @usableFromInline var recordBytes = 2 * Table().approximateBytes
        @usableFromInline var journey: Journey?
        @usableFromInline var lastSeq = 0
        @usableFromInline var lastMoment = 0
        @usableFromInline var isErased = false
    }

    /// Whether a mirror step that waits for the field is done: neither nil nor the empty string (R20).
    func hasValue(_ field: String) -> Bool {
        switch fields[field] {
        case nil, .null, .string(""): false
        case .bool, .integer, .double, .string, .list, .table: true
        }
    }

    /// Applies what a command or an effect brings, whole or not at all.
    mutating func apply(_ changes: LeadChanges, limits: RecordLimits) throws(Refusal) {
        var bytes = recordBytes
        for entry in changes.fields {
            try limits.check(field: entry.key, entry.value)
            let value = entry.value.isNull ? nil : entry.value
            bytes += Self.growth(of: entry.key, from: fields[entry.key], to: value)
        }
        let (channel, agent) = (changes.channel ?? self.channel, changes.agent ?? self.agent)
        try limits.check(recordBytes: bytes, channel: channel, agent: agent)
        for entry in changes.fields {
            state.content.fields[entry.key] = entry.value.isNull ? nil : entry.value
        }
        state.content.channel = channel
        state.content.agent = agent
        state.content.recordBytes = bytes
    }

    /// Applies a change of a plugin's values for this lead, or throws and changes nothing.
    mutating func apply(_ change: StoredChange, of plugin: String, limits: RecordLimits) throws(Refusal) {
        let old = store[plugin]?.table?[change.key]
        let new = try change.applied(to: old)
        var bytes = recordBytes + Self.growth(of: change.key, from: old, to: new)
        let count = store[plugin]?.table?.count ?? 0
        let countAfter = count + (new == nil ? 0 : 1) - (old == nil ? 0 : 1)
        // The plugin's own entry, without what its table holds.
        if count > 0 || store[plugin] != nil {
            let held: Value? = count > 0 ? .table(Table()) : store[plugin]
            bytes += Self.growth(of: plugin, from: held, to: nil)
        }
        if countAfter > 0 { bytes += Self.growth(of: plugin, from: nil, to: .table(Table())) }
        try limits.check(recordBytes: bytes, channel: channel, agent: agent)
        state.content.store.change(tableAt: plugin) { $0[change.key] = new }
        state.content.recordBytes = bytes
    }

    private static func growth(of key: String, from old: Value?, to new: Value?) -> Int {
        let before = old.map { Table.approximateBytes(of: key, $0) } ?? 0
        let after = new.map { Table.approximateBytes(of: key, $0) } ?? 0
        return after - before
    }
}

/// How large a lead's record may grow.
public struct RecordLimits: Sendable, Hashable {
    public static let fieldNameLimitBytes = 128
    public static let fieldDepthLimit = 16
    /// For a channel and for an agent's name.
    public static let nameLimitBytes = 1024

    /// Of one field's value, as ``Value/approximateBytes`` counts it.
    public var fieldBytes: Int
    /// Of all fields and stored values of one lead together.
    public var leadBytes: Int

    public init(fieldBytes: Int = 64 << 10, leadBytes: Int = 256 << 10) {
        self.fieldBytes = fieldBytes
        self.leadBytes = leadBytes
    }

    /// Refuses a field that no lead may have.
    public func check(field: String, _ value: Value) throws(Refusal) {
        guard !field.isEmpty, field.utf8.count <= Self.fieldNameLimitBytes, !field.hasControlCharacters else {
            throw Refusal(
                .invalidField,
                "\(field.quotedForMessage) is not a field's name: 1 to \(Self.fieldNameLimitBytes) bytes without control characters"
            )
        }
        guard value.approximateBytes <= fieldBytes else {
            throw Refusal(
                .fieldTooLarge,
                "field \(field.quotedForMessage) has \(value.approximateBytes) bytes; at most \(fieldBytes) are allowed"
            )
        }
        switch value.fault(deeperThan: Self.fieldDepthLimit) {
        case nil: break
        case .tooDeep:
            throw Refusal(
                .invalidField,
                "field \(field.quotedForMessage) is nested deeper than \(Self.fieldDepthLimit) levels")
        case .notFinite:
            throw Refusal(
                .invalidField, "field \(field.quotedForMessage) has a number that is not finite")
        }
    }

    /// Refuses a lead whose fields and stored values take so many bytes, and names that are too long.
    func check(recordBytes size: Int, channel: String?, agent: String?) throws(Refusal) {
        for (what, name) in [("channel", channel), ("agent", agent)] {
            guard (name?.utf8.count ?? 0) <= Self.nameLimitBytes else {
                throw Refusal(.fieldTooLarge, "the \(what) has more than \(Self.nameLimitBytes) bytes")
            }
        }
        guard size <= leadBytes else {
            throw Refusal(
                .leadTooLarge,
                "the lead's fields and stored values would take \(size) bytes; at most \(leadBytes) are allowed"
            )
        }
    }
}

extension Lead {
    /// Changes the journey, and says what fired.
    mutating func changeJourney(
        _ transition: (inout Journey) -> [Journey.UnnumberedEvent]
    ) -> [Journey.UnnumberedEvent] {
        guard var journey = state.content.journey else { preconditionFailure("lead \(id) has no journey") }
        // So that the journey is changed where it lies.
        state.content.journey = nil
        let unnumbered = transition(&journey)
        state.content.journey = journey
        return unnumbered
    }
}
