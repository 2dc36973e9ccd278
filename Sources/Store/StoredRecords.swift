public import Journeys
public import Values

/// A command of a lead that was accepted with an id (R40).
public struct AcceptedCommand: Sendable, Hashable {
    public var moment: Int
    private let request: Request

    private enum Request: Sendable, Hashable {
        case whole(ExactText)
        /// All that is left of one whose text was removed (R61).
        case digest(RequestDigest)
    }

    public init(moment: Int, canonicalRequest: ExactText) {
        self.moment = moment
        request = .whole(canonicalRequest)
    }

    package init(moment: Int, digest: RequestDigest) {
        self.moment = moment
        request = .digest(digest)
    }

    /// Whether the command asks the same as the one that was accepted.
    public func isRequest(of command: Command) -> Bool {
        switch request {
        case .whole(let request): request == command.canonicalRequest
        case .digest(let digest): digest == RequestDigest(of: command.canonicalRequest, salt: digest.salt)
        }
    }
}

/// The hash of what a command asked.
package struct RequestDigest: Sendable, Hashable {
    let salt: String
    /// SHA-256 of the salt and the request, in hexadecimal digits.
    package let hexadecimal: String

    package init(of request: ExactText, salt: String) {
        self.init(
            hexadecimal: SHA256.hexadecimal(of: Array((salt + request.text).utf8)), salt: salt)
    }

    package init(hexadecimal: String, salt: String) {
        self.hexadecimal = hexadecimal
        self.salt = salt
    }
}

extension Command {
    /// What the command asks and its `by`, as JSON: without its id and its time. A command that is sent
    /// again has the same (R40).
    public var canonicalRequest: ExactText { Self.canonicalRequest(value) }

    /// The same of a command that is already written as a value.
    package static func canonicalRequest(_ command: Value) -> ExactText {
        var table = command.table ?? Table()
        for key in ["at", "id"] { table[key] = nil }
        return ExactText(Value.table(table).json)
    }
}

/// A moment as it was kept.
public struct StoredMoment: Sendable, Hashable {
    public var lead: LeadID
    public var number: Int
    public var at: Timestamp
    /// The command in the grammar of a commands file, without `at`.
    public var command: Value
    /// The journal's JSON lines, without their newlines.
    public var journal: [String]
    /// What its calls were functions of; nil when it made none, or when an earlier version of the program kept
    /// it.
    public var provenance: Provenance?

    public init(
        lead: LeadID, number: Int, at: Timestamp, command: Value, journal: [String],
        provenance: Provenance? = nil
    ) {
        self.lead = lead
        self.number = number
        self.at = at
        self.command = command
        self.journal = journal
        self.provenance = provenance
    }

    /// Who gave the command.
    public var by: String { command.table?["by"]?.string ?? Command.defaultBy }
}

/// A committed moment's journal, with its place among those of all leads.
public struct CommittedMoment: Sendable, Hashable {
    /// Rises in the order of commits, not always by one. From 1.
    public var position: Int
    public var lead: LeadID
    /// The journal's JSON lines, without their newlines.
    public var journal: [String]

    public init(position: Int, lead: LeadID, journal: [String]) {
        self.position = position
        self.lead = lead
        self.journal = journal
    }
}

/// Which leads are wanted. What is nil does not matter.
public struct LeadFilter: Sendable, Hashable {
    public var status: LeadStatus?
    /// The map of the journey that is active, or of the last one.
    public var map: MapID?
    /// The id, the agent, the channel or the text of a field contains this, in any case and any spelling of
    /// its letters (see ``SearchText``). Names of fields, numbers, and texts within lists and tables are not
    /// searched.
    public var text: String? { didSet { searched = text.map(SearchText.init) } }
    private var searched: SearchText?

    /// Names of fields that are not searched for ``text``; `id`, `agent` and `channel` among them mean these.
    public var unsearched: Set<ExactText> = []

    /// Whether a track of the journey is held (R34).
    public var isHeld: Bool?

    public init(
        status: LeadStatus? = nil, map: MapID? = nil, text: String? = nil, isHeld: Bool? = nil
    ) {
        self.status = status
        self.map = map
        self.text = text
        self.isHeld = isHeld
        searched = text.map(SearchText.init)
    }

    public static let all = LeadFilter()

    package func matches(_ lead: LeadRecord) -> Bool {
        if let status, lead.status != status { return false }
        if let map, lead.journey?.map != map { return false }
        if let isHeld, lead.isHeld != isHeld { return false }
        guard let searched else { return true }
        func has(_ name: String, _ text: String?) -> Bool {
            guard let text, unsearched.isEmpty || !unsearched.contains(name) else { return false }
            return searched.isIn(text)
        }
        return has("id", lead.id.text) || has("agent", lead.agent) || has("channel", lead.channel)
            || lead.fields.contains { has($0.key, $0.value.string) }
    }
}

/// A lead as a list shows it.
public struct LeadSummary: Sendable, Hashable {
    public var id: LeadID
    public var status: LeadStatus
    public var agent: String?
    public var channel: String?
    public var fields: Table
    /// The map of the journey that is active, or of the last one.
    public var map: MapID?
    /// Whether that journey is active.
    public var isActive: Bool
    /// The journey that is active, or the last one.
    public var journey: JourneyRecord?
    public var lastSeq: Int
    public var lastMoment: Int
    /// When its last moment was.
    public var changed: Timestamp

    package init(_ lead: LeadRecord, changed: Timestamp) {
        id = lead.id
        status = lead.status
        agent = lead.agent
        channel = lead.channel
        fields = lead.fields
        map = lead.journey?.map
        isActive = lead.journey?.phase == .active
        journey = lead.journey
        lastSeq = lead.lastSeq
        lastMoment = lead.lastMoment
        self.changed = changed
    }
}

/// What a plugin keeps for all leads under one key.
public struct StoredValue: Sendable, Hashable {
    public var key: String
    public var value: Value

    public init(key: String, value: Value) {
        self.key = key
        self.value = value
    }
}

/// A lead whose record does not read back.
public struct DamagedLead: Sendable, Hashable {
    /// Its id, as far as that is whole.
    public let lead: String
    /// What is wrong with the record.
    public let message: String

    public init(lead: String, message: String) {
        self.lead = lead
        self.message = message
    }
}

/// How much a store holds.
public struct StoreCounts: Sendable, Hashable {
    /// Leads by status; a status that no lead has counts 0.
    public var leads: [LeadStatus: Int]
    public var moments: Int
    public var incidents: Int
    /// Deliveries.
    public var outbox: Int

    public init(leads: [LeadStatus: Int], moments: Int, incidents: Int, outbox: Int) {
        self.leads = Dictionary(uniqueKeysWithValues: LeadStatus.allCases.map { ($0, leads[$0] ?? 0) })
        self.moments = moments
        self.incidents = incidents
        self.outbox = outbox
    }
}

/// What a plugin noted on a lead's record.
public struct StoredNote: Sendable, Hashable {
    public var lead: LeadID
    public var moment: Int
    /// Its number among its moment's notes, from 1.
    public var number: Int
    public var at: Timestamp
    public var by: String
    public var text: String

    public init(lead: LeadID, moment: Int, number: Int, at: Timestamp, by: String, text: String) {
        self.lead = lead
        self.moment = moment
        self.number = number
        self.at = at
        self.by = by
        self.text = text
    }
}

/// What a plugin asked to be done for a lead.
public struct StoredTodo: Sendable, Hashable {
    public var lead: LeadID
    public var moment: Int
    /// Its number among its lead's to-dos, from 1 in the order in which they were added. It never changes.
    public var number: Int
    public var at: Timestamp
    public var by: String
    /// `title`, and `due` and `agent` where given.
    public var todo: Table
    /// Nil while it is open.
    public var done: Done?

    /// How a to-do was marked as done.
    public struct Done: Sendable, Hashable {
        /// The lead's moment that did it.
        public var moment: Int
        public var at: Timestamp
        public var by: String

        public init(moment: Int, at: Timestamp, by: String) {
            self.moment = moment
            self.at = at
            self.by = by
        }
    }

    public init(
        lead: LeadID, moment: Int, number: Int, at: Timestamp, by: String, todo: Table, done: Done? = nil
    ) {
        self.lead = lead
        self.moment = moment
        self.number = number
        self.at = at
        self.by = by
        self.todo = todo
        self.done = done
    }
}

extension [StoredTodo] {
    /// A lead's to-dos as they were after an earlier moment of it.
    package func asOf(moment: Int) -> [StoredTodo] {
        compactMap { todo in
            if todo.moment > moment { return nil }
            var todo = todo
            if let done = todo.done, done.moment > moment { todo.done = nil }
            return todo
        }
    }

    /// Makes of a lead's to-dos what they are after its next moment. What it marks as done must be there and open.
    mutating func apply(_ moment: MomentRecord) {
        if moment.isLeadErased { removeAll() }
        for number in moment.doneTodos {
            self[number - 1].done = StoredTodo.Done(
                moment: moment.number, at: moment.at, by: moment.command.by)
        }
        for todo in moment.todos {
            append(
                StoredTodo(
                    lead: moment.leadID, moment: moment.number, number: count + 1, at: moment.at,
                    by: todo.by,
                    todo: todo.todo))
        }
    }
}
