import Journeys
import LuaSandbox
import Values

/// Encodes what the calls of one instant see: the lead and the journey once, each event around them.
struct InstantEncoding {
    private let snapshot: Snapshot
    private let lead: EncodedValue
    private let journey: EncodedValue?

    init(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        lead = Self.encode(snapshot.lead)
        journey = snapshot.journey.map(Self.encode)
    }

    /// A function's first argument: the event with the lead and the journey in it.
    func event(of request: CallRequest) -> EncodedValue {
        let event = request.event
        var encoder = ValueEncoder(reservingBytes: 256 + lead.byteCount + (journey?.byteCount ?? 0))
        encoder.beginTable()
        if let seq = event.seq {
            encoder.field("id", text: "\(snapshot.lead.id):\(seq)")
            encoder.field("seq", .integer(Int64(seq)))
        }
        encoder.field("name", text: event.name.text)
        encoder.field("at", .integer(event.at.milliseconds))
        encoder.field("by", text: event.by)
        encoder.field("map", text: event.map.text)
        if let track = event.track { encoder.field("track", text: track.text) }
        if let step = event.step { encoder.field("step", text: step.text) }
        if let payload = event.payload { encoder.field("payload", payload) }
        if let ending = event.ending {
            encoder.field("outcome", text: ending.outcome.rawValue)
            encoder.field("cancelled", .list(ending.cancelled.map { .string($0.description) }))
        }
        if case .decider(let steps) = request.role {
            encoder.field("steps", .list(steps.map { .string($0.text) }))
        }
        encoder.field("lead", lead)
        if let journey { encoder.field("journey", journey) }
        encoder.endTable()
        return encoder.finish()
    }

    /// A condition's second argument.
    var encodedLead: EncodedValue { lead }

    /// What the host's library knows beside the event: the moment's time, and the plugin's values for
    /// the lead.
    func context(for plugin: String?, at time: Timestamp) -> EncodedValue {
        var encoder = ValueEncoder()
        encoder.beginTable()
        encoder.field("now", .integer(time.milliseconds))
        if let plugin, let values = snapshot.lead.store[plugin] { encoder.field("store", values) }
        encoder.endTable()
        return encoder.finish()
    }

    private static func encode(_ lead: Lead) -> EncodedValue {
        var encoder = ValueEncoder()
        encoder.beginTable()
        encoder.field("id", text: lead.id.text)
        encoder.field("status", text: lead.status.rawValue)
        if let agent = lead.agent { encoder.field("agent", text: agent) }
        if let channel = lead.channel { encoder.field("channel", text: channel) }
        encoder.field("fields", .table(lead.fields))
        encoder.endTable()
        return encoder.finish()
    }

    private static func encode(_ journey: Journey) -> EncodedValue {
        let definition = journey.definition
        var encoder = ValueEncoder(
            reservingBytes: 128 + 48 * (definition.tracks.count + definition.steps.count))
        encoder.beginTable()
        encoder.field("map", text: definition.id.text)
        encoder.field("version", text: definition.version.text)
        encoder.key("tracks")
        encoder.beginTable()
        for (track, state) in zip(definition.tracks, journey.tracks) {
            encoder.field(track.id.text, text: state.rawValue)
        }
        encoder.endTable()
        encoder.key("steps")
        encoder.beginTable()
        for (step, state) in zip(definition.steps, journey.steps) {
            encoder.field(step.pathText, text: state.rawValue)
        }
        encoder.endTable()
        encoder.endTable()
        return encoder.finish()
    }
}

/// The seed of a call's random numbers: the same for the same lead, event and trigger on any machine (R37).
func randomSeed(lead: LeadID, seq: Int, trigger: String) -> UInt64 {
    // FNV-1a: small, and the same everywhere; chance here has no secrets to keep.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in "\(lead)\n\(seq)\n\(trigger)".utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    return hash
}
