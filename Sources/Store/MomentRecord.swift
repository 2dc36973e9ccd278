public import Journeys
public import Values

/// A moment as it is handed over to be kept: what happened, and everything that it left.
public struct MomentRecord: Sendable {
    /// The lead after the moment. Its `lastMoment` is the moment's number.
    public var lead: LeadRecord
    /// What it changed of the lead.
    package var change: Change
    /// What it changed of where the lead is.
    package var steps: Steps
    public var at: Timestamp
    public var command: Command
    /// The journal as JSON lines, each without its newline and complete, incidents' numbers included.
    public var journal: [String] {
        get { journalBytes.journalLines }
        set { journalBytes = Self.bytes(of: newValue) }
    }
    /// The journal's lines with a newline between them.
    package var journalBytes: [UInt8]
    public var incidents: [IncidentRecord]
    /// Applied in order, before ``incidents`` are there.
    public var settlements: [Settlement]
    public var notes: [Note]
    public var todos: [Todo]
    /// The numbers of the lead's to-dos that its command marked as done. Applied before ``todos`` are there.
    public var doneTodos: [Int]
    /// To leave the building; each becomes a delivery that waits (R53). Numbered from 1 in this order.
    public var outgoing: [Outgoing]
    /// Ends of attempts of the lead's deliveries that are being sent. Applied before ``outgoing`` is there.
    public var settledDeliveries: [DeliverySettlement]
    /// Changes of plugins' values for all leads, applied in order to what is stored then.
    public var values: [ValueChange]
    /// The sources of maps that a journey began on in this moment. Those that are stored already may be
    /// left out.
    public var maps: [StoredMap]
    /// The plugins and templates that the moment used. Those that are stored already may be left out.
    public var sources: [StoredSource]
    /// What the moment's calls were functions of (R37); nil when it made none.
    // Spelled out, for `?` would give it a value before the initializer does.
    public var provenance: Optional<Provenance>
    /// The request over the API that gave the command; the audit log has an entry of it as soon as the moment is kept.
    public var audited: AuditedRequest?

    public init(lead: LeadRecord, at: Timestamp, command: Command, journal: [String]) {
        self.lead = lead
        change = .unknown
        steps = .unknown
        self.at = at
        self.command = command
        journalBytes = Self.bytes(of: journal)
        incidents = []
        settlements = []
        notes = []
        todos = []
        doneTodos = []
        outgoing = []
        settledDeliveries = []
        values = []
        maps = []
        sources = []
        provenance = nil
    }

    /// What a moment that is done left.
    ///
    /// - Parameters:
    ///   - journal: its lines, with a newline between them.
    ///   - values: nil for the moment's own (``values(of:)``).
    ///   - outgoing: nil for the moment's own (``outgoing(of:)``).
    ///   - writesChange: whether ``change`` is made now; else the store makes it, if it needs it.
    package init(
        _ moment: borrowing Moment, journal: [UInt8], incidents: [IncidentRecord] = [],
        settlements: [Settlement] = [], values: [ValueChange]? = nil, outgoing: [Outgoing]? = nil,
        settledDeliveries: [DeliverySettlement] = [], maps: [StoredMap] = [], sources: [StoredSource] = [],
        provenance: Provenance? = nil,
        writesChange: Bool = false
    ) {
        // A property that is given a value twice costs a copy of the whole record.
        let lead = LeadRecord(moment.lead)
        let change = lead.isErased ? .unknown : moment.leadBefore.map(Change.since) ?? .unknown
        self.lead = lead
        self.change = writesChange ? change.made(to: lead) : change
        steps = .known(StepChanges(of: moment))
        at = moment.at
        command = moment.command
        journalBytes = journal
        self.incidents = incidents
        self.settlements = settlements
        notes = moment.output.notes.map { Note(text: $0.text, by: $0.by) }
        todos = moment.output.todos.map { Todo(todo: $0.todo, by: $0.by) }
        doneTodos = moment.output.doneTodos
        self.outgoing = outgoing ?? Self.outgoing(of: moment)
        self.settledDeliveries = settledDeliveries
        self.values = values ?? Self.values(of: moment)
        self.maps = maps
        self.sources = sources
        self.provenance = provenance
    }

    /// What the moment's effects change of plugins' values for all leads.
    package static func values(of moment: borrowing Moment) -> [ValueChange] {
        moment.output.stored.map {
            ValueChange(
                plugin: $0.plugin, key: $0.change.key, change: $0.change.change, request: $0.request)
        }
    }

    /// What the moment's effects send.
    package static func outgoing(of moment: borrowing Moment) -> [Outgoing] {
        moment.output.outgoing.map {
            Outgoing(
                id: $0.id, kind: $0.kind, to: $0.to, first: $0.first, payload: $0.payload, by: $0.by,
                isQuiet: $0.isQuiet, trace: moment.command.trace)
        }
    }

    /// Whether the lead has other to-dos after it, or in other states.
    var changesTodos: Bool { !(todos.isEmpty && doneTodos.isEmpty) || lead.isErased }

    /// Its number among its lead's (R22).
    // Inlined, for a record is large: a call would copy it.
    @inlinable public var number: Int { lead.lastMoment }

    package enum Change: Sendable {
        /// Not known, or the lead is new: the record is kept whole.
        case unknown
        /// What is different from the lead as it was before.
        case since(Lead)
        case made(RecordChange)

        fileprivate func made(to lead: LeadRecord) -> Change {
            if case .since(let before) = self {
                .made(RecordChange(from: before, to: lead))
            } else {
                self
            }
        }
    }

    package enum Steps: Sendable {
        /// Not known: the store looks at the lead as it was before.
        case unknown
        /// Nil for nothing.
        case known(StepChanges?)
    }

    /// Nil where what it changed is not known, or the lead is new.
    package var madeChange: RecordChange? {
        if case .made(let made) = change.made(to: lead) { made } else { nil }
    }

    private func deliveryID(_ number: Int) -> DeliveryID {
        DeliveryID(lead.id, moment: self.number, number: number)
    }

    /// Adds a delivery under the moment's next id.
    package mutating func send(
        _ payload: Table, _ kind: Journeys.Outgoing.Kind = .email, to: String? = nil, first: Int? = nil,
        isQuiet: Bool = false, by: String, templateHash: String? = nil
    ) {
        outgoing.append(
            Outgoing(
                id: deliveryID(outgoing.count + 1), kind: kind, to: to, first: first, payload: payload,
                by: by,
                isQuiet: isQuiet, templateHash: templateHash))
    }

    /// How many levels of lists and tables a value may have: what is written around it fits into the levels
    /// that reading allows.
    package static let valueDepthLimit = JSONReader.depthLimit - 8

    /// Throws ``StoreError/Code/invalidValue`` when something in the record could be written and not be read
    /// back. Stops the program when the record contradicts itself, which only a mistake of ours can bring about.
    package func requireWhole() throws(StoreError) {
        try requireWholeBesideLead()
        try requireReadable(lead.fault)
    }

    /// The same of all but the lead's record, of which a store that writes what changed checks that
    /// (``RecordChange/fault``).
    package func requireWholeBesideLead() throws(StoreError) {
        precondition(command.lead == lead.id, "a moment's command is its lead's")
        precondition(
            incidents.allSatisfy { $0.lead == lead.id && $0.moment == number },
            "a moment's incidents are its own")
        precondition(
            outgoing.indices.allSatisfy { outgoing[$0].id == deliveryID($0 + 1) },
            "a moment's deliveries are its own, numbered from 1")
        precondition(
            outgoing.indices.allSatisfy { index in
                (1...index + 1).contains(outgoing[index].first)
                    && outgoing[outgoing[index].first - 1].isFirst
            }, "a mail's deliveries follow its first")
        for settlement in settledDeliveries { try settlement.requireWhole() }
        try at.requireReadable("moment \(number) of lead \(lead.id.text.quotedForMessage)")
        switch command.order {
        case .assign(_, let changes), .set(let changes):
            try require(changes.fields.fault(deeperThan: Self.valueDepthLimit), "the command")
        case .complete, .advance, .remove, .status, .retry, .rerun, .erase, .todoDone, .undelivered: break
        }
        for incident in incidents {
            try require(incident.details.fault(deeperThan: Self.valueDepthLimit), "an incident")
        }
        for todo in todos { try require(todo.todo.fault(deeperThan: Self.valueDepthLimit), "a to-do") }
        for delivery in outgoing where delivery.isFirst {
            try require(delivery.payload.fault(deeperThan: Self.valueDepthLimit), "a delivery")
        }
        for change in values {
            guard case .set(let value?) = change.change else { continue }
            try require(value.fault(deeperThan: Self.valueDepthLimit), "a stored value")
        }
    }

    /// Throws ``StoreError/Code/invalidValue`` for a fault of the lead's record.
    package func requireReadable(_ fault: Value.Fault?) throws(StoreError) {
        try require(fault, "a field or a stored value")
    }

    private func require(_ fault: Value.Fault?, _ what: String) throws(StoreError) {
        guard let fault else { return }
        throw .invalidValue("\(what) of moment \(number) of lead \(lead.id.text.quotedForMessage)", fault)
    }

    /// A line with a newline inside stops the program.
    private static func bytes(of journal: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(journal.reduce(0) { $0 + $1.utf8.count + 1 })
        for line in journal {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "\n")) }
            bytes.append(contentsOf: line.utf8)
        }
        let newlines = bytes.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
        precondition(newlines == max(0, journal.count - 1), "a line of a journal is one line")
        return bytes
    }

    public struct Note: Sendable, Hashable {
        public var text: String
        /// Who wrote it, as an event's `by` says it.
        public var by: String

        public init(text: String, by: String) {
            self.text = text
            self.by = by
        }
    }

    public struct Todo: Sendable, Hashable {
        /// `title`, and `due` and `agent` where given.
        public var todo: Table
        public var by: String

        public init(todo: Table, by: String) {
            self.todo = todo
            self.by = by
        }
    }

    public struct Outgoing: Sendable, Hashable {
        public var id: DeliveryID
        public var kind: Journeys.Outgoing.Kind
        /// Where it goes to: one recipient's address as it was given, or the endpoint's name.
        public var to: String
        /// The number of the first delivery of the same mail; its own where it is the only one.
        public var first: Int
        /// As the plugin gave it; of a mail `to`, `subject`, `text` ... The first delivery's alone is kept.
        public var payload: Table
        public var by: String
        /// Whether its death fires nothing (R57).
        public var isQuiet: Bool
        /// The version of the template that the payload names, by its hash; nil where there was none. The first
        /// delivery's alone is kept.
        public var templateHash: String?
        /// The trace that its moment's command belongs to. The first delivery's alone is kept.
        public var trace: TraceParent?

        /// - Parameters:
        ///   - to: nil for the first destination that the payload has.
        ///   - first: nil for its own number.
        public init(
            id: DeliveryID, kind: Journeys.Outgoing.Kind, to: String? = nil, first: Int? = nil,
            payload: Table, by: String, isQuiet: Bool = false, templateHash: String? = nil,
            trace: TraceParent? = nil
        ) {
            self.trace = trace
            self.id = id
            self.kind = kind
            self.to = to ?? kind.destinations(of: payload).first ?? ""
            self.first = first ?? id.number
            self.payload = payload
            self.by = by
            self.isQuiet = isQuiet
            self.templateHash = templateHash
        }

        package var isFirst: Bool { first == id.number }
    }

    public struct ValueChange: Sendable {
        public var plugin: String
        public var key: String
        public var change: StoredChange.Change
        /// The call that asked for it; nil when none did.
        package var request: CallRequest?

        public init(plugin: String, key: String, change: StoredChange.Change) {
            self.init(plugin: plugin, key: key, change: change, request: nil)
        }

        package init(plugin: String, key: String, change: StoredChange.Change, request: CallRequest?) {
            self.plugin = plugin
            self.key = key
            self.change = change
            self.request = request
        }

        /// The plugin's value after the change. Throws where ``StoredChange/applied(to:)`` does.
        public func applied(to old: Value?) throws(Refusal) -> Value? {
            let value = try StoredChange(scope: .plugin, key: key, change: change).applied(to: old)
            return value == .null ? nil : value
        }

        /// The plugin's value after the change; what was there before when there is no sum.
        package func value(after old: Value?) -> Value? {
            do throws(Refusal) {
                return try applied(to: old)
            } catch {
                return old
            }
        }
    }
}

/// Which call asked for a change is not compared.
extension MomentRecord.ValueChange: Equatable {
    public static func == (left: Self, right: Self) -> Bool {
        sameBytes(left.plugin, right.plugin) && sameBytes(left.key, right.key) && left.change == right.change
    }
}

/// What went wrong in a moment, with what is needed to look into it.
public struct IncidentRecord: Sendable, Hashable {
    /// Its number in the store, from 1.
    public var number: Int
    public var lead: LeadID
    public var moment: Int
    /// Its number among its moment's incidents, from 1.
    public var index: Int
    public var at: Timestamp
    /// One of `CallFailure.Reason` or `Refusal.Reason`, or an `Undelivered.State.incidentReason`, as text.
    public var reason: String
    public var message: String
    public var traceback: String?
    /// The trigger whose call failed, or asked for what was refused; nil when no call began it.
    public var trigger: String?
    /// That call's action or decider, as `FunctionName` is written.
    public var run: String?
    public var plugin: String?
    /// The version that the plugin gives itself, or else the beginning of its hash.
    public var pluginVersion: String?
    /// The hash of that version, whose files are kept; nil when the plugin was not there.
    public var pluginHash: String?
    /// The number of the call's event; nil for a decider's that holds its track.
    public var seq: Int?
    /// The name of the call's event.
    public var event: String?
    /// Whatever else is needed to run the call again (R36), as the engine has it.
    public var details: Value
    public var state: IncidentState

    public init(
        number: Int, lead: LeadID, moment: Int, index: Int, at: Timestamp, reason: String, message: String,
        traceback: String? = nil, trigger: String? = nil, run: String? = nil, plugin: String? = nil,
        pluginVersion: String? = nil, pluginHash: String? = nil, seq: Int? = nil, event: String? = nil,
        details: Value = .null, state: IncidentState = .open
    ) {
        self.number = number
        self.lead = lead
        self.moment = moment
        self.index = index
        self.at = at
        self.reason = reason
        self.message = message
        self.traceback = traceback
        self.trigger = trigger
        self.run = run
        self.plugin = plugin
        self.pluginVersion = pluginVersion
        self.pluginHash = pluginHash
        self.seq = seq
        self.event = event
        self.details = details
        self.state = state
    }
}

/// A map's source, as it was when a journey began with it.
public struct StoredMap: Sendable, Hashable {
    public var id: MapID
    public var version: MapVersion
    /// The name of the file that it was read from.
    public var file: String
    public var source: [UInt8]
    /// How many steps each of its tracks has, which says when each step opened; nil where nobody looked.
    public var trackLengths: [Int]?

    public init(
        id: MapID, version: MapVersion, file: String, source: [UInt8], trackLengths: [Int]? = nil
    ) {
        self.id = id
        self.version = version
        self.file = file
        self.source = source
        self.trackLengths = trackLengths
    }
}

extension [UInt8] {
    /// The lines of a journal that is kept with a newline between them.
    package var journalLines: [String] {
        split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The same of a journal that is stored, each line as JSON that others read: earlier versions of
    /// the program wrote an infinite sum that a call had read as `inf` (see ``JSONReader/read(stored:)``).
    package var storedJournalLines: [String] {
        let lines = split(separator: UInt8(ascii: "\n"))
        return lines.map { line in
            let text = String(decoding: line, as: UTF8.self)
            guard line.mayHoldInfinity, (try? JSONReader.read(text)) == nil,
                let value = try? JSONReader.read(stored: Array(line))
            else { return text }
            return value.json
        }
    }
}

extension ArraySlice<UInt8> {
    /// Whether `inf` is where a JSON value may begin.
    fileprivate var mayHoldInfinity: Bool {
        var before: (UInt8, UInt8, UInt8) = (0, 0, 0)
        for byte in self {
            if byte == UInt8(ascii: "f"), before.2 == UInt8(ascii: "n"), before.1 == UInt8(ascii: "i"),
                Self.marks.contains(before.0)
            {
                return true
            }
            before = (before.1, before.2, byte)
        }
        return false
    }

    private static let marks = Array(":,[-".utf8)
}
