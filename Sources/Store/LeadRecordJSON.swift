import Journeys
package import Values

/// Leads as compact JSON, the form in which stores keep them:
///
///     {"id":"L1","status":"open","agent":"kim","channel":"form","fields":{"score":80},
///      "store":{"note":{"n":1}},"seq":9,"moment":3,
///      "journey":{"number":1,"map":"new-buyer","version":"…","tracks":"oow","steps":"coow",
///                 "removers":{"3":"greeting.by_score"},"opened":{"0":1763802000000}}}
///
/// What is absent or empty is left out. A journey that is over has an `outcome`. States of tracks and
/// steps are one letter each: `w`aiting, `h`eld, `o`pen, `c`losed, `s`kipped, `r`emoved, cancelled (`x`). When a track
/// opened is in milliseconds since 1970.
extension LeadRecord {
    public var json: String { String(decoding: jsonBytes, as: UTF8.self) }

    /// ``json`` as UTF-8.
    package var jsonBytes: [UInt8] {
        var writer = JSONWriter(reservingBytes: 512)
        writer.beginObject()
        writer.literal(#""id":"#)
        writer.literal(quoting: id.text)
        writer.literal(#","status":"#)
        writer.string(status.rawValue)
        if let agent { writer.field("agent", agent) }
        if let channel { writer.field("channel", channel) }
        if !fields.isEmpty { writer.field("fields", .table(fields)) }
        if !store.isEmpty { writer.field("store", .table(store)) }
        writer.field("seq", lastSeq)
        writer.field("moment", lastMoment)
        if let journey {
            writer.key("journey")
            journey.write(to: &writer)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Reads the record that is kept for this lead after the moment with this number. Throws
    /// ``StoreError/Code/damaged`` for anything else, another lead's record too.
    package init(json: [UInt8], of lead: String, after moment: Int) throws(StoreError) {
        try self.init(json: json)
        guard sameBytes(id.text, lead), lastMoment == moment else {
            throw .damaged("the lead's record is not of its row")
        }
    }

    /// Reads what ``json`` wrote. Throws ``StoreError/Code/damaged`` for anything else.
    public init(json: [UInt8]) throws(StoreError) {
        let members = Members(try Value(storedJSON: json))
        guard let id = LeadID(try members.string("id")) else { throw members.mistake("id") }
        guard let status = LeadStatus(rawValue: try members.string("status")) else {
            throw members.mistake("status")
        }
        self.init(
            id: id, status: status, agent: members["agent"]?.string, channel: members["channel"]?.string,
            fields: members["fields"]?.table ?? Table(), store: members["store"]?.table ?? Table(),
            journey: try members["journey"].map { value throws(StoreError) in try JourneyRecord(value) },
            lastSeq: try members.count("seq"), lastMoment: try members.count("moment"))
    }
}

extension JourneyRecord {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.literal(#""number":"#)
        writer.literal(number: number)
        writer.literal(#","map":"#)
        writer.literal(quoting: map.text)
        writer.literal(#","version":"#)
        writer.string(version.text)
        if case .ended(let outcome) = phase { writer.field("outcome", outcome.rawValue) }
        writer.literal(#","tracks":"#)
        writer.literal(letters: tracks.count) { tracks[$0].letter }
        writer.literal(#","steps":"#)
        writer.literal(letters: steps.count) { steps[$0].letter }
        Self.write(removers: removers, opened: opened, to: &writer)
        writer.endObject()
    }

    /// What is kept by the indexes of tracks and steps.
    static func write(removers: [Int: String], opened: [Int: Timestamp], to writer: inout JSONWriter) {
        if !removers.isEmpty {
            writer.key("removers")
            writer.beginObject()
            for (step, remover) in removers.sorted(by: { $0.key < $1.key }) {
                writer.field(String(step), remover)
            }
            writer.endObject()
        }
        if !opened.isEmpty {
            writer.key("opened")
            writer.beginObject()
            for (track, time) in opened.sorted(by: { $0.key < $1.key }) {
                writer.field(String(track), Int(time.milliseconds))
            }
            writer.endObject()
        }
    }

    init(_ value: Value) throws(StoreError) {
        let members = Members(value)
        phase = try members.outcome().map(Journey.Phase.ended) ?? .active
        tracks = []
        for letter in try members.string("tracks").utf8 {
            guard let state = Journey.TrackState(letter: letter) else { throw members.mistake("tracks") }
            tracks.append(state)
        }
        steps = []
        for letter in try members.string("steps").utf8 {
            guard let state = Journey.StepState(letter: letter) else { throw members.mistake("steps") }
            steps.append(state)
        }
        number = try members.count("number")
        map = MapID(try members.string("map"))
        version = MapVersion(try members.string("version"))
        (removers, opened) = ([:], [:])
        try readIndexed(members)
    }

    /// Takes over what ``write(removers:opened:to:)`` wrote.
    mutating func readIndexed(_ members: Members) throws(StoreError) {
        for entry in members["removers"]?.table ?? Table() {
            guard let step = Int(entry.key), steps.indices.contains(step), let remover = entry.value.string
            else { throw members.mistake("removers") }
            removers[step] = remover
        }
        for entry in members["opened"]?.table ?? Table() {
            guard let track = Int(entry.key), tracks.indices.contains(track),
                let time = entry.value.integer.map(Timestamp.init(milliseconds:)),
                StoredNumbers.times.contains(time)
            else { throw members.mistake("opened") }
            opened[track] = time
        }
    }
}

extension Value {
    /// Reads JSON that a store wrote. Throws ``StoreError/Code/damaged`` when it is not JSON.
    package init(storedJSON json: [UInt8]) throws(StoreError) {
        do throws(JSONReader.SyntaxError) {
            self = try JSONReader.read(stored: json)
        } catch {
            throw .damaged("a stored value is not JSON: \(error)")
        }
    }
}

extension Value {
    /// Throws ``StoreError/Code/invalidValue`` for a value that could not be read back.
    package func requireReadable() throws(StoreError) {
        if let fault = fault(deeperThan: MomentRecord.valueDepthLimit) {
            throw .invalidValue("a value", fault)
        }
    }
}

extension StoreError {
    /// Something that was stored does not read back.
    package static func damaged(_ message: String, file: String? = nil) -> StoreError {
        StoreError(.damaged, message, file: file, advice: "restore the store from a backup")
    }
}

/// The members of a JSON object of a lead's record.
struct Members {
    private let table: Table

    init(_ value: Value) { table = value.table ?? Table() }

    subscript(name: String) -> Value? { table[name] }

    func string(_ name: String) throws(StoreError) -> String {
        guard let text = table[name]?.string else { throw mistake(name) }
        return text
    }

    func count(_ name: String) throws(StoreError) -> Int {
        guard let number = table[name]?.integer, StoredNumbers.isCount(Int(number)) else {
            throw mistake(name)
        }
        return Int(number)
    }

    func outcome() throws(StoreError) -> JourneyOutcome? {
        guard let text = table["outcome"] else { return nil }
        guard let outcome = text.string.flatMap(JourneyOutcome.init(rawValue:)) else {
            throw mistake("outcome")
        }
        return outcome
    }

    func mistake(_ name: String) -> StoreError {
        .damaged("a lead's record has no proper `\(name)`")
    }
}

extension Journey.TrackState {
    var letter: UInt8 {
        switch self {
        case .waiting: UInt8(ascii: "w")
        case .held: UInt8(ascii: "h")
        case .open: UInt8(ascii: "o")
        case .closed: UInt8(ascii: "c")
        case .cancelled: UInt8(ascii: "x")
        }
    }

    init?(letter: UInt8) {
        guard let state = Self.allCases.first(where: { $0.letter == letter }) else { return nil }
        self = state
    }
}

extension Journey.StepState {
    var letter: UInt8 {
        switch self {
        case .waiting: UInt8(ascii: "w")
        case .open: UInt8(ascii: "o")
        case .closed: UInt8(ascii: "c")
        case .skipped: UInt8(ascii: "s")
        case .removed: UInt8(ascii: "r")
        case .cancelled: UInt8(ascii: "x")
        }
    }

    init?(letter: UInt8) {
        guard let state = Self.allCases.first(where: { $0.letter == letter }) else { return nil }
        self = state
    }
}
