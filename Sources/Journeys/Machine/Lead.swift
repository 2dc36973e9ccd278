public import Values

/// A person being worked: the whole state that the engine keeps of one lead.
public struct Lead: Sendable {
    public let id: LeadID
    public internal(set) var status: LeadStatus = .open
    public internal(set) var agent: String?
    public internal(set) var channel: String?
    /// Never null; at most ``RecordLimits`` in size.
    public private(set) var fields = Table()
    /// What plugins keep for this lead (`host.lead.store`): a table for each plugin.
    public private(set) var store = Table()
    /// About how many bytes ``fields`` and ``store`` take, kept so that a change costs no look at all of them.
    private(set) var recordBytes = Lead.recordBytes(of: Table(), Table())
    /// The journey that is active, or the last one.
    public internal(set) var journey: Journey?
    /// The number of its last event (R22).
    public internal(set) var lastSeq = 0
    /// The number of its last moment (R22).
    public internal(set) var lastMoment = 0

    /// A lead of which nothing is known.
    public init(id: LeadID) { self.id = id }

    package init(
        id: LeadID, status: LeadStatus, agent: String?, channel: String?, fields: Table, store: Table,
        journey: Journey?, lastSeq: Int, lastMoment: Int
    ) {
        self.id = id
        self.status = status
        self.agent = agent
        self.channel = channel
        self.fields = fields
        self.store = store
        recordBytes = Self.recordBytes(of: fields, store)
        self.journey = journey
        self.lastSeq = lastSeq
        self.lastMoment = lastMoment
    }

    /// Whether a mirror step that waits for the field is done: neither nil nor the empty string (R20).
    func hasValue(_ field: String) -> Bool {
        switch fields[field] {
        case nil, .null, .string(""): false
        case .bool, .integer, .double, .string, .list, .table: true
        }
    }

    private static func recordBytes(of fields: Table, _ store: Table) -> Int {
        fields.approximateBytes + store.approximateBytes
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
        for entry in changes.fields { fields[entry.key] = entry.value.isNull ? nil : entry.value }
        self.channel = channel
        self.agent = agent
        recordBytes = bytes
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
        store.change(tableAt: plugin) { $0[change.key] = new }
        recordBytes = bytes
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
        guard var journey = journey else { preconditionFailure("lead \(id) has no journey") }
        let unnumbered = transition(&journey)
        self.journey = journey
        return unnumbered
    }
}
