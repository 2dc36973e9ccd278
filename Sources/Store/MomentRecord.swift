public import Journeys
public import Values

/// A moment as it is handed over to be kept: what happened, and everything that it left.
///
/// A value in one word, for it goes from its lane to the thread that commits and on to the store: a copy of it copies
/// nothing of what it holds, and the first change after one does.
public struct MomentRecord: Sendable {
    private var shared: Shared<Contents>

    public init(lead: LeadRecord, at: Timestamp, command: Command, journal: [String]) {
        shared = Shared(
            Contents(
                lead: .record(lead), change: .unknown, steps: .made(.unknown), at: at, command: command,
                journal: MomentJournal(Self.bytes(of: journal)), provenance: nil))
    }

    /// What a moment that is done left.
    ///
    /// - Parameters:
    ///   - values: nil for the moment's own (``values(of:)``).
    ///   - outgoing: nil for the moment's own (``outgoing(of:)``).
    ///   - writesChanges: whether ``change`` and ``steps`` are made now; else the store makes them, if it needs them.
    package init(
        _ moment: borrowing Moment, journal: MomentJournal, incidents: [IncidentRecord] = [],
        settlements: [Settlement] = [], values: [ValueChange]? = nil, outgoing: [Outgoing]? = nil,
        settledDeliveries: [DeliverySettlement] = [], maps: [StoredMap] = [], sources: [StoredSource] = [],
        provenance: Provenance? = nil,
        writesChanges: Bool = false
    ) {
        let lead = AfterLead.lead(moment.lead)
        let change = moment.lead.isErased ? .unknown : moment.leadBefore.map(Change.since) ?? .unknown
        let steps = StepsSource.since(moment.leadBefore)
        shared = Shared(
            Contents(
                lead: lead, change: writesChanges ? change.made(to: lead) : change,
                steps: writesChanges ? .made(steps.steps(to: lead)) : steps, at: moment.at,
                command: moment.command,
                journal: journal, provenance: provenance))
        let output = moment.output
        let values = values ?? Self.values(of: moment)
        let outgoing = outgoing ?? Self.outgoing(of: moment)
        let hasOutput = !(output.notes.isEmpty && output.todos.isEmpty && output.doneTodos.isEmpty)
        let isSettling = !(settlements.isEmpty && settledDeliveries.isEmpty)
        let hasSources = !(maps.isEmpty && sources.isEmpty)
        if hasOutput || isSettling || hasSources || !(incidents.isEmpty && values.isEmpty && outgoing.isEmpty)
        {
            shared.content.additions = Additions(
                incidents: incidents, settlements: settlements,
                notes: output.notes.map { Note(text: $0.text, by: $0.by) },
                todos: output.todos.map { Todo(todo: $0.todo, by: $0.by) }, doneTodos: output.doneTodos,
                outgoing: outgoing, settledDeliveries: settledDeliveries, values: values, maps: maps,
                sources: sources)
        }
    }

    /// What every moment leaves.
    private struct Contents {
        var lead: AfterLead
        var change: Change
        var steps: StepsSource
        var at: Timestamp
        var command: Command
        var journal: MomentJournal
        var provenance: Provenance?
        var audited: AuditedRequest?
        /// Nil where there are none.
        var additions: Additions?
    }

    /// What few moments leave.
    private struct Additions {
        var incidents: [IncidentRecord] = []
        var settlements: [Settlement] = []
        var notes: [Note] = []
        var todos: [Todo] = []
        var doneTodos: [Int] = []
        var outgoing: [Outgoing] = []
        var settledDeliveries: [DeliverySettlement] = []
        var values: [ValueChange] = []
        var maps: [StoredMap] = []
        var sources: [StoredSource] = []
    }

    /// The lead after a moment. That of the engine's is enough for most that is asked; a record of it is made only where
    /// the whole is written.
    fileprivate enum AfterLead {
        case lead(Lead)
        case record(LeadRecord)

        var record: LeadRecord {
            switch self {
            case .lead(let lead): LeadRecord(lead)
            case .record(let record): record
            }
        }
    }

    /// False for what has no more than every moment.
    package var hasAdditions: Bool { shared.content.additions != nil }

    private var additions: Additions {
        get { shared.content.additions ?? Additions() }
        _modify {
            var changed = shared.content.additions ?? Additions()
            shared.content.additions = nil
            defer { shared.content.additions = changed }
            yield &changed
        }
    }
}

extension MomentRecord {
    /// The lead after the moment. Its `lastMoment` is the moment's number.
    public var lead: LeadRecord {
        get { shared.content.lead.record }
        set { shared.content.lead = .record(newValue) }
    }

    /// What it changed of the lead.
    package var change: Change {
        get { shared.content.change }
        set { shared.content.change = newValue }
    }

    /// What it changed of where the lead is. To be asked once, for what was not made with the record is made each time.
    package var steps: Steps {
        get { shared.content.steps.steps(to: shared.content.lead) }
        set { shared.content.steps = .made(newValue) }
    }

    public var at: Timestamp {
        get { shared.content.at }
        set { shared.content.at = newValue }
    }

    public var command: Command {
        get { shared.content.command }
        set { shared.content.command = newValue }
    }

    /// The id that its client gave the command.
    package var commandID: CommandID? { shared.content.command.id }

    /// The command as compact JSON.
    package var commandJSON: [UInt8] { shared.content.command.jsonBytes }

    /// The journal as JSON lines, each without its newline and complete, incidents' numbers included.
    public var journal: [String] {
        get { journalBytes.journalLines }
        set { journalBytes = Self.bytes(of: newValue) }
    }

    /// The journal's lines with a newline between them.
    package var journalBytes: [UInt8] {
        get { shared.content.journal.bytes }
        set { shared.content.journal = MomentJournal(newValue) }
    }

    /// What the moment's calls were functions of (R37); nil when it made none.
    public var provenance: Provenance? {
        get { shared.content.provenance }
        set { shared.content.provenance = newValue }
    }

    /// The request over the API that gave the command; the audit log has an entry of it as soon as the moment is kept.
    public var audited: AuditedRequest? {
        get { shared.content.audited }
        set { shared.content.audited = newValue }
    }

    public var incidents: [IncidentRecord] {
        get { shared.content.additions?.incidents ?? [] }
        set { additions.incidents = newValue }
    }

    /// Applied in order, before ``incidents`` are there.
    public var settlements: [Settlement] {
        get { shared.content.additions?.settlements ?? [] }
        set { additions.settlements = newValue }
    }

    public var notes: [Note] {
        get { shared.content.additions?.notes ?? [] }
        set { additions.notes = newValue }
    }

    public var todos: [Todo] {
        get { shared.content.additions?.todos ?? [] }
        set { additions.todos = newValue }
    }

    /// The numbers of the lead's to-dos that its command marked as done. Applied before ``todos`` are there.
    public var doneTodos: [Int] {
        get { shared.content.additions?.doneTodos ?? [] }
        set { additions.doneTodos = newValue }
    }

    /// To leave the building; each becomes a delivery that waits (R53). Numbered from 1 in this order.
    public var outgoing: [Outgoing] {
        get { shared.content.additions?.outgoing ?? [] }
        set { additions.outgoing = newValue }
    }

    /// Ends of attempts of the lead's deliveries that are being sent. Applied before ``outgoing`` is there.
    public var settledDeliveries: [DeliverySettlement] {
        get { shared.content.additions?.settledDeliveries ?? [] }
        set { additions.settledDeliveries = newValue }
    }

    /// Changes of plugins' values for all leads, applied in order to what is stored then.
    public var values: [ValueChange] {
        get { shared.content.additions?.values ?? [] }
        set { additions.values = newValue }
    }

    /// The sources of maps that a journey began on in this moment. Those that are stored already may be
    /// left out.
    public var maps: [StoredMap] {
        get { shared.content.additions?.maps ?? [] }
        set { additions.maps = newValue }
    }

    /// The plugins and templates that the moment used. Those that are stored already may be left out.
    public var sources: [StoredSource] {
        get { shared.content.additions?.sources ?? [] }
        set { additions.sources = newValue }
    }
}

// MARK: What is asked of the lead after it

extension MomentRecord {
    /// The lead's id.
    package var leadID: LeadID {
        switch shared.content.lead {
        case .lead(let lead): lead.id
        case .record(let record): record.id
        }
    }

    /// Its number among its lead's (R22).
    public var number: Int {
        switch shared.content.lead {
        case .lead(let lead): lead.lastMoment
        case .record(let record): record.lastMoment
        }
    }

    package var leadStatus: LeadStatus {
        switch shared.content.lead {
        case .lead(let lead): lead.status
        case .record(let record): record.status
        }
    }

    /// The map of the lead's journey; nil where it has none.
    package var leadMap: MapID? {
        switch shared.content.lead {
        case .lead(let lead): lead.definition?.id
        case .record(let record): record.journey?.map
        }
    }

    /// The version of ``leadMap``.
    package var leadMapVersion: MapVersion? {
        switch shared.content.lead {
        case .lead(let lead): lead.definition?.version
        case .record(let record): record.journey?.version
        }
    }

    /// The map of the lead's journey in the engine; nil where there is none, or the record was not made there.
    package var leadDefinition: MapDefinition? {
        if case .lead(let lead) = shared.content.lead { lead.definition } else { nil }
    }

    /// Whether the lead's journey is on this map's very object in the engine.
    package func isLead(on map: MapDefinition) -> Bool {
        if case .lead(let lead) = shared.content.lead { lead.isOn(map) } else { false }
    }

    package var isLeadErased: Bool {
        switch shared.content.lead {
        case .lead(let lead): lead.isErased
        case .record(let record): record.isErased
        }
    }

    /// See ``LeadRecord/isHeld``.
    package var isLeadHeld: Bool {
        switch shared.content.lead {
        case .lead(let lead): lead.isHeld
        case .record(let record): record.isHeld
        }
    }

    /// Whether the lead has other to-dos after it, or in other states.
    var changesTodos: Bool { !(todos.isEmpty && doneTodos.isEmpty) || isLeadErased }
}

// MARK: What it is made of

extension MomentRecord {
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

    package enum Change: Sendable {
        /// Not known, or the lead is new: the record is kept whole.
        case unknown
        /// What is different from the lead as it was before.
        case since(Lead)
        case made(RecordChange)

        fileprivate func made(to after: AfterLead) -> Change {
            guard case .since(let before) = self else { return self }
            switch after {
            case .lead(let lead): return .made(RecordChange(from: before, to: lead))
            case .record(let record): return .made(RecordChange(from: before, to: record))
            }
        }
    }

    package enum Steps: Sendable {
        /// Not known: the store looks at the lead as it was before.
        case unknown
        /// Nil for nothing.
        case known(StepChanges?)
    }

    /// What is kept of ``steps``.
    fileprivate enum StepsSource {
        /// They are what is different from where the lead was before; nil for a lead that is new.
        case since(Lead?)
        case made(Steps)

        func steps(to after: AfterLead) -> Steps {
            switch (self, after) {
            case (.made(let steps), _): steps
            case (.since(let before), .lead(let lead)): .known(StepChanges(from: before, to: lead))
            case (.since, .record): .unknown
            }
        }
    }

    /// Nil where what it changed is not known, or the lead is new.
    package var madeChange: RecordChange? {
        if case .made(let made) = shared.content.change.made(to: shared.content.lead) {
            made
        } else {
            nil
        }
    }

    private func deliveryID(_ number: Int) -> DeliveryID {
        DeliveryID(leadID, moment: self.number, number: number)
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
        var lines = JournalLines()
        try requireWholeBesideLead(writing: &lines)
        try requireReadable(lead.fault)
    }

    /// The same of all but the lead's record, of which a store that writes what changed checks that
    /// (``RecordChange/fault``).
    ///
    /// - Parameter lines: what has written the journal of the moment before, if there is one.
    package func requireWholeBesideLead(writing lines: inout JournalLines) throws(StoreError) {
        precondition(shared.content.command.lead == leadID, "a moment's command is its lead's")
        try at.requireReadable("moment \(number) of lead \(leadID.text.quotedForMessage)")
        switch shared.content.command.order {
        case .assign(_, let changes), .set(let changes):
            try require(changes.fields.fault(deeperThan: Self.valueDepthLimit), "the command")
        case .complete, .advance, .remove, .status, .retry, .rerun, .erase, .todoDone, .undelivered: break
        }
        try require(shared.content.journal.write(with: &lines).fault, "the journal")
        if let additions = shared.content.additions { try requireWhole(additions) }
    }

    private func requireWhole(_ additions: Additions) throws(StoreError) {
        let (incidents, outgoing) = (additions.incidents, additions.outgoing)
        precondition(
            incidents.allSatisfy { $0.lead == leadID && $0.moment == number },
            "a moment's incidents are its own")
        precondition(
            outgoing.indices.allSatisfy { outgoing[$0].id == deliveryID($0 + 1) },
            "a moment's deliveries are its own, numbered from 1")
        precondition(
            outgoing.indices.allSatisfy { index in
                (1...index + 1).contains(outgoing[index].first)
                    && outgoing[outgoing[index].first - 1].isFirst
            }, "a mail's deliveries follow its first")
        for settlement in additions.settledDeliveries { try settlement.requireWhole() }
        for incident in incidents {
            try require(incident.details.fault(deeperThan: Self.valueDepthLimit), "an incident")
        }
        for todo in additions.todos {
            try require(todo.todo.fault(deeperThan: Self.valueDepthLimit), "a to-do")
        }
        for delivery in outgoing where delivery.isFirst {
            try require(delivery.payload.fault(deeperThan: Self.valueDepthLimit), "a delivery")
        }
        for change in additions.values {
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
        throw .invalidValue("\(what) of moment \(number) of lead \(leadID.text.quotedForMessage)", fault)
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
}
