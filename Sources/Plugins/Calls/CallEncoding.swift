import Journeys
import LuaSandbox
import Values

/// Encodes what the calls of one instant see: the lead and the journey once, each event around them.
final class InstantEncoding {
    let snapshot: Snapshot
    private let lead: EncodedValue
    private let journey: EncodedValue?
    /// The states of the journey's tracks and steps.
    let keyed: KeyedTables?

    /// With more fields than this they are made only when a plugin looks at them.
    private static let fewFields = 8

    /// - Parameter fields: the lead's, where they are encoded already.
    init(_ snapshot: Snapshot, fields: [EncodedFields]?, keys: (MapDefinition) -> JourneyKeys) {
        self.snapshot = snapshot
        lead = Self.encode(snapshot.lead, fields)
        journey = snapshot.journey.map(Self.encode)
        keyed = snapshot.journey.map { keys($0.definition).states(of: $0) }
    }

    /// A function's first argument: the event with the lead and the journey in it.
    func event(of request: CallRequest) -> EncodedValue {
        let event = request.event
        var encoder = ValueEncoder(reservingBytes: 320 + lead.byteCount + (journey?.byteCount ?? 0))
        encoder.declaredTable(CallDeclarations.event) { encoder in
            if let seq = event.seq {
                encoder.field("id", text: "\(snapshot.lead.id):\(seq)")
                encoder.field("seq", Int64(seq))
            }
            encoder.field("name", text: event.name.text)
            encoder.field("at", event.at.milliseconds)
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
        }
        return encoder.finish()
    }

    /// A condition's second argument.
    var encodedLead: EncodedValue { lead }

    /// What the host's library knows beside the event: the moment's time, and the plugin's values for
    /// the lead.
    static func context(at time: Timestamp, stored: Value? = nil) -> EncodedValue {
        var encoder = ValueEncoder(reservingBytes: 32)
        encoder.table { encoder in
            encoder.field("now", time.milliseconds)
            if let stored { encoder.field("store", stored) }
        }
        return encoder.finish()
    }

    /// An event of somebody's making, with the keys of its tables declared as those of any other.
    static func encode(_ event: Value) -> EncodedValue {
        var encoder = ValueEncoder()
        guard case .table(let keys) = event else { return EncodedValue(event) }
        encoder.declaredTable(CallDeclarations.event) { encoder in
            for entry in keys {
                encoder.key(entry.key)
                let number: Int? =
                    switch entry.key {
                    case "lead": CallDeclarations.lead
                    case "journey": CallDeclarations.journey
                    case _: nil
                    }
                if let number, case .table(let table) = entry.value {
                    encoder.declaredTable(number) { $0.fields(table) }
                } else {
                    encoder.value(entry.value)
                }
            }
        }
        return encoder.finish()
    }

    static func encode(_ lead: Lead, _ fields: [EncodedFields]?) -> EncodedValue {
        let bytes = fields?.reduce(0) { $0 + $1.byteCount } ?? 32 * lead.fields.count
        var encoder = ValueEncoder(reservingBytes: 128 + bytes)
        encoder.declaredTable(CallDeclarations.lead) { encoder in
            encoder.field("id", text: lead.id.text)
            encoder.field("status", text: lead.status.rawValue)
            if let agent = lead.agent { encoder.field("agent", text: agent) }
            if let channel = lead.channel { encoder.field("channel", text: channel) }
            encoder.key("fields")
            if let fields {
                encoder.lateTable { encoder in for piece in fields { encoder.fields(piece) } }
            } else if lead.fields.count > fewFields {
                encoder.lateTable { $0.fields(lead.fields) }
            } else {
                encoder.table { $0.fields(lead.fields) }
            }
        }
        return encoder.finish()
    }

    private static func encode(_ journey: Journey) -> EncodedValue {
        let definition = journey.definition
        var encoder = ValueEncoder(reservingBytes: 128)
        encoder.declaredTable(CallDeclarations.journey) { encoder in
            encoder.field("map", text: definition.id.text)
            encoder.field("version", text: definition.version.text)
            encoder.key("tracks")
            encoder.keyed(JourneyKeys.tracks)
            encoder.key("steps")
            encoder.keyed(JourneyKeys.steps)
        }
        return encoder.finish()
    }
}

/// The names of a map's tracks and steps, as the calls of its journeys are given them.
final class JourneyKeys {
    /// The numbers of the tables among a call's.
    static let tracks = 0
    static let steps = 1

    /// Held, so that its identity stays its own.
    let definition: MapDefinition
    private let form: KeyedForm
    private static let trackWords = TableWords(Journey.TrackState.allCases.map(\.rawValue))
    private static let stepWords = TableWords(Journey.StepState.allCases.map(\.rawValue))

    init(_ definition: MapDefinition) {
        self.definition = definition
        form = KeyedForm([
            (TableKeys(definition.tracks.map(\.id.text)), Self.trackWords),
            (TableKeys(definition.steps.map(\.pathText)), Self.stepWords),
        ])
    }

    func states(of journey: Journey) -> KeyedTables {
        KeyedTables(form) { journey.writeStates(to: $0) }
    }
}

/// The seed of a call's random numbers: the same for the same lead, event and trigger on any machine (R37).
func randomSeed(lead: LeadID, seq: Int, trigger: String) -> UInt64 {
    // Of "LEAD\nSEQ\nTRIGGER"; chance here has no secrets to keep.
    var hash = SmallHash()
    hash.mix(lead.text)
    hash.mix(UInt8(ascii: "\n"))
    var divisor = 1
    while seq / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
        hash.mix(UInt8(ascii: "0") + UInt8(seq / divisor % 10))
        divisor /= 10
    }
    hash.mix(UInt8(ascii: "\n"))
    hash.mix(trigger)
    return hash.value
}
