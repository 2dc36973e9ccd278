public import Journeys
public import Store
import Values

/// Moments to fill stores with. They follow the rules of stores, not those of journeys.
public struct SampleMoments: Sendable {
    private var leads: [LeadID: LeadRecord] = [:]
    private var nextIncident = 1

    /// The map that the sample journeys are on.
    public static let map = StoredMap(
        id: MapID("new-buyer"), version: MapVersion("v1"), file: "new-buyer.yaml",
        source: Array("map: new-buyer\n".utf8), trackLengths: [1, 2, 1, 1, 1])

    /// Versions of plugins and templates; the first two share a file.
    public static let sources = [
        ("greeting", "a1", ["greeting/init.lua": "return 1", "greeting/text.lua": "shared"]),
        ("greeting", "b2", ["greeting/init.lua": "return 2", "greeting/text.lua": "shared"]),
        ("n\u{0}te", "a1", ["n\u{0}te.lua": ""]), ("empty", "", [:]),
    ].flatMap { name, hash, files in
        StoredVersion.Kind.allCases.map { kind in
            StoredSource(
                version: StoredVersion(
                    kind: kind, name: name, hash: hash, declared: kind == .plugin ? "1.\u{0}" : nil,
                    since: Timestamp(milliseconds: 1_700_000_000_000)),
                files: files.sorted { $0.key < $1.key }.map {
                    StoredSource.File(name: $0.key, bytes: Array($0.value.utf8) + [0xFF])
                })
        }
    }

    public init() {}

    /// The lead's next moment, with one line of journal; `change` may put anything else into it.
    public mutating func next(
        _ id: String, commandID: String? = nil, change: (inout MomentRecord) -> Void = { _ in }
    ) -> MomentRecord {
        let id = LeadID(id)!
        let before = leads[id].flatMap { $0.isErased ? nil : $0 }
        var lead = leads[id] ?? LeadRecord(id: id)
        lead.isErased = false
        lead.lastMoment += 1
        lead.lastSeq += 1
        let command = Command(
            lead: id, order: .set(LeadChanges(fields: ["n": .integer(Int64(lead.lastMoment))])),
            id: commandID.map { CommandID($0) })
        var moment = MomentRecord(
            lead: lead, at: Timestamp(milliseconds: 1_700_000_000_000 + Int64(lead.lastMoment)),
            command: command, journal: [Self.line(lead)])
        change(&moment)
        // Some do not say what they changed.
        if let before, before.lastMoment % 5 != 3 {
            moment.change = .made(RecordChange(from: before, to: moment.lead))
        }
        leads[id] = moment.lead
        return moment
    }

    /// The moment that erases the lead, which is there.
    public mutating func erasure(of id: String, commandID: String? = nil) -> MomentRecord {
        let id = LeadID(id)!
        guard let before = leads[id] else { preconditionFailure("there is no lead \(id)") }
        let lead = LeadRecord(
            id: id, lastSeq: before.lastSeq, lastMoment: before.lastMoment + 1, isErased: true)
        leads[id] = lead
        let command = Command(lead: id, order: .erase, id: commandID.map { CommandID($0) })
        return MomentRecord(
            lead: lead, at: Timestamp(milliseconds: 1_700_000_000_000 + Int64(lead.lastMoment)),
            command: command, journal: [])
    }

    /// Whether the lead is there.
    private func has(_ id: String) -> Bool { LeadID(id).flatMap { leads[$0] }.map { !$0.isErased } ?? false }

    /// An incident of the moment, with the next number.
    public mutating func incident(of moment: MomentRecord, number: Int? = nil) -> IncidentRecord {
        let number = number ?? nextIncident
        nextIncident = max(nextIncident, number + 1)
        return IncidentRecord(
            number: number, lead: moment.lead.id, moment: moment.number, index: moment.incidents.count + 1,
            at: moment.at, reason: "error", message: "the plugin said \"no\"\nand \u{0} more",
            traceback: "stack traceback:\n\t[C]: in ?", trigger: "new-buyer/open/1", run: "greeting.welcome",
            plugin: "greeting", pluginVersion: "1.2.0", pluginHash: "a1", seq: moment.lead.lastSeq,
            event: "map.open",
            details: ["params": ["template": "welcome"]])
    }

    /// A journey in which every state of tracks and steps occurs.
    public static func journey(_ phase: Journey.Phase = .active) -> JourneyRecord {
        JourneyRecord(
            number: 2, map: map.id, version: map.version, phase: phase,
            tracks: Journey.TrackState.allCases, steps: Journey.StepState.allCases,
            removers: [4: "greeting.by_score"],
            opened: [2: Timestamp(milliseconds: 1_700_000_000_000), 3: Timestamp(milliseconds: -1)])
    }

    private static func line(_ lead: LeadRecord) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "event")
        writer.field("lead", lead.id.text)
        writer.field("moment", lead.lastMoment)
        writer.field("instant", 1)
        writer.field("seq", lead.lastSeq)
        writer.field("event", "probe.happened")
        writer.field("map", "new-buyer")
        writer.field("by", "operator")
        writer.endObject()
        return writer.text
    }
}

extension SampleMoments {
    /// A lead's next moment with something random of everything that a moment can leave. Now and then it
    /// breaks a rule of ``MomentStore/commit(_:)``; go on then with the samples as they were before.
    public mutating func random(_ random: inout SeededRandom) -> MomentRecord {
        let id = random.pick(["L1", "L2", "l2", "\u{e9}", "e\u{301}", "a/1"])
        let commandID = random.once(in: 4) ? "id-\(Int.random(in: 0..<200, using: &random))" : nil
        if random.once(in: 25), has(id) { return erasure(of: id, commandID: commandID) }
        var moment = next(id, commandID: commandID) { moment in
            moment.lead.status = random.pick(LeadStatus.allCases)
            moment.lead.agent = random.pick([nil, "kim", "\u{0}", ""])
            moment.lead.channel = random.pick([nil, "form"])
            moment.lead.fields["n"] = random.pick([nil, 1, 1.0, "x\u{0}y", [], [:], false])
            moment.lead.store["greeting"] = random.pick([
                nil, ["count": 1], ["count": 2], ["count": 2, "e\u{301}": "x"],
            ])
            if random.once(in: 3) {
                moment.lead.journey = Self.journey(random.pick([.active, .ended(.won), .ended(.left)]))
            } else if random.once(in: 2) {
                moment.lead.journey?.move(&random)
            }
            if random.once(in: 15) { moment.lead.lastMoment += random.pick([-1, 1]) }
            if random.once(in: 2) { moment.journal = [] }
        }
        if random.once(in: 2) { moment.maps = [Self.map] }
        while random.once(in: 3) {
            var source = random.pick(Self.sources)
            source.version.since = moment.at
            moment.sources.append(source)
        }
        if random.once(in: 3) { moment.notes = [.init(text: "called\u{0}", by: "plugin:note")] }
        if random.once(in: 3) { moment.todos = [.init(todo: ["title": "call"], by: "plugin:todo")] }
        if random.once(in: 10) { moment.doneTodos = [Int.random(in: 1...2, using: &random)] }
        if random.once(in: 3) {
            let recipients: [Value] = ["a@example.com", "b@example.com", "e\u{301}@example.com"]
            moment.sendToAll(
                ["to": .list(recipients.filter { _ in random.once(in: 2) })], by: "plugin:email",
                templateHash: random.pick([nil, "a1"]))
        }
        if random.once(in: 5) {
            moment.send(["endpoint": "crm"], .webhook, isQuiet: random.once(in: 2), by: "plugin:crm")
        }
        if random.once(in: 2) {
            moment.provenance = Provenance(
                host: random.pick(["1", "2"]), maps: [.init(map: "new-buyer", version: "v1")],
                plugins: random.pick([[], [.init(name: "greeting", version: "1", hash: "a1", settings: "s")]])
            )
        }
        if random.once(in: 2) {
            let key = random.pick(Self.keys)
            let change: StoredChange.Change = random.pick([.set(nil), .set("x"), .add(1), .add(0.5)])
            moment.values = [.init(plugin: "greeting", key: key, change: change)]
        }
        while random.once(in: 3) {
            let states: [IncidentState] = [.open, .retried(moment: 2), .superseded(by: 9), .dismissed]
            moment.settlements.append(
                random.once(in: 4)
                    ? .decider(trigger: random.pick(["m/t/flex", "new-buyer/open/1"]))
                    : .incident(Int.random(in: 1...40, using: &random), random.pick(states)))
        }
        while random.once(in: 4) {
            let number = random.once(in: 10) ? Int.random(in: 1...40, using: &random) : nil
            moment.incidents.append(incident(of: moment, number: number))
        }
        return moment
    }

    /// The keys of the plugin `greeting` that random moments change.
    public static let keys = ["a", "a\u{0}b", "\u{e9}", "e\u{301}"]
}

extension JourneyRecord {
    /// Brings some tracks and steps into other states, as a moment may that did not begin the journey.
    fileprivate mutating func move(_ random: inout SeededRandom) {
        for step in steps.indices where random.once(in: 2) {
            steps[step] = random.pick(Journey.StepState.allCases)
            if steps[step] == .removed { removers[step] = removers[step] ?? "operator" }
        }
        for track in tracks.indices where random.once(in: 3) {
            tracks[track] = random.pick(Journey.TrackState.allCases)
            if tracks[track] == .open {
                opened[track] = opened[track] ?? Timestamp(milliseconds: Int64(track))
            }
        }
        if random.once(in: 4) { phase = .ended(.won) }
    }
}
