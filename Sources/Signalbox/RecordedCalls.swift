import Journeys
import Store
import Values

/// Calls of one moment that failed, as their incidents keep them, and back (R36): the event, the parameters that
/// the map gave, and the lead as the call saw it.
///
/// What several incidents share is kept with the first of them; the others name that one. So many failures of
/// one instant keep its lead, and its event's payload, once.
struct RecordedCalls {
    private var lead: (snapshot: Snapshot, incident: Int)?
    private var payload: (seq: Int, incident: Int)?

    /// What the incident with this number keeps of its call.
    mutating func value(of call: FailedCall, incident: Int) -> Value {
        let request = call.request
        var table: Table = ["parameters": .table(request.parameters.table)]
        if let lead, lead.snapshot === call.snapshot {
            table[StoredIncidentCall.leadOf] = .integer(Int64(lead.incident))
        } else {
            table[StoredIncidentCall.lead] = Self.read(LeadRecord(call.snapshot.lead).json)
            lead = (call.snapshot, incident)
        }
        if let payload, payload.seq == request.event.seq {
            table[StoredIncidentCall.eventOf] = .integer(Int64(payload.incident))
        } else {
            table[StoredIncidentCall.event] = request.event.value
            if request.event.payload != nil, let seq = request.event.seq { payload = (seq, incident) }
        }
        if let condition = request.condition {
            table["condition"] = ["text": .string(condition.text), "index": .integer(Int64(condition.index))]
        }
        return .table(table)
    }

    /// The call of an incident. Nil when it keeps none. `definition` gives the map of the lead's journey.
    static func call(
        of incident: IncidentRecord,
        on definition: (MapID, MapVersion) throws(StoreError) -> MapDefinition
    ) throws(StoreError) -> FailedCall? {
        guard let details = incident.details.table, let leadValue = details[StoredIncidentCall.lead],
            let trigger = incident.trigger, let run = incident.run.flatMap({ FunctionName(described: $0) }),
            let event = details[StoredIncidentCall.event].flatMap({ Event(reading: $0) })
        else { return nil }
        let record = try LeadRecord(json: Array(leadValue.json.utf8))
        guard let journey = record.journey else { return nil }
        let lead = try record.lead(on: try definition(journey.map, journey.version))
        guard let map = lead.journey?.definition else { return nil }
        // What the map gives, not what an older declaration made of it: today's completes it anew (R37).
        let parameters =
            map.trigger(named: trigger, running: run)?.parameters
            ?? GivenParameters(details["parameters"]?.table ?? Table())
        let request = CallRequest(
            trigger: trigger, run: run, parameters: parameters,
            condition: details["condition"].flatMap(condition), definition: map, event: event, role: .action)
        return FailedCall(request: request, snapshot: Snapshot(lead: lead, journey: lead.journey))
    }

    /// The call of an incident as the lead and its map are now: with the parameters that the newest version of the map
    /// gives the trigger of that name. Nil when the incident keeps none; throws when that trigger is not what failed.
    static func callNow(
        of incident: IncidentRecord, on lead: Lead, under rulebook: Rulebook
    ) throws(Refusal) -> FailedCall? {
        guard let details = incident.details.table, let trigger = incident.trigger,
            let run = incident.run.flatMap({ FunctionName(described: $0) }),
            let event = details[StoredIncidentCall.event].flatMap({ Event(reading: $0) })
        else { return nil }
        let map: MapDefinition
        do throws(Refusal) {
            map = try rulebook.definition(of: event.map)
        } catch {
            throw Refusal(.cannotRerun, error.message)
        }
        let newest = map.trigger(named: trigger, running: run)
        // A subscription is its own trigger, and no map gives it parameters.
        guard newest != nil || sameBytes(trigger, run.description) else {
            throw Refusal(
                .cannotRerun,
                "the newest version of map \(map.id) has no trigger \(trigger.quotedForMessage) that runs \(run)"
            )
        }
        let request = CallRequest(
            trigger: trigger, run: run, parameters: newest?.parameters ?? .none, condition: newest?.condition,
            definition: map, event: event, role: .action)
        return FailedCall(request: request, snapshot: Snapshot(lead: lead, journey: lead.journey))
    }

    private static func condition(_ value: Value) -> Condition? {
        guard let table = value.table, let text = table["text"]?.string, let index = table["index"]?.integer
        else { return nil }
        return Condition(text: text, index: Int(index))
    }

    /// A record's JSON as a value.
    private static func read(_ json: String) -> Value {
        do {
            return try JSONReader.read(json)
        } catch {
            preconditionFailure("a lead's record is not JSON: \(error)")
        }
    }
}
